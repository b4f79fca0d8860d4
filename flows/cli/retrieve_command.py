"""`mmflywheel retrieve`: the user's own clips that show what a caption or a script says."""

from __future__ import annotations

import json
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from data_lake import Lake

from ..retrieve_motion import (
    DEFAULT_THRESHOLD,
    CaptionVectors,
    Match,
    clips_with_words,
    nearest_clip,
    rank_clips,
)
from ..settings import Workspace
from .console import console, fail
from .script_file import read_script_file


def retrieve_clips(
    wanted: str, top: int, threshold: float | None, workspace: Workspace, as_json: bool
) -> None:
    """Print the nearest clips at or above the threshold.

    Raises:
        LakeError: no lake, no clips with words, or none near enough.
        ScriptError: `wanted` is a file that holds no valid script.
    """
    threshold = DEFAULT_THRESHOLD if threshold is None else threshold
    caption = caption_of(wanted)
    rows = clips_with_words(Lake.open(workspace.lake))
    embed = CaptionVectors(workspace.caption_vectors)
    nearest_clip(caption, rows, embed, threshold)  # refuses where none is near enough
    matches = [match for match in rank_clips(caption, rows, embed, top) if match.score >= threshold]
    if as_json:
        print(json.dumps({"caption": caption, "clips": [_described(m) for m in matches]}, ensure_ascii=False))
        return
    table = Table(title=escape(caption), title_justify="left", show_edge=False)
    table.add_column("score", justify="right")
    for name in ("caption", "clip", "id", "source", "licence"):
        table.add_column(name, overflow="fold")
    for match in matches:
        row = match.row
        words = (match.caption, row["name"], row["clip_id"], row["source"], row["licence"] or "not given")
        table.add_row(f"{match.score:.2f}", *map(escape, words))
    console.print(table)


def caption_of(wanted: str) -> str:
    """A caption as it is, or that of a script's JSON file.

    Raises:
        ScriptError: the file holds no valid script.
    """
    path = Path(wanted)
    if path.suffix.lower() != ".json":
        return " ".join(wanted.split())
    if not path.is_file():
        fail(f"{path}: no such script; give a caption or the JSON file of a motion script")
    return read_script_file(path).caption


def _described(match: Match) -> dict[str, object]:
    columns = ("clip_id", "motion_id", "name", "file", "label", "source", "licence", "may_ship")
    return {
        "score": round(match.score, 4),
        "caption": match.caption,
        **{name: match.row[name] for name in columns},
    }
