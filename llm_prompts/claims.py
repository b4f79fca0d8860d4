"""What a stretch of a sentence claims beside its activities: sides, numbers, directions, pace, heights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .lexicon_phrases import word_set
from .wording import NUMBER_WORDS

ARM_WORDS = word_set("hand hands arm arms fist fists")
LEG_WORDS = word_set("leg legs foot feet")
_LIMBS = ARM_WORDS | LEG_WORDS
_NUMBERS = {word: number for number, word in enumerate(NUMBER_WORDS)}
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_VAGUE = word_set("several few multiple repeatedly many some")
_COUNTED = word_set(
    "jump jumps jack jacks squat squats lunge lunges kick kicks punch punches up ups circle circles bend bends "
    "knee knees wave waves clap claps bow bows nod nods crunch crunches pushup pushups situp situps "
    "touches touch push pushes throw throws swing swings shrug shrugs salute salutes repetition repetitions "
    "dance"
)
_PACES = {
    "slowly": "slow", "slow": "slow", "leisurely": "slow", "unhurriedly": "slow",
    "quickly": "fast", "quick": "fast", "fast": "fast", "rapidly": "fast", "rapid": "fast", "briskly": "fast",
    "brisk": "fast", "hurriedly": "fast", "swiftly": "fast", "speedily": "fast",
    "normal": "ordinary", "ordinary": "ordinary", "moderate": "ordinary", "moderately": "ordinary",
    "normally": "ordinary",
}  # fmt: skip
_DIRECTIONS = {
    "forward": "forward", "ahead": "forward", "straight": "forward", "backward": "backward", "reverse": "backward",
    "leftward": "left", "rightward": "right", "counterclockwise": "left", "clockwise": "right",
    "sideways": "sideways", "sideward": "sideways", "upward": "up", "downward": "down",
    "curve": "curve", "curved": "curve", "arc": "curve", "loop": "curve",
}  # fmt: skip
_RADIAL = {"towardsradar": "towards", "awayfromradar": "away"}
_ANGLES = {
    "slightly": (0.0, 70.0), "slight": (0.0, 70.0), "small": (0.0, 70.0), "little": (0.0, 70.0),
    "quarter": (55.0, 140.0), "half": (130.0, 230.0), "around": (130.0, 380.0), "full": (310.0, 400.0),
    "complete": (310.0, 400.0), "circle": (220.0, 400.0), "threequarter": (220.0, 320.0),
}  # fmt: skip
CLAIM_WORDS = frozenset({*_LIMBS, *_NUMBERS, *_TIMES, *_VAGUE, *_PACES, *_DIRECTIONS, *_ANGLES}) | word_set(
    "left right both one each single time times about approximately meter meters m second seconds s degree degrees "
    "alternating alternately alternate low high up down back place spot floor ground face stomach side sides "
    "towards toward towardsradar awayfromradar away from couple pace speed again chair seat upper"
)
"""Words that this module reads."""


@dataclass
class Claims:
    """What is claimed near one activity; empty = nothing."""

    sides: set[str] = field(default_factory=set)
    limbs: set[str] = field(default_factory=set)
    counts: list[float] = field(default_factory=list)
    repeated: bool = False
    directions: set[str] = field(default_factory=set)
    paces: set[str] = field(default_factory=set)
    angles: list[tuple[float, float]] = field(default_factory=list)
    distances_m: list[float] = field(default_factory=list)
    durations_s: list[float] = field(default_factory=list)
    heights: set[str] = field(default_factory=set)
    lying: set[str] = field(default_factory=set)
    radial: set[str] = field(default_factory=set)
    causes: set[str] = field(default_factory=set)
    floor: bool = False
    chair: bool = False
    again: bool = False
    odd: list[str] = field(default_factory=list)

    def add(self, tokens: Sequence[str], place: int) -> int:
        """Read the claim that begins at a token; how many tokens it takes (1 where there is none)."""
        word = tokens[place]
        following = list(tokens[place + 1 : place + 4])
        if word in ("left", "right"):
            return self._side(word, following)
        if word in ("both", "each"):
            return self._limb("both", following)
        if word in _NUMBERS or word == "single" or word[0].isdigit():
            return self._number(word, following)
        if word in _TIMES:
            self.counts.append(_TIMES[word])
        elif word == "couple" and following[:2] == ["of", "times"]:
            self.counts.append(2)
            return 3
        elif word in _VAGUE and following[:1] != ["of"]:
            self.repeated = self.repeated or word != "some"
        elif word in _PACES:
            self.paces.add(_PACES[word])
        elif word in ("alternating", "alternately", "alternate"):
            self.sides.add("both")
        elif word in _LIMBS:
            self._name_limb(word)
        else:
            return self._place(word, tokens, place)
        return 1

    def _place(self, word: str, tokens: Sequence[str], place: int) -> int:
        before = tokens[place - 1] if place else ""
        following = list(tokens[place + 1 : place + 4])
        if word in _ANGLES:
            self.angles.append(_ANGLES[word])
        if word in _DIRECTIONS:
            self.directions.add(_DIRECTIONS[word])
        elif word in ("up", "down"):
            self.directions.add(word)
        elif word == "back":
            self._back(before)
        elif word in ("place", "spot") and before in ("in", "the"):
            self.directions.add("place")
        elif word in ("low", "high"):
            self.heights.add(word)
        elif word in ("floor", "ground"):
            self.floor = True
        elif word in ("chair", "seat"):
            self.chair = True
        elif word == "stomach":
            self.lying.add("lie_front")
        elif word == "face" and following[:1] in (["down"], ["up"]):
            self.lying.add("lie_front" if following[0] == "down" else "lie_back")
            return 2
        elif word == "side" and before in ("one", "the", "his", "her", "their"):
            self.lying.add("lie_side")
        elif word in ("towards", "toward", "away", *_RADIAL):
            return self._radial(word, following)
        elif word == "again":
            self.again = True
        elif word == "bypush":
            self.causes.add("push")
        return 1

    def _side(self, side: str, following: list[str]) -> int:
        if following[:1] in (["and"], ["or"], ["to"]) and following[1:2] in (["left"], ["right"]):
            self.odd.append(f"{side} {' '.join(following[:2])}")
            return 3
        skipped = 2 if following[:1] == ["upper"] else 1
        limb = following[skipped - 1 : skipped]
        if following and following[0] in _COUNTED:  # "two left kicks"
            self.sides.add(side)
            return 1
        if limb and limb[0] in _LIMBS:
            self.sides.add(side)
            self._name_limb(limb[0])
            return skipped + 1
        self.directions.add(side)
        return 1

    def _limb(self, side: str, following: list[str]) -> int:
        if following and following[0] in _LIMBS:
            self.sides.add(side)
            self._name_limb(following[0])
            return 2
        if following[:1] != ["time"]:
            self.odd.append(side)
        return 1

    def _number(self, word: str, following: list[str]) -> int:
        number = (
            1.0 if word == "single" else float(_NUMBERS.get(word, -1)) if word in _NUMBERS else float(word)
        )
        for skipped, noun in enumerate(following):
            taken = skipped + 2
            if noun in _LIMBS and skipped == 0 and number in (1.0, 2.0):
                return self._limb("both" if number == 2.0 else "one", following)
            if noun in ("time", "times") or noun in _COUNTED:
                self.counts.append(number)
                return taken if noun in ("time", "times") and not skipped else 1
            if noun in ("meter", "meters", "m"):
                self.distances_m.append(number)
                return taken
            if noun in ("second", "seconds", "s"):
                self.durations_s.append(number)
                return taken
            if noun in ("degree", "degrees"):
                self.angles.append((number - 25.0, number + 25.0))
                return taken
            if noun in (",", "and", "then"):
                break
        if word != "one" or following[:1] not in (["side"], ["after"], ["another"], ["knee"]):
            self.odd.append(word)
        return 1

    def _name_limb(self, limb: str) -> None:
        self.limbs.add("leg" if limb in LEG_WORDS else "arm")

    def _back(self, before: str) -> None:
        if before in ("the", "his", "her", "their"):
            self.lying.add("lie_back")
        else:
            self.directions.add("back")

    def _radial(self, word: str, following: list[str]) -> int:
        if word in _RADIAL:
            self.radial.add(_RADIAL[word])
        elif word == "away" and following[:1] != ["from"]:
            self.directions.add("away")
        elif word == "away" or following[:1] != ["the"] or following[1:2] not in (["left"], ["right"]):
            self.odd.append(word)
        return 1
