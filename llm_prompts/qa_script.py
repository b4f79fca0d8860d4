"""Questions answered by the script: which activities, in which order, how often, which side, how fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from simulator.motion.script import Fall, Idle, Jump, Locomote, MotionScript, Turn, step_activity

from .qa_items import QAPair, pair, yes_or_no
from .step_details import StepDetail, main_step, moving_steps
from .wording import INTENTS, NUMBER_WORDS, activity_answer, inflect, wording_of

SIDES = ("left", "right", "both")
PACE_ANSWERS = {"slow": "slowly", "ordinary": "at a normal pace", "fast": "quickly"}
N_ORDER_OPTIONS = 4
LARGEST_USUAL_COUNT = 8
_CHECKED = {"count": "count", "side": "side", "direction": "turn"}
"""Kind of question -> the measured fact that must confirm its answer."""

# Activities that hold each other's movements: none of a group is asked for as absent when another is there.
_ALIKE_NAMES = (
    "walk run march sidestep walk_backward shuffle tiptoe limp high_knees hop walk_style crawl stagger skip "
    "stairs_step carry",
    "jump jumping_jack hop skip flip aerial_spin cartwheel",
    "squat crouch sit_down kneel bend pick_up put_down bow toe_touch lunge fall stand_up lift get_up roll "
    "sit_on_floor lie_down go_on_all_fours crawl sit_up push_up",
    "wave raise circle arm_circle beckon point reach salute stretch clap touch_face phone drink swing slap catch",
    "reach lift put_down pick_up raise cross_arms jumping_jack dab carry catch sweep pull",
    "punch push throw reach point throw_swing swing slap pull catch",
    "turn twist dance_sway dance dance_step side_bend aerial_spin walk_style sweep swing sidestep",
    "nod shake_head shrug bow",
)
_ALIKE = tuple(frozenset(names.split()) for names in _ALIKE_NAMES)


def activity_questions(
    present: Sequence[str] | None, main: str, activities: Sequence[str], rng: Random
) -> list[QAPair]:
    """The category of the main activity, its purpose, and whether some activity occurs or is the main one.

    Args:
        present: labels of all that happens; None where only the main one is known, as of a clip.
        main: label of what mainly happens.
        activities: labels that could have happened.
        rng: chooses phrasings and, with equal odds, a question whose answer is yes or one whose is no.
    """
    options = sorted({activity_answer(label) for label in (*activities, main)})
    found = [pair("activity", _ACTIVITY_QUESTIONS, activity_answer(main), options, rng)]
    intent = wording_of(main).intent
    if intent:
        found.append(pair("intent", _INTENT_QUESTIONS, intent, INTENTS, rng))
    truth = rng.random() < 0.5
    if present is None:
        others = [label for label in activities if not _occurs(label, [main])]
        label = main if truth or not others else rng.choice(others)
        question = f"is {activity_answer(label)} the main activity?"
        return [*found, yes_or_no("yes_no", (question,), label == main, rng)]
    absent = [label for label in activities if not _occurs(label, present)]
    label = rng.choice(sorted(set(present)) if truth or not absent else absent)
    base = _plainly(label)
    questions = (f"does the person {base}?", f"does the person {base} at any time?")
    return [*found, yes_or_no("yes_no", questions, label in present, rng)]


def _occurs(label: str, present: Sequence[str]) -> bool:
    """Whether an activity, or a movement of it, occurs; everybody stands still at some time."""
    return label == "stand" or any(
        label == other or any({label, other} <= group for group in _ALIKE) for other in present
    )


def present_activities(script: MotionScript) -> list[str]:
    """All activities of steps and layers; a curved path is a turn as well."""
    parts = [*script.steps, *(layer.primitive for layer in script.layers)]
    labels = [step_activity(part) for part in parts if not isinstance(part, Idle)] or ["stand"]
    curved = any(isinstance(step, Locomote) and step.turn_deg for step in script.steps)
    return [*labels, "turn"] if curved else labels


def order_questions(script: MotionScript, activities: Sequence[str], rng: Random) -> list[QAPair]:
    """How many actions there are, what comes first, last or next, and whether one comes before another."""
    steps = moving_steps(script)
    labels = [step.activity for step in steps]
    found = []
    if len(labels) <= 4:
        found.append(
            pair("action_count", _ACTION_COUNT_QUESTIONS, NUMBER_WORDS[len(labels)], NUMBER_WORDS[1:5], rng)
        )
    if len(labels) < 2 or any(step.layers for step in steps):
        return found
    place = rng.randrange(len(labels))
    questions: tuple[str, ...] = _FIRST_QUESTIONS if place == 0 else _LAST_QUESTIONS
    if 0 < place < len(labels) - 1:
        questions = ()  # what is neither first nor last is asked for by what came before it
    if place > 0 and labels.count(labels[place - 1]) == 1 and (not questions or rng.random() < 0.5):
        questions = (f"what does the person do right after {activity_answer(labels[place - 1])}?",)
    if questions:
        options = _order_options(labels, activities, rng)
        found.append(pair("order", questions, activity_answer(labels[place]), options, rng))
    once = [label for label, times in Counter(labels).items() if times == 1]
    if len(once) >= 2:
        earlier, later = sorted(rng.sample(once, 2), key=labels.index)
        truth = rng.random() < 0.5
        first, second = (earlier, later) if truth else (later, earlier)
        question = f"does the person {_plainly(first)} before {activity_answer(second)}?"
        found.append(yes_or_no("order_yes_no", (question,), truth, rng))
    return found


def _order_options(labels: Sequence[str], activities: Sequence[str], rng: Random) -> list[str]:
    options = list(dict.fromkeys(activity_answer(label) for label in labels))
    others = sorted({activity_answer(label) for label in activities} - set(options))
    rng.shuffle(others)
    return options + others[: max(0, N_ORDER_OPTIONS - len(options))]


def detail_questions(
    script: MotionScript, rng: Random, unconfirmed: frozenset[tuple[str, int]] = frozenset()
) -> list[QAPair]:
    """Count, side, direction and speed of steps whose activity occurs only once.

    Args:
        script: the script.
        rng: chooses phrasings.
        unconfirmed: (fact, step index) that the measurement contradicts: nothing is asked about them.
    """
    steps = moving_steps(script)
    times = Counter(step.activity for step in steps)
    times.update(step_activity(layer.primitive) for layer in script.layers)
    found = []
    for step in steps:
        if times[step.activity] == 1 and not step.is_idle:
            asked = _count(step, rng) + _side(step, rng) + _direction(step, rng)
            index = _index_of(step, script)
            found += [item for item in asked if (_CHECKED.get(item.kind, ""), index) not in unconfirmed]
    main = main_step(script)
    if times[main.activity] == 1 and not main.is_idle and not isinstance(main.step, Jump | Fall):
        base = _plainly(main.activity)
        questions = (f"how fast does the person {base}?", f"at what pace does the person {base}?")
        found.append(pair("speed", questions, PACE_ANSWERS[main.pace], tuple(PACE_ANSWERS.values()), rng))
    return found


def _index_of(step: StepDetail, script: MotionScript) -> int:
    return next(index for index, other in enumerate(script.steps) if other is step.step)


def _plainly(label: str) -> str:
    """The activity after "does the person": "wave", "do squats"."""
    return inflect(wording_of(label).cores[0].replace("{limb}", "an arm"), "base")


def _count(step: StepDetail, rng: Random) -> list[QAPair]:
    if step.count is None:
        return []
    largest = max(LARGEST_USUAL_COUNT, step.count)
    base = _plainly(step.activity)
    questions = [f"how many times does the person {base}?"]
    if base.startswith("do "):
        questions = [f"how many {base.removeprefix('do ')} does the person do?"]
    return [pair("count", questions, NUMBER_WORDS[step.count], NUMBER_WORDS[1 : largest + 1], rng)]


def _side(step: StepDetail, rng: Random) -> list[QAPair]:
    limb = wording_of(step.activity).limb
    if not limb or not step.side:
        return []
    doing = activity_answer(step.activity)
    questions = (
        f"which {limb} does the person use for {doing}?",
        f"is it the left or the right {limb} for {doing}?",
    )
    return [pair("side", questions, step.side, SIDES, rng)]


def _direction(step: StepDetail, rng: Random) -> list[QAPair]:
    way = step.direction
    if isinstance(step.step, Turn):
        return [pair("direction", ("in which direction does the person turn?",), way, ("left", "right"), rng)]
    if isinstance(step.step, Fall):
        options = ("forward", "backward", "left", "right", "down")
        return [pair("direction", ("in which direction does the person fall?",), way, options, rng)]
    if not isinstance(step.step, Locomote):
        return []
    if way.startswith("curve "):
        questions = ("to which side does the path of the person curve?",)
        return [pair("direction", questions, way.removeprefix("curve "), ("left", "right"), rng)]
    if way == "back":
        return []
    ways = ("forward", "backward", "left", "right")
    return [pair("direction", ("in which direction does the person move?",), way, ways, rng)]


_ACTIVITY_QUESTIONS = (
    "what is the person mainly doing?",
    "what is the main activity?",
    "which activity fits the motion best?",
)
_INTENT_QUESTIONS = (
    "what is the main purpose of the motion?",
    "what kind of activity is this?",
    "what is the motion for?",
)
_ACTION_COUNT_QUESTIONS = (
    "how many actions does the person do one after another?",
    "how many actions are there in the motion?",
)
_FIRST_QUESTIONS = ("what does the person do first?", "which action comes first?")
_LAST_QUESTIONS = ("what does the person do last?", "which action comes last?")
