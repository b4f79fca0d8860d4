"""Which step may follow which posture, and how to mend an order that no body can do."""

from __future__ import annotations

from .durations import FLOOR_POSTURES
from .step_rules import duration_problems
from .vocabulary import Exercise, Fall, Gesture, Idle, Locomote, MotionScript, Posture, Reach, Step

LAYER_ACTIONS: tuple[str, ...] = (
    "wave",
    "clap",
    "point",
    "beckon",
    "raise",
    "circle",
    "salute",
    "cross_arms",
    "carry",
    "drink",
    "phone",
    "touch_face",
)
"""Gestures and reaches that need arms only, so that they can be laid over other steps."""

SEATED_ACTIONS: tuple[str, ...] = (*LAYER_ACTIONS, "nod", "shake_head", "shrug", "stretch", "reach")

FLOOR_EXERCISES: dict[str, str] = {"sit_up": "lie_back", "push_up": "lie_front"}
"""Exercise -> the posture that it begins and ends in."""

CRAWL_POSTURE = "hands_and_knees"
"""Posture in which crawling begins and ends."""

_NEXT_POSTURES: dict[str, tuple[str, ...]] = {
    "sit_floor": ("stand", "lie_back"),
    "lie_back": ("stand", "sit_floor"),
    "lie_front": ("stand", "hands_and_knees"),
    "hands_and_knees": ("stand", "lie_front"),
}
_FALLEN = {"forward": "lie_front", "backward": "lie_back"}


def posture_after(step: Step, posture: str) -> str:
    """The posture in which a step leaves the body: its own name, or how a fall ends."""
    if isinstance(step, Posture):
        return step.to
    if isinstance(step, Fall):
        return "stand" if step.recover else _FALLEN.get(step.direction, "lie_side")
    return posture


def postures_before(script: MotionScript) -> list[str]:
    """The posture before each step; the first is a stand."""
    postures = ["stand"]
    for step in script.steps:
        postures.append(posture_after(step, postures[-1]))
    return postures[:-1]


def on_floor(posture: str) -> bool:
    """Whether a body in this posture lies or sits on the floor, so that getting up takes longer."""
    return posture in FLOOR_POSTURES


def posture_problems(script: MotionScript) -> list[str]:
    """Steps that are not possible from the posture before them, and posture changes in too little time."""
    problems = []
    for index, (step, posture) in enumerate(zip(script.steps, postures_before(script), strict=True)):
        problem = _impossible(step, posture)
        if problem:
            problems.append(f"step {index}: {problem}")
        if isinstance(step, Posture):
            rest = duration_problems(step, script.style, on_floor(posture))
            problems += [f"step {index}: {text}" for text in rest]
    return problems


def _impossible(step: Step, posture: str) -> str:
    """Why a step cannot follow a posture and what to do about it; empty if it can."""
    what = str(getattr(step, "action", getattr(step, "to", getattr(step, "gait", step.kind))))
    if isinstance(step, Exercise) and step.action in FLOOR_EXERCISES:
        needed = FLOOR_EXERCISES[step.action]
        if posture == needed:
            return ""
        return (
            f"{what} is not possible from posture {posture}, because it begins and ends in {needed}: "
            f"put a posture step to {needed} before it"
        )
    if isinstance(step, Locomote) and step.gait == "crawl":
        if posture == CRAWL_POSTURE:
            return ""
        return (
            f"crawl is not possible from posture {posture}, because it begins and ends on hands and knees: "
            f"put a posture step to {CRAWL_POSTURE} before it"
        )
    if posture == "stand":
        if isinstance(step, Posture) and step.to == "stand":
            return "stand is not possible from posture stand, the person stands already: leave the step out"
        return ""
    if isinstance(step, Idle):
        return ""
    if isinstance(step, Posture):
        allowed = _NEXT_POSTURES.get(posture, ("stand",))
        if step.to in allowed:
            return ""
        return (
            f"{what} is not possible from posture {posture}, from which one can go to "
            f"{' or '.join(allowed)}; stand up first by a posture step to stand"
        )
    if isinstance(step, Gesture | Reach) and posture in (
        "sit_chair",
        "sit_floor",
        "kneel",
        "crouch",
        "squat",
    ):
        reaches = step.action in SEATED_ACTIONS and isinstance(step, Reach)
        if step.action in SEATED_ACTIONS and not (reaches and posture != "sit_chair"):
            return ""
        return (
            f"{what} is not possible from posture {posture}, which leaves only the arms free; "
            f"stand up first, or choose one of {', '.join(SEATED_ACTIONS)}"
        )
    return (
        f"{what} is not possible from posture {posture}, it needs the feet on the floor; "
        "stand up first by a posture step to stand"
    )
