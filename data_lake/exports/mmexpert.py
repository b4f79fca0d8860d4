"""mmExpert's files: a JSON record for each motion, and one .npy [T, 128] for each of its views A to H.

Laid out as the loaders of github.com/luckyyf0517/mmExpert (commit 529f7aa) look for them from the export's folder:

    dataset/HumanML3D/_split/{train,val,test,all,train_QAs,test_QAs}.json   records by running number
    dataset/HumanML3D/udoppler_rotation/MOTION{A...H}.npy                   one for each view
    dataset/HumanML3D/texts/MOTION.txt                                      its captions, a line each
    samples.jsonl, mmflywheel.json            what the lake knows of each .npy, and the law of the values
    dataset/REAL/all.json, dataset/REAL/udoppler_rotation/RECORDING.npy     what a real radar recorded

Records say `udoppler`, as theirs do: the loaders put `udoppler_rotation` there. They choose their options by the
words HumanML3D and REAL in a path, which is why our folders have these names.

The values are what their loaders take a logarithm of: linear magnitude, here relative to the floor of the lake's dB
law, so that 20 log10(value) + db_offset is dBm, the floor is 1, and log10(value + 1e-6) loses nothing. Frames run
down, Doppler bins to the right; bin 64 is zero Doppler and bins above it recede, in their files (forward FFT of a
beat signal exp(+j 2 pi f0 tau), then fftshift) as in ours, so nothing is turned or mirrored. Only valid frames are
written: their loaders crop to a multiple of 16 and pad with zeros after scaling.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..tensor_codec import codes_of
from .sample_record import EXPORTED_COLUMNS, described
from .selection import Selection

SIMULATED, REAL = "dataset/HumanML3D", "dataset/REAL"
MAP_FOLDER, NAMED_FOLDER = "udoppler_rotation", "udoppler"
VIEWS = "ABCDEFGH"
LAW_FILE, SAMPLES_FILE = "mmflywheel.json", "samples.jsonl"
# Questions whose answer depends on where the radar stands: a record speaks for all views of a motion.
VIEW_DEPENDENT_KINDS = frozenset({"radial_direction", "beam_direction", "view_tells"})


FullMarks = Callable[[Mapping[str, Any]], int]


def one_mark(pair: Mapping[str, Any]) -> int:
    """Every answer is right or wrong."""
    return 1


@dataclass
class MmExpertReport:
    """What was written.

    Attributes:
        n_records: records by split.
        n_maps: .npy files.
        incomplete: records of simulated motion that lack some of the views A to H. mmExpert's loaders take any of the
            eight and stop at one that is not there.
    """

    n_records: dict[str, int] = field(default_factory=dict)
    n_maps: int = 0
    incomplete: int = 0


@dataclass
class _Record:
    """One record: where the texts of its captures stand in the list of samples, by view."""

    name: str
    split: str
    captures: dict[str, int] = field(default_factory=dict)


def magnitude_of(codes: NDArray[np.integer], db_step: float) -> NDArray[np.float32]:
    """Linear magnitude relative to the floor of the dB law: 10^(db_step code / 20), float32, same shape."""
    return np.power(10.0, (db_step / 20.0) * codes.astype(np.float64)).astype(np.float32)


def write_mmexpert(selection: Selection, folder: Path, full_marks: FullMarks = one_mark) -> MmExpertReport:
    """Write a version's samples in mmExpert's layout; memory grows with the ids of the samples only.

    Args:
        selection: the samples.
        folder: an empty folder.
        full_marks: points that a question's whole answer earns (mmExpert's judge counts in them).
    """
    report = MmExpertReport()
    records: dict[tuple[str, str], list[_Record]] = {}
    with (folder / SAMPLES_FILE).open("wb+") as texts:
        for row in selection.rows(None, EXPORTED_COLUMNS):
            base = REAL if row["origin"] == "real" else SIMULATED
            record, view = _place(records.setdefault((base, _subject(row)), []), row)
            record.captures[view] = texts.tell()
            file = f"{base}/{MAP_FOLDER}/{record.name}{view}.npy"
            texts.write(json.dumps({"file": file, **described(row)}, ensure_ascii=False).encode() + b"\n")
            _write_map(folder / file, row)
            report.n_maps += 1
        for base in (SIMULATED, REAL):
            mine = [record for (place, _), found in records.items() if place == base for record in found]
            if mine:
                writer = _RecordWriter(folder, base, texts, full_marks)
                writer.write(sorted(mine, key=lambda one: one.name), report)
    _write_law(selection, folder)
    return report


def _subject(row: Mapping[str, Any]) -> str:
    """What a record is about: the motion, or the recording."""
    return str(row["motion_id"] or row["clip_id"])


def _place(found: list[_Record], row: Mapping[str, Any]) -> tuple[_Record, str]:
    """The record of a capture and its letter; a motion seen twice from one side gets a further record."""
    view = str(row["view"] or "")
    for record in found:
        if view not in record.captures:
            return record, view
    name = _subject(row) if not found else f"{_subject(row)}-{len(found) + 1}"
    found.append(_Record(name, row["split"]))
    return found[-1], view


def _write_map(path: Path, row: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    codes = codes_of(row)[: row["n_valid_frames"]]
    np.save(path, magnitude_of(codes, row["db_step"]), allow_pickle=False)


@dataclass(frozen=True)
class _RecordWriter:
    """Writes the JSON files and captions of one kind of data: `base` is its folder within the export."""

    folder: Path
    base: str
    texts: IO[bytes]
    full_marks: FullMarks

    def write(self, records: list[_Record], report: MmExpertReport) -> None:
        """Write all records, by split and together."""
        real = self.base == REAL
        place = self.folder / self.base
        lists = place if real else place / "_split"
        for made in (lists, place / "texts"):
            made.mkdir(parents=True, exist_ok=True)
        classes = {label: number for number, label in enumerate(self._labels(records))}
        for split, members in ({"all": records} if real else _by_split(records)).items():
            with (lists / f"{split}.json").open("w", encoding="utf-8") as file:
                file.write("{")
                for number, record in enumerate(members):
                    entry = self._entry(record, classes)
                    text = json.dumps(entry, ensure_ascii=False)
                    file.write(f'{"," if number else ""}\n"{number:06d}": {text}')
                    if split == "all":
                        _write_captions(place / "texts" / f"{record.name}.txt", entry["captions"])
                        report.incomplete += not real and set(record.captures) != set(VIEWS)
                file.write("\n}\n")
            if not split.endswith("_QAs"):
                report.n_records[f"real {split}" if real else split] = len(members)

    def _captures(self, record: _Record) -> Iterator[tuple[str, dict[str, Any]]]:
        for view, offset in sorted(record.captures.items()):
            self.texts.seek(offset)
            yield view, json.loads(self.texts.readline())

    def _labels(self, records: list[_Record]) -> list[str]:
        found = {next(self._captures(record))[1]["activity"] for record in records}
        return sorted(label for label in found if label)

    def _entry(self, record: _Record, classes: Mapping[str, int]) -> dict[str, Any]:
        """A record as mmExpert reads it, and the activity, which it does not read."""
        captures = dict(self._captures(record))
        activity = next(iter(captures.values()))["activity"]
        entry: dict[str, Any] = {
            "filefolder": f"{self.base}/{NAMED_FOLDER}",
            "fileindex": record.name,
            "captions": list(dict.fromkeys(c["text"] for one in captures.values() for c in one["captions"])),
            "questions": _questions(captures, self.full_marks),
        }
        if self.base == REAL and activity:  # with simulated records their loader would drop the captions
            entry |= {"classid": classes[activity], "classname": activity.replace("_", " ")}
        return {**entry, "activity": activity}


def _by_split(records: list[_Record]) -> dict[str, list[_Record]]:
    found = {
        split: [record for record in records if record.split == split] for split in ("train", "val", "test")
    }
    # their second stage reads test_QAs.json; with them it holds the same records, questions added
    return {**found, "all": records, "train_QAs": found["train"], "test_QAs": found["test"]}


def _questions(captures: Mapping[str, Mapping[str, Any]], full_marks: FullMarks) -> dict[str, dict[str, Any]]:
    """Questions that hold for all views, by role and number; one whose answers differ between views is left out."""
    answers: dict[str, set[str]] = {}
    pairs: dict[str, Mapping[str, Any]] = {}
    for capture in captures.values():
        for pair in capture["qa_pairs"] or ():
            answers.setdefault(pair["question"], set()).add(pair["answer"])
            pairs.setdefault(pair["question"], pair)
    shared = [
        pair
        for question, pair in pairs.items()
        if len(answers[question]) == 1 and (len(captures) == 1 or pair["kind"] not in VIEW_DEPENDENT_KINDS)
    ]
    numbered: dict[str, dict[str, Any]] = {}
    for pair in sorted(shared, key=lambda one: one["role"]):
        role = pair["role"] or "QA"
        number = sum(name.partition("_")[0] == role for name in numbered) + 1
        kept = {name: pair[name] for name in ("question", "answer", "role", "kind", "options")}
        numbered[role if number == 1 else f"{role}_{number}"] = {**kept, "full marks": full_marks(pair)}
    return numbered


def _write_captions(path: Path, captions: list[str]) -> None:
    """HumanML3D's text form: caption, tokens, start and end, of which mmExpert reads the caption."""
    lines = [f"{' '.join(caption.replace('#', ' ').split())}##0.0#0.0" for caption in captions]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_law(selection: Selection, folder: Path) -> None:
    info = selection.reader.info
    law = {
        "dataset_version": info.name,
        "content_hash": info.content_hash,
        "values": "linear",
        "axes": "frame-doppler",
        "receding": "above",
        "reference_dbm": info.codec["db_offset"],
        "db_step": info.codec["db_step"],
        "meaning": "level in dBm = reference_dbm + 20 log10(value); bin 64 is zero Doppler, bins above it recede",
    }
    (folder / LAW_FILE).write_text(json.dumps(law, indent=1) + "\n", encoding="utf-8")
