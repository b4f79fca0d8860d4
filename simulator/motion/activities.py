"""Activity labels, and the words by which a caption names each of them."""

from __future__ import annotations

import re
from functools import lru_cache

from .durations import step_duration_s
from .vocabulary import Exercise, Gesture, Idle, Locomote, MotionScript, Posture, Reach, Step, Strike

_GAIT_ACTIVITY = {"stroll": "walk", "jog": "run", "backward": "walk_backward"}
_POSTURE_ACTIVITY = {
    "sit_chair": "sit_down",
    "sit_floor": "sit_on_floor",
    "stand": "stand_up",
    "squat": "crouch",
    "lie_back": "lie_down",
    "lie_front": "lie_down",
    "lie_side": "lie_down",
    "hands_and_knees": "go_on_all_fours",
}

CAPTION_STEMS: dict[str, tuple[str, ...]] = {
    "walk": ("walk", "stroll", "strid", "pace", "pacing", "wander", "saunter", "amble", "ambling"),
    "run": ("run", "jog", "sprint"),
    "march": ("march",),
    "sidestep": ("sidestep", "side step", "side-step", "sideways", "steps to the"),
    "walk_backward": ("backward", "backs up", "back up", "backing up", "in reverse"),
    "shuffle": ("shuffl",),
    "tiptoe": ("tiptoe", "tip-toe", "on toes", "on their toes"),
    "limp": ("limp", "hobbl"),
    "stagger": ("stagger", "stumbl", "unsteadil", "lurch"),
    "hop": ("hop",),
    "skip": ("skip",),
    "stairs_step": ("stair", "climb"),
    "crawl": ("crawl",),
    "turn": ("turn", "rotat", "spin", "pivot", "face", "facing", "spun"),
    "sit_down": ("sit", "sat", "seat"),
    "stand_up": (
        "stand",
        "stood",
        "get up",
        "gets up",
        "getting up",
        "rise",
        "rising",
        "straighten",
        "upright",
    ),
    "crouch": ("crouch", "squat", "duck"),
    "kneel": ("kneel", "knelt", "knee"),
    "sit_on_floor": ("sit", "sat", "seat"),
    "lie_down": ("lie", "lying", "lay", "lies"),
    "go_on_all_fours": ("all fours", "hands and knees"),
    "bend": ("bend", "bent", "lean", "stoop"),
    "jump": ("jump", "hop", "leap"),
    "punch": ("punch", "jab", "box", "strike", "strikes"),
    "kick": ("kick",),
    "throw": ("throw", "threw", "toss", "hurl"),
    "push": ("push", "shov"),
    "swing": ("swing", "swung"),
    "pull": ("pull", "tug", "drag", "yank"),
    "slap": ("slap",),
    "fall": ("fall", "fell", "collaps", "trip", "slip", "faint", "tumbl", "drops to", "down to the floor"),
    "pick_up": ("pick", "grab", "lift", "collect", "take"),
    "put_down": ("put", "place", "placing", "set", "lay", "lower"),
    "reach": ("reach", "extend", "stretch", "grab", "touch"),
    "lift": ("lift", "rais", "hoist", "pick"),
    "carry": ("carr", "hold"),
    "catch": ("catch", "caught"),
    "sweep": ("sweep", "swept", "broom"),
    "drink": ("drink", "sip", "drank", "glass", "cup"),
    "phone": ("phone", "call"),
    "touch_face": ("face", "head", "cheek", "nose", "scratch"),
    "wave": ("wav",),
    "clap": ("clap", "applau"),
    "point": ("point",),
    "beckon": ("beckon", "signal", "gestur", "motions", "come closer", "come here"),
    "raise": ("rais", "lift", "hold", "put"),
    "circle": ("circl", "rotat", "swing", "spin"),
    "bow": ("bow",),
    "nod": ("nod",),
    "shake_head": ("shake", "shaking", "shook"),
    "stretch": ("stretch",),
    "shrug": ("shrug",),
    "salute": ("salut",),
    "cross_arms": ("cross", "fold"),
    "jumping_jack": ("jumping jack", "star jump"),
    "squat": ("squat",),
    "lunge": ("lung",),
    "arm_circle": ("circl", "rotat", "swing"),
    "side_bend": ("side bend", "side to side", "bend", "lean", "sideways"),
    "toe_touch": ("toe", "feet", "bend"),
    "twist": ("twist", "rotat"),
    "high_knees": ("knee",),
    "dance_sway": ("sway", "danc", "swing"),
    "dance_step": ("danc",),
    "sit_up": ("sit-up", "sit up", "sits up", "sitting up", "situp", "crunch"),
    "push_up": ("push-up", "push up", "pushes up", "pushing up", "pushup", "press-up", "press up"),
    "stand": ("stand", "stay", "still", "wait", "idle", "rest", "stood"),
}
"""activity -> word beginnings, one of which names it in a caption."""

_TELLING: dict[str, tuple[str, ...]] = {
    "run": ("run", "jog", "sprint"),
    "march": ("march",),
    "sidestep": ("sidestep", "side step", "side-step"),
    "sit_down": ("sit", "sits", "sitting", "sat"),
    "kneel": ("kneel", "knelt"),
    "lie_down": ("lies", "lying", "lie down"),
    "slap": ("slap",),
    "catch": ("catches", "catching", "caught"),
    "carry": ("carries", "carrying", "carried"),
    "sweep": ("sweep", "swept"),
    "push_up": ("push-up", "push up"),
    "sit_up": ("sit-up",),
    "jump": ("jump", "leap"),
    "punch": ("punch", "jab"),
    "kick": ("kick",),
    "throw": ("throw", "threw", "toss"),
    "fall": ("falls", "falling", "fell", "collaps", "faint"),
    "drink": ("drink", "drank"),
    "wave": ("waves", "waving", "waved"),
    "clap": ("clap", "applau"),
    "bow": ("bows", "bowing", "bowed"),
    "salute": ("salut",),
    "shrug": ("shrug",),
    "squat": ("squat",),
    "lunge": ("lunges", "lunging"),
    "jumping_jack": ("jumping jack", "star jump"),
    "crouch": ("crouch",),
    "limp": ("limp",),
    "tiptoe": ("tiptoe",),
    "stagger": ("stagger",),
    "hop": ("hops", "hopping"),
    "skip": ("skips", "skipping"),
    "crawl": ("crawl",),
    "stairs_step": ("stairs",),
}
"""Word beginnings that name one activity only: a caption may use them only if a step does it."""

_MAY_ALSO_SAY: dict[str, tuple[str, ...]] = {
    "jumping_jack": ("jump",),
    "high_knees": ("run", "march"),
    "crouch": ("squat",),
    "squat": ("crouch",),
    "kneel": ("crouch",),
    "lunge": ("kneel",),
    "toe_touch": ("bow",),
    "sit_up": ("sit", "lies", "lying"),
    "push_up": ("lies", "lying"),
    "fall": ("lies", "lying", "lie down"),
    "bow": ("crouch",),
}

ACTIVITIES: tuple[str, ...] = tuple(sorted(CAPTION_STEMS))
"""Every activity label that `activity_of` can give."""


def step_activity(step: Step) -> str:
    """The activity label of one step."""
    if isinstance(step, Locomote):
        return _GAIT_ACTIVITY.get(step.gait, step.gait)
    if isinstance(step, Posture):
        return _POSTURE_ACTIVITY.get(step.to, step.to)
    if isinstance(step, Strike | Reach | Gesture | Exercise):
        return step.action
    return "stand" if isinstance(step, Idle) else step.kind


def activity_of(script: MotionScript) -> str:
    """The label of the script's longest step that is not idle (the first of equals)."""
    moving = [step for step in script.steps if not isinstance(step, Idle)]
    if not moving:
        return step_activity(script.steps[0])
    return step_activity(max(moving, key=lambda step: step_duration_s(step, script.style)))


def caption_problems(text: str, script: MotionScript, every_step: bool = True) -> list[str]:
    """What a caption says wrongly: a step unnamed, an activity that no step does, a side that no step has.

    Args:
        text: the caption.
        script: what it describes.
        every_step: also ask that each step that is not idle is named.
    """
    words = text.lower()
    parts = [*script.steps, *(layer.primitive for layer in script.layers)]
    activities = {step_activity(part) for part in parts if not isinstance(part, Idle)}
    problems = []
    for activity in sorted(activities) if every_step else ():
        if not _says(words, CAPTION_STEMS[activity]):
            stems = ", ".join(CAPTION_STEMS[activity])
            problems.append(f"caption {text!r} does not name the step {activity!r}: use a word like {stems}")
    allowed = [
        stem for activity in activities for stem in CAPTION_STEMS[activity] + _MAY_ALSO_SAY.get(activity, ())
    ]
    for activity, telling in _TELLING.items():
        if activity in activities or not _says(words, telling):
            continue
        said = [stem for stem in telling if _says(words, (stem,)) and not _covered(words, stem, allowed)]
        if said:
            problems.append(f"caption {text!r} says {said[0]!r}, but no step does {activity!r}")
    problems += _side_problems(text, parts)
    return problems


def _says(words: str, stems: tuple[str, ...]) -> bool:
    return _beginnings(stems).search(words) is not None


@lru_cache(maxsize=512)
def _beginnings(stems: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, stems))})")


def _covered(words: str, stem: str, allowed: list[str]) -> bool:
    """Whether every occurrence of the stem is the beginning of, or begins with, an allowed word."""
    found = re.findall(rf"\b{re.escape(stem)}[\w-]*(?: [\w-]+)?", words)
    return all(any(hit.startswith(other) for other in allowed) for hit in found)


def _side_problems(text: str, parts: list[Step]) -> list[str]:
    """A limb's side in the caption must be the side of some step (where all steps have one side)."""
    sides = {part.side for part in parts if isinstance(part, Strike | Reach | Gesture)}
    if not sides or "both" in sides:
        return []
    return [
        f"caption {text!r} speaks of the {side} limb, but the steps use the {' and '.join(sorted(sides))} one"
        for side in ("left", "right")
        if side not in sides and re.search(rf"\b{side} (?:hand|arm|leg|foot|fist)\b", text.lower())
    ]
