"""Scripts from an author: asked by briefs, screened, and replaced where they had to be rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from llm_prompts import (
    Author,
    AuthoringError,
    AuthorUnavailable,
    Brief,
    BriefNotWritable,
    BudgetReached,
    Candidate,
    Gap,
    ModelAuthor,
    Scenario,
    Screener,
    draw_briefs,
)
from simulator import MotionScript

from .describe_scripts import MeasuredScript, Words, script_id_of

Progress = Callable[[str, int, int], None]
T = TypeVar("T")
BRIEFS_AT_ONCE = 256
MAX_BRIEFS_PER_SCRIPT = 2
"""Further briefs replace rejected answers until so many were put to the author for each script that was asked."""
MIN_HOPELESS_WAVE = 16
"""So many briefs in a row without one accepted script end a run: the author cannot do it."""


@dataclass(frozen=True)
class Order:
    """What is asked for: n scripts of a scenario, the slices of some gaps first."""

    scenario: Scenario
    n: int
    seed: int
    gaps: tuple[Gap, ...] = ()
    views_per_motion: int = 1

    def briefs(self) -> list[Brief]:
        """The briefs of the n scripts.

        Raises:
            InvalidScenario: the gaps ask for more than n, or for what the scenario does not have.
        """
        return draw_briefs(self.scenario, self.n, self.seed, self.gaps, self.views_per_motion)

    def scripts_for(self, gap: Gap) -> int:
        """How many scripts a gap asks for."""
        return gap.n_briefs(self.views_per_motion, self.scenario.views)

    def further_briefs(self, lost: Sequence[Brief], used: Iterable[Brief]) -> list[Brief]:
        """Unused briefs that ask for the same activities, for the same gaps, as those whose answers were lost.

        They are the next ones of a longer draw, so the balance stays as it was asked for.
        """
        missing = Counter(_slot(brief) for brief in lost)
        taken = {brief.seed for brief in used}
        found: list[Brief] = []
        n_more = len(lost)
        while missing and n_more <= 64 * len(lost):
            n_more *= 2
            for brief in self._longer_draw(n_more):
                if missing[_slot(brief)] > 0 and brief.seed not in taken:
                    missing[_slot(brief)] -= 1
                    taken.add(brief.seed)
                    found.append(brief)
            missing += Counter()  # drops what is at zero
        return found

    def _longer_draw(self, n_more: int) -> list[Brief]:
        """The draw with n_more briefs of every gap and of none."""
        more = n_more * self.views_per_motion
        gaps = [gap.model_copy(update={"n_samples": gap.n_samples + more}) for gap in self.gaps]
        n_gaps = sum(self.scripts_for(gap) for gap in gaps)
        asked = sum(self.scripts_for(gap) for gap in self.gaps)
        n = n_gaps + (self.n - asked) + n_more * len(self.scenario.activities)
        return draw_briefs(self.scenario, n, self.seed, gaps, self.views_per_motion)


@dataclass(frozen=True)
class Draft:
    """A script with the words that it is screened by; measured where the engine has performed it."""

    brief: Brief
    script: MotionScript
    words: Words
    measured: MeasuredScript | None = None
    vector: NDArray[np.float32] | None = None
    """Mean sentence vector of the captions, L2-normalised, where somebody has an encoder."""

    @property
    def script_id(self) -> str:
        """Content hash of the script."""
        return self.measured.script_id if self.measured else script_id_of(self.script)

    @property
    def candidate(self) -> Candidate:
        """What the screening looks at."""
        captions = tuple(caption.text for caption in self.words.captions)
        questions = tuple(pair.question for pair in self.words.pairs)
        return Candidate(self.script, captions, questions, self.vector)


@dataclass
class Tally:
    """What became of every brief so far."""

    asked: list[Brief] = field(default_factory=list)
    briefs: list[Brief] = field(default_factory=list)
    accepted: list[Brief] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    n_answered: int = 0
    stopped: AuthoringError | None = None


Written = tuple[Brief, MotionScript]
Prepare = Callable[[Sequence[Written]], Iterable[tuple[Brief, Draft | str]]]
"""Scripts of an author to drafts, or to a word that tells why one cannot be used; in their order."""


def write_scripts(
    order: Order,
    author: Author,
    prepare: Prepare,
    screener: Screener,
    tally: Tally,
    progress: Progress | None = None,
) -> Iterator[Draft]:
    """Drafts that were accepted, until there are as many as asked for.

    Where an answer is rejected, a further brief takes its place: at most MAX_BRIEFS_PER_SCRIPT for each script, and
    none once a whole round of MIN_HOPELESS_WAVE or more brought nothing. A budget that is reached or a server that
    fails ends the run: what was answered is still used, and `tally.stopped` tells why.
    """
    wave = order.briefs()
    tally.asked = list(wave)
    while wave and tally.stopped is None:
        n_before = len(tally.accepted)
        lost: list[Brief] = []
        for start in range(0, len(wave), BRIEFS_AT_ONCE):
            written = _answers(author, wave[start : start + BRIEFS_AT_ONCE], tally, lost, progress)
            for brief, outcome in _until_stopped(prepare(written), tally):
                reasons = screener.screen(outcome.candidate) if isinstance(outcome, Draft) else (outcome,)
                if reasons:
                    tally.rejected[reasons[0]] += 1
                    lost.append(brief)
                elif isinstance(outcome, Draft):
                    tally.accepted.append(brief)
                    yield outcome
                if progress:
                    progress("samples", len(tally.accepted), order.n)
            if tally.stopped is not None:
                return
        room = MAX_BRIEFS_PER_SCRIPT * order.n - len(tally.briefs)
        is_hopeless = len(tally.accepted) == n_before and len(wave) >= MIN_HOPELESS_WAVE
        wave = [] if is_hopeless or not lost else order.further_briefs(lost, tally.briefs)[: max(room, 0)]


def _answers(
    author: Author, briefs: Sequence[Brief], tally: Tally, lost: list[Brief], progress: Progress | None
) -> list[Written]:
    written: list[Written] = []
    for brief, script in _until_stopped(_asked(author, briefs), tally):
        tally.briefs.append(brief)
        if script is None:
            lost.append(brief)
            if not isinstance(author, ModelAuthor):  # which counts its reasons itself
                tally.rejected["brief_not_writable"] += 1
        else:
            tally.n_answered += 1
            written.append((brief, script))
        if progress:
            progress(f"scripts ({author.name})", len(tally.briefs), max(len(tally.briefs), len(tally.asked)))
    return written


def _asked(author: Author, briefs: Sequence[Brief]) -> Iterator[tuple[Brief, MotionScript | None]]:
    if isinstance(author, ModelAuthor):
        yield from author.write_many(briefs)
        return
    for brief in briefs:
        try:
            yield brief, author.write(brief)
        except BriefNotWritable:
            yield brief, None


def _until_stopped(items: Iterable[T], tally: Tally) -> Iterator[T]:
    """The items up to a budget that is reached or a server that fails, which is noted."""
    try:
        yield from items
    except (BudgetReached, AuthorUnavailable) as error:
        tally.stopped = error


def _slot(brief: Brief) -> tuple[str, object]:
    return brief.activity, brief.gap
