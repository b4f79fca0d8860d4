"""Briefs: what is asked of an author, drawn by us so that coverage never depends on the author."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from random import Random

from pydantic import BaseModel, ConfigDict

from simulator.motion.script import Start, Style, Subject

from .plans import PLANS, least_actions
from .scenario import Scenario
from .seeding import derived_seed, stratified, stream
from .step_details import Pace

# Somebody who travels needs room on the radar's side, a runner most of all.
TRAVEL_NEAREST_M = {"run": 4.2}
OTHER_TRAVEL_NEAREST_M = 3.4
_PACES: tuple[Pace, ...] = ("slow", "ordinary", "fast")
_TEMPO: dict[str, tuple[float, float]] = {"slow": (0.1, 0.35), "ordinary": (0.4, 0.6), "fast": (0.65, 0.95)}
# An elderly person's things take longer at the same word of pace.
_AGE_TEMPO = {"young": 0.05, "adult": 0.0, "elderly": -0.1}


class Brief(BaseModel):
    """One request to an author: what, how, by whom and where. None where the activity has no such attribute.

    `seed` names the random stream of everything that the author may still choose.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str
    setting: str
    index: int
    seed: int
    activity: str
    n_actions: int
    pace: Pace
    count: int | None
    side: str | None
    direction: str | None
    subject: Subject
    style: Style
    start: Start
    near_limit_m: float
    far_limit_m: float

    @property
    def content_hash(self) -> str:
        """Hash of all that is asked."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def reach_limit_m(self) -> float:
        """How far the path may lead from its start so that every view keeps the limits."""
        margin = 0.05
        room = min(self.start.range_m - self.near_limit_m, self.far_limit_m - self.start.range_m)
        return room - margin


def draw_briefs(scenario: Scenario, n: int, seed: int) -> list[Brief]:
    """Draw n briefs, stratified over the activities by their weights.

    The number of briefs of an activity never strays by more than about one from its share, whatever n;
    within an activity count, side, direction, pace and number of actions are stratified as well. The
    first n briefs of a longer draw are the same n briefs.

    Args:
        scenario: what should be covered.
        n: number of briefs.
        seed: of the whole draw.
    """
    if n < 0:
        raise ValueError(f"n is {n}: a number of briefs is 0 or more")
    key = (scenario.content_hash, seed)
    names = scenario.activity_labels
    total = sum(scenario.activities.values())
    counts = dict.fromkeys(names, 0)
    briefs = []
    for index in range(n):
        order = list(names)
        stream("order", index // len(names), *key).shuffle(order)
        activity = max(order, key=lambda name: scenario.activities[name] / total * (index + 1) - counts[name])
        briefs.append(_brief(scenario, activity, counts[activity], index, key))
        counts[activity] += 1
    return briefs


def _brief(scenario: Scenario, activity: str, ordinal: int, index: int, key: tuple[str, int]) -> Brief:
    seed = derived_seed("brief", index, *key)
    rng = stream("draws", seed)
    plan = PLANS[activity]

    def turn_of(name: str, choices: Sequence[object]) -> object:
        return stratified(choices, ordinal, name, activity, *key) if choices else None

    pace = turn_of("pace", _shares(_PACES, scenario.pace_weights))
    n_actions = turn_of("actions", _shares((1, 2, 3), scenario.sequence_weights, 10))
    direction = turn_of("direction", plan.directions)
    subject, age = _subject(scenario, rng)
    needed = TRAVEL_NEAREST_M.get(activity, OTHER_TRAVEL_NEAREST_M) if plan.shape == "locomote" else 0.0
    return Brief.model_validate(
        {
            "scenario": scenario.name,
            "setting": scenario.setting,
            "index": index,
            "seed": seed,
            "activity": activity,
            "n_actions": max(int(str(n_actions)), least_actions(activity, direction)),
            "pace": pace,
            "count": turn_of("count", plan.counts),
            "side": turn_of("side", plan.sides),
            "direction": direction,
            "subject": subject,
            "style": _style(scenario, str(pace), age, rng),
            "start": _start(scenario, needed, rng),
            "near_limit_m": scenario.near_limit_m,
            "far_limit_m": scenario.far_limit_m,
        }
    )


def _shares(choices: Sequence[object], weights: Sequence[float], block: int = 6) -> list[object]:
    """A block that holds each choice by its weight; each that weighs anything at least once."""
    total = sum(weights)
    return [
        choice
        for choice, weight in zip(choices, weights, strict=True)
        for _ in range(max(1, round(block * weight / total)) if weight > 0 else 0)
    ]


def _weighted(rng: Random, weights: dict[str, float]) -> str:
    names = sorted(weights)
    return rng.choices(names, [weights[name] for name in names])[0]


def _subject(scenario: Scenario, rng: Random) -> tuple[Subject, str]:
    sex = _weighted(rng, scenario.sexes)
    lowest, highest = scenario.female_height_m if sex == "female" else scenario.male_height_m
    if sex == "neutral":
        lowest = scenario.female_height_m[0]
    height = rng.triangular(lowest, highest)
    build = _weighted(rng, scenario.builds)
    subject = Subject.model_validate({"sex": sex, "height_m": round(height, 2), "build": build})
    return subject, _weighted(rng, scenario.age_groups)


def _style(scenario: Scenario, pace: str, age: str, rng: Random) -> Style:
    tempo = rng.uniform(*_TEMPO[pace]) + _AGE_TEMPO[age]
    energy = rng.uniform(*scenario.energy) * (0.75 if age == "elderly" else 1.0)
    hesitation = rng.uniform(*scenario.hesitation) * (2.0 if age == "elderly" else 1.0)
    return Style.model_validate(
        {
            "energy": round(energy, 2),
            "tempo": round(min(max(tempo, 0.0), 1.0), 2),
            "amplitude": round(rng.uniform(*scenario.amplitude), 2),
            "smoothness": round(rng.uniform(*scenario.smoothness), 2),
            "hesitation": round(min(hesitation, 1.0), 2),
            "emotion": _weighted(rng, scenario.emotions),
            "age_group": age,
        }
    )


def _start(scenario: Scenario, travel_nearest_m: float, rng: Random) -> Start:
    nearest, farthest = scenario.range_m
    if travel_nearest_m:
        farthest = max(farthest, (scenario.near_limit_m + scenario.far_limit_m) / 2.0)
        nearest = min(max(nearest, travel_nearest_m), farthest)
    return Start(
        range_m=round(rng.uniform(nearest, farthest), 2),
        azimuth_deg=round(rng.uniform(*scenario.azimuth_deg), 1),
        heading_deg=round(rng.uniform(*scenario.heading_deg), 1),
    )
