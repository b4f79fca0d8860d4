"""Names that common rigs give to joints, and which joint of the 22 each one is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.errors import MotionFileError

_LIMBS = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
_SIDES = ("left", "right")
_PELVIS, _HEAD = ("hips", "pelvis", "hip"), ("head",)
_MAY_LACK = ("foot", "collar")  # an end site tells where the ball is, neck and shoulder where the collar is

# A rig's stems of the limb joints above, in that order, several where versions of it differ. What one rig
# calls a shoulder, another calls a collar: the rig that lacks least is taken, the earlier one of equals.
_RIGS: dict[str, tuple[str, ...]] = {
    "Mixamo, HumanIK, LAFAN, Rokoko or CMU": (
        "upleg thigh",
        "leg shin",
        "foot",
        "toebase toe ball",
        "shoulder",
        "arm",
        "forearm",
        "hand",
    ),
    "CMU with collars or Xsens": ("hip", "knee", "ankle", "toe foot", "collar", "shoulder", "elbow", "wrist"),
    "Biped": (
        "thigh",
        "calf",
        "foot",
        "toe0 toe toebase",
        "clavicle",
        "upperarm",
        "forearm",
        "hand",
    ),
    "Unreal": ("thigh", "calf", "foot", "ball", "clavicle", "upperarm", "lowerarm", "hand"),
    "Unity or VRM": (
        "upperleg",
        "lowerleg",
        "foot",
        "toes toe toebase",
        "shoulder",
        "upperarm",
        "lowerarm",
        "hand",
    ),
    "Daz": (
        "thigh thighbend",
        "shin",
        "foot",
        "toe",
        "collar",
        "shldr shldrbend",
        "forearm forearmbend",
        "hand",
    ),
    "Motive": ("thigh", "shin", "foot", "toe", "shoulder", "uarm", "farm", "hand"),
    "Rigify": ("thigh", "shin", "foot", "toe", "shoulder", "upperarm", "forearm", "hand"),
}
# Pelvis and head of rigs that call them otherwise than all others do
_CENTRES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {"Rigify": (("spine",), ("spine006", "head"))}
_PREFIX = re.compile(r"^(mixamorig\d*|character\d*|bip\d+|j_bip_c|j_bip|def|b)[ _.-]+", re.IGNORECASE)
_SEPARATORS = " _:.-"
_PREFIXED_SHARE = 0.8  # of the joints, from which on a beginning is one that a program put before all names
_N_SHOWN = 12  # of a foreign skeleton's joints, in a message


@dataclass(frozen=True)
class RigJoints:
    """Which joint of a skeleton is which of the 22.

    Attributes:
        rig: the names it follows.
        indices: joint name, such as "left_hip" -> index in the skeleton; pelvis and head included.
        lacking: joints of `indices` that the skeleton does not have, to be told from others.
    """

    rig: str
    indices: dict[str, int]
    lacking: tuple[str, ...]


def match_rig(names: Sequence[str]) -> RigJoints:
    """Find the 22 joints' places in a skeleton by the names of its joints.

    Case, prefixes ("mixamorig:", "Character1_", "Bip01 ", or one that nearly all names share) and the way a side
    is written do not matter.

    Raises:
        MotionFileError: joints are missing; the message lists them.
    """
    missing, match = _best_match(names)
    if missing:
        missing, match = min(
            (missing, match), _best_match(_without_prefix(names)), key=lambda one: len(one[0])
        )
    if missing:
        shown = ", ".join(list(names)[:_N_SHOWN]) + (", ..." if len(names) > _N_SHOWN else "")
        raise MotionFileError(
            f"its skeleton lacks {', '.join(missing)} (nearest are the names of {match.rig}); it has {shown}; "
            f"known are {'; '.join(_RIGS)}: rename the joints",
            "missing joints",
        )
    return match


def _best_match(names: Sequence[str]) -> tuple[list[str], RigJoints]:
    """What is missing, and the match, of the rig that lacks least."""
    found: dict[tuple[str, str], int] = {}
    for index, name in enumerate(names):
        found.setdefault(_side_and_stem(name), index)
    best: tuple[list[str], RigJoints] | None = None
    for rig, limb_stems in _RIGS.items():
        pelvis, head = _CENTRES.get(rig, (_PELVIS, _HEAD))
        stems = {("", "pelvis"): pelvis, ("", "head"): head}
        stems |= {
            (side, limb): tuple(words.split())
            for side in _SIDES
            for limb, words in zip(_LIMBS, limb_stems, strict=True)
        }
        missing, match = _match(rig, stems, found)
        if best is None or len(missing) < len(best[0]):
            best = missing, match
    assert best is not None
    return best


def _without_prefix(names: Sequence[str]) -> list[str]:
    """The names without the longest beginning, up to a separator, that nearly all of them share."""
    counts = Counter(
        name[: place + 1] for name in names for place, letter in enumerate(name) if letter in _SEPARATORS
    )
    shared = [start for start, count in counts.items() if count >= _PREFIXED_SHARE * len(names)]
    longest = max(shared, key=len, default="")
    return [name.removeprefix(longest) for name in names]


def _match(
    rig: str, stems: dict[tuple[str, str], tuple[str, ...]], found: dict[tuple[str, str], int]
) -> tuple[list[str], RigJoints]:
    indices: dict[str, int] = {}
    missing: list[str] = []
    lacking: list[str] = []
    for (side, joint), words in stems.items():
        name = f"{side}_{joint}" if side else joint
        index = next((found[side, word] for word in words if (side, word) in found), None)
        if index is not None:
            indices[name] = index
        elif joint in _MAY_LACK:
            lacking.append(name)
        else:
            missing.append(f"{side + ' ' if side else ''}{joint} ({words[0]})")
    return missing, RigJoints(rig, indices, tuple(lacking))


def _side_and_stem(name: str) -> tuple[str, str]:
    """("left", "upleg") of "mixamorig:LeftUpLeg", "L_UpLeg", "lUpLeg", "UpLeg.L" and the like."""
    plain = _PREFIX.sub("", name.rsplit(":", 1)[-1])
    side = ""
    for pattern in (
        r"^(?P<side>left|right)[ _.-]*(?P<stem>.+)$",
        r"^(?P<side>[lr])[ _.-]+(?P<stem>.+)$",
        r"^(?P<stem>.+?)[ _.-]+(?P<side>left|right|[lr])$",
    ):
        match = re.match(pattern, plain, re.IGNORECASE)
        if match:
            side, plain = match["side"], match["stem"]
            break
    else:
        camel = re.match(r"^(?P<side>[lrLR])(?P<stem>([A-Z][a-z]|[UF]Arm).*)$", plain)
        if camel:
            side, plain = camel["side"], camel["stem"]
    which = {"l": "left", "r": "right"}.get(side[:1].lower(), "")
    return which, re.sub(r"[ _.-]", "", plain).lower()
