"""What a script must keep beside its schema: sound steps, posture order, free limbs, honest captions."""

from __future__ import annotations

from simulator.errors import ScriptError

from .activities import caption_problems
from .durations import MAX_SCRIPT_S, MIN_SCRIPT_S, script_duration_s, step_duration_s
from .path_rules import path_problems
from .step_rules import duration_problems, outside, step_problems
from .vocabulary import Fall, Gesture, Idle, Layer, Locomote, MotionScript, Posture, Reach, Step, Turn

SUBJECT_HEIGHT_M = (1.45, 2.0)
START_RANGE_M = (1.0, 10.0)
START_AZIMUTH_DEG = (-60.0, 60.0)

LAYER_ACTIONS: tuple[str, ...] = (
    "wave",
    "clap",
    "point",
    "beckon",
    "raise",
    "circle",
    "salute",
    "cross_arms",
    "drink",
    "phone",
    "touch_face",
)
"""Gestures and reaches that need arms only, so that they can be laid over other steps."""

SEATED_ACTIONS: tuple[str, ...] = (*LAYER_ACTIONS, "nod", "shake_head", "shrug", "stretch", "reach")


def validate_script(script: MotionScript) -> None:
    """Check everything that the schema cannot.

    Raises:
        ScriptError: lists every problem in words.
    """
    unsound = [
        f"step {index} ({step.kind}): {text}"
        for index, step in enumerate(script.steps)
        for text in step_problems(step, script)
    ]
    problems = [*_subject_problems(script), *_text_problems(script), *unsound]
    if not unsound:  # these need sound steps to be computed
        problems += _total_problems(script)
        problems += _posture_problems(script)
        problems += path_problems(script)
        problems += _layer_problems(script)
    if problems:
        raise ScriptError(f"script {script.title!r} has {len(problems)} problem(s): " + "; ".join(problems))


def _subject_problems(script: MotionScript) -> list[str]:
    problems = outside("subject.height_m", script.subject.height_m, *SUBJECT_HEIGHT_M, " m")
    for name in ("energy", "tempo", "amplitude", "smoothness", "hesitation"):
        problems += outside(f"style.{name}", getattr(script.style, name), 0.0, 1.0)
    problems += outside("start.range_m", script.start.range_m, *START_RANGE_M, " m")
    problems += outside("start.azimuth_deg", script.start.azimuth_deg, *START_AZIMUTH_DEG, " deg")
    problems += outside("start.heading_deg", script.start.heading_deg, -360.0, 360.0, " deg")
    return problems


def _text_problems(script: MotionScript) -> list[str]:
    problems = [] if script.title.strip() else ["title is empty: give the script a short name"]
    for text in (script.caption, *script.alt_captions):
        n_words = len(text.split())
        if not 3 <= n_words <= 60:
            problems.append(f"caption {text!r} has {n_words} words, allowed are 3 to 60")
    problems += caption_problems(script.caption, script)
    for text in script.alt_captions:
        problems += caption_problems(text, script, every_step=False)
    return problems


def _total_problems(script: MotionScript) -> list[str]:
    if not script.steps:
        return ["there are no steps: give at least one"]
    return outside("planned duration", script_duration_s(script), MIN_SCRIPT_S, MAX_SCRIPT_S, " s")


def _posture_problems(script: MotionScript) -> list[str]:
    problems = []
    posture = "stand"
    for index, step in enumerate(script.steps):
        if not _possible(step, posture):
            what = getattr(step, "action", getattr(step, "to", step.kind))
            problems.append(f"step {index}: {what} is not possible from posture {posture}; stand up first")
        if isinstance(step, Posture):
            lying = posture == "lie"
            problems += [f"step {index}: {text}" for text in duration_problems(step, script.style, lying)]
            posture = step.to
        elif isinstance(step, Fall):
            posture = "stand" if step.recover else "lie"
    return problems


def _possible(step: Step, posture: str) -> bool:
    if posture == "stand":
        return not (isinstance(step, Posture) and step.to == "stand")
    if isinstance(step, Idle):
        return True
    if isinstance(step, Posture):
        return step.to == "stand"
    if isinstance(step, Gesture | Reach) and posture in ("sit_chair", "kneel", "crouch", "squat"):
        return step.action in SEATED_ACTIONS and not (isinstance(step, Reach) and posture != "sit_chair")
    return False


def _layer_problems(script: MotionScript) -> list[str]:
    problems = []
    taken: list[tuple[int, int, str]] = []
    for number, layer in enumerate(script.layers):
        name = f"layer {number} ({layer.primitive.action})"
        if not 0 <= layer.start_step <= layer.end_step < len(script.steps):
            problems.append(f"{name}: steps {layer.start_step}..{layer.end_step} do not exist")
            continue
        problems += [f"{name}: {text}" for text in step_problems(layer.primitive, script)]
        problems += [f"{name}: {text}" for text in _limb_problems(layer, script)]
        span = script.steps[layer.start_step : layer.end_step + 1]
        available = sum(step_duration_s(step, script.style) for step in span)
        if layer.primitive.duration_s > available + 1e-6:
            problems.append(
                f"{name}: lasts {layer.primitive.duration_s:g} s, its steps only {available:.2f} s"
            )
        for first, last, side in taken:
            overlap = layer.start_step <= last and first <= layer.end_step
            if overlap and (side == layer.primitive.side or "both" in (side, layer.primitive.side)):
                problems.append(f"{name}: another layer uses the same arm in these steps")
        taken.append((layer.start_step, layer.end_step, layer.primitive.side))
    return problems


def _limb_problems(layer: Layer, script: MotionScript) -> list[str]:
    if layer.primitive.action not in LAYER_ACTIONS:
        return [f"cannot be laid over steps; these can: {', '.join(LAYER_ACTIONS)}"]
    for index in range(layer.start_step, layer.end_step + 1):
        step = script.steps[index]
        arms_free = isinstance(step, Locomote | Turn | Idle) or (
            isinstance(step, Posture) and step.to in ("sit_chair", "stand")
        )
        if not arms_free:
            return [
                f"step {index} ({step.kind}) needs the arms or the balance: use it over walking or waiting"
            ]
    return []
