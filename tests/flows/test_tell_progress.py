"""The line that tells how far a run is."""

from __future__ import annotations

import pytest

from flows.make_shard import ShardReport
from flows.tell_progress import ShardProgress, StepProgress, in_words


def report(made: int, reused: int = 0, refused: tuple[str, ...] = ()) -> ShardReport:
    return ShardReport(0, made, reused, refused, 1.0)


def test_rate_counts_what_was_made_and_what_is_left_counts_as_work() -> None:
    progress = ShardProgress(4, 64, lambda line: None)
    assert progress.line(5.0) == "shard 0 of 4: 0 of 64 samples"
    progress(report(15, refused=("too near",)))
    progress(report(0, reused=16))
    # 15 made in 30 s, 32 of 64 are done, 32 more at 0.5 a second
    assert progress.line(30.0) == "shard 2 of 4: 32 of 64 samples, 0.50 samples/s, about 64 s left"
    progress(report(16))
    progress(report(16))
    assert progress.line(60.0) == "shard 4 of 4: 64 of 64 samples, 0.78 samples/s"


@pytest.mark.parametrize(("n_shards", "n_lines"), [(1, 1), (40, 40), (100, 100), (1234, 100)])
def test_every_run_ends_with_a_line_and_long_ones_have_a_hundred(n_shards: int, n_lines: int) -> None:
    lines: list[str] = []
    progress = ShardProgress(n_shards, n_shards, lines.append)
    for _ in range(n_shards):
        progress(report(1))
    assert len(lines) == n_lines
    assert lines[-1].startswith(f"shard {n_shards} of {n_shards}: {n_shards} of {n_shards} samples")


def test_durations() -> None:
    assert [in_words(s) for s in (0.4, 59, 89, 90, 3540, 3600, 5400)] == [
        "0 s", "59 s", "89 s", "2 min", "59 min", "1 h 0 min", "1 h 30 min",
    ]  # fmt: skip


def test_steps_are_told_every_half_minute_and_at_the_end_of_a_phase() -> None:
    now, lines = 0.0, list[str]()
    progress = StepProgress(lines.append, lambda: now)
    for done in range(1, 101):
        progress("pretrain encoder", done, 100)
        progress("teach language", min(done, 2), 2)  # beside it, and soon done
        now += 1.0
    assert [line for line in lines if line.startswith("pretrain")] == [
        "pretrain encoder: 31 of 100, 1.00/s, about 69 s left",
        "pretrain encoder: 61 of 100, 1.00/s, about 39 s left",
        "pretrain encoder: 91 of 100, 1.00/s, about 9 s left",
        "pretrain encoder: 100 of 100, 1.00/s",
    ]
    assert lines[0] == "teach language: 2 of 2, 1.00/s"


def test_a_phase_of_one_step_has_a_line_without_a_rate() -> None:
    lines: list[str] = []
    StepProgress(lines.append)("generate answers", 8, 8)
    assert lines == ["generate answers: 8 of 8"]
