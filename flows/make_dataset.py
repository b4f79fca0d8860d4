"""Motions to published version as plain functions, on the cores of this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass

from data_lake import DatasetVersion, Lake
from simulator import load_body

from .compile_kernels import compile_kernels
from .engines import worker_pool
from .gather_motions import Gathered, gather_motions
from .make_shard import ShardReport, make_shard
from .plan_dataset import Shard, configuration_id, split_into_shards
from .publish_version import Coverage, cover_plan, publish_version
from .record_run import RunRecord
from .settings import TurnSettings

Progress = Callable[[str, int, int], None]
Announce = Callable[[str], None]


@dataclass(frozen=True)
class Generated:
    """A dataset version and what became of its samples on the way."""

    version: DatasetVersion
    gathered: Gathered
    shards: tuple[ShardReport, ...]


def make_dataset(
    settings: TurnSettings, lake: Lake, run: RunRecord, announce: Announce, progress: Progress | None = None
) -> Generated:
    """Gather motions, make what is missing of their samples, publish.

    Killed at any moment, the same call goes on from there: a shard's rows are there whole or not at all.
    """
    gathered = gather_motions(settings, lake, load_body(settings.body), run, progress)
    announce(describe_gathered(gathered))
    reports = make_shards(settings, plan_shards(settings, gathered), run.run_id, progress)
    announce(describe_shards(reports))
    coverage = cover_plan(settings, lake, gathered)
    version = publish_version(settings, lake, coverage, run)
    announce(describe_version(version, coverage))
    return Generated(version, gathered, tuple(reports))


def plan_shards(settings: TurnSettings, gathered: Gathered) -> list[Shard]:
    """The units of work of one dataset."""
    return split_into_shards(gathered.sources, gathered.activities, settings.preset.motions_per_shard)


def make_shards(
    settings: TurnSettings, shards: Sequence[Shard], run_id: str, progress: Progress | None = None
) -> list[ShardReport]:
    """All shards on this machine's cores: one process a core, one thread a process."""
    config_hash = configuration_id(settings)
    total = sum(len(shard.sources) for shard in shards) * settings.views_per_motion
    reports: list[ShardReport] = []
    done = 0
    if progress:
        progress("samples", 0, total)
    if shards:
        compile_kernels(settings)
    with worker_pool(min(settings.workers, len(shards))) as pool:
        jobs = [pool.submit(make_shard, settings, shard, config_hash, run_id) for shard in shards]
        for job in as_completed(jobs):
            reports.append(job.result())
            done += reports[-1].n_made + reports[-1].n_reused
            if progress:
                progress("samples", done, total)
    return sorted(reports, key=lambda report: report.index)


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


def describe_shards(reports: Sequence[ShardReport]) -> str:
    """Counts of samples made and reused, and one line for every sample that the simulator refused."""
    counts = f"samples: {sum(r.n_made for r in reports)} made, {sum(r.n_reused for r in reports)} reused"
    return "\n".join([counts, *(f"  refused {reason}" for report in reports for reason in report.refused)])


def describe_version(version: DatasetVersion, coverage: Coverage) -> str:
    """Name, size, what was refused, and whether the content was published before."""
    state = "reused: this content is published already" if version.reused else "published"
    refused = f", {len(coverage.refused)} refused (table quarantine)" if coverage.refused else ""
    return f"dataset: {version.name}, {version.n_samples} samples of {version.n_motions} motions{refused} ({state})"
