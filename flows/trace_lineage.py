"""The whole story of a thing of the lake: where it comes from, what became of it, and what each model said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data_lake import Lake
from evaluation import ANSWERS_FILE, find_answer

from .settings import Workspace


def trace_lineage(lake: Lake, identity: str, workspace: Workspace) -> dict[str, Any]:
    """Return `Lake.lineage`; in a sample's story each scorecard has `answer`, what its models said of the sample.

    `answer` is None where the scorecard is about other splits. A file of answers that is gone is named in
    `missing`.

    Raises:
        LakeError: no such thing, or several.
        EvaluationError: an answers file is damaged.
    """
    story: dict[str, Any] = lake.lineage(identity)
    if story["kind"] != "sample":
        return story
    for scorecard in story["scorecards"]:
        scorecard["answer"] = None
        if not scorecard["scored"]:
            continue
        path = answers_file(scorecard, workspace)
        if path is None:
            story["missing"].append(f"answers of {scorecard['scorecard_id']}")
        else:
            scorecard["answer"] = find_answer(path, story["id"])
    return story


def answers_file(scorecard: dict[str, Any], workspace: Workspace) -> Path | None:
    """Where the run put it, or where this workspace, which may have been moved since, has it."""
    named = scorecard["answers_path"]
    places = [Path(named)] if named else []
    places.append(workspace.results(scorecard["scorecard_id"]) / ANSWERS_FILE)
    return next((path for path in places if path.is_file()), None)
