"""What the answered calls of each night have cost, from the rows of table `requests`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from .budget import NOTHING, Spending

# Tokens of a text that the server did not count: English has more characters per token than this.
CHARACTERS_PER_TOKEN = 3


def estimated_tokens(text: str | None) -> int:
    """Tokens of a text, rather too many than too few."""
    return -(-len(text.encode("utf-8", "replace")) // CHARACTERS_PER_TOKEN) if text else 0


class BusyTime:
    """Length of the union of intervals: time in which any call was under way, seconds."""

    def __init__(self) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []

    def add(self, start: float, end: float) -> None:
        """Add one interval."""
        first, last = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    @property
    def seconds(self) -> float:
        """The union's length."""
        return sum(self._ends) - sum(self._starts)


class NightLedger:
    """Sums by date, in UTC. A call counts once, however often its row is seen."""

    def __init__(self) -> None:
        self._sums: dict[date, Spending] = {}
        self._busy: dict[date, BusyTime] = {}
        self._seen: set[str] = set()

    def add(self, row: Mapping[str, Any]) -> None:
        """Count one answered call; tokens that the server did not count are estimated from the texts."""
        if row["request_id"] in self._seen:
            return
        self._seen.add(row["request_id"])
        ended: datetime = row["created_at"]
        night = ended.astimezone(UTC).date()
        cost = row["cost_usd"]
        prompt, completion = row["prompt_tokens"], row["completion_tokens"]
        self._sums[night] = self._sums.get(night, NOTHING) + Spending(
            usd_known=cost or 0.0,
            unpriced=cost is None,
            prompt_tokens=estimated_tokens(row.get("messages")) if prompt is None else prompt,
            completion_tokens=estimated_tokens(row.get("answer")) if completion is None else completion,
            requests=1,
        )
        end = ended.timestamp()
        self._busy.setdefault(night, BusyTime()).add(end - row["latency_s"], end)

    def spent_on(self, night: date) -> Spending:
        """What the calls that ended on a date have cost."""
        busy = self._busy.get(night)
        return self._sums.get(night, NOTHING) + Spending(wall_s=busy.seconds if busy else 0.0)
