"""How many calls may be under way: fewer when the server says it is busy, more while it answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Literal

TurnResult = Literal["answered", "busy", "failed"]


class CallPace:
    """Additive increase, multiplicative decrease, and the pauses that a server asks for. Thread-safe.

    The first call goes alone: a wrong key or address is refused once, not once for every thread.

    Args:
        most: calls under way at most.
        clock: seconds; monotonic.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._limit = 1.0
        self._has_answered = False
        self._under_way = 0
        self._closed_until = float("-inf")
        self._slowed_at = float("-inf")
        self._stopped = False
        self._clock = clock
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """Calls that may be under way now."""
        with self._changed:
            return int(self._limit)

    def enter(self) -> float | None:
        """Wait for a turn; return the moment it began, or None where all was stopped meanwhile."""
        with self._changed:
            while not self._stopped:
                wait_s = self._closed_until - self._clock()
                if wait_s <= 0 and self._under_way < int(self._limit):
                    self._under_way += 1
                    return self._clock()
                self._changed.wait(wait_s if wait_s > 0 else None)
            return None

    def leave(self, began: float, result: TurnResult) -> None:
        """End a turn. A busy server halves the limit, once for all calls that were under way together."""
        with self._changed:
            self._under_way -= 1
            if result == "answered" and not self._has_answered:
                self._has_answered, self._limit = True, float(self._most)
            elif result == "answered":
                self._limit = min(float(self._most), self._limit + 1.0 / self._limit)
            elif result == "busy" and began >= self._slowed_at:
                self._limit = max(1.0, self._limit / 2.0)
                self._slowed_at = self._clock()
            self._changed.notify_all()

    def close_for(self, pause_s: float) -> None:
        """Let no call begin for some seconds, as the server asked; calls under way go on."""
        with self._changed:
            self._closed_until = max(self._closed_until, self._clock() + pause_s)
            self._changed.notify_all()

    def rest(self, pause_s: float) -> None:
        """Wait for some seconds, or until all is stopped."""
        until = self._clock() + pause_s
        with self._changed:
            while not self._stopped and (left_s := until - self._clock()) > 0:
                self._changed.wait(left_s)

    def stop(self) -> None:
        """Let nobody begin any more and end all waiting."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()


def retry_after_s(headers: dict[str, str], now: Callable[[], float] = time.time) -> float | None:
    """How long the server asks to wait, seconds; None where it does not say or what it says makes no sense.

    Args:
        headers: names in lower case.
        now: seconds since 1970, for answers that name a date.
    """
    for name, unit_s in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        said = headers.get(name, "").strip()
        try:
            seconds = float(said) * unit_s
        except ValueError:
            try:
                seconds = parsedate_to_datetime(said).timestamp() - now()
            except (TypeError, ValueError, IndexError, OverflowError):
                continue
        if seconds == seconds and seconds < float("inf"):
            return max(seconds, 0.0)
    return None
