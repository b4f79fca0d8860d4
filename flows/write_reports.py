"""What a run made, as one page of Markdown: funnel, throughput, pictures, quality, lineage, next commands."""

from __future__ import annotations

import base64
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_lake import Lake, VersionReader
from data_lake.lineage_graph import LineageNode, story_graph, to_mermaid
from evaluation.figures import spectrograms_figure
from evaluation.markdown_escaping import escape_markdown, safe_table
from evaluation.scorecard import Measure, Scorecard
from evaluation.scorecard_rendering import describe

from .bear_failures import FailedShard
from .draw_samples import pictured_samples
from .gather_motions import Gathered
from .make_shard import ShardReport
from .publish_version import Coverage
from .report_failures import failed_section
from .score_checkpoints import SCORECARD_MARKDOWN

N_PICTURED = 6
# Artifacts lie in Prefect's database: small pictures, or its pages become slow.
_PICTURE_DPI = 64
MAX_PICTURE_BYTES = 200_000
_FLOW_RUN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PROMOTED = "published"  # the tag that `mmflywheel versions promote` sets


@dataclass(frozen=True)
class Making:
    """How a dataset version came about in one run."""

    gathered: Gathered
    shards: Sequence[ShardReport]
    coverage: Coverage
    wall_s: float
    failed: Sequence[FailedShard] = ()


def dataset_report(lake: Lake, reader: VersionReader, making: Making) -> str:
    """The page of a run that made a dataset version."""
    info = reader.info
    reused = "this content was published before; nothing new was made" if info.reused else "published"
    lines = [
        f"# {info.name}",
        "",
        f"{info.n_samples} samples of {info.n_motions} motions, {reused}.",
        "",
        "## From asked to published",
        "",
        *safe_table(("step", "count"), funnel(making, info.n_samples)),
        "",
        *_author_lines(making.gathered),
        f"The run took {making.wall_s:.0f} s; {throughput(making)}.",
        "",
        *failed_section(making.failed),
        *_refused(making.shards),
        *_pictures(reader),
        *_quality(reader),
        *lineage_section(lake, info.name),
        *_next(info.name),
    ]
    return "\n".join(lines)


def funnel(making: Making, n_published: int) -> list[tuple[str, object]]:
    """What was asked for and what became of it, step by step."""
    made = sum(shard.n_made for shard in making.shards)
    reused = sum(shard.n_reused for shard in making.shards)
    n_missing = len(making.coverage.missing)
    return [
        *making.gathered.authored,
        (f"motions ({making.gathered.origin})", len(making.gathered.sources)),
        ("of these found in the lake", making.gathered.n_reused),
        ("samples planned", made + reused + sum(len(shard.refused) for shard in making.shards) + n_missing),
        ("simulated in this run", made),
        ("found in the lake", reused),
        ("refused by simulator or quality gate", len(making.coverage.refused)),
        *([("missing, as their shards failed", n_missing)] if n_missing else []),
        ("published", n_published),
    ]


def throughput(making: Making) -> str:
    """Samples per second, and how long one takes on one process."""
    made = sum(shard.n_made for shard in making.shards)
    busy_s = sum(shard.seconds for shard in making.shards if shard.n_made)
    if not made or making.wall_s <= 0:
        return "no sample had to be simulated"
    return f"{made / making.wall_s:.2f} samples/s in all, {busy_s / made:.2f} s a sample on one process"


def _author_lines(gathered: Gathered) -> list[str]:
    return [f"Author: {escape_markdown(gathered.author_report)}.", ""] if gathered.author_report else []


def _refused(shards: Sequence[ShardReport]) -> list[str]:
    reasons = Counter(reason.partition(": ")[2] or reason for shard in shards for reason in shard.refused)
    if not reasons:
        return []
    return [
        "Refused (table quarantine):",
        "",
        *safe_table(("reason", "samples"), reasons.most_common(10)),
        "",
    ]


def _pictures(reader: VersionReader) -> list[str]:
    found = pictured_samples(reader, N_PICTURED, None)
    if not found:
        return []
    page = io.BytesIO()
    figure = spectrograms_figure(found, columns=3)
    figure.savefig(page, format="png", dpi=_PICTURE_DPI, metadata={"Software": None})
    if page.tell() > MAX_PICTURE_BYTES:
        return []
    data = base64.b64encode(page.getvalue()).decode()
    return ["## Samples", "", f"![doppler_time of {len(found)} samples](data:image/png;base64,{data})", ""]


def _quality(reader: VersionReader) -> list[str]:
    flags: Counter[str] = Counter()
    for rows in reader.iter_samples(columns=["quality_flags"]):
        for row in rows["quality_flags"].to_pylist():
            flags.update(row or ["nothing unusual"])
    splits = [(f"split {name}", count) for name, count in sorted(reader.info.counts["split"].items())]
    return [
        "## Quality and splits",
        "",
        *safe_table(("what", "samples"), [*flags.most_common(), *splits]),
        "",
    ]


def lineage_section(lake: Lake, identity: str) -> list[str]:
    """A Mermaid graph of a version, checkpoint or scorecard: what led to it and what came of it."""
    story = lake.lineage(identity)
    graph = story_graph(story)
    # downwards: a page is narrow, and its graph is shrunk to it
    lines = ["flowchart TB", *to_mermaid(graph).rstrip().splitlines()[1:]]
    for index, node in enumerate(graph.nodes.values()):
        if node.kind == "version":
            lines += _sources_of_version(node.row, f"n{index}")
    return ["## Lineage", "", "```mermaid", *lines, "```", "", *_links_to_runs(graph.nodes.values())]


def _links_to_runs(nodes: Iterable[LineageNode]) -> list[str]:
    """Pages of the runs in a graph (its boxes cannot be links here); runs without a server have none."""
    runs = [node for node in nodes if node.kind == "run" and _FLOW_RUN_ID.fullmatch(node.identity)]
    links = [
        f"[{escape_markdown(str(node.row.get('command', 'run')))}](/v2/runs/flow-run/{node.identity})"
        for node in runs
    ]
    return [f"Runs: {', '.join(links)}.", ""] if links else []


def _sources_of_version(row: Mapping[str, Any], name: str) -> list[str]:
    """What a version was made from, counted: it has too many samples to draw each."""
    asked = row["parameters"]

    def of(name: str) -> str:
        return re.sub(r"[^\w .,@-]", "", str(asked.get(name) or "not told"))

    labels = [f"scenario<br/>{of('scenario')}", f"scripts by {of('author')}"]
    if asked.get("motions"):
        labels = ["clips of a folder"]
    labels += [f"{row['n_motions']} motions", f"{row['n_samples']} samples<br/>radar {of('radar')}"]
    nodes = [f'  {name}s{index}["{label}"]' for index, label in enumerate(labels)]
    names = [*(f"{name}s{index}" for index in range(len(labels))), name]
    return [*nodes, *(f"  {left} --> {right}" for left, right in itertools.pairwise(names))]


def _next(version: str) -> list[str]:
    return [
        "## Look closer",
        "",
        "```sh",
        f"mmflywheel samples --version {version}",
        f"mmflywheel lineage {version}",
        "mmflywheel lineage SAMPLE_ID --html sample.html",
        "```",
        "",
    ]


def turn_report(lake: Lake, reader: VersionReader, scorecard: Scorecard, folder: str, wall_s: float) -> str:
    """The page of a whole turn: what was made, how good the models are, and how all hangs together."""
    info = reader.info
    return "\n".join(
        [
            f"# Turn of {info.name}",
            "",
            f"{info.n_samples} samples of {info.n_motions} motions; two models trained and scored; {wall_s:.0f} s.",
            "",
            "## Scores",
            "",
            *safe_table(SCORE_COLUMNS, score_rows(scorecard, None), left=(0, 4)),
            "",
            f"The whole scorecard lies in `{folder}`. Pages beside this one: "
            f"[dataset](/v2/artifacts/key/dataset-{info.dataset}), [models](/v2/artifacts/key/models-{info.dataset}), "
            f"[scorecard](/v2/artifacts/key/scorecard-{info.dataset}).",
            "",
            *_pictures(reader),
            *lineage_section(lake, info.name),
            *_next(info.name),
        ]
    )


SCORE_COLUMNS = ("measure", "value", "95 % interval", "change", "best baseline")


def score_rows(scorecard: Scorecard, before: Scorecard | None) -> list[tuple[object, ...]]:
    """The headline of a scorecard, each measure beside its hardest baseline and what it was before."""
    earlier = {_name(measure): measure.value for measure in before.headline()} if before else {}
    return [_score_row(measure, earlier) for measure in scorecard.headline()]


def _score_row(measure: Measure, earlier: Mapping[str, float | None]) -> tuple[object, ...]:
    value, hardest, past = measure.value, measure.strongest, earlier.get(_name(measure))
    interval = measure.interval
    return (
        _name(measure),
        "none" if value is None else f"{value:.3f}",
        "" if interval is None else f"{interval.low:.3f}…{interval.high:.3f}",
        "" if value is None or past is None else f"{value - past:+.3f}",
        "" if hardest is None else f"{hardest.value:.3f} ({hardest.name})",
    )


def _name(measure: Measure) -> str:
    return f"{measure.section}: {describe(measure)}"


def scorecard_report(lake: Lake, scorecard: Scorecard, folder: Path) -> str:
    """The page of an evaluation: the headline beside the last scorecard of the dataset, then the whole card."""
    earlier = previous_scorecard(lake, scorecard.dataset, folder.name)
    before = Scorecard.from_json(earlier["metrics"]) if earlier else None
    against = "no earlier scorecard to compare with"
    if earlier:
        accepted = earlier["dataset_version"] == accepted_version(lake, scorecard.dataset)
        against = f"changes against {earlier['dataset_version']}, " + (
            "the version that was accepted (promoted)"
            if accepted
            else "the last one, as no version was promoted"
        )
    return "\n".join(
        [
            f"# {scorecard.dataset}, split {scorecard.split}",
            "",
            f"Headline, {against}:",
            "",
            *safe_table(SCORE_COLUMNS, score_rows(scorecard, before), left=(0, 4)),
            "",
            *lineage_section(lake, folder.name),
            (folder / SCORECARD_MARKDOWN).read_text(encoding="utf-8"),
        ]
    )


def models_report(lake: Lake, wavellm_id: str) -> str:
    """The page of a training: the models and what they come from."""
    return "\n".join([f"# {wavellm_id}", "", *lineage_section(lake, wavellm_id)])


def accepted_version(lake: Lake, version: str) -> str | None:
    """The version of the same dataset that was promoted last (`mmflywheel versions promote`), or None."""
    return lake.tags(version.partition("@")[0]).get(PROMOTED)


def previous_scorecard(lake: Lake, version: str, scorecard_id: str) -> Mapping[str, Any] | None:
    """The row of the scorecard to compare with, or None: the newest earlier one of the same dataset.

    Where a version of the dataset was promoted and scored before, the newest one of that version.
    """
    rows = lake.read(
        "scorecards", columns=["scorecard_id", "dataset_version", "metrics", "created_at"]
    ).to_pylist()
    own = next((row for row in rows if row["scorecard_id"] == scorecard_id), None)
    earlier = [
        row
        for row in rows
        if row["dataset_version"].partition("@")[0] == version.partition("@")[0]
        and row["scorecard_id"] != scorecard_id
        and (own is None or row["created_at"] < own["created_at"])
    ]
    promoted = accepted_version(lake, version)
    accepted = [row for row in earlier if row["dataset_version"] == promoted]
    return max(accepted or earlier, key=lambda row: row["created_at"], default=None)
