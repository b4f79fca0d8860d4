"""Questions answered by the script: which activities, in which order, how often, which side, how fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import permutations
from random import Random

from simulator.motion.script import Fall, Idle, Jump, Locomote, MotionScript, Turn, step_activity

from .confirmation import Grounding
from .qa_items import SEQUENCE_LINK, QAPair, pair, yes_or_no
from .step_details import StepDetail, longest_step
from .wording import ACCIDENT, INTENTS, NUMBER_WORDS, activity_answer, inflect, wording_of

SIDES = ("left", "right", "both")
PACE_ANSWERS = {"slow": "slowly", "ordinary": "at a normal pace", "fast": "quickly"}
N_ORDER_OPTIONS = 4
LARGEST_USUAL_COUNT = 8
N_SEQUENCE_OPTIONS = 4
_CHECKED = {"count": ("count",), "side": ("side",), "direction": ("turn",), "speed": ("speed", "duration")}
"""Kind of question -> the measured facts that must not contradict its answer."""

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
    present: Sequence[str] | None,
    main: str,
    activities: Sequence[str],
    rng: Random,
    n_yes_no: int = 1,
    rivals: Collection[str] = (),
) -> list[QAPair]:
    """The category of the main activity, its purpose, and whether some activity occurs or is the main one.

    Args:
        present: labels of all that happens; None where only the main one is known, as of a clip.
        main: label of what mainly happens.
        activities: labels that could have happened.
        rng: chooses phrasings and, with equal odds, a question whose answer is yes or one whose is no.
        n_yes_no: how many activities to ask for at most.
        rivals: labels of what takes nearly as long as the main one, and is no answer to choose from.
    """
    offered = [label for label in activities if label not in rivals]
    options = sorted({activity_answer(label) for label in (*offered, main)})
    found = [pair("activity", _ACTIVITY_QUESTIONS, activity_answer(main), options, rng)]
    intent = wording_of(main).intent
    if intent:
        asking = (_WHAT_KIND,) if intent == ACCIDENT else _INTENT_QUESTIONS  # nobody falls for a purpose
        rival_intents = {wording_of(label).intent for label in rivals} - {intent}
        intents = [one for one in INTENTS if one not in rival_intents]
        found.append(pair("intent", asking, intent, intents, rng))
    truth = rng.random() < 0.5
    if present is None:
        others = [label for label in activities if not occurs(label, [main])]
        label = main if truth or not others else rng.choice(others)
        question = f"is {activity_answer(label)} the main activity?"
        return [*found, yes_or_no("yes_no", (question,), label == main, rng)]
    absent = [label for label in activities if not occurs(label, present)]
    asked: dict[str, QAPair] = {}
    for _ in range(n_yes_no):
        label = rng.choice(sorted(set(present)) if truth or not absent else absent)
        base = plainly(label)
        questions: tuple[str, ...] = (f"does the person {base}?", f"does the person {base} at any time?")
        if len(set(present)) == 1:  # clips are asked this way, and of one action it is the same
            questions += (f"is {activity_answer(label)} the main activity?",)
        asked.setdefault(label, yes_or_no("yes_no", questions, label in present, rng))
        truth = rng.random() < 0.5
    return [*found, *asked.values()]


def occurs(label: str, present: Sequence[str]) -> bool:
    """Whether an activity, or a movement of it, occurs; everybody stands still at some time."""
    return label == "stand" or not _alike(label).isdisjoint(present)


@lru_cache(maxsize=1024)
def _alike(label: str) -> frozenset[str]:
    """The activities whose movements an activity shares, itself among them."""
    return frozenset((label,)).union(*(group for group in _ALIKE if label in group))


def present_activities(script: MotionScript) -> list[str]:
    """All activities of steps and layers; a curved path is a turn as well."""
    parts = [*script.steps, *(layer.primitive for layer in script.layers)]
    labels = [step_activity(part) for part in parts if not isinstance(part, Idle)] or ["stand"]
    curved = any(isinstance(step, Locomote) and step.turn_deg for step in script.steps)
    return [*labels, "turn"] if curved else labels


def order_questions(grounding: Grounding, activities: Sequence[str], rng: Random) -> list[QAPair]:
    """How many actions there are, all in order, what comes first, last or next, and what before another."""
    steps = grounding.moving
    labels = [step.activity for step in steps]
    found = []
    if len(labels) <= 4:
        found.append(
            pair("action_count", _ACTION_COUNT_QUESTIONS, NUMBER_WORDS[len(labels)], NUMBER_WORDS[1:5], rng)
        )
    if any(step.layers for step in steps) or (steps and steps[0].is_idle):
        return found
    if len(labels) == 1:
        return [*found, *_sequence(labels, activities, rng)]
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
    if len(once) == len(labels) <= 3:
        found += _sequence(labels, activities, rng)
    if len(once) >= 2:
        earlier, later = sorted(rng.sample(once, 2), key=labels.index)
        truth = rng.random() < 0.5
        first, second = (earlier, later) if truth else (later, earlier)
        question = f"does the person {plainly(first)} before {activity_answer(second)}?"
        found.append(yes_or_no("order_yes_no", (question,), truth, rng))
    return found


def _order_options(labels: Sequence[str], activities: Sequence[str], rng: Random) -> list[str]:
    options = list(dict.fromkeys(activity_answer(label) for label in labels))
    others = sorted({activity_answer(label) for label in activities} - set(options))
    rng.shuffle(others)
    return options + others[: max(0, N_ORDER_OPTIONS - len(options))]


def _sequence(labels: Sequence[str], activities: Sequence[str], rng: Random) -> list[QAPair]:
    """All actions in their order, among others.

    For one action or two the options are two activities, each alone and both in either order, so that they do not
    tell how many there are; for three they are other orders of the same.
    """
    names = [activity_answer(label) for label in labels]
    orders = [list(order) for order in permutations(names) if list(order) != names]
    if len(names) == 1:
        absent = {activity_answer(label) for label in activities if not occurs(label, labels)} - set(names)
        if not absent:
            return []
        other = rng.choice(sorted(absent))
        orders = [[other], [*names, other], [other, *names]]
    elif len(names) == 2:
        orders += [[name] for name in names]
    rng.shuffle(orders)
    options = [SEQUENCE_LINK.join(order) for order in [names, *orders[: N_SEQUENCE_OPTIONS - 1]]]
    return [pair("sequence", _SEQUENCE_QUESTIONS, options[0], options, rng)]


def detail_questions(grounding: Grounding, rng: Random) -> list[QAPair]:
    """Count, side, direction and speed of steps whose activity occurs only once.

    Nothing is asked about what the measurement contradicts.
    """
    script, steps = grounding.script, grounding.moving
    times = Counter(step.activity for step in steps)
    times.update(step_activity(layer.primitive) for layer in script.layers)
    n_ways = sum(isinstance(step.step, Locomote) for step in steps)
    found = []
    for step in steps:
        if times[step.activity] == 1 and not step.is_idle:
            asked = _count(step, rng) + _side(step, rng) + _direction(step, rng, n_ways == 1)
            found += [item for item in asked if _confirmed(item.kind, step, grounding)]
    main = longest_step(steps)
    unpaced = main.is_idle or isinstance(main.step, Jump | Fall)
    if times[main.activity] == 1 and not unpaced and _confirmed("speed", main, grounding):
        base = plainly(main.activity)
        questions = (f"how fast does the person {base}?", f"at what pace does the person {base}?")
        found.append(pair("speed", questions, PACE_ANSWERS[main.pace], tuple(PACE_ANSWERS.values()), rng))
    return found


def _confirmed(kind: str, step: StepDetail, grounding: Grounding) -> bool:
    index = grounding.index_of(step)
    return not any((fact, index) in grounding.doubts for fact in _CHECKED.get(kind, ()))


def plainly(label: str) -> str:
    """The activity after "does the person": "wave", "do squats"."""
    return inflect(wording_of(label).cores[0].replace("{limb}", "an arm"), "base")


def _count(step: StepDetail, rng: Random) -> list[QAPair]:
    if step.count is None:
        return []
    largest = max(LARGEST_USUAL_COUNT, step.count)
    base = plainly(step.activity)
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
        f"is the left or the right {limb} used for {doing}?",
    )
    return [pair("side", questions, step.side, SIDES, rng)]


def _direction(step: StepDetail, rng: Random, only_way: bool) -> list[QAPair]:
    way = step.direction
    if isinstance(step.step, Turn):
        return [pair("direction", ("in which direction does the person turn?",), way, ("left", "right"), rng)]
    if isinstance(step.step, Fall):
        options = ("forward", "backward", "left", "right", "down")
        return [pair("direction", ("in which direction does the person fall?",), way, options, rng)]
    if not isinstance(step.step, Locomote):
        return []
    if way.startswith("curve "):
        questions = ("to which side does the person's path curve?",)
        return [pair("direction", questions, way.removeprefix("curve "), ("left", "right"), rng)]
    if way == "back" or not only_way:
        return []
    ways = ("forward", "backward", "left", "right")
    return [pair("direction", ("in which direction does the person move?",), way, ways, rng)]


_ACTIVITY_QUESTIONS = (
    "what is the person mainly doing?",
    "what is the main activity?",
    "which activity fits the motion best?",
)
_WHAT_KIND = "what kind of activity is this?"
_INTENT_QUESTIONS = (
    "what is the main purpose of the motion?",
    _WHAT_KIND,
    "what is the motion for?",
)
_ACTION_COUNT_QUESTIONS = (
    "how many actions does the person do one after another?",
    "how many actions are there in the motion?",
)
_SEQUENCE_QUESTIONS = (
    "what does the person do, in order?",
    "what is the sequence of actions?",
)
_FIRST_QUESTIONS = ("what does the person do first?", "which action comes first?")
_LAST_QUESTIONS = ("what does the person do last?", "which action comes last?")
