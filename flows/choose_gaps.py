"""Which gaps a turn asks for first: none, those of a file, or those that the last scorecard of its dataset shows."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_lake import Lake, LakeError, content_id
from data_lake.errors import NotInLake
from llm_prompts import (
    AuthoringError,
    Gap,
    InvalidScenario,
    Scenario,
    gap_quotas,
    gaps_from_text,
    gaps_text,
    load_gaps,
    load_scenario,
)

from .find_gaps import held_by, read_records, read_wrong
from .lock_work import sole_maker
from .plan_dataset import configuration_id
from .settings import TurnSettings, Workspace
from .trace_lineage import answers_file
from .write_gaps import gaps_of, name_of_scorecard

LAST = "last"
LARGEST_SHARE = 0.5
"""Of a turn's motions, what `last` may take: the other half still covers the whole scenario."""

Announce = Callable[[str], None]


class NoScorecardYet(AuthoringError):
    """Nothing tells what the models of a dataset read wrong."""


@dataclass(frozen=True)
class LastGaps:
    """What the last scorecard of a dataset asks for, fitted to a turn, and what it asks for in vain."""

    gaps: tuple[Gap, ...]
    scorecard_id: str
    version: str
    left_out: tuple[Gap, ...] = ()


def with_gaps(settings: TurnSettings, text: str, announce: Announce) -> TurnSettings:
    """Settings that hold the gaps which a text names; from here on they are a list, whatever is scored meanwhile.

    What `last` found is written to a file of the workspace, which gives the same gaps to another run or machine.

    Args:
        settings: of the turn, without gaps.
        text: nothing, `last`, the path of a JSON file, or the JSON itself.
        announce: is told what `last` found.

    Raises:
        NoScorecardYet: `last`, and no scorecard of this dataset is there, or its answers are gone.
        InvalidScenario: no such file, or the gaps ask for more motions than there are, or for what the scenario does
            not have, or the motions are clips.
    """
    text = text.strip()
    if not text:
        return settings
    _refuse_clips(settings)
    if text != LAST:
        return _checked(settings, _given(text))
    found = last_gaps(settings)
    path = _store(settings.workspace, f"{settings.dataset}-{_hash_of(found.gaps)}", found.gaps)
    announce(_in_words(settings, found, path))
    return _checked(settings, found.gaps)


def with_gaps_of_night(settings: TurnSettings, text: str, announce: Announce) -> TurnSettings:
    """The same for a run of a night: what the first run of the night found holds for all of them, also nothing.

    A night has its own seed, so these settings name it. Without a scorecard there are no gaps, and a line says so.
    """
    if text.strip() != LAST:
        return with_gaps(settings, text, announce)
    path = _folder(settings.workspace) / f"{settings.dataset}-{configuration_id(settings)}.json"
    with sole_maker(path) as is_missing:
        if is_missing:
            chosen = with_gaps_if_scored(settings, text, announce)
            _store(settings.workspace, path.stem, chosen.gaps)
        else:
            announce(f"gaps of this night: as its first run found them, {path}")
    return _checked(settings, load_gaps(path))


def with_gaps_if_scored(settings: TurnSettings, text: str, announce: Announce) -> TurnSettings:
    """The same for a run that nobody watches: where there is no scorecard yet it goes on without gaps, and says so."""
    try:
        return with_gaps(settings, text, announce)
    except NoScorecardYet as error:
        announce(f"gaps: none; {error}")
        return settings


def with_gaps_of_parts(settings: TurnSettings, text: str) -> TurnSettings:
    """The same for one of several processes that must agree: `last` might be another scorecard for each of them.

    Raises:
        InvalidScenario: `last`, or as `with_gaps`.
    """
    if text.strip() == LAST:
        raise InvalidScenario(
            f"gaps {LAST!r}: a scorecard that is made meanwhile would give parts of one dataset different gaps; run "
            f"`mmflywheel generate --only-motions --gaps {LAST}` with the same options first, and give all parts and "
            "publish the file that it names"
        )
    return with_gaps(settings, text, lambda said: None)


def last_gaps(settings: TurnSettings) -> LastGaps:
    """The request of the gap table of the newest scored version of the dataset, as far as half of the motions go.

    Raises:
        NoScorecardYet: there is none, or its answers are gone.
    """
    lake, row = _last_scorecard(settings)
    version = str(row["dataset_version"])
    path = answers_file(row, Workspace(settings.workspace))
    if path is None:
        raise NoScorecardYet(
            f"the answers of scorecard {row['scorecard_id']} ({version}) are gone from {row['answers_path']}; "
            "evaluate-models makes them again"
        )
    reader = lake.open_version(version)
    asked = gaps_of(read_wrong(read_records(path), reader), held_by(reader), version, row["scorecard_id"])
    scenario = load_scenario(settings.scenario)
    possible = [gap for gap in asked if _is_of(scenario, gap)]
    n_motions = settings.n_motions or settings.preset.n_motions
    return LastGaps(
        fit_gaps(possible, scenario, n_motions, settings.views_per_motion),
        str(row["scorecard_id"]),
        version,
        tuple(gap for gap in asked if gap not in possible),
    )


def fit_gaps(
    gaps: Sequence[Gap], scenario: Scenario, n_motions: int, views_per_motion: int
) -> tuple[Gap, ...]:
    """Gaps that ask for half of the motions at most, in about the proportions in which they ask (D'Hondt 1878).

    Where there is room for all, they stay as they are; where there are few motions, the last and least get none.
    """
    room = max(1, int(n_motions * LARGEST_SHARE))
    wanted = [gap.n_briefs(views_per_motion, scenario.views) for gap in gaps]
    if sum(wanted) <= room:
        return tuple(gaps)
    given = [0] * len(gaps)
    for _ in range(room):
        given[max(range(len(gaps)), key=lambda i: (wanted[i] / (given[i] + 1), -i))] += 1
    return tuple(
        gap.model_copy(
            update={"n_samples": min(gap.n_samples, n * gap.n_views(views_per_motion, scenario.views))}
        )
        for gap, n in zip(gaps, given, strict=True)
        if n
    )


def _last_scorecard(settings: TurnSettings) -> tuple[Lake, dict[str, Any]]:
    """Of the newest version that has scorecards of its own models, the one that was made last."""
    missing = NoScorecardYet(
        f"dataset {settings.dataset!r} has no scorecard in {settings.workspace} yet, so nothing tells what its models "
        "read wrong: `mmflywheel run` and the flow evaluate-models make one; or give a file of gaps"
    )
    try:
        lake = Lake.open(Workspace(settings.workspace).lake)
    except NotInLake as error:
        raise missing from error
    rows = [row for row in lake.read("scorecards").to_pylist() if _is_own(row, settings.dataset)]
    if not rows:
        raise missing
    return lake, max(rows, key=lambda row: (_number(row), row["created_at"], row["scorecard_id"]))


def _is_own(row: dict[str, Any], dataset: str) -> bool:
    """Whether it is of this dataset, by models that were trained on it: those of others were scored on all splits."""
    metrics = json.loads(row["metrics"])
    return bool(row["dataset_version"].rpartition("@")[0] == dataset and metrics.get("split") == "test")


def _number(row: dict[str, Any]) -> int:
    return int(row["dataset_version"].rpartition("@")[2])


def _is_of(scenario: Scenario, gap: Gap) -> bool:
    try:
        gap.within(scenario)
    except InvalidScenario:
        return False
    return True


def _given(text: str) -> tuple[Gap, ...]:
    if text.startswith("["):
        return gaps_from_text(text)
    if not Path(text).exists():
        raise InvalidScenario(
            f"gaps {text!r}: no such file; give `{LAST}` for what the dataset's newest scorecard shows, or the path of "
            "a JSON list of gaps"
        )
    return load_gaps(Path(text))


def _refuse_clips(settings: TurnSettings) -> None:
    if settings.motions is not None:
        raise InvalidScenario(
            f"gaps ask for scripts, and the motions of this run are the clips of {settings.motions}: leave out "
            "one of them"
        )


def _checked(settings: TurnSettings, gaps: Sequence[Gap]) -> TurnSettings:
    n_motions = settings.n_motions or settings.preset.n_motions
    gap_quotas(load_scenario(settings.scenario), n_motions, gaps, settings.views_per_motion)
    return settings.model_copy(update={"gaps": tuple(gaps)})


def _in_words(settings: TurnSettings, found: LastGaps, path: Path) -> str:
    scenario = load_scenario(settings.scenario)
    n = sum(gap.n_briefs(settings.views_per_motion, scenario.views) for gap in found.gaps)
    n_motions = settings.n_motions or settings.preset.n_motions
    told = f", {name_of_scorecard(found.scorecard_id, found.version)}"  # once is enough
    return "\n".join(
        [
            f"gaps of scorecard {found.scorecard_id} ({found.version}): {n} of {n_motions} scripts; kept in {path}",
            *(f"  {gap.n_samples} x {gap.in_words}: {gap.reason.replace(told, '')}" for gap in found.gaps),
            *(f"  left out, scenario {scenario.name} has no {gap.in_words}" for gap in found.left_out),
        ]
    )


def _folder(workspace: Path) -> Path:
    return workspace / "gaps"


def _hash_of(gaps: Sequence[Gap]) -> str:
    return content_id("gaps", {"text": gaps_text(gaps)}).rpartition("-")[2]


def _store(workspace: Path, name: str, gaps: Sequence[Gap]) -> Path:
    """Write a list of gaps, whole or not at all."""
    path = _folder(workspace) / f"{name}.json"
    partial = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(gaps_text(gaps), encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        raise LakeError(f"the gaps cannot be written to {path}: {error}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return path
