"""mmExpert's JSON records, and where the maps of each lie: nothing outside the imported folder is ever opened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import InvalidInput
from ..exports.mmexpert import LAW_FILE, MAP_FOLDER, NAMED_FOLDER, VIEWS
from ..rows import some
from .mmexpert_words import captions_of, family_of, kind_of, label_of, questions_of, record_problem

# Records of the later files only add what the earlier ones lack, such as questions.
_FILE_ORDER = ("train", "val", "test", "train_QAs", "test_QAs", "all")
_LEVELS_UP = 4
_SHOWN_FILES = 3


@dataclass(frozen=True)
class Refused:
    """A record, or a map of one, that cannot be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class WaveRecord:
    """One motion or recording.

    Attributes:
        name: folder and index, as the record gives them.
        files: (view, file) of its maps; the view is None for a map without a letter.
        captions: (text, style): given, or label where only a class is known.
        questions: mappings with the columns of qa_pairs.
        family: what must stay in one split, if the record says so.
        given_split: the file that lists it.
    """

    name: str
    files: tuple[tuple[str | None, Path], ...]
    label: str | None = None
    captions: tuple[tuple[str, str], ...] = ()
    questions: tuple[Mapping[str, Any], ...] = ()
    family: str | None = None
    given_split: str | None = None


@dataclass(frozen=True)
class MmExpertListing:
    """What a folder, or one JSON file, lists; `law` is our own export's word on its values, where there is one."""

    records: tuple[WaveRecord, ...]
    refused: tuple[Refused, ...]
    law: Mapping[str, Any] = field(default_factory=dict)


def list_mmexpert(source: Path) -> MmExpertListing:
    """Read the records of a folder (every JSON file of records below it), or of one JSON file.

    A record that cannot be used is refused with its file and name; the others are read.

    Raises:
        InvalidInput: there is no such place, or it holds no records; the message says of each JSON file what it is.
    """
    source = Path(source)
    if not source.exists():
        raise InvalidInput(
            f"{source} does not exist; give a folder with mmExpert's JSON records, or one of them"
        )
    files = [source] if source.is_file() else _json_files(source)
    merged: dict[str, WaveRecord] = {}
    refused: list[Refused] = []
    others: list[str] = []
    n_files = 0
    for file in files:
        place = file.name if file == source else file.relative_to(source).as_posix()
        try:
            entries = _entries_of(file)
        except InvalidInput as error:
            others.append(f"{place}: {error}")
            refused += [] if isinstance(error, _OtherJson) else [Refused(place, str(error))]
            continue
        n_files += 1
        for name, entry in entries.items():
            found = _record(entry, file, _roots(file, source))
            if isinstance(found, Refused):
                refused.append(
                    replace(found, name=f"{place} record {name}{found.name and f': {found.name}'}")
                )
            else:
                merged[found.name] = _merged(merged.get(found.name), found)
    if not n_files:
        seen = f" ({some(others, _SHOWN_FILES)})" if others else ""
        raise InvalidInput(
            f"{source} holds no JSON file of records{seen}: a file of records is an object of objects with "
            "`filefolder` and `fileindex`, as mmExpert's _split/*.json are"
        )
    unique = {(one.name, one.reason): one for one in refused}
    return MmExpertListing(tuple(merged.values()), tuple(unique.values()), _law(source))


def _json_files(folder: Path) -> list[Path]:
    """JSON files below a folder, those of the splits first; hidden folders are left out."""
    found = (path for path in folder.rglob("*.json") if not path.is_symlink())
    seen = [
        path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    return sorted(seen, key=_file_order)


def _file_order(path: Path) -> tuple[int, str]:
    known = path.stem in _FILE_ORDER
    return (_FILE_ORDER.index(path.stem) if known else len(_FILE_ORDER), str(path))


class _OtherJson(InvalidInput):
    """A JSON file that holds something else than records: none of our business, unless there are no records at all."""


def _entries_of(file: Path) -> dict[str, Any]:
    """The entries of a JSON file of records, as they are.

    Raises:
        _OtherJson: it holds something else.
        InvalidInput: it cannot be read, or is no JSON.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"line {error.lineno}, column {error.colno} is no JSON ({error.msg}): correct it there, or take the file "
            "out of the folder"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"is no UTF-8 from byte {error.start} on: save it as UTF-8") from error
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(f"cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise _OtherJson(f"{kind_of(content)}; an object of records is needed")
    if not any(_looks_like_a_record(entry) for entry in content.values()):
        raise _OtherJson(f"an object with {len(content)} entries, none with `filefolder` or `fileindex`")
    return content


def _looks_like_a_record(entry: object) -> bool:
    return isinstance(entry, dict) and ("fileindex" in entry or "filefolder" in entry)


def _roots(file: Path, source: Path) -> list[Path]:
    """Folders that `filefolder` may be relative to: those above the JSON file, within the imported folder."""
    above = list(file.resolve().parents)
    if source.is_file():
        return above[:_LEVELS_UP]
    top = source.resolve()
    return [folder for folder in above if folder.is_relative_to(top)]


def _record(entry: Any, file: Path, roots: Sequence[Path]) -> WaveRecord | Refused:
    problem = record_problem(entry)
    if problem:
        index = entry.get("fileindex") if isinstance(entry, dict) else None
        return Refused(ascii(index) if isinstance(index, str) else "", problem)
    folder, index = entry["filefolder"], entry["fileindex"]
    name = f"{folder}/{index}"
    if index in (".", "..") or "/" in index or "\\" in index or "\0" in name:
        return Refused(name, "its fileindex is no plain file name; folders belong into `filefolder`")
    maps = _maps_of(folder, index, roots)
    if not maps:
        within = roots[-1].name if roots else file.parent.name
        return Refused(
            name,
            f"no map: there is neither {index}A.npy ... {index}H.npy nor {index}.npy or .npz in {folder} "
            f"(or its {MAP_FOLDER}), looked for within {within}: put the files there, or correct `filefolder`",
        )
    label = label_of(entry)
    return WaveRecord(
        name,
        maps,
        label,
        captions_of(entry, label),
        tuple(questions_of(entry)),
        family_of(entry),
        file.stem if file.stem in ("train", "val", "test") else None,
    )


def _maps_of(folder: str, index: str, roots: Sequence[Path]) -> tuple[tuple[str | None, Path], ...]:
    for root in roots:
        for place in _folders(folder):
            base = (root / place).resolve()
            if not base.is_relative_to(root) or not base.is_dir():
                continue
            views = [(view, base / f"{index}{view}.npy") for view in VIEWS]
            found: list[tuple[str | None, Path]] = [
                (view, path) for view, path in views if _is_inside(path, root)
            ]
            if not found:
                alone = [base / f"{index}{ending}" for ending in (".npy", ".npz")]
                found += [(None, path) for path in alone if _is_inside(path, root)][:1]
            if found:
                return tuple(found)
    return ()


def _is_inside(path: Path, root: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(root)


def _folders(folder: str) -> Iterator[str]:
    """Places that a filefolder may mean: itself, or of a path of another machine its ends; loaders rename it too."""
    parts = PurePosixPath(folder.replace("\\", "/")).parts
    whole = "/".join(part for part in parts if part != "/")
    ends = ["/".join(parts[start:]) for start in range(1, len(parts))]
    for place in dict.fromkeys((whole, *ends)):
        if ".." in PurePosixPath(place).parts:
            continue
        yield place
        if NAMED_FOLDER in place and MAP_FOLDER not in place:
            yield place.replace(NAMED_FOLDER, MAP_FOLDER)
        if NAMED_FOLDER in place:
            yield place.replace(NAMED_FOLDER, "mmwave")


def _merged(first: WaveRecord | None, second: WaveRecord) -> WaveRecord:
    if first is None:
        return second
    return replace(
        first,
        label=first.label or second.label,
        captions=first.captions or second.captions,
        questions=first.questions or second.questions,
        family=first.family or second.family,
        given_split=first.given_split or second.given_split,
    )


def _law(source: Path) -> dict[str, Any]:
    path = source / LAW_FILE
    if not path.is_file():
        return {}
    try:
        law = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return law if isinstance(law, dict) else {}
