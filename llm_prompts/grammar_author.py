"""The embedded author: a seeded grammar that fills briefs without a language model, key or server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from random import Random

from simulator.motion.script import (
    MAX_SCRIPT_S,
    Gesture,
    Idle,
    Layer,
    MotionScript,
    Reach,
    ScriptError,
    Step,
    activity_of,
    plan_path,
    posture_after,
    script_duration_s,
    step_activity,
    step_duration_s,
    validate_script,
)

from .briefs import Brief
from .captions import TEXT_VERSION, first_caption
from .errors import BriefNotWritable
from .grammar_companions import companion
from .grammar_room import room_problem
from .grammar_steps import counted_step, main_steps, reach_step
from .plans import least_actions
from .seeding import stream
from .step_details import main_step

GRAMMAR_VERSION = "2"
"""Counts up whenever the same brief would give other steps; their words are counted by `TEXT_VERSION`."""

SHORTEST_S, LONGEST_S = 4.0, MAX_SCRIPT_S - 0.02
DOMINANCE = 1.15
LAYER_SHARE = 0.1
MAX_ATTEMPTS = 80


class GrammarAuthor:
    """Writes scripts from a grammar: honest about not being a language model, equal for equal seeds."""

    name = "grammar"
    model: str | None = None

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.n_asked = 0
        self.n_redrawn = 0

    def request_hash(self, brief: Brief) -> str:
        """Identity of the request: versions of grammar and words, seed and brief."""
        versions = f"{GRAMMAR_VERSION}.{TEXT_VERSION}"
        text = "\0".join((self.name, versions, str(self.seed), brief.content_hash))
        return hashlib.sha256(text.encode()).hexdigest()

    def write(self, brief: Brief) -> MotionScript:
        """Write one script that passes `validate_script`, lasts 4 to 9.9 s and is mainly what is asked.

        Where the asked number of actions does not fit in the time, fewer are written.

        Raises:
            BriefNotWritable: no draw kept all rules; the last reason is named.
        """
        if brief.language != "en":
            raise BriefNotWritable(
                f"brief {brief.index} of scenario {brief.scenario} asks for the language {brief.language!r}; the "
                "embedded author writes English only: set languages: [en]"
            )
        self.n_asked += 1
        reason = "nothing was drawn"
        for attempt in range(MAX_ATTEMPTS):
            rng = stream("grammar", GRAMMAR_VERSION, self.seed, brief.seed, attempt)
            fewer = attempt // 20
            n_actions = max(brief.n_actions - fewer, least_actions(brief.activity, brief.direction))
            script = _draft(brief, n_actions, rng)
            if script is None:
                reason = "the main action does not fit the room or the time"
            else:
                reason = _problem(script, brief)
                if not reason:
                    return script
            self.n_redrawn += 1
        raise BriefNotWritable(
            f"brief {brief.index} of scenario {brief.scenario} ({brief.activity}, {brief.pace}) could not be "
            f"written in {MAX_ATTEMPTS} draws; the last one failed because {reason}"
        )

    def write_many(self, briefs: Iterable[Brief]) -> Iterator[tuple[Brief, MotionScript | None]]:
        """Write one script after another; see `write`."""
        return ((brief, self.write(brief)) for brief in briefs)

    def report(self) -> str:
        """How many scripts were written."""
        return f"grammar (no language model): {self.n_asked} scripts, {self.n_redrawn} draws thrown away"


def _problem(script: MotionScript, brief: Brief) -> str:
    if activity_of(script) != brief.activity:
        return f"its main action is {activity_of(script)}"
    if not SHORTEST_S - 1e-9 <= script_duration_s(script) <= LONGEST_S + 1e-9:
        return f"it lasts {script_duration_s(script):.2f} s"
    if max(point.reach_m for point in plan_path(script)) > brief.reach_limit_m + 1e-9:
        return "its path leads out of the room"
    walls = room_problem(script, brief)
    if walls:
        return walls
    main = main_step(script)
    if brief.count is not None and main.count != brief.count:
        return f"it has {main.count} repetitions, not {brief.count}"
    lengths = sorted(
        (step_duration_s(step, script.style), step_activity(step) == brief.activity)
        for step in script.steps
        if not isinstance(step, Idle)
    )
    others = [seconds for seconds, is_main in lengths if not is_main]
    if others and lengths[-1][0] < DOMINANCE * max(others):
        return "another action is nearly as long as the main one"
    try:
        validate_script(script)
    except ScriptError as error:
        return str(error)
    return ""


def _draft(brief: Brief, n_actions: int, rng: Random) -> MotionScript | None:
    """One draw: companions around the main action, pauses around all."""
    n_before, n_after = _around(n_actions - least_actions(brief.activity, brief.direction), rng)
    used = {brief.activity, "turn"} if brief.direction == "there_and_back" else {brief.activity}
    facing, steps = 0.0, []
    for _ in range(n_before):
        step = companion(brief, rng, facing, "stand", used)
        used.add(step_activity(step))
        facing += getattr(step, "angle_deg", 0.0)
        steps.append(step)
    main = main_steps(brief, rng, facing)
    if not main:
        return None
    steps += main
    for _ in range(n_after):
        step = companion(brief, rng, _facing_after(brief, steps), _posture_after(steps), used)
        used.add(step_activity(step))
        steps.append(step)
    layers = _layers(brief, main, n_before, rng) if n_actions == 1 else []
    return _script(brief, steps, layers, rng)


def _around(n_extra: int, rng: Random) -> tuple[int, int]:
    n_before = sum(rng.random() < 0.5 for _ in range(n_extra))
    return n_before, n_extra - n_before


def _facing_after(brief: Brief, steps: list[Step]) -> float:
    placeholder = _assemble(brief, steps, [], "a person moves")
    return plan_path(placeholder)[-1].facing_deg


def _posture_after(steps: list[Step]) -> str:
    posture = "stand"
    for step in steps:
        posture = posture_after(step, posture)
    return posture


def _layers(
    brief: Brief, main: list[Step], main_index: int, rng: Random
) -> list[tuple[int, Gesture | Reach]]:
    """Sometimes somebody who walks does something with one hand meanwhile."""
    if brief.activity != "walk" or brief.direction == "there_and_back" or rng.random() >= LAYER_SHARE:
        return []
    side = rng.choice(("left", "right"))
    action = rng.choice(("phone", "wave"))
    primitive: Gesture | Reach
    if action == "wave":
        counted = counted_step("wave", rng.choice((2, 3)), side, "fast", rng, 3.0)
        assert isinstance(counted, Gesture)
        primitive = counted
    else:
        primitive = reach_step("phone", side, "fast", brief.subject.height_m, rng)
    fits = primitive.duration_s < step_duration_s(main[0], brief.style)
    return [(main_index, primitive)] if fits else []


def _script(
    brief: Brief, steps: list[Step], layers: list[tuple[int, Gesture | Reach]], rng: Random
) -> MotionScript | None:
    """Add pauses before and after, enough for the shortest script, and the caption."""
    acting = sum(step_duration_s(step, brief.style) for step in steps)
    before, after = rng.uniform(0.3, 0.9), rng.uniform(0.3, 0.9)
    missing = SHORTEST_S + rng.uniform(0.0, 0.6) - acting - before - after
    if missing > 0:
        share = rng.uniform(0.35, 0.65)
        before, after = before + share * missing, after + (1.0 - share) * missing
    if acting + before + after > LONGEST_S:
        before = after = (LONGEST_S - 0.02 - acting) / 2.0
    if min(before, after) < 0.3:
        return None
    sway = round(rng.uniform(0.2, 0.6), 2)
    first = Idle(kind="idle", duration_s=round(before, 2), sway=sway)
    last = Idle(kind="idle", duration_s=round(after, 2), sway=sway)
    placed = [Layer(start_step=index + 1, end_step=index + 1, primitive=what) for index, what in layers]
    script = _assemble(brief, [first, *steps, last], placed, "a person moves")
    return script.model_copy(update={"caption": first_caption(script, brief.seed)})


def _assemble(brief: Brief, steps: list[Step], layers: list[Layer], caption: str) -> MotionScript:
    names = [step_activity(step) for step in steps if not isinstance(step, Idle)]
    return MotionScript(
        title=", ".join(name.replace("_", " ") for name in names),
        caption=caption,
        alt_captions=[],
        subject=brief.subject,
        style=brief.style,
        start=brief.start,
        steps=steps,
        layers=layers,
        tags=[brief.scenario, brief.activity, brief.pace],
    )
