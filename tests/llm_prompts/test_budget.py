"""Budgets are never overrun, are used up nearly whole, and stop cleanly."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fault_server import FaultServer
from hypothesis import given
from hypothesis import strategies as st
from model_setup import briefs_of, client_of, question

from data_lake import Lake
from llm_prompts.budget import NOTHING, Budget, Limits, Spending
from llm_prompts.errors import AuthorNotConfigured, BudgetReached
from llm_prompts.model_author import ModelAuthor
from llm_prompts.prices import Price, PriceTable, load_prices
from llm_prompts.request_store import RequestStore

PRICES = PriceTable({"test-model": Price(input=10.0, output=100.0)})
amounts = st.integers(0, 10**6)
spendings = st.builds(
    Spending,
    usd_known=st.integers(0, 1000).map(float),
    unpriced=st.integers(0, 3),
    prompt_tokens=amounts,
    completion_tokens=amounts,
    requests=amounts,
    wall_s=st.integers(0, 1000).map(float),
)


@given(spendings, spendings, spendings)
def test_spendings_add_up(one: Spending, two: Spending, three: Spending) -> None:
    assert one + NOTHING == one
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + two - two == one
    assert (one + two).usd is None or one.unpriced == two.unpriced == 0


def fixed(spent: Spending) -> Any:
    return lambda: spent


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        (Limits(usd=1.0), "USD"),
        (Limits(tokens=100), "tokens"),
        (Limits(requests=10), "requests"),
        (Limits(wall_s=50.0), "s are over"),
    ],
)
@pytest.mark.parametrize("span", ["run", "night"])
def test_each_limit_of_run_and_night_stops_with_its_word(limits: Limits, word: str, span: str) -> None:
    now = [0.0]
    budget = Budget(**{span: limits}, clock=lambda: now[0])
    call = Spending(usd_known=0.1, prompt_tokens=6, completion_tokens=4, requests=1)
    tonight = NOTHING
    for _ in range(10):
        budget.reserve(call, fixed(tonight))
        budget.settle(call, call, recorded=True)
        now[0] += 5.0
        tonight += call + Spending(wall_s=5.0)
    with pytest.raises(BudgetReached, match=word) as reached:
        budget.reserve(call, fixed(tonight))
    assert span in str(reached.value)
    assert budget.spent.requests == 10


def test_a_night_counts_what_other_runs_have_spent_and_what_was_never_recorded() -> None:
    call = Spending(requests=1)
    budget = Budget(night=Limits(requests=5))
    budget.reserve(call, fixed(Spending(requests=3)))
    budget.settle(call, call, recorded=False)  # a failed attempt, which no table holds
    budget.reserve(call, fixed(Spending(requests=3)))
    budget.settle(call, call, recorded=True)
    with pytest.raises(BudgetReached, match="night"):
        budget.reserve(call, fixed(Spending(requests=4)))


def test_a_call_waits_for_those_under_way_before_it_gives_up() -> None:
    budget, most, little = Budget(Limits(tokens=100)), Spending(completion_tokens=60), Spending(requests=1)
    most += little
    budget.reserve(most, fixed(NOTHING))
    threading.Timer(0.05, lambda: budget.settle(most, little, recorded=True)).start()
    began = time.monotonic()
    budget.reserve(most, fixed(NOTHING))
    assert time.monotonic() - began >= 0.04


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(0.0, 1.0)), max_size=40), st.integers(0, 300))
def test_what_is_reserved_never_exceeds_the_limit(calls: list[tuple[int, float]], limit: int) -> None:
    budget = Budget(Limits(tokens=limit))
    for most, share in calls:
        reserved = Spending(completion_tokens=most, requests=1)
        try:
            budget.reserve(reserved, fixed(NOTHING))
        except BudgetReached:
            assert budget.spent.tokens + most > limit
            break
        budget.settle(reserved, Spending(completion_tokens=int(most * share), requests=1), recorded=True)
    assert budget.spent.tokens <= limit


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_limit_is_an_amount(value: float) -> None:
    with pytest.raises(ValueError, match="budget usd"):
        Limits(usd=value)


@pytest.mark.parametrize(
    "limits", [Limits(requests=9), Limits(tokens=30_000), Limits(usd=0.3), Limits(requests=0)]
)
def test_a_run_stops_within_its_budget_keeps_what_is_done_and_resumes(limits: Limits, tmp_path: Path) -> None:
    briefs, lake = briefs_of(30), Lake.create(tmp_path / "lake")
    budget = Budget(limits)
    with FaultServer(["ok"], service_s=0.01) as server:
        kwargs: dict[str, Any] = {"prices": PRICES, "concurrency": 8, "max_answer_tokens": 500}
        client = client_of(server, RequestStore(lake, "run-1"), budget, **kwargs)
        done = []
        with client, pytest.raises(BudgetReached, match="every answer is kept"):
            for pair in ModelAuthor(client).write_many(briefs):
                done.append(pair)
        spent, n_first = budget.spent, len(server.requests)
        assert spent.requests == n_first == len(done)
        for name in ("usd", "tokens", "requests"):
            limit = getattr(limits, name)
            assert limit is None or getattr(spent, name) <= limit
            # ... and used up but for less than two calls at their most.
            assert limit is None or getattr(spent, name) >= 0.55 * limit
        with client_of(server, RequestStore(lake, "run-2"), Budget(), **kwargs) as client:
            rest = list(ModelAuthor(client).write_many(briefs))
        assert len(server.requests) == 30
    assert [pair for pair in rest if pair in done] == done
    assert len(rest) == 30


def test_the_night_is_over_all_runs_of_the_lake(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    with FaultServer(["ok"]) as server:
        for run, n_allowed in (("run-1", 3), ("run-2", 2), ("run-3", 0)):
            limits = Limits(requests=5 if run != "run-1" else 3)
            with client_of(server, RequestStore(lake, run), Budget(night=limits)) as client:
                n_asked = len(server.requests)
                with pytest.raises(BudgetReached, match="night"):
                    for index in range(9):
                        client.ask(question(f"{run} {index}"))
                assert len(server.requests) - n_asked == n_allowed


def test_failed_attempts_count_as_requests_and_lost_answers_as_paid() -> None:
    budget = Budget(Limits(requests=4))
    with FaultServer(["server_error", "dropped_midway", "ok"]) as server:
        client = client_of(server, budget=budget, prices=PRICES, max_answer_tokens=100)
        client.ask(question())
        spent = budget.spent
    assert spent.requests == 3
    assert spent.completion_tokens >= 100  # the answer that broke off may have been paid for


def test_a_time_limit_ends_the_waiting_too() -> None:
    with FaultServer(["rate_limit_1s"]) as server:
        client = client_of(server, budget=Budget(Limits(wall_s=0.3)))
        began = time.monotonic()
        with pytest.raises(BudgetReached, match="s are over"):
            client.ask(question())
        assert time.monotonic() - began < 0.9


def test_a_budget_in_money_needs_a_price() -> None:
    with FaultServer(["ok"]) as server:
        with pytest.raises(AuthorNotConfigured, match="MMFLYWHEEL_PRICES"):
            client_of(server, budget=Budget(night=Limits(usd=1.0)))
        with pytest.raises(AuthorNotConfigured, match="planner-model"):
            client_of(server, budget=Budget(Limits(usd=1.0)), prices=PRICES, planner_model="planner-model")
        assert not server.requests


def test_the_cost_is_the_price_of_the_counted_tokens(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    store = RequestStore(lake, "run-1")
    with FaultServer(["ok"], usage=(2000, 300)) as server, client_of(server, store, prices=PRICES) as client:
        client.ask(question())
        estimate = client.estimate([question(), question("new")])
    assert lake.read("requests")["cost_usd"].to_pylist() == [pytest.approx(0.02 + 0.03)]
    assert client.budget.spent.usd == pytest.approx(0.05)
    assert estimate.reused == 1
    assert estimate.most.requests == 1
    assert estimate.most.usd_known >= 6000 * 100e-6
    assert estimate.likely is not None
    assert estimate.likely.usd == pytest.approx(0.05)


def test_prices_name_their_source_and_a_users_file_comes_first(tmp_path: Path) -> None:
    table = load_prices()
    content = json.loads((Path(__file__).parents[2] / "llm_prompts/data/prices.json").read_text())
    assert datetime.fromisoformat(content["read"]).replace(tzinfo=UTC) < datetime.now(UTC)
    for name, price in table.prices.items():
        assert price.output > price.input > 0
        assert all(source in content["sources"] for source in price.source.split(", ")), name
    name = next(iter(table.prices))
    assert table.price_of(name, "api.openai.com") == table.prices[name]
    assert table.price_of(f"{name}-2026-03-05", "api.openai.com") == table.prices[name]
    assert table.price_of(name, "127.0.0.1") is None  # another server has other prices
    assert table.price_of("unheard-of", "api.openai.com") is None
    own = tmp_path / "prices.json"
    own.write_text(
        json.dumps({"models": {name: {"input": 1, "output": 2}, "mine": {"input": 0, "output": 0}}})
    )
    merged = load_prices(own)
    assert merged.price_of(name, "127.0.0.1").cost_usd(10**6, 10**6) == 3.0  # type: ignore[union-attr]
    assert merged.price_of("mine", "anywhere").cost_usd(10**9, 0) == 0.0  # type: ignore[union-attr]
    assert len(merged.prices) == len(table.prices) + 1


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"models": {"m": {"input": -1, "output": 1}}}', '{"models": 3}']
)
def test_a_price_file_of_no_use_is_refused_by_name(text: str, tmp_path: Path) -> None:
    own = tmp_path / "prices.json"
    own.write_text(text)
    with pytest.raises(AuthorNotConfigured, match=r"prices\.json.*per million tokens"):
        load_prices(own)
    with pytest.raises(AuthorNotConfigured, match="No such file"):
        load_prices(tmp_path / "absent.json")
