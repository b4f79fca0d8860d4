"""Briefs: what is asked of an author, drawn by us so that coverage never depends on the author."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from random import Random

from pydantic import BaseModel, ConfigDict

from simulator.motion.script import Start, Style, Subject

from .errors import InvalidScenario
from .gaps import Gap
from .plans import least_actions, repetitions_fit
from .scenario import ALL_VIEWS, Scenario
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

    `seed` names the random stream of everything that the author may still choose. `radar_height_m`,
    `radar_tilt_deg`, `room` and `views` are for who simulates the motion: None and all views where the
    scenario says nothing of them. `gap` is the hash of the gap that asked for it.
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
    side_limit_m: float | None = None
    views: str = ALL_VIEWS
    radar_height_m: float | None = None
    radar_tilt_deg: float | None = None
    room: str | None = None
    language: str = "en"
    wording: tuple[str, ...] = ()
    gap: str | None = None

    @property
    def content_hash(self) -> str:
        """Hash of all that is asked; a field that is newer than version 1 stays out at its default."""
        content = self.model_dump(mode="json")
        for name in _LATER_FIELDS:
            if getattr(self, name) == type(self).model_fields[name].default:
                del content[name]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def reach_limit_m(self) -> float:
        """How far the path may lead from its start so that every view keeps the limits."""
        margin = 0.05
        room = min(self.start.range_m - self.near_limit_m, self.far_limit_m - self.start.range_m)
        return room - margin


_LATER_FIELDS = (
    "side_limit_m", "views", "radar_height_m", "radar_tilt_deg", "room", "language", "wording", "gap",
)  # fmt: skip


def draw_briefs(
    scenario: Scenario, n: int, seed: int, gaps: Sequence[Gap] = (), views_per_motion: int = 1
) -> list[Brief]:
    """Draw n briefs: first the quotas of the gaps, then the rest, stratified over the activities by share.

    The number of briefs of an activity never strays by more than about one from its share, whatever n;
    within an activity count, side, direction, pace and number of actions are stratified as well. The
    first n briefs of a longer draw are the same n briefs, and the briefs that no gap asked for are those of
    a draw without gaps: what was written for them is used again.

    Args:
        scenario: what should be covered.
        n: number of briefs, those of the gaps included.
        seed: of the whole draw.
        gaps: slices with quotas.
        views_per_motion: in how many views each motion will be seen, which turns a gap's samples into briefs.

    Raises:
        InvalidScenario: the gaps ask for more than n, or for what the scenario does not have.
    """
    if n < 0:
        raise ValueError(f"n is {n}: a number of briefs is 0 or more")
    key = (scenario.content_hash, seed)
    briefs: list[Brief] = []
    for gap, n_asked in zip(gaps, gap_quotas(scenario, n, gaps, views_per_motion), strict=True):
        drawn = _drawn(gap.within(scenario), n_asked, (gap.content_hash, *key))
        briefs += [brief.model_copy(update={"gap": gap.content_hash}) for brief in drawn]
    return briefs + _drawn(scenario, n - len(briefs), key)


def gap_quotas(scenario: Scenario, n: int, gaps: Sequence[Gap], views_per_motion: int = 1) -> list[int]:
    """How many of n briefs each gap asks for: known, or refused, before anything is drawn.

    Raises:
        InvalidScenario: the gaps ask for more than n, for one slice twice, or for what the scenario does not have.
    """
    slices = [gap.content_hash for gap in gaps]
    twice = [gap.in_words for gap in gaps if slices.count(gap.content_hash) > 1]
    if twice:
        raise InvalidScenario(
            f"the gap {twice[0]!r} is given twice; give it once with the sum of the samples"
        )
    for gap in gaps:
        gap.within(scenario)
    quotas = [gap.n_briefs(views_per_motion, scenario.views) for gap in gaps]
    asked = sum(quotas)
    if asked > n:
        raise InvalidScenario(
            f"the gaps ask for {asked} scripts ({', '.join(gap.in_words for gap in gaps[:3])}"
            f"{' ...' if len(gaps) > 3 else ''}), the draw has {n}: draw {asked} or more"
        )
    return quotas


def _drawn(scenario: Scenario, n: int, key: tuple[object, ...]) -> list[Brief]:
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


def _brief(scenario: Scenario, activity: str, ordinal: int, index: int, key: tuple[object, ...]) -> Brief:
    seed = derived_seed("brief", index, *key)
    rng = stream("draws", seed)
    plan = scenario.plan_of(activity)

    def turn_of(name: str, choices: Sequence[object]) -> object:
        return stratified(choices, ordinal, name, activity, *key) if choices else None

    drawn = turn_of("pace", _shares(_PACES, scenario.pace_weights)), turn_of("count", plan.counts)
    pace, count = _in_time(activity, *drawn, scenario.pace_weights, plan.counts)
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
            "count": count,
            "side": turn_of("side", plan.sides),
            "direction": direction,
            "subject": subject,
            "style": _style(scenario, str(pace), age, rng),
            "start": _start(scenario, needed, rng),
            "near_limit_m": scenario.near_limit_m,
            "far_limit_m": scenario.far_limit_m,
            "side_limit_m": scenario.side_limit_m,
            "language": turn_of("language", scenario.languages),
            "wording": scenario.wording,
            **_site(scenario, stream("site", seed)),
        }
    )


def _in_time(
    activity: str, drawn_pace: object, count: object, weights: Sequence[float], counts: Sequence[int]
) -> tuple[Pace, int | None]:
    """Pace and count that fit together: the next quicker pace that the scenario has, else fewer repetitions."""
    pace = next(name for name in _PACES if name == drawn_pace)
    if not isinstance(count, int) or repetitions_fit(activity, count, pace):
        return pace, count if isinstance(count, int) else None
    quicker = [name for name, weight in zip(_PACES, weights, strict=True) if weight > 0]
    for other in quicker[quicker.index(pace) :]:
        if repetitions_fit(activity, count, other):
            return other, count
    return pace, max((n for n in counts if repetitions_fit(activity, n, pace)), default=count)


def _site(scenario: Scenario, rng: Random) -> dict[str, object]:
    """Radar and room; a stream of their own, so that the rest of a brief does not depend on them."""
    height, tilt, rooms = scenario.radar_height_m, scenario.radar_tilt_deg, scenario.rooms
    return {
        "views": scenario.views,
        "radar_height_m": round(rng.uniform(*height), 2) if height is not None else None,
        "radar_tilt_deg": round(rng.uniform(*tilt), 1) if tilt is not None else None,
        "room": _weighted(rng, {name: room.share for name, room in rooms.items()}) if rooms else None,
    }


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
    nearest = min(max(nearest, travel_nearest_m), farthest)
    return Start(
        range_m=round(rng.uniform(nearest, farthest), 2),
        azimuth_deg=round(rng.uniform(*scenario.azimuth_deg), 1),
        heading_deg=round(rng.uniform(*scenario.heading_deg), 1),
    )
