"""All faults at once, many calls at once: nothing is lost, nothing is invented, nothing is paid twice."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fault_kinds import FAULTS
from fault_server import FaultServer, fingerprint
from model_setup import briefs_of, client_of

from data_lake import Lake
from llm_prompts.answers import REASONS
from llm_prompts.budget import Budget, Limits, Spending
from llm_prompts.errors import BudgetReached
from llm_prompts.model_author import ModelAuthor
from llm_prompts.prices import Price, PriceTable
from llm_prompts.request_store import RequestStore
from simulator.motion.script import validate_script

SLOW = {"slow", "never", "drip", "rate_limit_1s"}
STOPS = {"auth", "forbidden", "quota", "unpaid", "bad_request", "no_model", "pinned", "text_error"}
LADDER = {"only_json_object", "only_text", "deaf_json_object", "cap_renamed", "unseeded"}
STORM = sorted(set(FAULTS) - SLOW - STOPS - LADDER - {"ok"})
PRICES = PriceTable({"test-model": Price(input=1.0, output=10.0)})
QUICK: dict[str, Any] = {"rate_limit_retries": 50, "failures_before_stop": 50, "max_body_bytes": 200_000}


def stormy(seed: int, share_ok: float) -> Any:
    """A plan that depends on what is asked and how often it was, not on the order of the threads."""
    times: Counter[str] = Counter()

    def plan(number: int, content: Any) -> str:
        asked = fingerprint(content)
        times[asked] += 1
        rng = Random(f"{seed} {asked} {times[asked]}")
        return "ok" if rng.random() < share_ok else rng.choice(STORM)

    return plan


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_storm_every_brief_ends_as_a_valid_script_or_a_counted_rejection(
    seed: int, tmp_path: Path
) -> None:
    briefs, lake = briefs_of(60), Lake.create(tmp_path / "lake")
    with FaultServer(stormy(seed, 0.3), service_s=0.002) as server:
        with client_of(server, RequestStore(lake, "run-1"), **QUICK) as client:
            author = ModelAuthor(client)
            pairs = list(author.write_many(briefs))
            rejected = author.counts.rejected
        given = Counter(server.faults)
    assert [brief for brief, _ in pairs] == briefs
    written = [(brief, script) for brief, script in pairs if script is not None]
    assert len(written) + sum(rejected.values()) == 60
    assert set(rejected) <= set(REASONS)
    assert len(written) >= 20
    for brief, script in written:
        validate_script(script)
        assert (script.start, script.style, script.subject) == (brief.start, brief.style, brief.subject)
    assert len(given) >= 25  # most kinds of fault were met
    rows = lake.read("requests").to_pylist()
    assert len(rows) == len({row["request_id"] for row in rows})
    with FaultServer(["ok"]) as server:
        with client_of(server, RequestStore(lake, "run-2"), **QUICK) as client:
            again = list(ModelAuthor(client).write_many(briefs))
        stored = {fingerprint({"model": row["model"], "messages": _messages(row)}) for row in rows}
        assert not stored & set(server.asked)
    for (_, before), (_, after) in zip(pairs, again, strict=True):
        assert before is None or before == after


def _messages(row: dict[str, Any]) -> Any:
    return json.loads(row["messages"])


@pytest.mark.parametrize("limits", [Limits(requests=70), Limits(usd=0.9), Limits(tokens=250_000)])
def test_in_a_storm_the_budget_holds(limits: Limits, tmp_path: Path) -> None:
    budget, lake = Budget(limits), Lake.create(tmp_path / "lake")
    with FaultServer(stormy(3, 0.2), service_s=0.002, usage=(2000, 900)) as server:
        client = client_of(server, RequestStore(lake, "run-1"), budget, PRICES, **QUICK)
        with client, pytest.raises(BudgetReached):
            for _ in ModelAuthor(client).write_many(briefs_of(200)):
                pass
        n_asked = len(server.requests)
    spent = budget.spent
    assert spent.requests == n_asked
    assert not limits.exceeded(spent, Spending())
    rows = lake.read("requests").to_pylist()
    assert sum(row["cost_usd"] for row in rows) <= spent.usd_known + 1e-9


def test_a_server_that_writes_more_than_it_was_told_overruns_by_the_calls_in_flight(tmp_path: Path) -> None:
    budget, written = Budget(Limits(tokens=100_000)), 5_000
    settings = {**QUICK, "concurrency": 4, "max_answer_tokens": 1_000}
    with FaultServer(["wrong_schema"], service_s=0.01, usage=(3_000, written)) as server:
        client = client_of(server, RequestStore(None, "run-1"), budget, **settings)
        with client, pytest.raises(BudgetReached):
            for _ in ModelAuthor(client).write_many(briefs_of(100)):
                pass
    assert budget.spent.tokens + 4 * written >= 100_000
    assert budget.spent.tokens <= 100_000 + 4 * written
