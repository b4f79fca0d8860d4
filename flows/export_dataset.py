"""A dataset version as a folder for other tools, with its card; and the card alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from data_lake import (
    Lake,
    LedgerEntry,
    RowGroup,
    Selection,
    VersionReader,
    check_new_folder,
    content_id,
    croissant_document,
    parquet_schema,
    select_samples,
    whole_folder,
    write_croissant,
    write_mmexpert,
    write_parquet_shards,
    write_tar_shards,
)
from data_lake.errors import InvalidInput
from data_lake.exports.huggingface import SPLIT_NAMES
from data_lake.exports.selection import Restricted
from evaluation import (
    CardFacts,
    Spectrogram,
    croissant_properties,
    gather_card_facts,
    responsible_ai,
    write_dataset_card,
)
from llm_prompts import QAPair
from simulator import RadarConfig, radar_preset
from simulator.errors import RadarConfigError

from .draw_samples import SPECTROGRAM_COLUMNS, spectrogram_of

ExportFormat = Literal["hf", "webdataset", "mmexpert", "croissant"]
EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
N_EXAMPLES = 6
CARD_FILE = "README.md"


@dataclass(frozen=True)
class Exported:
    """A finished export: its folder, how many samples, how many were left out, and what a user should know."""

    folder: Path
    n_samples: int
    n_left_out: int
    n_files: int
    ledger: tuple[LedgerEntry, ...]
    notes: tuple[str, ...] = ()


def export_dataset(
    lake: Lake, version: str, form: ExportFormat, out: Path, restricted: Restricted = "refuse"
) -> Exported:
    """Write a version to a new folder in one of the formats; it appears whole or not at all.

    Args:
        lake: where the version is.
        version: "name@number", or a name for its newest version.
        form: hf (Parquet for Hugging Face's datasets, with previews), webdataset (tar), mmexpert (JSON and .npy) or
            croissant (Parquet without previews, and the metadata).
        out: the folder, which must be new or empty.
        restricted: what to do with samples that may not be passed on; see `select_samples`.

    Raises:
        InvalidInput, NotInLake: no such format or version, the folder is taken, or samples may not be passed on.
        LakeError: the folder cannot be written; nothing of it is kept.
    """
    if form not in EXPORT_FORMATS:
        raise InvalidInput(f"format {form!r} of an export; allowed: {', '.join(EXPORT_FORMATS)}")
    check_new_folder(out)
    reader = lake.open_version(version)
    selection = select_samples(reader, restricted)
    with whole_folder(out) as folder:
        facts = gather_card_facts(lake, reader, known_radars(reader), selection)
        loading, data_files, notes = _write_data(form, selection, facts, folder)
        examples = example_spectrograms(selection)
        write_dataset_card(facts, folder / CARD_FILE, examples, data_files, loading)
        n_files = sum(path.is_file() and path.name != ".lock" for path in folder.rglob("*"))
    return Exported(
        out, selection.n_samples, len(selection.left_out), n_files, selection.ledger, tuple(notes)
    )


def write_card(lake: Lake, version: str, path: Path) -> Path:
    """Write the card of a version, restricted samples included: it passes nothing on but counts and a few pictures.

    Raises:
        InvalidInput, NotInLake: no such version.
    """
    reader = lake.open_version(version)
    selection = select_samples(reader, "include")
    facts = gather_card_facts(lake, reader, known_radars(reader), selection)
    return write_dataset_card(facts, path, example_spectrograms(selection), loading=_load_from_lake(reader))


def known_radars(reader: VersionReader) -> dict[str, RadarConfig | None]:
    """The configurations behind the radar hashes of a version, as far as they can be told.

    They stand in the parameters of the version; of versions published before they did, a preset of the same name and
    hash is taken.
    """
    stored = reader.info.parameters.get("radars")
    radars: dict[str, RadarConfig | None] = {}
    if isinstance(stored, Mapping):
        radars = {name: RadarConfig.from_dict(values) for name, values in stored.items()}
    rows = reader.samples(columns=["radar_name", "radar_hash"]).to_pylist()
    for name, radar_hash in {(row["radar_name"], row["radar_hash"]) for row in rows}:
        if radar_hash not in radars:
            radars[radar_hash] = _preset_of(name, radar_hash, reader)
    return radars


def _preset_of(name: str, radar_hash: str, reader: VersionReader) -> RadarConfig | None:
    try:
        radar = radar_preset(name, n_frames=reader.info.codec["shape"][0])
    except RadarConfigError:
        return None
    return radar if content_id("rad", radar.to_dict()) == radar_hash else None


def example_spectrograms(selection: Selection, count: int = N_EXAMPLES) -> list[Spectrogram]:
    """One sample of each of the most frequent activities, nearest to facing the radar first.

    They are read from what the version pinned, which may be whole where the newest state of the table is not.
    """
    reader = selection.reader
    by_activity: dict[str, list[tuple[str, str, RowGroup]]] = defaultdict(list)
    for group in reader.row_groups():
        for row in reader.read_row_group(group, ["sample_id", "activity", "view"]).to_pylist():
            if row["sample_id"] not in selection.left_out:
                by_activity[row["activity"] or ""].append((row["view"] or "", row["sample_id"], group))
    frequent = sorted(by_activity, key=lambda activity: (-len(by_activity[activity]), activity))[:count]
    examples = []
    for activity in sorted(frequent):
        _, chosen, group = min(by_activity[activity], key=lambda one: one[:2])
        rows = reader.read_row_group(group, SPECTROGRAM_COLUMNS)
        examples += [spectrogram_of(row) for row in rows.to_pylist() if row["sample_id"] == chosen]
    return examples


def _write_data(
    form: ExportFormat, selection: Selection, facts: CardFacts, folder: Path
) -> tuple[list[str], dict[str, str], list[str]]:
    """Write the data; return how to load them, the files of each split, and what a user should know."""
    if form == "webdataset":
        write_tar_shards(selection, folder)
        return _load_tar(), {}, []
    if form == "mmexpert":
        report = write_mmexpert(selection, folder, _full_marks)
        notes = []
        if report.incomplete:
            notes.append(
                f"{report.incomplete} of {report.n_records.get('all', 0)} motions lack some of the views A to H; "
                "mmExpert's loaders take any of the eight and stop at one that is not there: make the dataset with "
                "--views 8 to train their models on it"
            )
        return _load_mmexpert(), {}, notes
    previews = form == "hf"
    shards = write_parquet_shards(selection, folder, previews=previews)
    schema = parquet_schema(selection, previews)
    document = croissant_document(
        croissant_properties(facts), responsible_ai(facts), selection.ledger, folder, shards, schema
    )
    write_croissant(document, folder)
    files = {SPLIT_NAMES[split]: f"data/{SPLIT_NAMES[split]}-*.parquet" for split in selection.split_counts}
    return _load_parquet(), files, []


def _full_marks(pair: Mapping[str, Any]) -> int:
    return QAPair(**{**pair, "options": list(pair["options"] or ())}).full_marks


def _fenced(language: str, *lines: str) -> list[str]:
    return [f"```{language}", *lines, "```"]


def _load_from_lake(reader: VersionReader) -> list[str]:
    return _fenced(
        "python",
        "from data_lake import Lake",
        "",
        f'reader = Lake.open("workspace/lake").open_version("{reader.info.name}")',
        'rows = reader.samples("test")',
        "levels_dbm = reader.decode(rows)  # float32 [samples, frames, Doppler bins]",
    )


def _load_parquet() -> list[str]:
    return [
        *_fenced(
            "python",
            "import datasets",
            "",
            'data = datasets.load_dataset("FOLDER_OR_REPOSITORY")',
            'sample = data["train"].with_format("numpy")[0]',
            'levels_dbm = sample["db_offset"] + sample["db_step"] * sample["doppler_time"]',
        ),
        "",
        "The shards are plain Parquet: pandas, Polars and DuckDB read them too. `croissant.json` says what the columns "
        'mean; `mlcroissant.Dataset("croissant.json").records("samples")` reads them.',
    ]


def _load_tar() -> list[str]:
    return _fenced(
        "python",
        "import webdataset",
        "",
        'for sample in webdataset.WebDataset("train-000000.tar", shardshuffle=False).decode():',
        '    codes, about = sample["doppler_time.npy"], sample["json"]',
        '    levels_dbm = about["db_offset"] + about["db_step"] * codes',
    )


def _load_mmexpert() -> list[str]:
    return [
        "Run mmExpert's programs with this folder as the working directory, or put its `dataset/` there; its "
        "configuration needs `udoppler_postfix: 'rotation'` and `log_norm: true`. Values are linear magnitude:",
        "",
        *_fenced(
            "python",
            "import json, numpy",
            "",
            'law = json.load(open("mmflywheel.json"))',
            'magnitude = numpy.load("dataset/HumanML3D/udoppler_rotation/MOTIONA.npy")  # [frames, Doppler bins]',
            'levels_dbm = law["reference_dbm"] + 20 * numpy.log10(magnitude)',
        ),
    ]
