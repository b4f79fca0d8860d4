"""Which motion scripts stand beside which labels of recorded clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError

from simulator import BodyModel, BodyMotion, MotionScript, synthesize, validate_script
from simulator.motion.script import (
    CAPTION_STEMS,
    EMOTIONS,
    REPETITION_S,
    ScriptError,
    script_duration_s,
    step_activity,
    step_duration_s,
)

from .errors import EvaluationError
from .realism_clips import ComparedClip, active_part, cruising_part, made_clip
from .realism_joints import on_own_floor
from .realism_limits import LimitViolation, limit_violations

__all__ = ["CLASSES", "MadeClip", "MotionClass", "class_of_label", "make_clips"]

Step = dict[str, Any]
Maker = Callable[[np.random.Generator], list[Step]]
_DRAWS = 60
_START_M = 5.6


@dataclass(frozen=True)
class MotionClass:
    """A kind of motion on both sides.

    Attributes:
        name: what the report calls it.
        labels: of recorded clips (the `label` of a manifest).
        makers: each draws the steps of one kind of script; those with words that the vocabulary lacks are
            passed over.
        cruises: compare what is at cruising speed, instead of all between two stands.
        last_step_only: compare the script's last step; earlier ones only lead to it.
        is_walk: belongs to the walks that the targets speak of.
    """

    name: str
    labels: tuple[str, ...]
    makers: tuple[Maker, ...]
    cruises: bool = False
    last_step_only: bool = False
    is_walk: bool = False

    def part(self, joints: np.ndarray) -> np.ndarray:
        """The part of a clip (T, 22, 3) that is compared, on its own floor, by the same rule for both sides."""
        return on_own_floor(cruising_part(joints) if self.cruises else active_part(joints))


@dataclass(frozen=True, eq=False)
class MadeClip:
    """A clip of the engine, and what its joints do beyond their limits."""

    clip: ComparedClip
    violations: list[LimitViolation]


def _gait(gait: str, low_mps: float, high_mps: float, low_m: float, high_m: float, *before: Step) -> Maker:
    def draw(rng: np.random.Generator) -> list[Step]:
        step = {"kind": "locomote", "gait": gait, "heading_deg": 0.0, "turn_deg": 0.0, "duration_s": None}
        way = {"speed_mps": rng.uniform(low_mps, high_mps), "distance_m": rng.uniform(low_m, high_m)}
        return [*before, step | way]

    return draw


def _repeated(kind: str, action: str, counts: tuple[int, int], sides: Sequence[str] = ()) -> Maker:
    def draw(rng: np.random.Generator) -> list[Step]:
        beside, shortest, longest = REPETITION_S[(kind, action)]
        period = rng.uniform(shortest, 0.5 * (shortest + longest))
        count = int(rng.integers(counts[0], counts[1] + 1))
        step: Step = {"kind": kind, "action": action, "count": count}
        if kind == "exercise":
            return [step | {"period_s": period}]
        step |= {"side": str(rng.choice(list(sides))), "duration_s": beside + count * period}
        heights = {"height": str(rng.choice(["low", "mid", "high"]))} if kind == "strike" else {}
        return [step | heights]

    return draw


def _jump(rng: np.random.Generator) -> list[Step]:
    return [
        {
            "kind": "jump",
            "height_m": rng.uniform(0.15, 0.4),
            "forward_m": rng.uniform(0.0, 0.8),
            "count": int(rng.integers(1, 4)),
        }
    ]


def _postures(*targets: str) -> Maker:
    def draw(rng: np.random.Generator) -> list[Step]:
        return [
            {"kind": "posture", "to": to, "duration_s": rng.uniform(2.0, 3.8), "hold_s": 0.5}
            for to in targets
        ]

    return draw


def _fall(rng: np.random.Generator) -> list[Step]:
    direction = str(rng.choice(["forward", "backward", "left", "right", "down"]))
    cause = "faint" if direction == "down" else "push"
    return [
        {
            "kind": "fall",
            "direction": direction,
            "cause": cause,
            "recover": False,
            "duration_s": rng.uniform(2.0, 3.5),
        }
    ]


_HANDS = ("left", "right")
_ON_HANDS_AND_KNEES: Step = {"kind": "posture", "to": "hands_and_knees", "duration_s": 2.0, "hold_s": 0.2}
CLASSES: tuple[MotionClass, ...] = (
    MotionClass("walk", ("walk",), (_gait("walk", 0.8, 1.6, 3.4, 4.8),), cruises=True, is_walk=True),
    MotionClass(
        "styled walk",
        ("walk_style",),
        (
            _gait("stroll", 0.5, 0.9, 2.5, 4.0),
            _gait("tiptoe", 0.4, 0.8, 1.8, 3.0),
            _gait("march", 0.7, 1.2, 3.0, 4.5),
            _gait("limp", 0.5, 0.8, 2.0, 3.0),
            _gait("stagger", 0.5, 0.8, 2.0, 3.0),
            _gait("stairs_step", 0.4, 0.7, 2.0, 3.0),
        ),
        cruises=True,
        is_walk=True,
    ),
    MotionClass(
        "run", ("run",), (_gait("run", 2.4, 3.2, 4.8, 4.85), _gait("jog", 2.2, 2.8, 4.8, 4.85)), True
    ),
    MotionClass("hop", ("hop",), (_gait("hop", 0.6, 1.1, 2.5, 4.0), _gait("skip", 1.2, 1.8, 3.5, 4.5))),
    MotionClass("crawl", ("crawl",), (_gait("crawl", 0.3, 0.5, 1.0, 1.8, _ON_HANDS_AND_KNEES),), True, True),
    MotionClass("jump", ("jump",), (_jump,)),
    MotionClass("kick", ("kick",), (_repeated("strike", "kick", (1, 2), _HANDS),)),
    MotionClass("punch", ("punch",), (_repeated("strike", "punch", (2, 4), (*_HANDS, "both")),)),
    MotionClass(
        "throw",
        ("throw_swing",),
        (_repeated("strike", "throw", (1, 2), _HANDS), _repeated("strike", "swing", (1, 2), _HANDS)),
    ),
    MotionClass("wave", ("wave",), (_repeated("gesture", "wave", (3, 6), (*_HANDS, "both")),)),
    MotionClass(
        "dance",
        ("dance",),
        (_repeated("exercise", "dance_sway", (3, 5)), _repeated("exercise", "dance_step", (3, 5))),
    ),
    MotionClass("get up", ("get_up",), (_postures("lie_back", "stand"),), last_step_only=True),
    MotionClass("sit down", ("sit", "sit_down"), (_postures("sit_chair"),)),
    MotionClass("squat", ("squat",), (_repeated("exercise", "squat", (2, 3)),)),
    MotionClass("fall", ("fall",), (_fall,)),
)


def class_of_label(label: str) -> MotionClass | None:
    """The class that a label belongs to; None where no script stands beside it."""
    return next((each for each in CLASSES if label in each.labels), None)


def make_clips(motion_class: MotionClass, count: int, body: BodyModel, seed: int = 0) -> list[MadeClip]:
    """Engine clips of a class with people and styles drawn at random; none where the vocabulary lacks its words.

    Raises:
        EvaluationError: a kind of script keeps breaking the vocabulary's rules.
    """
    makers = [maker for maker in motion_class.makers if _is_in_vocabulary(maker)]
    made: list[MadeClip] = []
    for index in range(count if makers else 0):
        rng = np.random.default_rng((seed, index, *motion_class.name.encode()))
        script = _draw_script(makers[index % len(makers)], rng, motion_class.name)
        motion = synthesize(script, int(rng.integers(2**31)), body)
        violations = limit_violations(motion.body_pose)
        if motion_class.last_step_only:
            motion = _last_step(script, motion)
        name = f"engine {motion_class.name} {index}"
        made.append(MadeClip(made_clip(name, motion_class.name, motion, body), violations))
    return made


def _is_in_vocabulary(maker: Maker) -> bool:
    try:
        _script(maker(np.random.default_rng(0)), np.random.default_rng(0))
    except (ValidationError, KeyError):  # a word that no step class or table of durations knows
        return False
    return True


def _draw_script(maker: Maker, rng: np.random.Generator, name: str) -> MotionScript:
    """The first drawn script that keeps the rules."""
    problem = ""
    for _ in range(_DRAWS):
        script = _script(maker(rng), rng)
        try:
            validate_script(script)
        except ScriptError as error:
            problem = str(error)
        else:
            return script
    raise EvaluationError(f"class {name}: {_DRAWS} drawn scripts break rules, the last one: {problem}")


def _script(steps: list[Step], rng: np.random.Generator) -> MotionScript:
    style = {name: rng.uniform(0.25, 0.75) for name in ("energy", "tempo", "amplitude", "smoothness")}
    mood = "neutral" if rng.random() < 0.6 else str(rng.choice(list(EMOTIONS)))
    script = MotionScript.model_validate(
        {
            "title": "realism",
            "caption": "",
            "alt_captions": [],
            "subject": {
                "sex": "neutral",
                "height_m": rng.uniform(1.58, 1.88),
                "build": str(rng.choice(["slim", "average", "muscular"])),
            },
            "style": style
            | {"hesitation": 0.0, "emotion": mood, "age_group": str(rng.choice(["young", "adult"]))},
            "start": {"range_m": _START_M, "azimuth_deg": 0.0, "heading_deg": 0.0},
            "steps": steps,
            "layers": [],
            "tags": [],
        }
    )
    words = dict.fromkeys(CAPTION_STEMS[step_activity(step)][0] for step in script.steps)
    return script.model_copy(update={"caption": "a person " + " and ".join(words)})


def _last_step(script: MotionScript, motion: BodyMotion) -> BodyMotion:
    start_s = script_duration_s(script) - step_duration_s(script.steps[-1], script.style)
    return motion.cut(start_s, motion.duration_s)
