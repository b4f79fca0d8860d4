"""Motions to published version as plain functions, on the cores of this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from data_lake import DatasetVersion, Lake
from simulator import load_body

from .bear_failures import FailedShard, try_again
from .compile_kernels import compile_kernels
from .engines import close_shared_pool, run_in_worker
from .gather_motions import Gathered, gather_motions
from .make_shard import ShardReport, make_shard
from .plan_dataset import Shard, configuration_id, split_into_shards
from .publish_version import Coverage, cover_plan, publish_version
from .record_run import RunRecord
from .run_shards import ShardsMade, run_shards
from .settings import TurnSettings

Progress = Callable[[str, int, int], None]
Announce = Callable[[str], None]


@dataclass(frozen=True)
class Generated:
    """A dataset version and what became of its samples on the way."""

    version: DatasetVersion
    gathered: Gathered
    shards: tuple[ShardReport, ...]
    failed: tuple[FailedShard, ...] = ()


def make_dataset(
    settings: TurnSettings, lake: Lake, run: RunRecord, announce: Announce, progress: Progress | None = None
) -> Generated:
    """Gather motions, make what is missing of their samples, publish.

    Killed at any moment, the same call goes on from there: a shard's rows are there whole or not at all.
    """
    gathered = gather_motions(settings, lake, load_body(settings.body), run, progress)
    announce(describe_gathered(gathered))
    shards = make_shards(settings, plan_shards(settings, gathered), run, progress)
    announce(describe_shards(shards))
    coverage = cover_plan(settings, lake, gathered, may_miss(settings, shards.failed))
    version = publish_version(settings, lake, coverage, run)
    announce(describe_version(version, coverage))
    return Generated(version, gathered, tuple(shards.reports), tuple(shards.failed))


def may_miss(settings: TurnSettings, failed: Sequence[FailedShard]) -> int:
    """Samples that a version may lack because their shards failed."""
    return settings.views_per_motion * sum(one.n_motions for one in failed)


def plan_shards(settings: TurnSettings, gathered: Gathered) -> list[Shard]:
    """The units of work of one dataset."""
    return split_into_shards(gathered.sources, gathered.activities, settings.preset.motions_per_shard)


def make_shards(
    settings: TurnSettings, shards: Sequence[Shard], run: RunRecord, progress: Progress | None = None
) -> ShardsMade:
    """All shards on this machine's cores: one process a core, one thread a process.

    Raises:
        TooManyFailures: more shards failed than the settings allow; what the others made is in the lake.
    """
    config_hash = configuration_id(settings)
    total = sum(len(shard.sources) for shard in shards) * settings.views_per_motion
    workers = max(1, min(settings.workers, len(shards)))
    made, done = ShardsMade(), 0

    def told(report: ShardReport) -> None:
        nonlocal done
        done += report.n_made + report.n_reused
        if progress:
            progress("samples", done, total)

    if progress:
        progress("samples", 0, total)
    if shards:
        compile_kernels(settings)
    threads = ThreadPoolExecutor(workers)

    def make(shard: Shard) -> ShardReport:
        return try_again(run_in_worker, workers, make_shard, settings, shard, config_hash, run.run_id)

    try:
        return run_shards(
            shards, lambda shard: threads.submit(make, shard), workers, settings.failure_quota, made, told
        )
    finally:
        threads.shutdown()
        close_shared_pool()
        note_failures(run, made.failed)


def note_failures(run: RunRecord, failed: Sequence[FailedShard]) -> None:
    """Put failed shards into the report that the lake keeps of a run."""
    if failed:
        run.report["failed_shards"] = [asdict(one) for one in failed]


def describe_gathered(gathered: Gathered) -> str:
    """What there is to make: one line, and one for every skipped file."""
    n = len(gathered.sources)
    return "\n".join(
        [
            f"motions: {n} ({gathered.origin}), {gathered.n_reused} reused",
            *([gathered.author_report] if gathered.author_report else []),
            *(f"  skipped {file.path}: {file.reason}" for file in gathered.skipped),
        ]
    )


def describe_shards(made: ShardsMade) -> str:
    """Counts of samples made and reused, and a line for every sample that was refused and every shard that failed."""
    reports = made.reports
    counts = f"samples: {sum(r.n_made for r in reports)} made, {sum(r.n_reused for r in reports)} reused"
    refused = (f"  refused {reason}" for report in reports for reason in report.refused)
    return "\n".join([counts, *refused, *(f"  failed {one}" for one in made.failed)])


def describe_version(version: DatasetVersion, coverage: Coverage) -> str:
    """Name, size, what was refused, and whether the content was published before."""
    state = "reused: this content is published already" if version.reused else "published"
    refused = f", {len(coverage.refused)} refused (table quarantine)" if coverage.refused else ""
    n_missing = len(coverage.missing)
    missing = f", {n_missing} missing, whose shards failed: run it again for them" if n_missing else ""
    size = f"{version.n_samples} samples of {version.n_motions} motions"
    return f"dataset: {version.name}, {size}{refused}{missing} ({state})"
