"""Hard limits in money, tokens, requests and time: looked at before each call, never after."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields

from .errors import BudgetReached


@dataclass(frozen=True)
class Spending:
    """What calls cost. `usd_known` leaves out `unpriced` calls, of whose model no price is known."""

    usd_known: float = 0.0
    unpriced: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 0
    wall_s: float = 0.0

    @property
    def usd(self) -> float | None:
        """Money, USD; None where the price of some call is not known."""
        return self.usd_known if self.unpriced == 0 else None

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Spending) -> Spending:
        """Both together."""
        return self._with(other, 1)

    def __sub__(self, other: Spending) -> Spending:
        """One without a part of it."""
        return self._with(other, -1)

    def _with(self, other: Spending, sign: int) -> Spending:
        names = [field.name for field in fields(Spending)]
        return Spending(**{name: getattr(self, name) + sign * getattr(other, name) for name in names})

    def __str__(self) -> str:
        """One line; unknown money is said to be unknown."""
        money = f"{self.usd_known:.4f} USD"
        if self.unpriced == self.requests and self.unpriced:
            money = "cost unknown (no price of the model)"
        elif self.unpriced:
            money += f" and {self.unpriced} requests of unknown price"
        return (
            f"{self.requests} requests, {self.prompt_tokens} + {self.completion_tokens} tokens, {money}, "
            f"{self.wall_s:.0f} s"
        )


NOTHING = Spending()


@dataclass(frozen=True)
class Limits:
    """At most so much; None: no limit."""

    usd: float | None = None
    tokens: int | None = None
    requests: int | None = None
    wall_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse limits that are no amounts."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not 0 <= value < float("inf"):
                raise ValueError(f"budget {field.name} is {value}; allowed are amounts from 0 on, or None")

    def exceeded(self, spent: Spending, next_call: Spending) -> str:
        """Which limit the next call could break, in words; empty where it fits."""
        rows: tuple[tuple[float | None, float, float, str], ...] = (
            (self.usd, spent.usd_known, next_call.usd_known, "USD"),
            (self.tokens, spent.tokens, next_call.tokens, "tokens"),
            (self.requests, spent.requests, next_call.requests, "requests"),
        )
        for limit, used, more, unit in rows:
            if limit is not None and used + more > limit * (1.0 + 1e-12):
                return f"{used:.6g} of {limit:.6g} {unit} are used and one more call may take {more:.6g}"
        if self.wall_s is not None and spent.wall_s >= self.wall_s:
            return f"{spent.wall_s:.0f} of {self.wall_s:.0f} s are over"
        return ""


class Budget:
    """What a run and a night may cost at most. A night is one date in UTC, over all runs of the lake.

    A call is reserved at the most that it can cost before it is sent, and settled at what it did cost. So
    the limits hold whatever is under way; they are overrun only where a server writes more than it was
    told to, by no more than the calls in flight. Thread-safe.
    """

    def __init__(
        self,
        run: Limits | None = None,
        night: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run = run or Limits()
        self.night = night or Limits()
        self._clock = clock
        self._started = clock()
        self._settled = NOTHING
        self._reserved = NOTHING
        self._unrecorded = NOTHING
        self._changed = threading.Condition()

    @property
    def in_money(self) -> bool:
        """Whether a limit is in money, so that a price is needed."""
        return self.run.usd is not None or self.night.usd is not None

    @property
    def spent(self) -> Spending:
        """What this run has cost so far, calls under way left out."""
        with self._changed:
            return self._settled + Spending(wall_s=self._clock() - self._started)

    @property
    def remaining_s(self) -> float:
        """Time that is left to the run, seconds; infinite without a limit."""
        if self.run.wall_s is None:
            return float("inf")
        return self.run.wall_s - (self._clock() - self._started)

    def reserve(self, most: Spending, tonight: Callable[[], Spending]) -> None:
        """Set aside what a call can cost at most; waits where calls under way may yet leave room.

        Args:
            most: the most that the call can cost.
            tonight: what all runs of this date have cost, as the request store knows.

        Raises:
            BudgetReached: it does not fit and nothing is under way.
        """
        with self._changed:
            while True:
                said = self._problem(most, tonight())
                if not said:
                    self._reserved += most
                    return
                if not self._reserved.requests:
                    raise BudgetReached(said)
                self._changed.wait(1.0)

    def settle(self, most: Spending, actual: Spending, recorded: bool) -> None:
        """Replace a reservation by what the call did cost.

        Args:
            most: as reserved.
            actual: as it turned out.
            recorded: whether the request store holds the call and so counts it for the night itself.
        """
        with self._changed:
            self._reserved -= most
            self._settled += actual
            if not recorded:
                self._unrecorded += actual
            self._changed.notify_all()

    def _problem(self, most: Spending, tonight: Spending) -> str:
        wall = Spending(wall_s=self._clock() - self._started)
        rows = (
            ("run", self.run, self._settled + self._reserved + wall),
            ("night (all runs of this date, UTC)", self.night, tonight + self._unrecorded + self._reserved),
        )
        for name, limits, spent in rows:
            said = limits.exceeded(spent, most)
            if said:
                return (
                    f"the budget of this {name} is reached: {said}; every answer is kept, so the same command "
                    "with more budget goes on from here and pays none of them again"
                )
        return ""
