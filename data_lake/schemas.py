"""Every table of the lake: columns, units and meaning, key, layout on disk. The one place that knows.

Unit and meaning travel with the files: they are the metadata of each field. Delta refuses float16 columns
and fixed-shape tensors, so arrays are binary columns whose shape and type other columns state.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from .authoring_tables import CAPTION, REQUESTS, SCENARIOS, SCRIPTS
from .columns import (
    TIME,
    checksum_column,
    column,
    float_column,
    int_column,
    json_column,
    made_columns,
    since,
    text_column,
)
from .gap_table import GAPS
from .setup_table import SETUPS
from .table_spec import TableSpec, is_json
from .tensor_codec import MAPS
from .view_columns import VIEW_COLUMNS

QA_PAIR = pa.struct(
    [
        ("role", pa.string()),
        ("kind", pa.string()),
        ("question", pa.string()),
        ("answer", pa.string()),
        ("options", pa.list_(pa.string())),
    ]
)

MOTIONS = TableSpec(
    "motions",
    "body motions in SMPL words: from a script or from motion capture",
    ("motion_id",),
    pa.schema(
        [
            text_column("motion_id", "hash of script or source clip, motion seed and synthesis version"),
            text_column("script_id", "the script that it performs; null for clips", null=True),
            text_column("clip_id", "the source clip; null for scripts", null=True),
            text_column("source", 'where it comes from: "script" or the name of the collection'),
            text_column(
                "source_hash", "hash of the source file; null: a script, whose id is its hash", null=True
            ),
            text_column("licence", "licence of the motion", null=True),
            column("may_ship", pa.bool_(), "the licence lets it be passed on; null: unknown", null=True),
            int_column("motion_seed", "seed of the motion synthesis"),
            text_column("synthesis_version", "version of the synthesis or of the importer"),
            text_column("body_source", "the body model that it was made with"),
            float_column("rate_hz", "poses per second", "Hz"),
            int_column("n_poses", "number of poses, T"),
            column("betas", pa.binary(), "body shape, float32 LE [10]", "1"),
            column("global_orient", pa.binary(), "root rotation, axis-angle, float32 LE [T, 3]", "rad"),
            column("body_pose", pa.binary(), "joint rotations, axis-angle, float32 LE [T, 23, 3]", "rad"),
            column("transl", pa.binary(), "root translation, z up, float32 LE [T, 3]", "m"),
            json_column(
                "facts",
                "what was measured on the motion; of a clip also start_s, where in its recording it starts (s)",
                null=True,
            ),
            float_column("fit_error_mm", "mean joint error of the fit to a source clip", "mm", null=True),
            *made_columns(),
        ]
    ),
    tensor_columns=("betas", "global_orient", "body_pose", "transl"),
    lookup=("script_id", "clip_id"),
)

CLIPS = TableSpec(
    "clips",
    "recorded or generated motion as imported: what is known of it; of rows with one clip_id the newest counts",
    ("entry_id",),
    pa.schema(
        [
            text_column("entry_id", "content hash of the row: the clip and all that is said of it"),
            text_column(
                "clip_id", "hash of the file, of how it was read, and of where a later window starts"
            ),
            text_column("motion_id", "the clip on a body: its row in motions"),
            text_column("name", "name of the clip; of a later window with its start"),
            text_column("file", "path in the imported folder"),
            text_column("part", "seconds of a part that has captions of its own; null: the whole", null=True),
            text_column("sha256", "hash of the file"),
            text_column("content_hash", "hash of the file, or of the file and the part"),
            text_column("recording_id", "hash of the file, of how it was read and of its parts"),
            text_column("format", 'what the file was, such as "BVH"'),
            int_column("n_frames", "poses in the file"),
            float_column("file_rate_hz", "poses per second in the file", "Hz"),
            float_column("start_s", "where the clip starts in its recording", "s"),
            float_column("duration_s", "duration of the clip", "s"),
            float_column("recording_s", "duration of the whole recording", "s"),
            text_column("label", "activity label; null where none was given", null=True),
            column("captions", pa.list_(pa.string()), "captions that came with the file"),
            text_column("source", "collection, path and commit, or the generator that made it"),
            text_column("licence", "licence of the clip", null=True),
            column("may_ship", pa.bool_(), "the licence lets it be passed on; null: unknown", null=True),
            text_column("family", "files that must stay in one split; null: the file alone", null=True),
            text_column(
                "given_split", "split that its collection puts it in; samples have their own", null=True
            ),
            float_column("fit_error_mm", "mean joint error of the fit; 0 where rotations were taken", "mm"),
            json_column("reading", "what was told to the reader: rate_hz, t_pose_lead_in_frames"),
            json_column(
                "generator", "command, caption and seed that made the file; null: a recording", null=True
            ),
            column("notes", pa.list_(pa.string()), "what was assumed or left out on reading"),
            text_column("replaces", "the row whose words this one corrects; null: the first", null=True),
            text_column("import_version", "version of the importer"),
            text_column("body_hash", "content hash of the body model"),
            *made_columns(),
        ]
    ),
    added_later=True,
    lookup=("clip_id", "motion_id"),
)

SAMPLES = TableSpec(
    "samples",
    "training examples: one body motion seen by one radar from one view, with its texts",
    ("sample_id",),
    pa.schema(
        [
            text_column("sample_id", "content hash of the capture"),
            text_column(
                "motion_id", "the motion that was seen; null for recordings of a real radar", null=True
            ),
            text_column("script_id", "the script behind the motion; null for clips", null=True),
            text_column("clip_id", "the source clip or recording; null for scripts", null=True),
            text_column("family_key", "everything that shares it lies in one split"),
            text_column("split", "train, val or test: a pure function of family_key; partition of the table"),
            text_column(
                "origin", "script, mocap (captured motion, simulated radar) or real (recorded by a radar)"
            ),
            text_column("activity", "activity label; null where a recording has none", null=True),
            text_column(
                "view", "A ... H: the body is turned by 45 degrees times the letter's index", null=True
            ),
            float_column("range_m", "horizontal distance from radar to the body's origin", "m", null=True),
            float_column(
                "azimuth_deg", "angle from boresight, positive to the radar's right", "deg", null=True
            ),
            float_column(
                "heading_deg",
                "before the turn of the view; 0 faces the radar, positive left",
                "deg",
                null=True,
            ),
            float_column("radar_height_m", "height of the radar above the floor", "m", null=True),
            text_column("radar_name", "name of the radar preset"),
            text_column("radar_hash", "hash of the whole radar configuration"),
            text_column("body_source", "the body model that was illuminated", null=True),
            int_column("noise_seed", "seed of the thermal noise", null=True),
            text_column("simulator_version", "version of the radar simulator", null=True),
            text_column("synthesis_version", "version of the motion synthesis or importer", null=True),
            text_column("config_hash", "hash of the configuration that the dataset was built with"),
            column("n_valid_frames", pa.int32(), "frames that hold motion; the rest is padding", "1"),
            column("doppler_time", pa.binary(), "codes [frame, Doppler bin], row-major", "code"),
            column("shape", pa.list_(pa.int32()), "frames and Doppler bins of doppler_time", "1"),
            text_column("dtype", "type of the codes: uint8 or uint16 (little-endian)"),
            float_column("db_offset", "dBm of code 0", "dBm"),
            float_column("db_step", "dB from one code to the next", "dB"),
            float_column("frame_rate_hz", "frames per second", "Hz"),
            float_column(
                "velocity_step_mps", "range rate per Doppler bin; bin 64 is 0, above recedes", "m/s"
            ),
            column("captions", pa.list_(CAPTION), "what a person would say that happens"),
            column("qa_pairs", pa.list_(QA_PAIR), "questions with answers; options is the closed answer set"),
            json_column("facts", "what was measured on motion and capture"),
            column("quality_flags", pa.list_(pa.string()), "what is unusual but not wrong"),
            text_column("licence", "licence of the sample", null=True),
            column("may_ship", pa.bool_(), "the licence lets it be passed on; null: unknown", null=True),
            text_column("author", "author of the script, or how a clip came by its label"),
            text_column("code_version", "version or commit of the code that made the row"),
            since(2, text_column("gap_id", "the gap of a model that asked for it; null: none", null=True)),
            since(2, text_column("setup_id", "what it was made with: its row in setups", null=True)),
            since(
                2, json_column("placement", "where the body stood and how the radar was turned", null=True)
            ),
            *VIEW_COLUMNS,
            *made_columns(),
        ]
    ),
    partition_by=("split",),
    tensor_columns=MAPS,
    lookup=("motion_id", "script_id", "clip_id", "gap_id"),
)

VERSION_SAMPLES = TableSpec(
    "version_samples",
    "which samples a content hash stands for: the membership of dataset versions",
    ("content_hash", "sample_id"),
    pa.schema(
        [
            text_column("content_hash", "the content hash of one or more rows of versions"),
            text_column("sample_id", "a sample that belongs to it"),
        ]
    ),
    rows_per_group=4096,
)

VERSIONS = TableSpec(
    "versions",
    "published dataset versions: a row here is the publication; rows are never changed",
    ("name",),
    pa.schema(
        [
            text_column("name", 'the version: "dataset@number"'),
            text_column("dataset", "name of the dataset"),
            int_column("number", "1, 2, 3 ... within the dataset"),
            text_column("content_hash", "hash of sorted sample ids, dB law and split rule"),
            column(
                "tables",
                pa.list_(pa.struct([("table", pa.string()), ("delta_version", pa.int64())])),
                "the pinned Delta version of every table that the version reads",
            ),
            json_column("codec", "the dB law of all its samples: db_offset, db_step, dtype, shape"),
            json_column("split_rule", "the rule behind the split column"),
            text_column("parent_version", "the version of the dataset before this one", null=True),
            int_column("n_samples", "samples"),
            int_column("n_motions", "different motions"),
            json_column("counts", "samples by split, activity, origin and view"),
            json_column("parameters", "resolved configuration of the run that published"),
            since(
                3,
                json_column(
                    "licences",
                    "the ledger of what may be passed on: licence, may_ship, verdict, samples and families of each; "
                    "null: published without",
                    null=True,
                ),
            ),
            text_column("code_commit", "commit of the code that published", null=True),
            text_column("environment_hash", "hash of the installed packages", null=True),
            *made_columns(),
        ]
    ),
)

VERSION_TAGS = TableSpec(
    "version_tags",
    "names that move from version to version, such as published: every move is a row, the last one counts",
    ("tag_id",),
    pa.schema(
        [
            text_column("tag_id", "hash of dataset, tag and number"),
            text_column("dataset", "name of the dataset"),
            text_column("tag", "the name"),
            int_column(
                "number", "1, 2, 3 ... moves of this tag; the largest counts, whatever the clock said"
            ),
            text_column(
                "version", "the version that it names from now on; null: the tag was taken away", null=True
            ),
            text_column("previous", "the version that it named before; null: none", null=True),
            text_column("reason", "why it was moved, as the user or the gate said", null=True),
            *made_columns(),
        ]
    ),
    added_later=True,
)

RUNS = TableSpec(
    "runs",
    "executions of a flow or command; a run that is still `running` after its process died was killed",
    ("run_id",),
    pa.schema(
        [
            text_column("run_id", "id of the run"),
            text_column("command", "what was executed"),
            json_column("parameters", "parameters as resolved"),
            text_column("code_commit", "commit of the code", null=True),
            column("dirty", pa.bool_(), "whether the working tree differed from the commit", null=True),
            text_column("environment_hash", "hash of the installed packages", null=True),
            json_column("seeds", "root seeds of the run"),
            column("started_at", TIME, "start, UTC", "s"),
            column("ended_at", TIME, "end, UTC; null while it runs", "s", null=True),
            text_column("status", "running, completed or failed"),
            since(2, json_column("report", "what the run made, counted; null: it says nothing", null=True)),
            checksum_column(),
        ]
    ),
    mutable=True,
)

CHECKPOINTS = TableSpec(
    "checkpoints",
    "trained models: the record, not the weights",
    ("checkpoint_id",),
    pa.schema(
        [
            text_column("checkpoint_id", "id of the checkpoint"),
            text_column("kind", "what it is: encoder, language or wavellm"),
            text_column("dataset_version", "the version that it was trained on"),
            text_column("config_hash", "hash of the training configuration"),
            text_column("parent", "the checkpoint that it started from", null=True),
            text_column("path", "folder of the weights, as the run named it"),
            json_column("metrics", "what training reported at its end"),
            *made_columns(),
        ]
    ),
    lookup=("dataset_version", "parent"),
)

SCORECARDS = TableSpec(
    "scorecards",
    "what checkpoints scored on a dataset version",
    ("scorecard_id",),
    pa.schema(
        [
            text_column("scorecard_id", "id of the scorecard"),
            text_column("dataset_version", "the version that was scored on"),
            text_column("config_hash", "hash of the evaluation configuration"),
            text_column("parent", "the scorecard that it is compared with", null=True),
            column("checkpoints", pa.list_(pa.string()), "the checkpoints that were scored"),
            text_column("path", "file or folder of the scorecard"),
            text_column("answers_path", "file with each model's answer to each sample", null=True),
            json_column("metrics", "the scores"),
            *made_columns(),
        ]
    ),
    lookup=("dataset_version",),
)

QUARANTINE = TableSpec(
    "quarantine",
    "samples that the simulator or the quality gate refused; nothing reads them into a dataset",
    ("quarantine_id",),
    pa.schema(
        [
            text_column("quarantine_id", "hash of the refused row's texts and numbers, tensor and reasons"),
            text_column("sample_id", "the id that the row claimed", null=True),
            column("reasons", pa.list_(pa.string()), "why it was refused"),
            json_column("row", "what was known of the sample: the row without its tensor"),
            text_column("shard", "the shard that brought it"),
            *made_columns(),
        ]
    ),
    lookup=("sample_id",),
)

SCHEMA_VERSION = 3
"""Counts the changes of these columns. 1: the first release. 2: scripts know scenario, requests, cost and gap; samples
know their gap, their setup and the radar's tilt. 3: rows have a checksum, versions their licences, samples range_time
and azimuth_time. A column that came later is marked by `since`; its mark is stored with the table."""

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        SCENARIOS, GAPS, REQUESTS, SCRIPTS, MOTIONS, CLIPS, SETUPS, SAMPLES, VERSION_SAMPLES, VERSIONS, VERSION_TAGS,
        RUNS, CHECKPOINTS, SCORECARDS, QUARANTINE,
    )
}  # fmt: skip


def tables_markdown(specs: Iterable[TableSpec] = TABLES.values()) -> str:
    """Write every table and column as Markdown: the reference part of docs/data-format.md."""
    blocks = []
    for spec in specs:
        lines = [f"### `{spec.name}`", "", f"{spec.description[0].upper()}{spec.description[1:]}.", ""]
        layout = f"Key: {', '.join(f'`{name}`' for name in spec.key)}."
        if spec.partition_by:
            layout += f" Partitioned by {', '.join(f'`{name}`' for name in spec.partition_by)}."
        lines += [layout, "", "| column | type | unit | meaning |", "|---|---|---|---|"]
        for field in spec.schema:
            metadata = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
            kind = "JSON text" if is_json(field) else f"`{field.type}`".replace("item: ", "")
            null = " (may be null)" if field.nullable else ""
            unit = metadata.get("unit", "")
            lines.append(f"| `{field.name}` | {kind}{null} | {unit} | {metadata['description']} |")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"
