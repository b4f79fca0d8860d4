"""All checks of the simulator's physics, in the order of the validation page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from . import (
    physics_angle,
    physics_beat,
    physics_doppler,
    physics_power,
    physics_rcs,
    physics_receiver,
    physics_recorded,
    physics_room,
    physics_symmetries,
    physics_targets,
    physics_walk,
)
from .errors import EvaluationError
from .physics_check import PhysicsResult, PhysicsSection

__all__ = ["SECTIONS", "PhysicsResult", "PhysicsSection", "run_checks"]

SECTIONS: tuple[PhysicsSection, ...] = tuple(
    module.SECTION
    for module in (
        physics_beat,
        physics_doppler,
        physics_angle,
        physics_power,
        physics_receiver,
        physics_rcs,
        physics_targets,
        physics_room,
        physics_symmetries,
        physics_walk,
        physics_recorded,
    )
)
Progress = Callable[[str, int, int], None]


def run_checks(
    progress: Progress | None = None, sections: Sequence[PhysicsSection] = SECTIONS
) -> list[PhysicsResult]:
    """Run every check; all random numbers have fixed seeds.

    Args:
        progress: called as (what, done, total).
        sections: which to run; all unless given.

    Raises:
        EvaluationError: two checks have one name.
    """
    total = sum(len(section.measures) for section in sections)
    results: list[PhysicsResult] = []
    done = 0
    for section in sections:
        for measure in section.measures:
            results += [replace(result, section=section.key) for result in measure()]
            done += 1
            if progress is not None:
                progress("check physics", done, total)
    names = [result.name for result in results]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EvaluationError(f"several physics checks are named {', '.join(twice)}: give each its own name")
    return results
