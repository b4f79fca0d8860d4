"""Which failures are worth another attempt, how many failed shards a run bears, and what is said of them."""

from __future__ import annotations

import errno
import math
import random
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, TypeVar

from data_lake.errors import LakeBusy, LakeError

R = TypeVar("R")

MAX_ATTEMPTS = 3
FIRST_PAUSE_S = 1.0
JITTER = 0.5
MAX_REASON = 300

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LASTING = (FileNotFoundError, FileExistsError, PermissionError, NotADirectoryError, IsADirectoryError)
# The lake hands on what its storage said as text.
_FULL_WORDS = (" is full", "a file would grow beyond", *(f"(os error {code})" for code in _FULL))
_LASTING_WORDS = ("permission denied", "may not write", "read-only", "no such file", "not a directory")
_LAKE_STORAGE = " cannot be written: "


class TooManyFailures(LakeError):
    """More shards failed than the run bears; what the others made is in the lake."""


@dataclass(frozen=True)
class FailedShard:
    """A shard that could not be made, with the number of its motions and the reason."""

    index: int
    n_motions: int
    reason: str

    def __str__(self) -> str:
        """One line for a log."""
        return f"shard {self.index:05d} ({self.n_motions} motions): {self.reason}"


def reason_of(error: BaseException) -> str:
    """Kind and first line of an error, cut to what a table can hold."""
    text = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    return text if len(text) <= MAX_REASON else f"{text[:MAX_REASON]}…"


def is_full(error: BaseException) -> bool:
    """Whether the storage has no room: every other shard meets the same."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return isinstance(error, LakeError) and _says(error, _FULL_WORDS)


def may_pass(error: BaseException) -> bool:
    """Whether the same call can succeed in a moment: storage or network that hiccups, a busy lake, a killed worker.

    Bad input, a full disk or a missing permission stays what it is, so asking again would only cost time.
    """
    if is_full(error):
        return False
    if isinstance(error, LakeBusy | BrokenProcessPool):
        return True
    if isinstance(error, OSError):
        return not (isinstance(error, _LASTING) or error.errno == errno.EROFS)
    if type(error) is LakeError and _LAKE_STORAGE in str(error):
        return not _says(error, _LASTING_WORDS)
    return False


def _says(error: BaseException, words: tuple[str, ...]) -> bool:
    text = str(error).lower()
    return any(word in text for word in words)


def pause_s(attempt: int) -> float:
    """Seconds before another attempt: doubling, and random, so that shards that met do not meet again."""
    return FIRST_PAUSE_S * 2.0**attempt * random.uniform(1.0 - JITTER, 1.0 + JITTER)


def try_again(function: Callable[..., R], *args: Any) -> R:
    """Call a function up to `MAX_ATTEMPTS` times, as long as what it raises may pass."""
    for attempt in range(MAX_ATTEMPTS - 1):
        try:
            return function(*args)
        except Exception as error:
            if not may_pass(error):
                raise
        time.sleep(pause_s(attempt))
    return function(*args)


def task_retries() -> dict[str, Any]:
    """Options of a Prefect task that does the same as `try_again`."""
    from prefect.tasks import exponential_backoff

    return {
        "retries": MAX_ATTEMPTS - 1,
        "retry_delay_seconds": exponential_backoff(backoff_factor=FIRST_PAUSE_S),
        "retry_jitter_factor": JITTER,
        "retry_condition_fn": _state_may_pass,
    }


def _state_may_pass(task: Any, task_run: Any, state: Any) -> bool:
    """Prefect asks with the failed state; its data are the exception."""
    return isinstance(state.data, BaseException) and may_pass(state.data)


class FailureQuota:
    """Counts failed shards of a run, and says when to stop."""

    def __init__(self, share: float, n_shards: int) -> None:
        self.share = share
        self.n_shards = n_shards
        self.failed: list[FailedShard] = []
        self._stopped_by = ""

    @property
    def borne(self) -> int:
        """How many shards may fail."""
        return math.floor(self.share * self.n_shards + 1e-9)

    @property
    def is_used_up(self) -> bool:
        """Whether nothing more should be begun."""
        return bool(self._stopped_by)

    def count(self, index: int, n_motions: int, error: BaseException) -> None:
        """Note a failed shard."""
        self.failed.append(FailedShard(index, n_motions, reason_of(error)))
        if is_full(error):
            self._stopped_by = "the storage is full, which every further shard would meet: make room"
        elif len(self.failed) > self.borne:
            self._stopped_by = (
                f"the run bears {self.borne} (failure_quota {self.share:g} of them): remove the cause"
            )

    def check(self, n_made: int) -> None:
        """Raise when it is used up.

        Raises:
            TooManyFailures: with the reasons, and what to do.
        """
        if not self._stopped_by:
            return
        shown = "; ".join(str(one) for one in self.failed[:3])
        more = f"; and {len(self.failed) - 3} more" if len(self.failed) > 3 else ""
        raise TooManyFailures(
            f"{len(self.failed)} of {self.n_shards} shards failed, and {self._stopped_by}, then run the same again: "
            f"what is done stays ({n_made} shards), only the others are made. Failed: {shown}{more}"
        )
