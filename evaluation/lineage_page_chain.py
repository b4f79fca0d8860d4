"""The chain of a lineage page: a picture of what led to what, and every thing on it with its facts."""

from __future__ import annotations

from collections import defaultdict
from html import escape

from data_lake import KEY_OF_KIND, LineageGraph, LineageNode, facts_of, short_title

__all__ = ["chain_list", "chain_picture"]

_CLASS = {
    "scenario": "words", "gap": "words", "request": "words", "script": "plan", "clip": "plan", "motion": "body",
    "setup": "body", "sample": "data", "version": "release", "checkpoint": "model", "scorecard": "score", "run": "",
}  # fmt: skip
_COLUMNS = (
    ("scenario", "gap"), ("request",), ("script", "clip"), ("motion", "setup"), ("sample",), ("version",),
    ("checkpoint",), ("scorecard",),
)  # fmt: skip
_BOX = (150, 50)
_GAP = (34, 16)
_MOST_IN_COLUMN = 8
_LETTERS = 21
_LEAST_PX = 760
_MONO = {"source hash", "content", "configuration", "sha256", "request", "environment", "code", "brief hash"}


def chain_picture(graph: LineageGraph) -> str:
    """An SVG of the chain from left to right, without runs; each box is a link to the thing below."""
    places = _places(graph)
    columns = 1 + max((column for column, _ in places.values()), default=0)
    rows = 1 + max((row for _, row in places.values()), default=0)
    (box_w, box_h), (gap_w, gap_h) = _BOX, _GAP
    width, height = columns * (box_w + gap_w) - gap_w + 4, rows * (box_h + gap_h) - gap_h + 4
    corner = {i: (2 + c * (box_w + gap_w), 2 + r * (box_h + gap_h)) for i, (c, r) in places.items()}
    lines = []
    for edge in graph.edges:
        if edge.source in corner and edge.target in corner:
            lines.append(_arrow(corner[edge.source], corner[edge.target], edge.how))
    boxes = [_box(graph, graph.nodes[identity], corner[identity]) for identity in places]
    return (
        f'<svg class="graph" viewBox="0 0 {width} {height}" role="group" '
        f'style="max-width:{width}px;min-width:{min(width, _LEAST_PX)}px" '
        f'aria-label="what led to what">{"".join(lines)}{"".join(boxes)}</svg>'
    )


def chain_list(graph: LineageGraph) -> str:
    """Every thing of the chain with its id and facts, in the order of time; runs last."""
    rank = list(KEY_OF_KIND)
    nodes = sorted(graph.nodes.values(), key=lambda node: rank.index(node.kind))
    return f'<ol class="chain">{"".join(_entry(graph, node) for node in nodes)}</ol>'


def _places(graph: LineageGraph) -> dict[str, tuple[int, int]]:
    """Column and row of every box; columns that nothing stands in are left out, long ones are cut."""
    column_of = {kind: index for index, kinds in enumerate(_COLUMNS) for kind in kinds}
    # a scorecard that showed a gap comes first of all
    causes = {edge.source for edge in graph.edges if graph.nodes[edge.target].kind == "gap"}
    found: dict[int, list[str]] = defaultdict(list)
    for identity, node in graph.nodes.items():
        if node.kind in column_of:
            is_cause = node.kind == "scorecard" and identity in causes
            found[-1 if is_cause else column_of[node.kind]].append(identity)
    return {
        identity: (place, row)
        for place, column in enumerate(sorted(found))
        for row, identity in enumerate(found[column][:_MOST_IN_COLUMN])
    }


def _arrow(start: tuple[int, int], end: tuple[int, int], how: str) -> str:
    (box_w, box_h) = _BOX
    x0, y0, x1, y1 = start[0] + box_w, start[1] + box_h / 2, end[0], end[1] + box_h / 2
    if x1 <= start[0]:  # the same column: around the left side
        x0, x1 = start[0], end[0]
        path = f"M{x0} {y0:g} C{x0 - 26} {y0:g} {x1 - 26} {y1:g} {x1} {y1:g}"
    else:
        bend = max(18.0, (x1 - x0) / 2)
        path = f"M{x0} {y0:g} C{x0 + bend:g} {y0:g} {x1 - bend:g} {y1:g} {x1} {y1:g}"
    return f'<path d="{path}"><title>{escape(how)}</title></path>'


def _box(graph: LineageGraph, node: LineageNode, corner: tuple[int, int]) -> str:
    x, y = corner
    title = short_title(node.kind, node.row)
    words = f"{node.kind}: {title}" if title and node.kind not in ("version",) else node.kind
    words = words if len(words) <= _LETTERS else words[: _LETTERS - 1] + "…"
    identity = node.identity if len(node.identity) <= _LETTERS else node.identity[: _LETTERS - 1] + "…"
    focus = " focus" if node.identity == graph.focus else ""
    return (
        f'<a href="#{_anchor(node)}" class="{_CLASS[node.kind]}{focus}"><title>{escape(title or node.kind)}</title>'
        f'<rect x="{x}" y="{y}" width="{_BOX[0]}" height="{_BOX[1]}" rx="9"/>'
        f'<text x="{x + 11}" y="{y + 21}">{escape(words)}</text>'
        f'<text class="small" x="{x + 11}" y="{y + 38}">{escape(identity)}</text></a>'
    )


def _entry(graph: LineageGraph, node: LineageNode) -> str:
    led = ", ".join(
        f'{escape(edge.how)} <a href="#{_anchor(other)}">{other.kind}</a>'
        for edge, other in graph.before(node.identity)
    )
    facts = "".join(
        f"<dt>{escape(name)}</dt><dd{' class=mono' if name in _MONO else ''}>{escape(text)}</dd>"
        for name, text in facts_of(node.kind, node.row)
    )
    focus = " focus" if node.identity == graph.focus else ""
    title = escape(short_title(node.kind, node.row))
    return (
        f'<li id="{_anchor(node)}" class="{_CLASS[node.kind]}{focus}"><div><span class="what">{node.kind}'
        f'{": " + title if title else ""}</span> <span class="id">{escape(node.identity)}</span></div>'
        f'<div class="led">{led}</div><dl>{facts}</dl></li>'
    )


def _anchor(node: LineageNode) -> str:
    """A name that no other element has, of letters, digits and dashes only."""
    return "it-" + "".join(
        sign if sign.isascii() and sign.isalnum() else f"-{ord(sign):x}-" for sign in node.identity
    )
