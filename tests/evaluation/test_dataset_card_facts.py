"""What a dataset card takes from the lake: costs of its own scripts, refusals of its own runs, counts that add up."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from data_lake import Lake, Rejected, select_samples
from evaluation import CardFacts, gather_card_facts

sys.path.insert(0, str(Path(__file__).parents[1] / "data_lake"))
from lake_rows import motion_row, sample_ids, sample_row, script_row

MODEL = {"author": "model", "author_model": "some-model"}


def request_row(request_id: str, cost_usd: float | None) -> dict[str, Any]:
    return {
        "request_id": request_id, "purpose": "script", "model": "some-model", "answered_by": None, "templates": "{}",
        "messages": "[]", "brief_hash": "", "seed": 0, "schema_hash": "s", "format": "json_schema",
        "status": "answered", "answer": "{}", "finish_reason": "stop", "prompt_tokens": 100, "completion_tokens": 10,
        "cost_usd": cost_usd, "latency_s": 1.0,
    }  # fmt: skip


def facts_of(lake: Lake, scripts: dict[int, dict[str, Any]], restricted: str = "refuse") -> CardFacts:
    """Facts of a version of 8 samples of 4 scripts, some of whose columns are changed."""
    lake.append("scripts", [{**script_row(i), **scripts.get(i, {})} for i in range(4)], "s", "run-1")
    lake.append("motions", [motion_row(i) for i in range(4)], "s", "run-1")
    rows = [
        sample_row(i, quality_flags=["velocity_wraps"] if i < 3 else [], range_m=2.5 + i) for i in range(8)
    ]
    lake.append("samples", rows, "s", "run-1")
    reader = lake.open_version(lake.publish("mmwave-sim", sample_ids(range(8)), "run-2").name)
    return gather_card_facts(lake, reader, {}, select_samples(reader, restricted))  # type: ignore[arg-type]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def test_counts_add_up(lake: Lake) -> None:
    facts = facts_of(lake, {})
    assert facts.n_samples == sum(facts.coverage.values()) == sum(facts.made_with["author"].values()) == 8
    assert sum(split.n_families for split in facts.splits) == 4
    assert sum(split.duration_s for split in facts.splits) == pytest.approx(8 * 400 / 50.0)
    assert facts.flags == {"velocity_wraps": 3}
    assert facts.coverage[("walk", "A", "2-3")] == 1
    assert facts.captions_by_style == {"short": 8} and facts.questions_by_role == {"category": 8}
    assert list(facts.radars.values()) == [None]


def test_costs_are_those_of_the_version_s_scripts(lake: Lake) -> None:
    lake.append("requests", [request_row(f"req-{i}", 0.01) for i in range(5)], "r", "run-1")
    facts = facts_of(
        lake,
        {0: {**MODEL, "request_ids": ["req-0", "req-1"]}, 1: {**MODEL, "request_ids": ["req-1", "req-2"]}},
    )
    grammar, model = facts.costs
    assert (grammar.author, grammar.n_scripts, grammar.n_requests, grammar.cost_usd) == ("grammar", 2, 0, 0.0)
    assert (model.model, model.n_scripts, model.n_requests) == ("some-model", 2, 3)  # one of them served both
    assert model.cost_usd == pytest.approx(0.03)
    assert (model.prompt_tokens, model.completion_tokens) == (300, 30)


@pytest.mark.parametrize("rows", [[], [("req-0", None)]])
def test_a_price_that_nobody_knows_is_not_zero(lake: Lake, rows: list[tuple[str, float | None]]) -> None:
    if rows:
        lake.append("requests", [request_row(*row) for row in rows], "r", "run-1")
    facts = facts_of(lake, {0: {**MODEL, "request_hash": "req-0"}})
    model = next(costs for costs in facts.costs if costs.author == "model")
    assert model.n_requests == 1 and model.cost_usd is None


def test_refusals_of_the_version_s_runs_and_scripts_count_by_like_reason(lake: Lake) -> None:
    script_id = script_row(1)["script_id"]

    def refused(number: int, reason: str, **known: Any) -> Rejected:
        return Rejected({"sample_id": f"smp-{number:020x}", **known}, (reason,))

    lake.quarantine([refused(i, f"the body comes nearer than 0.{i} m") for i in range(3)], "a", "run-1")
    lake.quarantine([refused(7, "too far", script_id=script_id)], "b", "another run")
    lake.quarantine([refused(8, "of another dataset")], "c", "another run")
    facts = facts_of(lake, {})
    assert [(one.reason, one.n_samples) for one in facts.quarantine] == [
        ("the body comes nearer than 0.0 m", 3),
        ("too far", 1),
    ]


def test_a_selection_narrows_everything(lake: Lake) -> None:
    lake.append("scripts", [script_row(9)], "s", "run-1")
    lake.append("motions", [motion_row(9)], "s", "run-1")
    lake.append("samples", [sample_row(18, may_ship=False, quality_flags=["adc_saturated"])], "s", "run-1")
    facts_of(lake, {})
    version = lake.publish("mixed", sample_ids([*range(8), 18]), "run-3")
    reader = lake.open_version(version.name)
    rest = gather_card_facts(lake, reader, {}, select_samples(reader, "leave-out"))
    assert rest.n_samples == 8 and "adc_saturated" not in rest.flags
    assert {entry.may_ship for entry in rest.ledger} == {True}
    assert json.dumps(rest.captions_by_style) == '{"short": 8}'
