"""Terminal output: one console, progress bars with rates, errors in one place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

# piped output has no width of its own, and rich would break ids and paths at 80 columns
_WIDTH = None if sys.stdout.isatty() else 120
console = Console(highlight=False, width=_WIDTH)
stderr_console = Console(stderr=True, highlight=False, width=_WIDTH)


class RateColumn(ProgressColumn):
    """Items per second since the bar began."""

    def render(self, task: Task) -> Text:
        """Show the mean rate; bars are short, so a sliding mean would only flicker."""
        if not task.elapsed or not task.completed:
            return Text("", style="progress.data.speed")
        return Text(f"{task.completed / task.elapsed:.1f}/s", style="progress.data.speed")


class ProgressBars:
    """The packages' progress seam `(what, done, total)` drawn as one bar per `what`."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, object] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Move the bar of `what`; the first call draws it."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)  # type: ignore[arg-type]


@contextmanager
def progress_bars(on: Console = console) -> Iterator[ProgressBars]:
    """Bars for one step; they stay on the screen when it ends."""
    columns = (
        TextColumn("  {task.description:<28}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=on) as progress:
        yield ProgressBars(progress)


def announce(text: str) -> None:
    """Print what a step made or reused, above the bars."""
    console.print(Text(text), soft_wrap=True)


def fail(message: str) -> NoReturn:
    """Print an error to stderr and end with status 1."""
    Console(stderr=True, highlight=False).print(
        Text.assemble(("error: ", "bold red"), message), soft_wrap=True
    )
    raise SystemExit(1)
