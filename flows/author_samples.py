"""`mmflywheel author` as a plain function: a scenario becomes a file of scripts with facts, captions and questions."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from data_lake import Lake
from llm_prompts import (
    Author,
    AuthoringReport,
    AuthorUnavailable,
    Brief,
    BudgetReached,
    ModelAuthor,
    Screener,
    ScreeningRules,
    ascii_script,
    caption_verdict,
    load_gaps,
    load_scenario,
)
from simulator import MotionScript, SimulatorError

from .author_scripts import Draft, Order, Progress, Tally, Written, write_scripts
from .count_authoring import count_authoring
from .describe_scripts import measure_script, phrase_words, sample_record, write_words
from .open_author import open_author
from .open_lake import recorded_run
from .plan_dataset import load_bodies
from .settings import AuthorSettings, Workspace
from .store_scripts import Calls, ScriptRows

if TYPE_CHECKING:
    from training.text_encoder import SentenceEncoder

REPORT_SUFFIX = ".report.json"
STOPPED_SUFFIX = ".partial"
NEW_SUFFIX = ".new"
CONTRADICTS = "contradicts_facts"


class AuthoringSettings(AuthorSettings):
    """What `mmflywheel author` is asked for."""

    scenario: str = "daily-living"
    n: int = Field(100, gt=0, description="samples to write")
    seed: int = Field(0, ge=0, description="root of every random stream")
    out: Path
    gaps: Path | None = Field(None, description="JSON file of gaps, which come first")
    ascii: bool = Field(False, description="plain ASCII only")
    phrase: bool = Field(True, description="a model that writes scripts phrases captions and questions too")
    sentence_vectors: bool = Field(False, description="find near duplicates in other words too, by MiniLM")
    body: Path | None = None
    workspace: Path = Path("workspace")


@dataclass(frozen=True)
class Authored:
    """A run that has ended: what it wrote where, and what came of it."""

    report: AuthoringReport
    path: Path
    report_path: Path
    run_id: str


def order_of(settings: AuthoringSettings) -> Order:
    """Scenario and gaps of the settings.

    Raises:
        InvalidScenario: no such scenario or file, or a content that breaks a rule.
    """
    gaps = load_gaps(settings.gaps) if settings.gaps else ()
    scenario = load_scenario(settings.scenario)
    scenario.require_english()
    return Order(scenario, settings.n, settings.seed, gaps)


def author_samples(settings: AuthoringSettings, progress: Progress | None = None) -> Authored:
    """Write the file, or, where a run ends early or nothing was accepted, what there is beside it.

    The lines depend on settings, code and the answers of the model only: the same command writes the same file,
    and pays for no answer that the lake holds. An existing file stays as it is until the new one is whole.

    Raises:
        InvalidScenario, AuthorNotConfigured: nothing was asked yet.
        AuthorUnavailable: the server failed before anything was accepted.
        LakeError: the lake cannot be written.
    """
    order = order_of(settings)
    lake = Lake.create(Workspace(settings.workspace).lake)
    with (
        recorded_run(lake, "author", settings) as run,
        open_author(settings, settings.seed, lake, run.run_id) as author,
    ):
        work = _Authoring(settings, order, author, ScriptRows(lake, order, author, run.run_id))
        authored = work.carried_out(run.run_id, progress)
        run.report.update(authored.report.to_dict())
        return authored


@dataclass
class _Authoring:
    """One run of the command."""

    settings: AuthoringSettings
    order: Order
    author: Author
    rows: ScriptRows
    tally: Tally = field(default_factory=Tally)
    drafts: list[Draft] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def __post_init__(self) -> None:
        self.bodies = load_bodies(self.settings.body)
        self.encoder = _sentence_encoder() if self.settings.sentence_vectors else None
        self.screener = Screener(ScreeningRules(ascii_only=self.settings.ascii))

    def carried_out(self, run_id: str, progress: Progress | None) -> Authored:
        """Write everything, the report last."""
        started = time.monotonic()
        out = self.settings.out
        partial = out.with_name(out.name + NEW_SUFFIX)
        try:
            with partial.open("w", encoding="utf-8", newline="\n") as file:
                for draft in write_scripts(
                    self.order, self.author, self.prepared, self.screener, self.tally, progress
                ):
                    self.drafts.append(draft)
                    calls = self.rows.add(draft)
                    file.write(json.dumps(self.line(draft, calls), ensure_ascii=self.settings.ascii) + "\n")
                self.rows.flush()
                if not self.drafts and isinstance(self.tally.stopped, AuthorUnavailable):
                    raise self.tally.stopped
                file.flush()
                os.fsync(file.fileno())
            is_whole = self.tally.stopped is None and bool(self.drafts)
            stopped = out.with_name(out.name + STOPPED_SUFFIX)
            path = out if is_whole else stopped
            os.replace(partial, path)
            if is_whole:  # an earlier run's beginning of this file is of no more use
                for old in (stopped, stopped.with_name(stopped.name + REPORT_SUFFIX)):
                    old.unlink(missing_ok=True)
        finally:
            partial.unlink(missing_ok=True)
        self.seconds["all"] = time.monotonic() - started
        report = count_authoring(
            self.order, self.author, self.tally, self.screener, self.drafts, self.seconds
        )
        report_path = path.with_name(path.name + REPORT_SUFFIX)
        _write_whole(report_path, json.dumps(report.to_dict() | {"run_id": run_id}, indent=1) + "\n")
        return Authored(report, path, report_path, run_id)

    def prepared(self, written: Sequence[Written]) -> Iterator[tuple[Brief, Draft | str]]:
        """Scripts with their facts and words, or why there are none."""
        drafts: Iterator[tuple[Brief, Draft | str]] = (
            (brief, self._draft(brief, ascii_script(script) if self.settings.ascii else script))
            for brief, script in written
        )
        if isinstance(self.author, ModelAuthor) and self.settings.phrase:
            worked = self.author.client.run_in_order(self._phrased, drafts)
            drafts = ((brief, outcome) for (brief, _), outcome in worked)
        for brief, outcome in drafts:
            yield brief, self._with_vector(outcome)

    def _draft(self, brief: Brief, script: MotionScript) -> Draft | str:
        began = time.monotonic()
        try:
            measured = measure_script(script, self.author.name, self.bodies)
        except SimulatorError:
            return "engine"
        finally:
            self.seconds["motion"] += time.monotonic() - began
        began = time.monotonic()
        # Captions that the facts contradict are never written; a script whose own one lies has misread its brief.
        if caption_verdict(script.caption, script, measured.facts) == CONTRADICTS:
            return CONTRADICTS
        words = write_words(measured, self.order.scenario)
        self.seconds["words"] += time.monotonic() - began
        return Draft(brief, script, words, measured)

    def _with_vector(self, outcome: Draft | str) -> Draft | str:
        if self.encoder is None or isinstance(outcome, str):
            return outcome
        began = time.monotonic()
        mean = self.encoder.embed([caption.text for caption in outcome.words.captions]).mean(axis=0)
        self.seconds["vectors"] += time.monotonic() - began
        return replace(outcome, vector=(mean / np.linalg.norm(mean)).astype(np.float32))

    def _phrased(self, item: tuple[Brief, Draft | str]) -> Draft | str:
        """In a thread of the client's."""
        draft = item[1]
        if isinstance(draft, str) or draft.measured is None or not isinstance(self.author, ModelAuthor):
            return draft
        wording = self.order.scenario.wording
        try:
            words = phrase_words(
                draft.measured, draft.words, self.author.client, wording, self.settings.ascii
            )
        except (BudgetReached, AuthorUnavailable) as error:
            self.tally.stopped = (
                error  # the script is paid: it goes into the beginning of the file in our words
            )
            return draft
        return replace(draft, words=words)

    def line(self, draft: Draft, calls: Calls) -> dict[str, Any]:
        """One sample as JSON values."""
        measured = draft.measured
        assert measured is not None
        return {
            "script_id": draft.script_id,
            "scenario": self.order.scenario.name,
            "author": self.author.name,
            "author_model": self.author.model,
            "brief": draft.brief.model_dump(mode="json"),
            "script": draft.script.model_dump(mode="json"),
            **sample_record(measured, draft.words),
            "request_hash": calls.request_hash,
            "request_ids": list(calls.request_ids),
            "cost_usd": calls.cost_usd,
        }


def _sentence_encoder() -> SentenceEncoder:
    from training.text_encoder import SentenceEncoder  # brings torch, which nothing else here needs

    return SentenceEncoder()


def _write_whole(path: Path, text: str) -> None:
    partial = path.with_name(path.name + NEW_SUFFIX)
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
