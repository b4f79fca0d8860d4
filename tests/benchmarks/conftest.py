"""What the benchmarks share: time of a call, and tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest


class Spent(NamedTuple):
    """Time of one call: of the clock, and of all its threads together."""

    wall_s: float
    cpu_s: float


def spend(call: Callable[[], object], repeats: int = 3, warm_up: bool = True) -> Spent:
    """Least times of a few calls, after one that compiles."""
    if warm_up:
        call()
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return Spent(min(walls), min(cpus))


def show_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns; floats with three digits or so, numbers to the right."""

    def text(cell: object) -> str:
        if isinstance(cell, float):
            return f"{cell:.0f}" if abs(cell) >= 100 else f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.3f}"
        return str(cell)

    lines = [[str(name) for name in header], *([text(cell) for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    right = [not isinstance(cell, str) for cell in rows[0]]
    print(f"\n\n{title}")
    for number, line in enumerate(lines):
        padded = (
            cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(line, widths, right, strict=True)
        )
        print("  " + "  ".join(padded).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))


@pytest.fixture(scope="session")
def measure() -> Callable[..., Spent]:
    return spend


@pytest.fixture(scope="session")
def table() -> Callable[[str, Sequence[str], Sequence[Sequence[object]]], None]:
    return show_table
