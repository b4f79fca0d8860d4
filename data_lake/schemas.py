"""Every table of the lake: columns, units and meaning, key, layout on disk. The one place that knows.

Unit and meaning travel with the files: they are the metadata of each field. Delta refuses float16 columns
and fixed-shape tensors, so arrays are binary columns whose shape and type other columns state.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from .table_spec import TableSpec, is_json

_TIME = pa.timestamp("us", tz="UTC")
CAPTION = pa.struct([("text", pa.string()), ("style", pa.string())])
QA_PAIR = pa.struct(
    [
        ("role", pa.string()),
        ("kind", pa.string()),
        ("question", pa.string()),
        ("answer", pa.string()),
        ("options", pa.list_(pa.string())),
    ]
)


def _col(
    name: str, kind: pa.DataType, meaning: str, unit: str = "", *, null: bool = False, json: bool = False
) -> pa.Field:
    metadata = {"description": meaning}
    if unit:
        metadata["unit"] = unit
    if json:
        metadata["format"] = "json"
    return pa.field(name, kind, nullable=null, metadata=metadata)


def _text(name: str, meaning: str, *, null: bool = False) -> pa.Field:
    return _col(name, pa.string(), meaning, null=null)


def _json(name: str, meaning: str, *, null: bool = False) -> pa.Field:
    return _col(name, pa.string(), meaning, null=null, json=True)


def _float(name: str, meaning: str, unit: str, *, null: bool = False) -> pa.Field:
    return _col(name, pa.float64(), meaning, unit, null=null)


def _int(name: str, meaning: str, unit: str = "1", *, null: bool = False) -> pa.Field:
    return _col(name, pa.int64(), meaning, unit, null=null)


def _made() -> list[pa.Field]:
    return [
        _text("run_id", "the run that stored the row"),
        _col("created_at", _TIME, "when the row was handed to the lake, UTC", "s"),
    ]


SCRIPTS = TableSpec(
    "scripts",
    "motion scripts: validated plans of one clip each",
    ("script_id",),
    pa.schema(
        [
            _text("script_id", "content hash of the script"),
            _text("scenario", "name of the scenario that asked for it"),
            _json("brief", "the brief that the author was given"),
            _text("author", 'who wrote it: "grammar" or "model"'),
            _text("author_model", "name of the language model; null: the grammar", null=True),
            _text("request_hash", "hash of the request to it; null: the grammar", null=True),
            _text("activity", "activity label of the main step"),
            _text("title", "title of the script"),
            _json("script", "the whole motion script"),
            _col(
                "captions",
                pa.list_(CAPTION),
                "captions that came with the script",
                null=True,
            ),
            _int("seed", "seed of the author"),
            *_made(),
        ]
    ),
)

MOTIONS = TableSpec(
    "motions",
    "body motions in SMPL words: from a script or from motion capture",
    ("motion_id",),
    pa.schema(
        [
            _text("motion_id", "hash of script or source clip, motion seed and synthesis version"),
            _text("script_id", "the script that it performs; null for clips", null=True),
            _text("clip_id", "the source clip; null for scripts", null=True),
            _text("source", 'where it comes from: "script" or the name of the collection'),
            _text("source_hash", "hash of the script or of the source file", null=True),
            _text("licence", "licence of the motion", null=True),
            _col("may_ship", pa.bool_(), "the licence lets it be passed on; null: unknown", null=True),
            _int("motion_seed", "seed of the motion synthesis"),
            _text("synthesis_version", "version of the synthesis or of the importer"),
            _text("body_source", "the body model that it was made with"),
            _float("rate_hz", "poses per second", "Hz"),
            _int("n_poses", "number of poses, T"),
            _col("betas", pa.binary(), "body shape, float32 LE [10]", "1"),
            _col("global_orient", pa.binary(), "root rotation, axis-angle, float32 LE [T, 3]", "rad"),
            _col("body_pose", pa.binary(), "joint rotations, axis-angle, float32 LE [T, 23, 3]", "rad"),
            _col("transl", pa.binary(), "root translation, z up, float32 LE [T, 3]", "m"),
            _json(
                "facts",
                "what was measured on the motion; of a clip also start_s, where in its recording it starts (s)",
                null=True,
            ),
            _float("fit_error_mm", "mean joint error of the fit to a source clip", "mm", null=True),
            *_made(),
        ]
    ),
    tensor_columns=("betas", "global_orient", "body_pose", "transl"),
)

CLIPS = TableSpec(
    "clips",
    "recorded or generated motion as imported: what is known of it; of rows with one clip_id the newest counts",
    ("entry_id",),
    pa.schema(
        [
            _text("entry_id", "content hash of the row: the clip and all that is said of it"),
            _text("clip_id", "hash of the file, of how it was read, and of where a later window starts"),
            _text("motion_id", "the clip on a body: its row in motions"),
            _text("name", "name of the clip; of a later window with its start"),
            _text("file", "path in the imported folder"),
            _text("part", "seconds of a part that has captions of its own; null: the whole", null=True),
            _text("sha256", "hash of the file"),
            _text("content_hash", "hash of the file, or of the file and the part"),
            _text("recording_id", "hash of the file, of how it was read and of its parts"),
            _text("format", 'what the file was, such as "BVH"'),
            _int("n_frames", "poses in the file"),
            _float("file_rate_hz", "poses per second in the file", "Hz"),
            _float("start_s", "where the clip starts in its recording", "s"),
            _float("duration_s", "duration of the clip", "s"),
            _float("recording_s", "duration of the whole recording", "s"),
            _text("label", "activity label; null where none was given", null=True),
            _col("captions", pa.list_(pa.string()), "captions that came with the file"),
            _text("source", "collection, path and commit, or the generator that made it"),
            _text("licence", "licence of the clip", null=True),
            _col("may_ship", pa.bool_(), "the licence lets it be passed on; null: unknown", null=True),
            _text("family", "files that must stay in one split; null: the file alone", null=True),
            _text("given_split", "split that its collection puts it in; samples have their own", null=True),
            _float("fit_error_mm", "mean joint error of the fit; 0 where rotations were taken", "mm"),
            _json("reading", "what was told to the reader: rate_hz, t_pose_lead_in_frames"),
            _json("generator", "command, caption and seed that made the file; null: a recording", null=True),
            _col("notes", pa.list_(pa.string()), "what was assumed or left out on reading"),
            _text("replaces", "the row whose words this one corrects; null: the first", null=True),
            _text("import_version", "version of the importer"),
            _text("body_hash", "content hash of the body model"),
            *_made(),
        ]
    ),
    added_later=True,
)

SAMPLES = TableSpec(
    "samples",
    "training examples: one body motion seen by one radar from one view, with its texts",
    ("sample_id",),
    pa.schema(
        [
            _text("sample_id", "content hash of the capture"),
            _text("motion_id", "the motion that was seen; null for recordings of a real radar", null=True),
            _text("script_id", "the script behind the motion; null for clips", null=True),
            _text("clip_id", "the source clip or recording; null for scripts", null=True),
            _text("family_key", "everything that shares it lies in one split"),
            _text("split", "train, val or test: a pure function of family_key; partition of the table"),
            _text("origin", "script, mocap (captured motion, simulated radar) or real (recorded by a radar)"),
            _text("activity", "activity label; null where a recording has none", null=True),
            _text("view", "A ... H: the body is turned by 45 degrees times the letter's index", null=True),
            _float("range_m", "horizontal distance from radar to the body's origin", "m", null=True),
            _float("azimuth_deg", "angle from boresight, positive to the radar's right", "deg", null=True),
            _float(
                "heading_deg",
                "before the turn of the view; 0 faces the radar, positive left",
                "deg",
                null=True,
            ),
            _float("radar_height_m", "height of the radar above the floor", "m", null=True),
            _text("radar_name", "name of the radar preset"),
            _text("radar_hash", "hash of the whole radar configuration"),
            _text("body_source", "the body model that was illuminated", null=True),
            _int("noise_seed", "seed of the thermal noise", null=True),
            _text("simulator_version", "version of the radar simulator", null=True),
            _text("synthesis_version", "version of the motion synthesis or importer", null=True),
            _text("config_hash", "hash of the configuration that the dataset was built with"),
            _col("n_valid_frames", pa.int32(), "frames that hold motion; the rest is padding", "1"),
            _col("doppler_time", pa.binary(), "codes [frame, Doppler bin], row-major", "code"),
            _col("shape", pa.list_(pa.int32()), "frames and Doppler bins of doppler_time", "1"),
            _text("dtype", "type of the codes: uint8 or uint16 (little-endian)"),
            _float("db_offset", "dBm of code 0", "dBm"),
            _float("db_step", "dB from one code to the next", "dB"),
            _float("frame_rate_hz", "frames per second", "Hz"),
            _float("velocity_step_mps", "range rate per Doppler bin; bin 64 is 0, above recedes", "m/s"),
            _col("captions", pa.list_(CAPTION), "what a person would say that happens"),
            _col("qa_pairs", pa.list_(QA_PAIR), "questions with answers; options is the closed answer set"),
            _json("facts", "what was measured on motion and capture"),
            _col("quality_flags", pa.list_(pa.string()), "what is unusual but not wrong"),
            _text("licence", "licence of the sample", null=True),
            _col("may_ship", pa.bool_(), "the licence lets it be passed on; null: unknown", null=True),
            _text("author", "author of the script, or how a clip came by its label"),
            _text("code_version", "version or commit of the code that made the row"),
            *_made(),
        ]
    ),
    partition_by=("split",),
    tensor_columns=("doppler_time",),
)

VERSION_SAMPLES = TableSpec(
    "version_samples",
    "which samples a content hash stands for: the membership of dataset versions",
    ("content_hash", "sample_id"),
    pa.schema(
        [
            _text("content_hash", "the content hash of one or more rows of versions"),
            _text("sample_id", "a sample that belongs to it"),
        ]
    ),
)

VERSIONS = TableSpec(
    "versions",
    "published dataset versions: a row here is the publication; rows are never changed",
    ("name",),
    pa.schema(
        [
            _text("name", 'the version: "dataset@number"'),
            _text("dataset", "name of the dataset"),
            _int("number", "1, 2, 3 ... within the dataset"),
            _text("content_hash", "hash of sorted sample ids, dB law and split rule"),
            _col(
                "tables",
                pa.list_(pa.struct([("table", pa.string()), ("delta_version", pa.int64())])),
                "the pinned Delta version of every table that the version reads",
            ),
            _json("codec", "the dB law of all its samples: db_offset, db_step, dtype, shape"),
            _json("split_rule", "the rule behind the split column"),
            _text("parent_version", "the version of the dataset before this one", null=True),
            _int("n_samples", "samples"),
            _int("n_motions", "different motions"),
            _json("counts", "samples by split, activity, origin and view"),
            _json("parameters", "resolved configuration of the run that published"),
            _text("code_commit", "commit of the code that published", null=True),
            _text("environment_hash", "hash of the installed packages", null=True),
            *_made(),
        ]
    ),
)

RUNS = TableSpec(
    "runs",
    "executions of a flow or command; a run that is still `running` after its process died was killed",
    ("run_id",),
    pa.schema(
        [
            _text("run_id", "id of the run"),
            _text("command", "what was executed"),
            _json("parameters", "parameters as resolved"),
            _text("code_commit", "commit of the code", null=True),
            _col("dirty", pa.bool_(), "whether the working tree differed from the commit", null=True),
            _text("environment_hash", "hash of the installed packages", null=True),
            _json("seeds", "root seeds of the run"),
            _col("started_at", _TIME, "start, UTC", "s"),
            _col("ended_at", _TIME, "end, UTC; null while it runs", "s", null=True),
            _text("status", "running, completed or failed"),
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
            _text("checkpoint_id", "id of the checkpoint"),
            _text("kind", "what it is: encoder, language or wavellm"),
            _text("dataset_version", "the version that it was trained on"),
            _text("config_hash", "hash of the training configuration"),
            _text("parent", "the checkpoint that it started from", null=True),
            _text("path", "folder of the weights, as the run named it"),
            _json("metrics", "what training reported at its end"),
            *_made(),
        ]
    ),
)

SCORECARDS = TableSpec(
    "scorecards",
    "what checkpoints scored on a dataset version",
    ("scorecard_id",),
    pa.schema(
        [
            _text("scorecard_id", "id of the scorecard"),
            _text("dataset_version", "the version that was scored on"),
            _text("config_hash", "hash of the evaluation configuration"),
            _text("parent", "the scorecard that it is compared with", null=True),
            _col("checkpoints", pa.list_(pa.string()), "the checkpoints that were scored"),
            _text("path", "file or folder of the scorecard"),
            _text("answers_path", "file with each model's answer to each sample", null=True),
            _json("metrics", "the scores"),
            *_made(),
        ]
    ),
)

QUARANTINE = TableSpec(
    "quarantine",
    "samples that the simulator or the quality gate refused; nothing reads them into a dataset",
    ("quarantine_id",),
    pa.schema(
        [
            _text("quarantine_id", "hash of the refused row's texts and numbers, tensor and reasons"),
            _text("sample_id", "the id that the row claimed", null=True),
            _col("reasons", pa.list_(pa.string()), "why it was refused"),
            _json("row", "what was known of the sample: the row without its tensor"),
            _text("shard", "the shard that brought it"),
            *_made(),
        ]
    ),
)

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        SCRIPTS, MOTIONS, CLIPS, SAMPLES, VERSION_SAMPLES, VERSIONS, RUNS, CHECKPOINTS, SCORECARDS, QUARANTINE,
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
        for column in spec.schema:
            metadata = {key.decode(): value.decode() for key, value in (column.metadata or {}).items()}
            kind = "JSON text" if is_json(column) else f"`{column.type}`".replace("item: ", "")
            null = " (may be null)" if column.nullable else ""
            unit = metadata.get("unit", "")
            lines.append(f"| `{column.name}` | {kind}{null} | {unit} | {metadata['description']} |")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"
