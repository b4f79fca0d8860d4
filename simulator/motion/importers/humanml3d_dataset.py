"""A folder in HumanML3D's layout: which clips it has, with captions, parts, splits and mirrored twins.

`new_joints/ID.npy` or `new_joint_vecs/ID.npy`, `texts/ID.txt`, and lists of ids `train.txt`, `val.txt`,
`test.txt`, `all.txt`. `MID` is the mirror image of `ID`.
"""

from __future__ import annotations

from pathlib import Path

from .humanml3d_texts import read_texts
from .manifest import ManifestClip

_JOINTS, _VECTORS, _TEXTS = "new_joints", "new_joint_vecs", "texts"
_SPLITS = ("train", "val", "test")
_LISTS = (*_SPLITS, "train_val", "all")
_N_NAMED = 5  # ids that a message names before it counts the rest
_LICENCE = "HumanML3D, derived from AMASS and HumanAct12: non-commercial research, no redistribution"


def humanml3d_root(folder: Path) -> Path | None:
    """Where the data set's layout begins: the folder, or `HumanML3D` in it as in a clone; None without it."""
    for root in (folder, folder / "HumanML3D"):
        if any((root / name).is_dir() for name in (_JOINTS, _VECTORS)):
            return root
    return None


def list_humanml3d(folder: Path, root: Path) -> tuple[list[ManifestClip], list[tuple[str, str, str]]]:
    """The clips of such a folder, in order of their ids, and what its lists name in vain (path, reason, kind).

    Where joints and features of one id exist, the joints are taken: both say the same.

    Args:
        folder: from which the paths of files count.
        root: of the data set in it (`humanml3d_root`).
    """
    found = [*sorted((root / _VECTORS).glob("*.npy")), *sorted((root / _JOINTS).glob("*.npy"))]
    files = {path.stem: path.relative_to(folder).as_posix() for path in found}
    listed = {name: _ids(root / f"{name}.txt") for name in _LISTS}
    split_of, faults = _splits(listed)
    for name, ids in listed.items():
        absent = [clip_id for clip_id in ids if clip_id not in files]
        if absent and not (name != "all" and set(absent) <= set(listed["all"])):
            faults.append((f"{name}.txt", f"{_named(absent)}: there is no such file", "missing file"))
    entries = [_entry(root, clip_id, files[clip_id], split_of) for clip_id in sorted(files, key=_sort_key)]
    return entries, faults


def family_of(clip_id: str) -> str:
    """The id of a motion and of its mirror image alike."""
    return clip_id[1:] if clip_id.startswith("M") and clip_id[1:].isdigit() else clip_id


def _entry(root: Path, clip_id: str, file: str, split_of: dict[str, str]) -> ManifestClip:
    captions, parts, notes = read_texts(root / _TEXTS / f"{clip_id}.txt")
    family = family_of(clip_id)
    if family != clip_id and split_of.get(clip_id, "") != split_of.get(family, ""):
        notes += (f"a mirror image: it stays in the split of {family}",)
    return ManifestClip(
        id=clip_id,
        file=file,
        captions=captions,
        parts=parts,
        notes=notes,
        licence=_LICENCE,
        may_ship=False,
        source_repo="HumanML3D",
        source_path=file,
        split_family=f"HumanML3D/{family}",
        split=split_of.get(family) or split_of.get(clip_id),
        faces_forwards=True,
    )


def _ids(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return list(dict.fromkeys(path.read_text(encoding="utf-8-sig", errors="replace").split()))


def _splits(listed: dict[str, list[str]]) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """Split of each id, the first one where lists contradict each other, and those contradictions."""
    split_of: dict[str, str] = {}
    faults: list[tuple[str, str, str]] = []
    for split in _SPLITS:
        twice = [clip_id for clip_id in listed[split] if split_of.setdefault(clip_id, split) != split]
        if twice:
            reason = f"{_named(twice)}: in another split too, which is kept"
            faults.append((f"{split}.txt", reason, "bad list"))
    return split_of, faults


def _named(ids: list[str]) -> str:
    more = f" and {len(ids) - _N_NAMED} more" if len(ids) > _N_NAMED else ""
    return f"{', '.join(ids[:_N_NAMED])}{more}"


def _sort_key(clip_id: str) -> tuple[str, str]:
    return family_of(clip_id), clip_id
