"""mmExpert's JSON records, and where the maps of each lie: nothing outside the imported folder is ever opened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import InvalidInput
from ..exports.mmexpert import LAW_FILE, MAP_FOLDER, NAMED_FOLDER, VIEWS

# Records of the later files only add what the earlier ones lack, such as questions.
_FILE_ORDER = ("train", "val", "test", "train_QAs", "test_QAs", "all")
_ROLES = ("QA01", "QA02", "QA03", "QA04")
_LEVELS_UP = 4


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

    Raises:
        InvalidInput: there is no such place, or it holds no records.
    """
    source = Path(source)
    if not source.exists():
        raise InvalidInput(
            f"{source} does not exist; give a folder with mmExpert's JSON records, or one of them"
        )
    files = [source] if source.is_file() else _json_files(source)
    merged: dict[str, WaveRecord] = {}
    refused: list[Refused] = []
    n_files = 0
    for file in files:
        entries = _entries_of(file)
        if isinstance(entries, Refused):
            refused += [entries] if file.name != LAW_FILE else []
            continue
        n_files += bool(entries)
        for name, entry in entries.items():
            found = _record(entry, file, _roots(file, source))
            if isinstance(found, Refused):
                refused.append(replace(found, name=f"{file.name} record {name}: {found.name}"))
            else:
                merged[found.name] = _merged(merged.get(found.name), found)
    if not n_files:
        raise InvalidInput(
            f"{source} holds no JSON file of records with `filefolder` and `fileindex`, as mmExpert's _split/*.json do"
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


def _entries_of(file: Path) -> dict[str, Any] | Refused:
    """The records of a JSON file; none where it holds something else."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return Refused(file.name, f"is no readable JSON: {error}")
    if not isinstance(content, dict):
        return {}
    return {
        name: entry
        for name, entry in content.items()
        if isinstance(entry, dict) and ("fileindex" in entry or "filefolder" in entry)
    }


def _roots(file: Path, source: Path) -> list[Path]:
    """Folders that `filefolder` may be relative to: those above the JSON file, within the imported folder."""
    above = list(file.resolve().parents)
    if source.is_file():
        return above[:_LEVELS_UP]
    top = source.resolve()
    return [folder for folder in above if folder.is_relative_to(top)]


def _record(entry: Mapping[str, Any], file: Path, roots: Sequence[Path]) -> WaveRecord | Refused:
    folder, index = entry.get("filefolder"), entry.get("fileindex")
    if not isinstance(folder, str) or not isinstance(index, str) or not index:
        return Refused(str(index), "needs texts under `filefolder` and `fileindex`")
    if not _is_text(entry):
        return Refused(ascii(index), "holds text that is no Unicode (half of a surrogate pair)")
    name = f"{folder}/{index}"
    if index in (".", "..") or "/" in index or "\\" in index or "\0" in name:
        return Refused(name, "its fileindex is no plain file name")
    maps = _maps_of(folder, index, roots)
    if not maps:
        return Refused(
            name,
            f"no map: there is neither {index}A.npy ... {index}H.npy nor {index}.npy or .npz in {folder} "
            f"(or its {MAP_FOLDER}), looked for within {roots[-1].name if roots else file.parent.name}",
        )
    label = entry.get("activity") or entry.get("classname")
    label = "_".join(str(label).lower().split()) if label else None
    family = entry.get("split_family") or entry.get("subject")
    try:
        captions, questions = _captions(entry, label), tuple(_questions(entry))
    except (TypeError, AttributeError, KeyError) as error:
        return Refused(name, f"its captions or questions have another form: {type(error).__name__}: {error}")
    given = file.stem if file.stem in ("train", "val", "test") else None
    return WaveRecord(name, maps, label, captions, questions, str(family) if family else None, given)


def _is_text(entry: Mapping[str, Any]) -> bool:
    """Whether everything in a record can be written as UTF-8; JSON allows more."""
    try:
        json.dumps(entry, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


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


def _captions(entry: Mapping[str, Any], label: str | None) -> tuple[tuple[str, str], ...]:
    given = [_plain(text) for text in entry.get("captions") or ()]
    if any(given):
        return tuple((text, "given") for text in dict.fromkeys(given) if text)
    return ((f"a person {label.replace('_', ' ')}", "label"),) if label else ()


def _plain(text: str) -> str:
    """Lower case without a full stop and without what HumanML3D writes behind a #."""
    return " ".join(text.partition("#")[0].split()).rstrip(".").strip().lower()


def _questions(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    given = entry.get("questions") or {}
    named = given.items() if isinstance(given, dict) else ((f"QA{n}", one) for n, one in enumerate(given))
    for name, pair in named:
        role = pair.get("role") or next((role for role in _ROLES if str(name).upper().startswith(role)), "QA")
        yield {
            "role": role,
            "kind": pair.get("kind") or "free",
            "question": " ".join(pair["question"].split()),
            "answer": " ".join(pair["answer"].split()),
            "options": [str(option) for option in pair.get("options") or ()],
        }


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
