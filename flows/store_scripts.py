"""Accepted scripts as rows of the lake, with the requests that they took and what those cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from data_lake import Lake, canonical_json, content_id
from llm_prompts import BUILTIN_SCENARIOS, Author, Gap, ModelAuthor, Scenario
from simulator import activity_of

from .author_scripts import Draft, Order

# Scripts are committed in groups; a model's answers are kept before that, by its request store.
SCRIPTS_PER_COMMIT = 256


@dataclass(frozen=True)
class Calls:
    """The requests behind a script: the first one's identity, all that were answered, and their price.

    The price is what was paid when they were asked, also where the answers were reused; None: not known.
    """

    request_hash: str
    request_ids: tuple[str, ...] = ()
    cost_usd: float | None = 0.0


def calls_of(author: Author, draft: Draft) -> Calls:
    """The requests that a script and its words took; none for the grammar."""
    request_hash = author.request_hash(draft.brief)
    if not isinstance(author, ModelAuthor):
        return Calls(request_hash)
    request_ids = [row["request_id"] for row in author.calls_of(draft.brief)]
    request_ids += [one for exchange in draft.words.exchanges for one in exchange.request_ids]
    rows = [author.client.store.find(request_id) for request_id in request_ids]
    prices = [row["cost_usd"] for row in rows if row is not None]
    return Calls(request_hash, tuple(request_ids), None if None in prices else sum(prices))


class ScriptRows:
    """Writes rows of `scripts`, and first of all those of their scenario and of the gaps that are asked for."""

    def __init__(self, lake: Lake, order: Order, author: Author, run_id: str) -> None:
        self._lake = lake
        self._order = order
        self._author = author
        self._run_id = run_id
        self._pending: list[dict[str, Any]] = []
        self.scenario_id = _store_scenario(lake, order.scenario, run_id)
        _store_gaps(lake, order, self.scenario_id, run_id)

    def add(self, draft: Draft) -> Calls:
        """Note an accepted script; it is in the lake after the next commit."""
        calls = calls_of(self._author, draft)
        self._pending.append(self._row(draft, calls))
        if len(self._pending) >= SCRIPTS_PER_COMMIT:
            self.flush()
        return calls

    def flush(self) -> None:
        """Commit what is pending; scripts that the lake has already stay as they are."""
        self._lake.append("scripts", self._pending, "scripts", self._run_id)
        self._pending.clear()

    def _row(self, draft: Draft, calls: Calls) -> dict[str, Any]:
        brief = draft.brief
        return {
            "script_id": draft.script_id,
            "scenario": self._order.scenario.name,
            "scenario_id": self.scenario_id,
            "brief": canonical_json(brief.model_dump(mode="json")),
            "gap_id": brief.gap,
            "author": self._author.name,
            "author_model": self._author.model,
            "request_hash": calls.request_hash,
            "request_ids": list(calls.request_ids),
            "cost_usd": calls.cost_usd,
            "activity": activity_of(draft.script),
            "title": draft.script.title,
            "script": canonical_json(draft.script.model_dump(mode="json")),
            # without measured facts they are but for the screening
            "captions": [caption.model_dump() for caption in draft.words.captions]
            if draft.measured
            else None,
            "seed": self._order.seed,
            "run_id": self._run_id,
            "created_at": datetime.now(UTC),
        }


def _store_scenario(lake: Lake, scenario: Scenario, run_id: str) -> str:
    content = scenario.model_dump(mode="json")
    identity = content_id("scn", content)
    row = {
        "scenario_id": identity,
        "name": scenario.name,
        "version": scenario.version,
        "source": "built-in" if scenario.name in BUILTIN_SCENARIOS else "file",
        "text": None,
        "scenario": canonical_json(content),
        "run_id": run_id,
        "created_at": datetime.now(UTC),
    }
    lake.append("scenarios", [row], "scenarios", run_id)
    return identity


def _store_gaps(lake: Lake, order: Order, scenario_id: str, run_id: str) -> None:
    """Note what was asked for; asking for the same again adds nothing."""
    lake.append(
        "gaps",
        [_gap_row(gap, scenario_id, order.scripts_for(gap)) for gap in order.gaps],
        "gaps",
        run_id,
    )


def _gap_row(gap: Gap, scenario_id: str, n_scripts: int) -> dict[str, Any]:
    nearest_m, farthest_m = gap.range_m if gap.range_m is not None else (None, None)
    content = {
        "gap_id": gap.content_hash,
        "slice": gap.in_words,
        "activity": gap.activity,
        "attributes": canonical_json(gap.attributes),
        "views": gap.views,
        "nearest_m": nearest_m,
        "farthest_m": farthest_m,
        "n_samples": gap.n_samples,
        "n_scripts": n_scripts,
        "reason": gap.reason or None,
        "scenario_id": scenario_id,
    }
    return {"entry_id": content_id("gap", content), **content}
