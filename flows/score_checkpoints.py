"""Score the checkpoints of a version and lay the results where a person looks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data_lake import Lake, VersionReader, content_id
from evaluation import Scorecard, read_scorecard
from llm_prompts import activity_prompts

from .draw_samples import pictured_samples
from .lock_work import sole_maker
from .record_run import RunRecord, source_hash
from .settings import Scale, TurnSettings, Workspace
from .train_checkpoints import Checkpoint

Progress = Callable[[str, int, int], None]
SCORECARD_FILE = "scorecard.json"
SCORECARD_MARKDOWN = "scorecard.md"
PICTURE_FILE = "spectrograms.png"
N_PICTURED = 6
# at smoke scale a fixed choice of four per sample: asking all eight would double the time of the whole evaluation
QUESTIONS_PER_SAMPLE: dict[Scale, int | None] = {"smoke": 4, "small": None, "paper": None}


@dataclass(frozen=True)
class Scored:
    """A scorecard, its folder, and whether this run made it."""

    scorecard: Scorecard
    folder: Path
    reused: bool


def score_checkpoints(
    settings: TurnSettings,
    lake: Lake,
    reader: VersionReader,
    encoder: Checkpoint,
    wavellm: Checkpoint,
    run: RunRecord,
    progress: Progress | None = None,
    trained_on: VersionReader | None = None,
) -> Scored:
    """Evaluate both models on the version's held-out split, unless that was done; draw the pictures.

    Models of another version, `trained_on`, are evaluated on all of this one.
    """
    # imported here: they bring torch, and a flow should show as running before that
    from evaluation import ALL_SPLITS, EvaluationConfig, draw_spectrograms, evaluate_models

    config = EvaluationConfig(
        seed=settings.seed,
        questions_per_sample=QUESTIONS_PER_SAMPLE[settings.scale],
        split=ALL_SPLITS if trained_on else "test",
    )
    known = trained_on or reader
    activities = sorted(set(known.samples(columns=["activity"])["activity"].drop_null().to_pylist()))
    prompts = {activity: activity_prompts(activity) for activity in activities}
    identity = {
        "checkpoints": [encoder.checkpoint_id, wavellm.checkpoint_id],
        "content": reader.info.content_hash,
        "trained_on": known.info.content_hash,
        "config": config.model_dump(mode="json"),
        "prompts": prompts,
        "code": source_hash("evaluation"),
    }
    scorecard_id = content_id("scr", identity)
    folder = Workspace(settings.workspace).results(scorecard_id)
    with sole_maker(folder) as is_missing:
        if is_missing:
            partial = folder.with_name(f".{folder.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            evaluate_models(
                reader, encoder.path, wavellm.path, prompts, config, partial, progress, trained_on
            )
            pictured = pictured_samples(reader, N_PICTURED, None if trained_on else "test")
            draw_spectrograms(pictured, partial / PICTURE_FILE)
            partial.rename(folder)
    row = {
        **_scorecard_row(folder),
        "scorecard_id": scorecard_id,
        "dataset_version": reader.info.name,
        "config_hash": content_id("cfg", identity),
        "checkpoints": identity["checkpoints"],
        "run_id": run.run_id,
    }
    lake.append("scorecards", [row], shard=scorecard_id, run_id=run.run_id)
    return Scored(read_scorecard(folder / SCORECARD_FILE), folder, reused=not is_missing)


def _scorecard_row(folder: Path) -> dict[str, Any]:
    """What the results themselves say of a row of `scorecards`."""
    from evaluation import ANSWERS_FILE

    return {
        "parent": None,
        "path": str(folder),
        "answers_path": str(folder / ANSWERS_FILE),
        "metrics": (folder / SCORECARD_FILE).read_text(encoding="utf-8"),
        "created_at": datetime.now(UTC),
    }
