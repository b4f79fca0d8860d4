"""`mmflywheel lineage`: the story of a thing of the lake as a tree, JSON, Mermaid text or a page."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.tree import Tree

from data_lake import (
    Lake,
    LineageEdge,
    LineageGraph,
    LineageNode,
    facts_of,
    short_title,
    story_graph,
    to_mermaid,
)

from ..settings import Workspace
from ..trace_lineage import trace_lineage
from .console import console, fail
from .output_files import check_folder

_STYLE = {
    "scenario": "magenta", "gap": "magenta", "request": "magenta", "script": "blue", "clip": "blue",
    "motion": "cyan", "setup": "white", "sample": "yellow", "version": "green", "checkpoint": "red",
    "scorecard": "bright_red", "run": "white",
}  # fmt: skip


def show_lineage(
    identity: str, workspace: Workspace, as_json: bool, as_mermaid: bool, page: Path | None
) -> None:
    """Print the story of a thing of the lake, or write its page.

    Args:
        identity: any id that a story shows, an unambiguous beginning of one, or "dataset@number".
        workspace: where the lake and the results are.
        as_json: print the story as one JSON document.
        as_mermaid: print its graph as Mermaid text.
        page: write one self-contained HTML page here.

    Raises:
        LakeError: there is no such thing, or several.
    """
    if as_json and as_mermaid:
        fail("--json and --mermaid both print to the terminal; give one of them")
    if page is not None:
        check_folder(page.parent)
        if page.is_dir():
            fail(f"--html {page}: a folder; give the name of a file")
    lake = Lake.open(workspace.lake)
    story = trace_lineage(lake, identity, workspace)
    if page is not None:
        from ..write_lineage_page import write_lineage_page

        written = write_lineage_page(lake, story, page, workspace)
        if not (as_json or as_mermaid):
            console.print(f"page: {escape(str(written))}", soft_wrap=True)
            return
    if as_json:
        print(json.dumps(story, indent=1, ensure_ascii=False, default=_plain))
    elif as_mermaid:
        print(to_mermaid(story_graph(story)), end="")
    else:
        for tree in lineage_trees(story):
            console.print(tree)
        if story["missing"]:
            console.print(f"[bold red]not in the lake:[/] {escape(', '.join(story['missing']))}")


def lineage_trees(story: dict[str, Any]) -> list[Tree]:
    """Two trees from the thing that was asked for: back to its origin, and on to what was made of it."""
    graph = story_graph(story)
    focus = graph.nodes[graph.focus]
    back, on = Tree(_heading(focus)), Tree("[bold]what became of it[/]")
    _grow(back, graph, focus, {focus.identity}, forward=False)
    _grow(on, graph, focus, {focus.identity}, forward=True)
    if not on.children:
        listed = focus.row.get("samples_listed_by")
        on.add("[dim]its samples: by the command above[/]" if listed else "[dim]nothing yet[/]")
    return [back, on]


def _grow(tree: Tree, graph: LineageGraph, node: LineageNode, told: set[str], forward: bool) -> None:
    """Add a thing's facts, then what led to it (or came of it); a thing met before is only named."""
    for name, text in facts_of(node.kind, node.row) if node.identity != graph.focus or not forward else []:
        tree.add(f"[dim]{name}[/] {escape(text)}")
    steps = graph.after(node.identity) if forward else graph.before(node.identity)
    for edge, other in steps:
        if other.kind == "run" and other.identity in told:
            continue  # one run stores many rows: it is told once
        branch = tree.add(_step(edge, other, forward))
        if other.identity in told:
            branch.add("[dim]as above[/]")
        else:
            told.add(other.identity)
            _grow(branch, graph, other, told, forward)


def _heading(node: LineageNode) -> str:
    words = escape(short_title(node.kind, node.row))
    return f"[bold {_STYLE[node.kind]}]{node.kind}[/] [bold]{escape(node.identity)}[/] {words}"


def _step(edge: LineageEdge, other: LineageNode, forward: bool) -> str:
    words = escape(short_title(other.kind, other.row))
    name = f"[{_STYLE[other.kind]}]{other.kind}[/] {escape(other.identity)} {words}".rstrip()
    return name if forward else f"[dim]{edge.how}[/] {name}"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
