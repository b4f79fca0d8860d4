"""Which measured signal shows an action's repetitions and side, and how to count them within its time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .durations import REPETITION_S
from .vocabulary import Exercise, Gesture, Reach, Strike

BEFORE_SHARE = 0.07
"""Beginning of a step's time that the movement before it may still reach into."""
LEAST_SHARE = 0.3
"""Share of the usual repetition's prominence below which an extreme is jitter."""


@dataclass(frozen=True)
class CountRule:
    """Extremes to count: of a signal ({side} = the acting one), of which kind, from which size on.

    `combine` says what happens with two sides: "sum" where they alternate, "max" where they go together.
    """

    signal: str
    kind: str = "peaks"
    least: float = 0.0
    combine: str = "max"
    share: float = LEAST_SHARE


COUNT_RULES: dict[tuple[str, str], CountRule] = {
    ("strike", "punch"): CountRule("hand_{side}_forward", least=0.2, combine="sum"),
    ("strike", "push"): CountRule("hand_{side}_forward", least=0.2),
    ("strike", "throw"): CountRule("hand_{side}_forward", least=0.7),
    ("strike", "swing"): CountRule("hand_{side}_outward", "troughs", least=0.8),
    ("strike", "slap"): CountRule("hand_{side}_outward", "troughs", least=0.3),
    ("strike", "pull"): CountRule("hand_{side}_forward", least=0.25),
    ("strike", "kick"): CountRule("foot_{side}_height", least=0.12, combine="sum"),
    ("gesture", "wave"): CountRule("hand_{side}_outward", "troughs", share=0.37),
    ("gesture", "clap"): CountRule("hands_apart", "troughs"),
    ("gesture", "point"): CountRule("hand_{side}_forward", least=0.4),
    ("gesture", "beckon"): CountRule("hand_{side}_forward", "troughs"),
    ("gesture", "raise"): CountRule("hand_{side}_up", least=0.6),
    ("gesture", "circle"): CountRule("hand_{side}_up", "troughs"),
    ("gesture", "bow"): CountRule("trunk_pitch", least=12.0),
    ("gesture", "nod"): CountRule("head_pitch"),
    ("gesture", "shake_head"): CountRule("head_yaw"),
    ("gesture", "stretch"): CountRule("hand_{side}_up", least=0.6),
    ("gesture", "shrug"): CountRule("shoulders_up"),
    ("gesture", "salute"): CountRule("hand_{side}_up", least=0.5),
    ("gesture", "cross_arms"): CountRule("hand_{side}_outward", "troughs", least=0.2),
    ("exercise", "jumping_jack"): CountRule("hand_{side}_up", least=0.6),
    ("exercise", "squat"): CountRule("pelvis_height", "troughs", least=0.15),
    ("exercise", "lunge"): CountRule("pelvis_height", "troughs", least=0.12),
    ("exercise", "arm_circle"): CountRule("hand_{side}_up", least=0.2),
    ("exercise", "side_bend"): CountRule("trunk_roll", "both", least=10.0),
    ("exercise", "toe_touch"): CountRule("trunk_pitch", least=40.0),
    ("exercise", "twist"): CountRule("trunk_twist", least=20.0),
    ("exercise", "high_knees"): CountRule("knee_{side}_height", least=0.1, combine="sum"),
    ("exercise", "dance_sway"): CountRule("pelvis_left"),
    ("exercise", "dance_step"): CountRule("feet_apart"),
    ("exercise", "sit_up"): CountRule("trunk_pitch", least=30.0),
    ("exercise", "push_up"): CountRule("chest_height", least=0.12),
}
"""(kind, action) -> how its repetitions are counted; pick_up and the like are done once and not counted."""


@dataclass(frozen=True)
class SideRule:
    """Extremes that tell the acting side: by how far the largest stands out, or by its own value.

    By "size" two sides act together if the smaller is `alike` times the larger or more; by "high" and "low"
    (value of the highest peak, the lowest trough) if the two differ by less than `alike`.
    """

    signals: tuple[str, ...]
    by: str = "size"
    alike: float = 0.6


SIDE_RULES: dict[tuple[str, str], SideRule] = {
    ("strike", "punch"): SideRule(("hand_{side}_forward",), "high", 0.15),
    ("strike", "kick"): SideRule(("foot_{side}_height",)),
    ("strike", "throw"): SideRule(("hand_{side}_forward",), "low", 0.12),
    ("reach", "pick_up"): SideRule(("hand_{side}_height",), alike=0.8),
    ("reach", "put_down"): SideRule(("hand_{side}_height",), alike=0.8),
    ("reach", "reach"): SideRule(("hand_{side}_ahead",), "high", 0.1),
    ("reach", "carry"): SideRule(("hand_{side}_ahead",), "high", 0.08),
}
"""(kind, action) -> what tells the sides apart, where it is not how far a hand moves before the trunk."""
_HANDS = SideRule(("hand_{side}_up", "hand_{side}_forward", "hand_{side}_outward"))
_UNSIDED = frozenset({"bow", "nod", "shake_head", "shrug", "sweep"})
_ALTERNATING = frozenset({"punch", "kick"})

Repetitions = Mapping[str, Mapping[str, list[list[float]]]]


def measured_count(
    step: Strike | Gesture | Exercise, slot: tuple[float, float], repetitions: Repetitions
) -> int | None:
    """Repetitions of an action within its planned time; None where no signal shows them."""
    rule = COUNT_RULES.get((step.kind, step.action))
    if rule is None:
        return None
    slot = counted_slot(step, slot)
    side = "both" if isinstance(step, Exercise) else step.side
    sides = ("left", "right") if side == "both" else (side,)
    if "{side}" not in rule.signal:
        return _count(rule, rule.signal, slot, repetitions, 0.0)
    names = [rule.signal.format(side=name) for name in sides]
    usual = max(_usual(name, rule.kind, slot, repetitions) for name in names)
    counts = [_count(rule, name, slot, repetitions, usual) for name in names]
    return sum(counts) if rule.combine == "sum" else max(counts)


def counted_slot(step: Strike | Gesture | Exercise | Reach, slot: tuple[float, float]) -> tuple[float, float]:
    """The time in which a step's repetitions lie: without the raising and lowering of arms beside them."""
    beside = REPETITION_S.get((step.kind, step.action), (0.0, 0.0, 0.0))[0]
    return (slot[0] + 0.5 * beside + (0.06 if beside > 1.0 else 0.0), slot[1] - 0.5 * beside)


def measured_side(
    step: Strike | Gesture | Reach, slot: tuple[float, float], repetitions: Repetitions
) -> str | None:
    """left, right or both: which hand or foot acts within a step's planned time; None where it is not asked."""
    if step.action in _UNSIDED or (step.action in _ALTERNATING and step.side == "both"):
        return None
    rule = SIDE_RULES.get((step.kind, step.action), _HANDS)
    slot = (slot[0] + BEFORE_SHARE * (slot[1] - slot[0]), slot[1])
    left, right = (_used(rule, side, slot, repetitions) for side in ("left", "right"))
    if left is None or right is None:
        return "none" if left is right else "left" if right is None else "right"
    together = min(left, right) >= rule.alike * max(left, right)
    if rule.by != "size":
        together = abs(left - right) < rule.alike
    return "both" if together else "left" if left > right else "right"


def measured_reach_height_m(
    step: Reach, slot: tuple[float, float], repetitions: Repetitions, wanted_m: float
) -> float | None:
    """Height of the wrist's turning point nearest to the one asked for; None where the hand hardly rises."""
    sides = ("left", "right") if step.side == "both" else (step.side,)
    heights = [
        event[1]
        for side in sides
        for kind in ("peaks", "troughs")
        for event in _events(f"hand_{side}_height", kind, slot, repetitions)
    ]
    return min(heights, key=lambda height: abs(height - wanted_m)) if heights else None


def _used(rule: SideRule, side: str, slot: tuple[float, float], repetitions: Repetitions) -> float | None:
    """How much one side acts, by the rule's measure; None if nothing stands out."""
    kind = "troughs" if rule.by == "low" else "peaks"
    events = [
        event
        for signal in rule.signals
        for event in _events(signal.format(side=side), kind, slot, repetitions)
    ]
    if not events:
        return None
    if rule.by == "size":
        return max(event[2] for event in events)
    return max(event[1] for event in events) if rule.by == "high" else -min(event[1] for event in events)


def _events(name: str, kind: str, slot: tuple[float, float], repetitions: Repetitions) -> list[list[float]]:
    both = repetitions.get(name, {})
    events = [
        event for part in ("peaks", "troughs") if kind in (part, "both") for event in both.get(part, [])
    ]
    return [event for event in events if slot[0] <= event[0] <= slot[1]]


def _usual(name: str, kind: str, slot: tuple[float, float], repetitions: Repetitions) -> float:
    """Prominence of a usual repetition: the highest of all stands out more than it rises from its neighbours."""
    sizes = sorted((event[2] for event in _events(name, kind, slot, repetitions)), reverse=True)
    return max(sizes[1:2] + [0.7 * size for size in sizes[:1]], default=0.0)


def _count(
    rule: CountRule, name: str, slot: tuple[float, float], repetitions: Repetitions, usual: float
) -> int:
    least = max(rule.least, rule.share * max(usual, _usual(name, rule.kind, slot, repetitions)))
    return sum(event[2] >= least for event in _events(name, rule.kind, slot, repetitions))
