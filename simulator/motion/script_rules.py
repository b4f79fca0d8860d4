"""What a script must keep beside its schema: sound steps, posture order, free limbs, honest captions."""

from __future__ import annotations

from simulator.errors import ScriptError

from .activities import caption_problems
from .durations import MAX_SCRIPT_S, MIN_SCRIPT_S, script_duration_s, step_duration_s
from .path_rules import path_problems
from .posture_rules import LAYER_ACTIONS, posture_problems, postures_before
from .step_rules import outside, step_problems
from .vocabulary import Idle, Layer, Locomote, MotionScript, Posture, Turn

SUBJECT_HEIGHT_M = (1.45, 2.0)
START_RANGE_M = (1.0, 10.0)
START_AZIMUTH_DEG = (-60.0, 60.0)
ARM_GAITS: tuple[str, ...] = ("crawl",)
"""Gaits that walk on the hands as well."""
_ARMS_FREE = ("stand", "sit_chair", "kneel", "crouch", "squat", "bend")

_STYLE_HINT = "0.5 is ordinary; for hesitation 0 is none"


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
        problems += posture_problems(script)
        problems += path_problems(script)
        problems += _layer_problems(script)
    if problems:
        raise ScriptError(f"script {script.title!r} has {len(problems)} problem(s): " + "; ".join(problems))


def _subject_problems(script: MotionScript) -> list[str]:
    problems = outside(
        "subject.height_m", script.subject.height_m, *SUBJECT_HEIGHT_M, " m", "the body model covers adults"
    )
    for name in ("energy", "tempo", "amplitude", "smoothness", "hesitation"):
        problems += outside(f"style.{name}", getattr(script.style, name), 0.0, 1.0, "", _STYLE_HINT)
    problems += outside(
        "start.range_m",
        script.start.range_m,
        *START_RANGE_M,
        " m",
        "nearer or farther the radar does not see all of the body",
    )
    problems += outside(
        "start.azimuth_deg", script.start.azimuth_deg, *START_AZIMUTH_DEG, " deg", "that is the radar's field"
    )
    problems += outside(
        "start.heading_deg", script.start.heading_deg, -360.0, 360.0, " deg", "take the same angle within it"
    )
    return problems


def _text_problems(script: MotionScript) -> list[str]:
    problems = [] if script.title.strip() else ["title is empty: give the script a short name"]
    for text in (script.caption, *script.alt_captions):
        n_words = len(text.split())
        if not 3 <= n_words <= 60:
            problems.append(
                f"caption {text!r} has {n_words} words, allowed are 3 to 60: one sentence that names each step"
            )
    problems += caption_problems(script.caption, script)
    for text in script.alt_captions:
        problems += caption_problems(text, script, every_step=False)
    return problems


def _total_problems(script: MotionScript) -> list[str]:
    if not script.steps:
        return ["there are no steps: give at least one"]
    steps = " + ".join(f"{step.kind} {step_duration_s(step, script.style):.2f} s" for step in script.steps)
    hint = f"the steps are {steps}: shorten or leave out some, or add an idle step"
    return outside("planned duration", script_duration_s(script), MIN_SCRIPT_S, MAX_SCRIPT_S, " s", hint)


def _layer_problems(script: MotionScript) -> list[str]:
    problems = []
    taken: list[tuple[int, int, str]] = []
    for number, layer in enumerate(script.layers):
        name = f"layer {number} ({layer.primitive.action})"
        if not 0 <= layer.start_step <= layer.end_step < len(script.steps):
            problems.append(
                f"{name}: steps {layer.start_step}..{layer.end_step} do not exist, "
                f"the steps are 0..{len(script.steps) - 1}: give a first and a last one of these"
            )
            continue
        problems += [f"{name}: {text}" for text in step_problems(layer.primitive, script)]
        problems += [f"{name}: {text}" for text in _limb_problems(layer, script)]
        span = script.steps[layer.start_step : layer.end_step + 1]
        available = sum(step_duration_s(step, script.style) for step in span)
        if layer.primitive.duration_s > available + 1e-6:
            problems.append(
                f"{name}: lasts {layer.primitive.duration_s:g} s, its steps only {available:.2f} s: "
                "shorten it or lay it over more steps"
            )
        for first, last, side in taken:
            overlap = layer.start_step <= last and first <= layer.end_step
            if overlap and (side == layer.primitive.side or "both" in (side, layer.primitive.side)):
                problems.append(f"{name}: another layer uses the same arm in these steps: use the other side")
        taken.append((layer.start_step, layer.end_step, layer.primitive.side))
    return problems


def _limb_problems(layer: Layer, script: MotionScript) -> list[str]:
    if layer.primitive.action not in LAYER_ACTIONS:
        return [f"cannot be laid over steps; these can: {', '.join(LAYER_ACTIONS)}"]
    postures = postures_before(script)
    for index in range(layer.start_step, layer.end_step + 1):
        step, posture = script.steps[index], postures[index]
        resting = posture in _ARMS_FREE
        arms_free = resting and (
            (isinstance(step, Locomote) and step.gait not in ARM_GAITS)
            or isinstance(step, Turn | Idle)
            or (isinstance(step, Posture) and step.to in ("sit_chair", "stand"))
        )
        if not arms_free:
            what = getattr(step, "gait", getattr(step, "to", step.kind))
            return [
                f"step {index} ({what} from posture {posture}) needs the arms or the balance: use it over "
                f"walking, turning, waiting, sitting down on a chair or standing up from it"
            ]
    return []
