"""Progress of a run in words: how many samples or steps, how fast, how long still."""

from __future__ import annotations

import time
from collections.abc import Callable

from .make_shard import ShardReport

_LINES_AT_MOST = 100
_PAUSE_S = 30.0


class ShardProgress:
    """Tells of each shard that has ended; of long runs only every hundredth part, so that logs stay short."""

    def __init__(self, n_shards: int, n_samples: int, tell: Callable[[str], None]) -> None:
        """Begin to count, and to time, now.

        Args:
            n_shards: of the run.
            n_samples: of all its shards together.
            tell: takes a line.
        """
        self._n_shards, self._n_samples, self._tell = n_shards, n_samples, tell
        self._ended = self._made = self._there = 0
        self._started = time.monotonic()

    def __call__(self, report: ShardReport) -> None:
        """Count a shard that has ended."""
        before, self._ended = self._ended, self._ended + 1
        self._made += report.n_made
        self._there += report.n_reused + len(report.refused)
        if self._ended * _LINES_AT_MOST // self._n_shards > before * _LINES_AT_MOST // self._n_shards:
            self._tell(self.line(time.monotonic() - self._started))

    def line(self, seconds: float) -> str:
        """The state after so many seconds; what is left counts as work still to be done, at the pace so far."""
        done = self._made + self._there
        words = f"shard {self._ended} of {self._n_shards}: {done} of {self._n_samples} samples"
        left = max(0, self._n_samples - done)
        if not self._made or seconds <= 0:
            return words
        rate = self._made / seconds
        return f"{words}, {rate:.2f} samples/s" + (f", about {in_words(left / rate)} left" if left else "")


class StepProgress:
    """Tells of the steps of training and scoring: a line when a phase ends, and one every half minute until then."""

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """Wait for the first step.

        Args:
            tell: takes a line.
            clock: seconds.
        """
        self._tell, self._clock = tell, clock
        self._begun: dict[str, tuple[float, int]] = {}
        self._told: dict[str, float] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Note that so many steps of a phase are done (the packages' progress callback)."""
        now = self._clock()
        if what not in self._begun:
            self._begun[what], self._told[what] = (now, done), now
        started, before = self._begun[what]
        if done < total and now - self._told[what] < _PAUSE_S:
            return
        self._told[what] = now
        words = f"{what}: {done} of {total}"
        if now > started and done > before:
            rate = (done - before) / (now - started)
            words += f", {rate:.2f}/s" + (
                f", about {in_words((total - done) / rate)} left" if done < total else ""
            )
        self._tell(words)


def in_words(seconds: float) -> str:
    """A duration with the one or two units that matter."""
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
