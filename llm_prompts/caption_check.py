"""What of a caption the facts contradict: activities, order, sides, counts, directions, pace, distances.

A caption is accepted only if every word of it can be read and everything it says agrees with script and
measurement. So a sentence that says more than the facts hold is refused as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from simulator.motion.script import Fall, Locomote, MotionScript, Posture, step_activity

from .caption_reading import CaptionReading, Saying, read_caption
from .claim_rules import Role, conflicts
from .confirmation import Grounding, ground
from .facts import SampleFacts
from .lexicon_phrases import FALL_BEGINS
from .wording import OBJECT, WORDINGS

CaptionVerdict = Literal["", "unreadable", "contradicts_facts"]
MAX_MENTIONS = 16
_WITH_OBJECTS = frozenset(label for label, wording in WORDINGS.items() if wording.intent == OBJECT) | {
    "throw",
    "push",
}

_RAISING = frozenset({"raise", "lift"})
# What may be said beside the name of an activity, as a part of it.
_BESIDE: dict[str, frozenset[str]] = {
    "pick_up": frozenset({"bend", "crouch", "squat", "reach", "stand_up", "lift"}),
    "put_down": frozenset({"bend", "crouch", "squat", "reach", "stand_up"}),
    "toe_touch": frozenset({"bend", "stand_up", "reach"}),
    "reach": frozenset({"raise"}),
    "crouch": frozenset({"bend"}),
    "kneel": frozenset({"bend"}),
    **dict.fromkeys(
        ("wave", "point", "beckon", "salute", "circle", "phone", "drink", "touch_face"), _RAISING
    ),
    "sit_on_floor": frozenset({"sit_down"}),
    "cross_arms": frozenset({"stay_there"}),
}
_ALIASES: dict[str, frozenset[str]] = {
    "walk_backward": frozenset({"walk"}),
    "arm_circle": frozenset({"circle"}),
}


def caption_problems_by_facts(text: str, script: MotionScript, facts: SampleFacts | None) -> list[str]:
    """Everything in a caption that script and measurement contradict or do not hold; empty = it is true.

    Checked are the activities (each step is named, nothing else is), their order, sides, counts, directions,
    turns, pace, heights, causes of falls, distances, times, and the way relative to the radar. A word that
    has no known meaning here is a problem too: it could claim anything.

    Args:
        text: one sentence (or a few) about the person.
        script: what was planned.
        facts: what was measured; None = the script is trusted.
    """
    return CaptionChecker(ground(script, facts)).problems(read_caption(text))


def caption_verdict(text: str, script: MotionScript, facts: SampleFacts | None) -> CaptionVerdict:
    """ "" = true; `unreadable` = some of it cannot be checked; `contradicts_facts` = it says something else."""
    reading = read_caption(text)
    if reading.unread or not reading.sayings:
        return "unreadable"
    return "contradicts_facts" if CaptionChecker(ground(script, facts)).problems(reading) else ""


class CaptionChecker:
    """Checks captions of one motion; what the script asks for is worked out once."""

    def __init__(self, grounding: Grounding) -> None:
        self.grounding = grounding
        self._groups = _groups(grounding)

    def problems(self, reading: CaptionReading) -> list[str]:
        """As `caption_problems_by_facts`, of a sentence that was read already."""
        if reading.unread:
            unread = ", ".join(map(repr, dict.fromkeys(reading.unread)))
            return [f"{unread} cannot be checked against the facts"]
        if not reading.sayings:
            return ["no activity is named"]
        if len(reading.sayings) > MAX_MENTIONS:
            return [f"{len(reading.sayings)} activities are more than any script has"]
        problems = []
        sex = self.grounding.script.subject.sex
        if reading.sex and reading.sex != sex and sex != "neutral":
            problems.append(f"the person is {sex}, said is {reading.sex}")
        roles = [role.activity for group in self._groups for role in (group.host, *group.layers)]
        if reading.objects and _WITH_OBJECTS.isdisjoint(roles):
            problems.append("nothing is handled, said is an object")
        return problems + _Alignment(reading.sayings, self._groups, self.grounding).problems()


@dataclass
class _Group:
    """A step with the gestures done during it; `needed` = roles that a caption must name."""

    host: Role
    layers: tuple[Role, ...] = ()
    needed: frozenset[int] = field(default_factory=frozenset)

    def roles_of(self, saying: Saying) -> list[tuple[int, Role, bool]]:
        """(number, role, only beside it) that a saying may speak of; the host is number 0."""
        labels = saying.mention.labels
        found = [
            (number, role, False)
            for number, role in enumerate((self.host, *self.layers))
            if role.activity in labels
            or (_ALIASES.get(role.activity, frozenset()) & labels and _alias_fits(role, saying))
        ]
        if not found and labels & self._beside():
            found.append((-1, self.host, True))
        return found

    def _beside(self) -> frozenset[str]:
        detail = self.host.detail
        step = detail.step
        allowed = _BESIDE.get(self.host.activity, frozenset[str]())
        if isinstance(step, Fall):
            allowed |= {"stand_up", "get_up"} if step.recover else {"lie_down"}
            allowed |= {"stay_there"} if detail.is_last and not step.recover else frozenset[str]()
        if isinstance(step, Posture):
            allowed |= {"stay_there", "stand"} if step.hold_s > 0 else frozenset[str]()
        if isinstance(step, Locomote) and step.turn_deg:
            allowed |= {"turn"}
        if isinstance(step, Locomote):
            allowed |= {"move"}
        # Who stands again after a fall does not stay where the sentence left him.
        return allowed | {"stay_there"} if detail.is_idle and detail.posture != "stand" else allowed


def _alias_fits(role: Role, saying: Saying) -> bool:
    """Walking that is said to go backward is walking backward."""
    return role.activity != "walk_backward" or "backward" in saying.claims.directions


def _groups(grounding: Grounding) -> list[_Group]:
    groups = []
    all_idle = all(detail.is_idle for detail in grounding.steps)
    for index, detail in enumerate(grounding.steps):
        host = Role(detail, detail.activity, None, index)
        layers = tuple(Role(detail, step_activity(layer), layer, index) for layer in detail.layers)
        needed = set(range(1, len(layers) + 1))
        if not detail.is_idle or (all_idle and index == 0):
            needed.add(0)
        groups.append(_Group(host, layers, frozenset(needed)))
    return groups


@dataclass
class _Alignment:
    """Which saying speaks of which step, in the order of time, with the fewest contradictions."""

    sayings: list[Saying]
    groups: list[_Group]
    grounding: Grounding
    _known: dict[tuple[int, int, frozenset[int], int], tuple[str, ...]] = field(default_factory=dict)
    _judged: dict[tuple[int, int, int, bool], tuple[str, ...]] = field(default_factory=dict)

    def problems(self) -> list[str]:
        return list(self._best(0, 0, frozenset(), -2))

    def _best(self, place: int, at: int, named: frozenset[int], last: int) -> tuple[str, ...]:
        """Problems of the sayings from `place` on; `named` and `last` tell of group `at` what was said."""
        key = (place, at, named, last)
        if key not in self._known:
            self._known[key] = min(self._ways(place, at, named, last), key=len)
        return self._known[key]

    def _ways(self, place: int, at: int, named: frozenset[int], last: int) -> list[tuple[str, ...]]:
        if at == len(self.groups):
            return [
                tuple(f"{self._said(saying)} is not done, or not then" for saying in self.sayings[place:])
            ]
        group, ways = self.groups[at], []
        saying = self.sayings[place] if place < len(self.sayings) else None
        for number, role, beside in group.roles_of(saying) if saying is not None else ():
            wrong = self._judge(place, at, number, beside, role) + self._linked(
                place, group, named, last, number
            )
            rest = self._best(place + 1, at, named | ({number} if number >= 0 else set()), number)
            ways.append(wrong + rest)
            if not ways[-1]:
                return ways[-1:]
        missing = tuple(
            f"{role.activity.replace('_', ' ')} is not named in its place"
            for number, role in enumerate((group.host, *group.layers))
            if number in group.needed - named
        )
        ways.append(missing + self._best(place, at + 1, frozenset(), -2))
        if saying is not None and ways[-1]:
            wrongly = f"{self._said(saying)} is not done, or not then"
            ways.append((wrongly, *self._best(place + 1, at, named, last)))
        return ways

    def _judge(self, place: int, at: int, number: int, beside: bool, role: Role) -> tuple[str, ...]:
        key = (place, at, number, beside)
        if key not in self._judged:
            claims = self.sayings[place].claims
            found = conflicts(claims, role, self.grounding, beside)
            if claims.again and not self._happened_before(at, role):
                found.append(f"{role.activity.replace('_', ' ')} is not done again")
            self._judged[key] = tuple(found)
        return self._judged[key]

    def _happened_before(self, at: int, role: Role) -> bool:
        step = role.detail.step
        if (isinstance(step, Fall) and step.recover) or role.activity in ("stand_up", "stand"):
            return True
        return any(group.host.activity == role.activity for group in self.groups[:at])

    def _linked(
        self, place: int, group: _Group, named: frozenset[int], last: int, number: int
    ) -> tuple[str, ...]:
        """Whether two sayings may be joined as they are: "while" only within a step, "then" only between."""
        saying = self.sayings[place]
        name = group.host.activity.replace("_", " ")
        if saying.relation == "while" and (last == -2 or last == number):
            return (f"nothing is done while {self._said(saying)}",)
        if last == -2:
            return ()
        part_of_it = saying.mention.labels & {"stay_there", "stand_up", "get_up", "lie_down", "stand"}
        if saying.relation == "then" and number == -1 and not part_of_it:
            return (f"{self._said(saying)} is a part of {name}, it does not follow it",)
        if saying.relation == "then" and {last, number} & set(range(1, len(group.layers) + 1)):
            return (f"{self._said(saying)} is done during {name}, not after it",)
        repeated = number in named and number >= 0
        if (
            repeated and group.host.activity == "fall"
        ):  # "slips and falls" is one fall, "falls, then falls" is two
            before = self.sayings[place - 1].mention.verb
            repeated = before not in FALL_BEGINS or saying.mention.verb in FALL_BEGINS
        return (f"{name} is done once, said is twice",) if repeated else ()

    @staticmethod
    def _said(saying: Saying) -> str:
        return " or ".join(sorted(label.replace("_", " ") for label in saying.mention.labels))
