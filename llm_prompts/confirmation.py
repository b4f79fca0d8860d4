"""Which of a script's claims the measurement confirms: what it contradicts is neither said nor asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise

from simulator.motion.script import Comparison, MotionScript, compare_with_script

from .facts import SampleFacts
from .step_details import StepDetail, read_steps

_NEEDED = frozenset({"repetitions", "segments", "postures", "jumps"})


@dataclass(frozen=True)
class Grounding:
    """A script beside the facts of its motion: its steps in words, and what was measured of each."""

    script: MotionScript
    facts: SampleFacts | None

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every scripted fact beside the measured one; empty where the motion was not measured."""
        if self.facts is None or not self.facts.measured.keys() >= _NEEDED:
            return ()
        return tuple(compare_with_script(self.script, self.facts.measured))

    @cached_property
    def doubts(self) -> frozenset[tuple[str, int]]:
        """(fact, step index) of every count, side, turn ... that was measured otherwise than scripted."""
        return frozenset(
            (row.fact, row.step) for row in self.comparisons if row.step is not None and not row.agrees
        )

    @cached_property
    def steps(self) -> tuple[StepDetail, ...]:
        """All steps in words, without the counts and sides that the measurement contradicts."""
        return tuple(confirmed_steps(read_steps(self.script), self.script, self.doubts))

    @cached_property
    def moving(self) -> tuple[StepDetail, ...]:
        """The steps that a caption names, as `moving_steps` gives them."""
        return tuple(step for step in self.steps if step.is_named) or self.steps[:1]

    @cached_property
    def slots(self) -> tuple[tuple[float, float], ...]:
        """Planned begin and end of every step, s."""
        edges = list(accumulate((step.duration_s for step in self.steps), initial=0.0))
        return tuple(pairwise(edges))

    def index_of(self, detail: StepDetail) -> int:
        """Place of a step in the script."""
        return next(index for index, step in enumerate(self.script.steps) if step is detail.step)

    def measured(self, fact: str, index: int) -> str | None:
        """What was measured of one fact of a step, as text; None where it was not measured, or twice."""
        found = [row.measured for row in self.comparisons if row.fact == fact and row.step == index]
        return found[0] if len(found) == 1 else None


_latest: list[Grounding] = []


def ground(script: MotionScript, facts: SampleFacts | None) -> Grounding:
    """Script and facts laid beside each other; the last one is kept, as captions and questions follow it."""
    for known in _latest[:1]:
        if known.script is script and known.facts is facts:
            return known
    found = Grounding(script, facts)
    _latest[:] = [found]
    return found


def unconfirmed(script: MotionScript, facts: SampleFacts | None) -> frozenset[tuple[str, int]]:
    """(fact, step index) of every count, side, turn ... that was measured otherwise than scripted.

    Empty where the motion's repetitions and segments were not measured: then the script is trusted.
    """
    return ground(script, facts).doubts


def left_out(script: MotionScript, facts: SampleFacts | None) -> list[str]:
    """What captions and questions keep silent about because the measurement does not confirm it, in words."""
    return [row.text for row in ground(script, facts).comparisons if not row.agrees]


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
            detail = replace(detail, side="", layer_side_known=False)
        kept.append(detail)
    return kept
