"""Which cells of a scenario's grid, activity x attribute value, a draw or a set of scripts has filled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulator.motion.script import Fall, Jump, MotionScript, Posture

from .briefs import Brief
from .gaps import PACES
from .scenario import Scenario
from .step_details import main_step, moving_steps

Cell = tuple[str, str, str]
_NO_PACE = ("jump", "fall")  # gravity sets it
_PATHS = {"forward": "straight", "curve left": "curve_left", "curve right": "curve_right"}


@dataclass(frozen=True)
class Coverage:
    """How often each possible cell (activity, attribute, value) is filled; 0 where it is not."""

    counts: dict[Cell, int]

    @property
    def n_possible(self) -> int:
        """Cells that the scenario can ask for."""
        return len(self.counts)

    @property
    def n_covered(self) -> int:
        """Cells with at least one brief or script."""
        return sum(count > 0 for count in self.counts.values())

    @property
    def fraction(self) -> float:
        """Share of the possible cells that are covered."""
        return self.n_covered / self.n_possible

    @property
    def missing(self) -> tuple[Cell, ...]:
        """Cells that nothing fills yet."""
        return tuple(cell for cell, count in self.counts.items() if count == 0)

    def by_activity(self) -> dict[str, tuple[int, int]]:
        """activity -> cells covered, cells possible."""
        possible = Counter(activity for activity, _, _ in self.counts)
        covered = Counter(activity for (activity, _, _), count in self.counts.items() if count)
        return {activity: (covered[activity], possible[activity]) for activity in possible}

    def __str__(self) -> str:
        """One line for a report."""
        return f"{self.n_covered} of {self.n_possible} cells (activity x attribute value) covered"


def coverage(scenario: Scenario, items: Iterable[Brief | MotionScript]) -> Coverage:
    """Count how often each cell of the scenario is filled.

    The grid has, for each activity, the values of count, side, direction, pace, sex, build, age group and
    emotion that the scenario allows; jumps and falls have no pace of their own. A script is read by what its
    main step does, not by what its brief asked for.

    Args:
        scenario: whose grid it is.
        items: briefs or scripts; what lies outside of the grid is not counted.
    """
    counts = dict.fromkeys(_possible(scenario), 0)
    for item in items:
        activity, values = _of_brief(item) if isinstance(item, Brief) else _of_script(item)
        for attribute, value in values.items():
            cell = (activity, attribute, str(value))
            if cell in counts:
                counts[cell] += 1
    return Coverage(counts)


def _possible(scenario: Scenario) -> Iterator[Cell]:
    paces = [pace for pace, weight in zip(PACES, scenario.pace_weights, strict=True) if weight > 0]
    for activity in scenario.activity_labels:
        plan = scenario.plan_of(activity)
        values: dict[str, Iterable[object]] = {
            "count": plan.counts,
            "side": plan.sides,
            "direction": plan.directions,
            "pace": () if activity in _NO_PACE else paces,
            "sex": scenario.sexes,
            "build": scenario.builds,
            "age_group": scenario.age_groups,
            "emotion": scenario.emotions,
        }
        for attribute, choices in values.items():
            yield from ((activity, attribute, str(choice)) for choice in choices)


def _of_brief(brief: Brief) -> tuple[str, dict[str, object]]:
    asked = {"count": brief.count, "side": brief.side, "direction": brief.direction, "pace": brief.pace}
    return brief.activity, {**asked, **_person(brief)}


def _of_script(script: MotionScript) -> tuple[str, dict[str, object]]:
    main = main_step(script)
    done = {
        "count": main.count,
        "side": main.side,
        "direction": planned_direction(script),
        "pace": "" if isinstance(main.step, Jump | Fall) else main.pace,
    }
    return main.activity, {**done, **_person(script)}


def _person(item: Brief | MotionScript) -> dict[str, object]:
    return {
        "sex": item.subject.sex,
        "build": item.subject.build,
        "age_group": item.style.age_group,
        "emotion": item.style.emotion,
    }


def planned_direction(script: MotionScript) -> str:
    """Where the main action leads, in the words of the plans: a path where the person travels."""
    main = main_step(script)
    if isinstance(main.step, Posture):
        return main.step.to.removeprefix("lie_")
    same = [step for step in moving_steps(script) if step.activity == main.activity]
    if any(step.direction == "back" for step in same):
        return "there_and_back"
    return _PATHS.get(main.direction, main.direction) if main.step.kind == "locomote" else main.direction
