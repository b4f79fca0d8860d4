"""Which of a script's claims the measurement confirms: what it contradicts is neither said nor asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simulator.motion.script import MotionScript, compare_with_script

from .facts import SampleFacts
from .step_details import StepDetail


def unconfirmed(script: MotionScript, facts: SampleFacts | None) -> frozenset[tuple[str, int]]:
    """(fact, step index) of every count, side, turn ... that was measured otherwise than scripted.

    Empty where the motion's repetitions and segments were not measured: then the script is trusted.
    """
    if facts is None or not {"repetitions", "segments", "postures", "jumps"} <= set(facts.measured):
        return frozenset()
    rows = compare_with_script(script, facts.measured)
    return frozenset((row.fact, row.step) for row in rows if row.step is not None and not row.agrees)


def confirmed_steps(
    steps: Sequence[StepDetail], script: MotionScript, doubts: frozenset[tuple[str, int]]
) -> list[StepDetail]:
    """The steps without the counts and sides that the measurement contradicts."""
    if not doubts:
        return list(steps)
    kept = []
    for detail in steps:
        index = next(index for index, step in enumerate(script.steps) if step is detail.step)
        if ("count", index) in doubts:
            detail = replace(detail, count=None)
        if ("side", index) in doubts:
            detail = replace(detail, side="")
        kept.append(detail)
    return kept
