"""A story of the lake as a graph: what it is made of, and what led to what. Drawn as Mermaid text, or walked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .lineage_text import short_title

KIND_OF_LIST = {
    "requests": "request", "scripts": "script", "motions": "motion", "samples": "sample", "versions": "version",
    "checkpoints": "checkpoint", "scorecards": "scorecard", "runs": "run",
}  # fmt: skip
KEY_OF_KIND = {
    "scenario": "scenario_id", "gap": "gap_id", "request": "request_id", "script": "script_id", "clip": "clip_id",
    "motion": "motion_id", "setup": "setup_id", "sample": "sample_id", "version": "name",
    "checkpoint": "checkpoint_id", "scorecard": "scorecard_id", "run": "run_id",
}  # fmt: skip
_MADE_FROM = {
    "gap": {"scenario_id": "slice of", "scorecard_id": "shown by"},
    "script": {"scenario_id": "asked for by", "gap_id": "fills"},
    "motion": {"script_id": "performs", "clip_id": "taken from"},
    "sample": {"motion_id": "shows", "setup_id": "made with"},
    "checkpoint": {"dataset_version": "trained on", "parent": "started from"},
    "scorecard": {"dataset_version": "scored on"},
    "version": {"parent_version": "follows"},
}


@dataclass(frozen=True)
class LineageNode:
    """One thing: a row of the lake under its id."""

    kind: str
    identity: str
    row: Mapping[str, object] = field(repr=False, compare=False, hash=False)


@dataclass(frozen=True)
class LineageEdge:
    """`source` led to `target`, both ids; `how` reads from the target: "trained on", "performs"."""

    source: str
    target: str
    how: str


@dataclass(frozen=True)
class LineageGraph:
    """Things and what led to what; without cycles. `focus` is the id that was asked for."""

    focus: str
    nodes: Mapping[str, LineageNode]
    edges: tuple[LineageEdge, ...]

    def before(self, identity: str) -> list[tuple[LineageEdge, LineageNode]]:
        """What led to a thing, in the order of kinds: scenario first, run last."""
        return self._ordered(
            (edge, self.nodes[edge.source]) for edge in self.edges if edge.target == identity
        )

    def after(self, identity: str) -> list[tuple[LineageEdge, LineageNode]]:
        """What came of it."""
        return self._ordered(
            (edge, self.nodes[edge.target]) for edge in self.edges if edge.source == identity
        )

    @staticmethod
    def _ordered(pairs: Iterable[tuple[LineageEdge, LineageNode]]) -> list[tuple[LineageEdge, LineageNode]]:
        rank = list(KEY_OF_KIND)
        return sorted(pairs, key=lambda pair: (rank.index(pair[1].kind), pair[1].identity))


def story_graph(story: Mapping[str, object]) -> LineageGraph:
    """Make the graph of what `Lake.lineage` returned."""
    nodes: dict[str, LineageNode] = {}
    for kind, row in _rows(story):
        identity = str(row[KEY_OF_KIND[kind]])
        nodes.setdefault(identity, LineageNode(kind, identity, row))
    edges: dict[LineageEdge, None] = {}
    for node in nodes.values():
        for edge in _edges_to(node, nodes):
            edges[edge] = None
    focus = str(story["id"])
    return LineageGraph(focus, nodes, tuple(edges))


def to_mermaid(graph: LineageGraph) -> str:
    """Write the graph as a Mermaid flowchart from left to right; what was asked for is marked."""
    names = {identity: f"n{index}" for index, identity in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for identity, node in graph.nodes.items():
        title = _quoted(short_title(node.kind, node.row))
        lines.append(
            f'  {names[identity]}["{node.kind}<br/>{_quoted(identity)}{"<br/>" + title if title else ""}"]'
        )
    for edge in graph.edges:
        lines.append(f'  {names[edge.source]} -->|"{edge.how}"| {names[edge.target]}')
    kinds = {node.kind for node in graph.nodes.values()}
    for kind in sorted(kinds & set(_COLOURS)):
        members = ",".join(names[i] for i, node in graph.nodes.items() if node.kind == kind)
        lines.append(f"  class {members} {kind}")
        lines.append(f"  classDef {kind} fill:{_COLOURS[kind]},stroke:#555,color:#111")
    lines.append(f"  style {names[graph.focus]} stroke:#b3261e,stroke-width:3px")
    return "\n".join(lines) + "\n"


_COLOURS = {
    "scenario": "#e8defc", "gap": "#e8defc", "request": "#e8defc", "script": "#dbe7fd", "clip": "#dbe7fd",
    "motion": "#d3f0ee", "setup": "#eeeeee", "sample": "#fdf0cf", "version": "#dff3d8", "checkpoint": "#fde0cf",
    "scorecard": "#fbd9e4", "run": "#eeeeee",
}  # fmt: skip


def _rows(story: Mapping[str, object]) -> Iterator[tuple[str, Mapping]]:
    for kind in KEY_OF_KIND:
        row = story.get(kind)
        if isinstance(row, Mapping):
            yield kind, row
    for name, kind in KIND_OF_LIST.items():
        rows = story.get(name)
        for row in rows if isinstance(rows, list) else ():
            yield kind, row


def _edges_to(node: LineageNode, nodes: Mapping[str, LineageNode]) -> Iterator[LineageEdge]:
    row = node.row
    for column, how in _MADE_FROM.get(node.kind, {}).items():
        source = row.get(column)
        if isinstance(source, str) and source in nodes:
            yield LineageEdge(source, node.identity, how)
    if node.kind == "script":
        for request in (other for other in nodes.values() if other.kind == "request"):
            yield LineageEdge(request.identity, node.identity, "answers")
    if (
        node.kind == "sample" and row.get("motion_id") not in nodes
    ):  # a recording of a real radar has no motion
        clip = row.get("clip_id")
        if isinstance(clip, str) and clip in nodes:
            yield LineageEdge(clip, node.identity, "taken from")
    if node.kind == "scorecard":
        checkpoints = row.get("checkpoints")
        for checkpoint in checkpoints if isinstance(checkpoints, list) else ():
            if checkpoint in nodes:
                yield LineageEdge(checkpoint, node.identity, "scores")
    if node.kind == "version":
        for sample in (other for other in nodes.values() if other.kind == "sample"):
            versions = sample.row.get("in_versions")
            if isinstance(versions, list) and node.identity in versions:
                yield LineageEdge(sample.identity, node.identity, "contains")
    run = row.get("run_id")
    if node.kind != "run" and isinstance(run, str) and run in nodes:
        yield LineageEdge(run, node.identity, "stored by")


def _quoted(text: str) -> str:
    """Text for a Mermaid label: its quotes and angle brackets are written as entities, lines become one."""
    plain = " ".join(text.split())
    for sign in '#&<>"`[]{}|':
        plain = plain.replace(sign, f"\0{ord(sign)};")
    return plain.replace("\0", "#")
