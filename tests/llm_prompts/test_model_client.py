"""The client: pace, retries, stops and the ladder of formats."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fault_server import FaultServer
from model_setup import client_of, question, settings_of

from llm_prompts.answer_format import Dialect, Dialects
from llm_prompts.answers import Problem
from llm_prompts.budget import Budget
from llm_prompts.call_pace import CallPace, retry_after_s
from llm_prompts.errors import AuthoringError, AuthorUnavailable, QuotaExhausted
from llm_prompts.model_client import ModelClient
from llm_prompts.model_request import Answer
from llm_prompts.ordered_work import in_order
from llm_prompts.request_store import RequestStore


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("auth", "401.*check the key"),
        ("forbidden", "403.*check the key"),
        ("bad_request", "400.*the request is malformed.*MMFLYWHEEL_MODEL"),
        ("no_model", "404.*no such model.*test-model"),
        ("pinned", "400.*pinned to another model.*test-model"),
        ("text_error", "400.*the words of a proxy"),
        ("quota", "429.*no quota or money left"),
        ("unpaid", "402.*no quota or money left"),
    ],
)
def test_what_another_call_cannot_mend_stops_at_once(fault: str, words: str) -> None:
    with FaultServer([fault], service_s=0.01) as server:
        client = client_of(server)
        with pytest.raises(AuthorUnavailable, match=words) as stopped:
            list(client.ask_many([question(str(index)) for index in range(40)]))
        assert len(server.requests) == 1  # the first call goes alone
        with pytest.raises(AuthorUnavailable, match=words):
            client.ask(question("another"))
        assert len(server.requests) == 1
    assert isinstance(stopped.value, QuotaExhausted) == (fault in ("quota", "unpaid"))
    assert isinstance(stopped.value, AuthoringError)


@pytest.mark.parametrize(
    ("faults", "n_asked"),
    [
        (["rate_limit", "rate_limit", "rate_limit", "ok"], 4),
        (["rate_limit_soon", "rate_limit_nonsense", "ok"], 3),
        (["server_error", "overloaded", "ok"], 3),
        (["dropped", "dropped_midway", "ok"], 3),
        (["cut_body", "html", "ok"], 3),
        (["error_in_200", "ok"], 2),
    ],
)
def test_passing_failures_are_repeated_until_the_answer_comes(faults: list[str], n_asked: int) -> None:
    with FaultServer(faults) as server:
        assert isinstance(client_of(server).ask(question()), Answer)
        assert len(server.requests) == n_asked


def test_retry_after_is_honoured_by_all_threads_up_to_a_cap() -> None:
    with FaultServer(["ok", "rate_limit_1s", "ok"]) as server:
        client = client_of(server)
        client.ask(question("first"))
        began = time.monotonic()
        answers = list(client.ask_many([question(str(index)) for index in range(2)]))
        assert 0.95 <= time.monotonic() - began < 2.5
        assert all(isinstance(answer, Answer) for answer in answers)
    with FaultServer(["rate_limit_1s", "ok"]) as server:
        began = time.monotonic()
        assert isinstance(client_of(server, longest_retry_after_s=0.05).ask(question()), Answer)
        assert time.monotonic() - began < 0.9


def test_a_server_that_keeps_failing_stops_the_run() -> None:
    with FaultServer(["server_error"]) as server:
        client = client_of(server, failures_before_stop=2, transport_retries=2)
        first = client.ask(question("a"))
        assert isinstance(first, Problem)
        assert first.reason == "transport"
        assert "500" in first.details[0]
        client.ask(question("b"))
        assert len(server.requests) == 6
        with pytest.raises(AuthorUnavailable, match="2 requests in a row"):
            client.ask(question("c"))
        assert len(server.requests) == 6


def test_a_success_between_failures_starts_their_count_again() -> None:
    with FaultServer(["server_error", "ok", "server_error", "ok"]) as server:
        client = client_of(server, failures_before_stop=2, transport_retries=0)
        outcomes = [client.ask(question(str(index))) for index in range(4)]
    assert [isinstance(outcome, Problem) for outcome in outcomes] == [True, False, True, False]


def test_nobody_listening_is_a_transport_failure_that_costs_nothing() -> None:
    with socket.socket() as unused, FaultServer(["ok"]) as server:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        settings = settings_of(server, transport_retries=0).model_copy(update={"base_url": address})
        client = ModelClient(settings, RequestStore(None, "run-1"), Budget())
        outcome = client.ask(question())
    assert isinstance(outcome, Problem)
    assert outcome.reason == "transport"
    assert client.budget.spent.tokens == 0


def test_an_answer_that_drips_or_never_comes_ends_at_the_time_limit() -> None:
    for fault in ("drip", "never"):
        with FaultServer([fault]) as server:
            began = time.monotonic()
            outcome = client_of(server, timeout_s=0.25, transport_retries=0).ask(question())
            assert time.monotonic() - began < 1.0
        assert isinstance(outcome, Problem)
        assert "0.25 s" in outcome.details[0]


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    with FaultServer(["huge"], answers={}) as server:
        client = client_of(server, max_body_bytes=10_000, max_answer_tokens=77)
        outcome = client.ask(question())
    assert isinstance(outcome, Problem)
    assert outcome.reason == "too_large"
    assert client.budget.spent.completion_tokens == 0 or client.budget.spent.completion_tokens >= 77


@pytest.mark.parametrize(
    ("fault", "formats"),
    [
        ("only_json_object", ["json_schema", "json_object", "json_object"]),
        ("only_text", ["json_schema", "json_object", "text", "text"]),
        ("deaf_json_object", ["json_schema", "json_schema"]),
    ],
)
def test_the_ladder_goes_down_once_and_is_remembered(fault: str, formats: list[str]) -> None:
    with FaultServer([fault]) as server:
        client = client_of(server)
        for index in range(2):
            client.ask(question(str(index)))
        asked = [request.get("response_format", {"type": "text"})["type"] for request in server.requests]
        assert asked == formats
        outcome = client.ask(question("after"))
        last = server.requests[-1]
    assert isinstance(outcome, Answer)
    assert outcome.format == formats[-1] or fault == "deaf_json_object"
    assert outcome.format != "json_schema"
    assert '"additionalProperties":false' in last["messages"][0]["content"]
    assert last["messages"][0]["role"] == "system"


def test_each_model_has_its_own_place_on_the_ladder_and_the_planner_its_own_model() -> None:
    def plan(number: int, content: Any) -> str:
        return "only_text" if content["model"] == "planner" else "ok"

    with FaultServer(plan) as server:
        client = client_of(server, planner_model="planner")
        client.ask(question("a", planner=True))
        answer = client.ask(question("b"))
        assert [request["model"] for request in server.requests] == ["planner"] * 3 + ["test-model"]
    assert isinstance(answer, Answer)
    assert answer.format == "json_schema"


def test_what_is_refused_by_name_is_left_out() -> None:
    with FaultServer(["cap_renamed"]) as server:
        client_of(server, max_answer_tokens=99).ask(question())
        first, second, third = server.requests
    assert (first["max_tokens"], second["max_completion_tokens"]) == (99, 99)
    assert "max_tokens" not in second
    assert ("seed" in second, "seed" in third) == (True, False)


def test_a_refusal_in_the_words_of_fastapi_is_read_and_the_request_beside_it_is_not() -> None:
    with FaultServer(["unseeded"]) as server:
        assert isinstance(client_of(server, max_answer_tokens=99).ask(question()), Answer)
        first, second = server.requests
    assert ("seed" in first, "seed" in second, second["max_tokens"]) == (True, False, 99)


def test_the_ladder_has_an_end() -> None:
    dialects, model = Dialects("host"), "m"
    said = "response_format, max_tokens and seed are all refused"
    steps = 0
    while dialects.refused(model, dialects.of(model), said):
        steps += 1
        assert steps < 9
    assert dialects.of(model) == Dialect("text", None, False)
    assert Dialects("api.openai.com").of(model).cap == "max_completion_tokens"
    assert not Dialects("host").refused(model, Dialect(), "something else is wrong")


def test_single_misses_of_a_server_that_keeps_the_schema_do_not_lead_down() -> None:
    dialects = Dialects("host")
    first = dialects.of("m")
    for fits in (False, True, False, False, False):
        dialects.answered("m", first, fits)
    assert dialects.of("m") == first


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def entered(pace: CallPace) -> float:
    began = pace.enter()
    assert began is not None
    return began


def test_pace_opens_with_the_first_answer_halves_once_a_wave_and_grows_again() -> None:
    clock = Clock()
    pace = CallPace(16, clock)
    assert pace.limit == 1
    pace.leave(entered(pace), "answered")
    assert pace.limit == 16
    wave = [entered(pace) for _ in range(16)]
    clock.now = 1.0
    for began in wave:
        pace.leave(began, "busy")
    assert pace.limit == 8
    for _ in range(6):
        clock.now += 1.0
        pace.leave(entered(pace), "busy")
    assert pace.limit == 1
    for _ in range(200):
        pace.leave(entered(pace), "answered")
    assert pace.limit == 16


def test_a_server_with_few_places_is_found_out() -> None:
    places = 4

    def plan(number: int, content: Any) -> str:
        return "rate_limit" if server.load.serving >= places else "ok"

    with FaultServer(plan, service_s=0.02) as server:
        client = client_of(server, rate_limit_retries=50)
        outcomes = list(client.ask_many([question(str(index)) for index in range(150)]))
        refused = server.faults.count("rate_limit")
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert 0 < refused < 150  # without slowing down, 12 of 16 threads would be refused again and again


def test_stopping_ends_all_waiting() -> None:
    pace = CallPace(1)
    entered(pace)
    results: list[float | None] = []
    threads = [
        threading.Thread(target=lambda: results.append(pace.enter())),
        threading.Thread(target=pace.rest, args=(60.0,)),
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.02)
    pace.stop()
    for thread in threads:
        thread.join(2.0)
        assert not thread.is_alive()
    assert results == [None]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 60.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, now=lambda: 40.0) == seconds


def test_work_comes_in_order_and_what_is_done_comes_before_an_error() -> None:
    def work(item: int) -> int:
        time.sleep(0.002 * ((item * 7) % 5))
        if item == 20:
            raise KeyError(item)
        return item * item

    assert list(in_order(work, range(20), 4)) == [(item, item * item) for item in range(20)]
    assert list(in_order(work, [], 4)) == []
    done = []
    with pytest.raises(KeyError):
        for item, _ in in_order(work, range(1000), 4):
            done.append(item)
    assert done[:20] == list(range(20))
    assert done == sorted(done)
    assert 20 not in done
    assert len(done) < 20 + 16


def test_breaking_off_ends_the_pauses() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    ended: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        list(in_order(lambda item: item, items(), 2, lambda: ended.append("pauses")))
    assert ended == ["pauses"]


def test_closing_the_iterator_early_waits_for_what_is_under_way() -> None:
    ended: list[int] = []

    def work(item: int) -> int:
        time.sleep(0.01)
        ended.append(item)
        return item

    pairs = in_order(work, range(1000), 4)
    assert next(pairs) == (0, 0)
    pairs.close()  # type: ignore[attr-defined]
    n_ended = len(ended)
    time.sleep(0.05)
    assert len(ended) == n_ended < 40
