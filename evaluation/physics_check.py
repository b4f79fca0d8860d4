"""A physics check: one figure of the simulator held against a closed form or a published number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.figure import Figure

__all__ = ["Drawing", "Measure", "PhysicsResult", "PhysicsSection", "at_least", "at_most", "within"]

Rule = Literal["within", "at most", "at least"]


@dataclass(frozen=True)
class Drawing:
    """A picture that belongs to a check.

    Attributes:
        file: name of the PNG.
        caption: what it shows, one sentence or two.
        draw: makes it, from data that the check has measured.
    """

    file: str
    caption: str
    draw: Callable[[], Figure]


@dataclass(frozen=True)
class PhysicsResult:
    """One comparison.

    Attributes:
        name: slug that stays the same from run to run; unique.
        quantity: what is compared, with its case.
        source: equation or publication that the expected value comes from.
        expected: value of the closed form; of a bound ("at most", "at least") the bound itself.
        simulated: what the simulator gives.
        tolerance: largest error that passes; 0 for a bound.
        unit: of both values.
        rule: "within" the tolerance of the expected value, or on the right side of a bound.
        section: key of its section.
        drawing: a picture to go with it.
    """

    name: str
    quantity: str
    source: str
    expected: float
    simulated: float
    tolerance: float
    unit: str
    rule: Rule = "within"
    section: str = ""
    drawing: Drawing | None = None

    @property
    def error(self) -> float:
        """Simulated less expected."""
        return self.simulated - self.expected

    @property
    def passed(self) -> bool:
        """Whether the rule holds; never for a value that is no number."""
        if self.rule == "within":
            return abs(self.error) <= self.tolerance
        return self.error <= 0.0 if self.rule == "at most" else self.error >= 0.0

    @property
    def verdict(self) -> str:
        """ "pass" or "fail"."""
        return "pass" if self.passed else "fail"

    def to_dict(self) -> dict[str, Any]:
        """What must not change from run to run: the verdict, and what was asked for."""
        return {
            "verdict": self.verdict,
            "rule": self.rule,
            "expected": float(f"{self.expected:.9g}"),
            "tolerance": float(f"{self.tolerance:.9g}"),
            "unit": self.unit,
        }


Measure = Callable[[], list[PhysicsResult]]


@dataclass(frozen=True)
class PhysicsSection:
    """Checks that belong together.

    Attributes:
        key: short name.
        title: heading on the page.
        text: what was compared and how, in sentences.
        measures: functions that each give one or more comparisons.
    """

    key: str
    title: str
    text: str
    measures: tuple[Measure, ...]


def within(
    name: str,
    quantity: str,
    source: str,
    *,
    expected: float,
    simulated: float,
    tolerance: float,
    unit: str,
    drawing: Drawing | None = None,
) -> PhysicsResult:
    """A comparison with a value."""
    return PhysicsResult(
        name, quantity, source, float(expected), float(simulated), float(tolerance), unit, drawing=drawing
    )


def at_most(
    name: str,
    quantity: str,
    source: str,
    *,
    bound: float,
    simulated: float,
    unit: str,
    drawing: Drawing | None = None,
) -> PhysicsResult:
    """A comparison with an upper bound."""
    return PhysicsResult(
        name, quantity, source, float(bound), float(simulated), 0.0, unit, "at most", drawing=drawing
    )


def at_least(
    name: str,
    quantity: str,
    source: str,
    *,
    bound: float,
    simulated: float,
    unit: str,
    drawing: Drawing | None = None,
) -> PhysicsResult:
    """A comparison with a lower bound."""
    return PhysicsResult(
        name, quantity, source, float(bound), float(simulated), 0.0, unit, "at least", drawing=drawing
    )
