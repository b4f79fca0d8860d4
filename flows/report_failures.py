"""Failed shards on the page of a run: which, why, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.markdown_escaping import escape_markdown, safe_table

from .bear_failures import FailedShard
from .run_shards import ShardsMade

_SHOWN = 50


def failed_section(failed: Sequence[FailedShard]) -> list[str]:
    """Every failed shard with its reason, or nothing where all were made."""
    if not failed:
        return []
    rows = ((f"{one.index:05d}", one.n_motions, one.reason) for one in failed[:_SHOWN])
    more = [f"And {len(failed) - _SHOWN} more.", ""] if len(failed) > _SHOWN else []
    return [
        "## Failed shards",
        "",
        *safe_table(("shard", "motions", "reason"), rows, left=(2,)),
        "",
        *more,
        "Run the same again: it makes these, finds the others, and publishes a version with all.",
        "",
    ]


def stopped_report(dataset: str, made: ShardsMade, said: str) -> str:
    """The page of a run that stopped because too many shards failed: nothing was published."""
    n_samples = sum(report.n_made for report in made.reports)
    return "\n".join(
        [
            f"# {dataset}: stopped, nothing published",
            "",
            f"{escape_markdown(said)}",
            "",
            f"Done before that and kept: {len(made.reports)} shards, {n_samples} samples made in this run.",
            "",
            *failed_section(made.failed),
        ]
    )
