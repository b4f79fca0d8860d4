"""The model author against a server on loopback that speaks the chat-completions protocol."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from fault_kinds import FAULTS, HOSTILE, completion
from fault_server import FaultServer
from model_setup import KEY, author_of, briefs_of, client_of
from pydantic import SecretStr

from data_lake import Lake
from llm_prompts.answers import REASONS, Problem, brief_problems, read_script
from llm_prompts.briefs import Brief
from llm_prompts.errors import AuthorUnavailable
from llm_prompts.grammar_author import GrammarAuthor
from llm_prompts.model_author import ModelAuthor
from llm_prompts.request_store import RequestStore
from simulator.motion.script import MotionScript, script_schema, validate_script


@pytest.fixture(scope="module")
def brief() -> Brief:
    return next(brief for brief in briefs_of(40) if brief.activity == "wave")


@pytest.fixture(scope="module")
def good(brief: Brief) -> dict[str, Any]:
    return GrammarAuthor(0).write(brief.model_copy(update={"n_actions": 1})).model_dump(mode="json")


def says(*texts: str) -> Any:
    """A plan of answers: each text in turn, the last for ever."""
    left = list(texts)

    def answer(content: Any) -> str:
        return left.pop(0) if len(left) > 1 else left[0]

    return {"motion_script": answer}


def test_a_valid_answer_becomes_a_script(brief: Brief) -> None:
    with FaultServer(["ok"], usage=(100, 50)) as server:
        author = author_of(server)
        script = author.write(brief)
    assert script is not None
    validate_script(script)
    counts = author.counts
    assert (counts.requested, counts.answered, counts.repaired, counts.rejected) == (1, 1, 0, {})
    assert (counts.calls, counts.reused, counts.prompt_tokens, counts.completion_tokens) == (1, 0, 100, 50)
    assert counts.cost_usd is None
    assert (author.name, author.model) == ("model", "test-model")
    assert "1 written (0 after repair), 0 rejected" in author.report()
    assert "cost unknown" in author.report()


def test_the_request_speaks_the_protocol_with_a_strict_schema(brief: Brief) -> None:
    with FaultServer(["ok"]) as server:
        author_of(server, max_answer_tokens=1234).write(brief)
    request = server.requests[0]
    assert server.paths == ["/v1/chat/completions"]
    assert server.keys == [f"Bearer {KEY}"]
    assert request["model"] == "test-model"
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert request["max_tokens"] == 1234
    assert 0 <= request["seed"] < 2**31
    asked = request["response_format"]
    assert asked["type"] == "json_schema"
    assert asked["json_schema"]["strict"] is True
    assert asked["json_schema"]["schema"] == script_schema()


def test_the_schema_is_what_strict_endpoints_take() -> None:
    def check(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                check(item)
        if not isinstance(node, dict):
            return
        assert not {"oneOf", "discriminator", "default", "minimum", "maximum", "exclusiveMinimum"} & set(node)
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert sorted(node["required"]) == sorted(node["properties"])
        for value in node.values():
            check(value)

    check(script_schema())


def test_subject_style_and_start_are_the_briefs_whatever_is_answered(
    brief: Brief, good: dict[str, Any]
) -> None:
    other = {**good, "start": {"range_m": 9.0, "azimuth_deg": 0.0, "heading_deg": 0.0}}
    with FaultServer(["ok"], answers=says(json.dumps(other))) as server:
        script = author_of(server).write(brief)
    assert script is not None
    assert (script.start, script.subject, script.style) == (brief.start, brief.subject, brief.style)


def spoiled(good: dict[str, Any], what: str) -> str:
    """An answer with one fault."""
    script = json.loads(json.dumps(good))
    main = next(step for step in script["steps"] if step["kind"] == "gesture")
    if what == "schema":
        main["count"] = "three"
        main["speed"] = 1.0
    elif what == "rules":
        main["duration_s"] = 0.1
    elif what == "off_brief":
        main["count"] += 1
        main["duration_s"] += 0.8
    return json.dumps(script) if what != "not_json" else json.dumps(script)[:-20]


SAID = {
    "not_json": "the answer is not JSON",
    "schema": "Gesture.count: Input should be a valid integer",
    "rules": "duration_s is 0.1 s, allowed are",
    "off_brief": "asked was",
}


@pytest.mark.parametrize("what", sorted(SAID))
def test_a_faulty_answer_is_repaired_with_the_exact_errors(
    brief: Brief, good: dict[str, Any], what: str
) -> None:
    broken = spoiled(good, what)
    with FaultServer(["ok"], answers=says(broken, json.dumps(good)), usage=(100, 50)) as server:
        author = author_of(server)
        assert author.write(brief) == MotionScript.model_validate(good)
    counts = author.counts
    assert (counts.requested, counts.answered, counts.repaired, counts.calls) == (1, 1, 1, 2)
    assert counts.rejected == {}
    assert (counts.prompt_tokens, counts.completion_tokens) == (200, 100)
    messages = server.requests[1]["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[2]["content"] == broken
    assert SAID[what] in messages[3]["content"]
    assert "Locomote" not in messages[3]["content"]  # nothing about the other classes of the union
    assert [row["status"] for row in author.calls_of(brief)] == ["answered", "answered"]


@pytest.mark.parametrize("what", sorted(SAID))
def test_an_answer_that_stays_faulty_is_rejected_after_two_rounds(
    brief: Brief, good: dict[str, Any], what: str
) -> None:
    with FaultServer(["ok"], answers=says(spoiled(good, what))) as server:
        author = author_of(server)
        assert author.write(brief) is None
    assert len(server.requests) == 3
    assert author.counts.rejected == {what: 1}
    assert (author.counts.requested, author.counts.answered) == (1, 0)


def test_a_cut_answer_is_asked_for_again_without_the_cut_text(brief: Brief) -> None:
    with FaultServer(["length", "ok"]) as server:
        author = author_of(server)
        assert author.write(brief) is not None
    assert [message["role"] for message in server.requests[1]["messages"]] == ["system", "user", "user"]
    assert "cut off" in server.requests[1]["messages"][2]["content"]
    assert author.counts.repaired == 1
    assert [row["status"] for row in author.calls_of(brief)] == ["truncated", "answered"]
    with FaultServer(["length"], usage=(10, 50)) as server:
        author = author_of(server)
        assert author.write(brief) is None
    assert author.counts.rejected == {"truncated": 1}
    assert author.counts.completion_tokens == 150  # cut answers are paid for as well


ONE_ROUND = {"refusal", "transport", "rate_limit", "prompt_too_long"}


@pytest.mark.parametrize("fault", sorted(HOSTILE))
def test_every_hostile_answer_ends_as_a_counted_rejection(brief: Brief, fault: str) -> None:
    with FaultServer([fault]) as server:
        author = author_of(server, timeout_s=0.3, transport_retries=1, failures_before_stop=9)
        assert author.write(brief) is None
        reason = HOSTILE[fault]
        assert author.counts.rejected == {reason: 1}
        assert reason in REASONS
        tries = {"transport": 2, "rate_limit": 5}.get(reason, 1 if reason in ONE_ROUND else 3)
        assert len(server.requests) == tries
        assert author.counts.calls == tries


GRACIOUS = sorted(
    {
        "ok",
        "slow",
        "prose",
        "trailing_comma",
        "thoughts",
        "no_usage",
        "odd_usage",
        "parts",
        "deaf_json_object",
    }
    | {"only_json_object", "only_text", "cap_renamed", "unseeded"}
)


@pytest.mark.parametrize("fault", GRACIOUS)
def test_every_odd_but_honest_server_can_be_used(brief: Brief, fault: str) -> None:
    with FaultServer([fault]) as server:
        author = author_of(server)
        script = author.write(brief)
        assert script is not None, author.report()
        validate_script(script)
        n_asked = len(server.requests)
        assert author.write(brief.model_copy(update={"index": brief.index + 1})) is not None
        assert len(server.requests) == n_asked + 1  # what works is remembered


ODD = ["unicode", "surrogate", "injected_caption", "injected_title", "invalid_utf8", "echo", "injection"]


@pytest.mark.parametrize("fault", ODD)
def test_odd_text_is_data_and_nothing_else(brief: Brief, fault: str, tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    with FaultServer([fault]) as server, client_of(server, RequestStore(lake, "run-1")) as client:
        author = ModelAuthor(client)
        script = author.write(brief)
        counts = author.counts
    with FaultServer(["server_error"]) as server:
        again = ModelAuthor(client_of(server, RequestStore(lake, "run-2")))
        assert again.write(brief) is None
        assert not server.requests
    assert lake.read("requests").num_rows == counts.calls
    assert script is None
    assert sum(counts.rejected.values()) == counts.requested == 1
    for first, second in zip(author.calls_of(brief), again.calls_of(brief), strict=True):
        assert first["answer"] == second["answer"] is not None


def test_no_fault_is_left_untested() -> None:
    stops = {"auth", "forbidden", "quota", "unpaid", "bad_request", "no_model", "pinned", "text_error"}
    waits = {"rate_limit", "rate_limit_1s", "rate_limit_nonsense"}
    assert set(FAULTS) == set(HOSTILE) | set(GRACIOUS) | stops | waits


def test_many_are_written_at_once_in_the_order_of_the_briefs() -> None:
    briefs = briefs_of(40)
    with FaultServer(["ok"], slots=8, service_s=0.15) as server:
        author = author_of(server, concurrency=8)
        pairs = list(author.write_many(briefs))
        assert server.load.most_at_once == 8
    assert [brief for brief, _ in pairs] == briefs
    assert all(script is not None and script.start == brief.start for brief, script in pairs)
    assert author.counts.answered == 40


def test_what_was_written_before_a_stop_is_yielded() -> None:
    briefs = briefs_of(30)
    with FaultServer(lambda number, content: "ok" if number < 12 else "quota") as server:
        author = author_of(server, concurrency=4)
        done = []
        with pytest.raises(AuthorUnavailable, match="no quota or money"):
            for pair in author.write_many(briefs):
                done.append(pair)
        assert len(server.requests) <= 12 + 4
    assert len(done) == 12
    assert [brief for brief, _ in done] == [brief for brief in briefs if brief in [b for b, _ in done]]


def test_request_hash_is_the_first_request_and_covers_what_is_asked_but_not_the_key(brief: Brief) -> None:
    with FaultServer(["ok"]) as server:
        author = author_of(server)
        author.write(brief)
        assert author.calls_of(brief)[0]["request_id"] == author.request_hash(brief)

        def hashed(key: str, model: str, asked: Brief) -> str:
            return ModelAuthor(client_of(server, api_key=SecretStr(key), model=model)).request_hash(asked)

        other = brief.model_copy(update={"seed": brief.seed + 1})
        assert hashed("a", "m", brief) == hashed("b", "m", brief)
        assert len({hashed("a", "m", brief), hashed("a", "n", brief), hashed("a", "m", other)}) == 3


@pytest.mark.parametrize("answer", ["[]", "null", "3", '"text"', "{}", '{"steps": [3, {"kind": "fly"}]}'])
def test_any_json_is_refused_in_words(brief: Brief, answer: str) -> None:
    outcome = read_script(answer, brief)
    assert isinstance(outcome, Problem)
    assert outcome.reason == ("schema" if answer.startswith("{") else "not_json")
    assert 1 <= len(outcome.details) <= 13


def test_the_server_answers_as_the_protocol_says() -> None:
    body = completion({"model": "m", "messages": []}, "hello", None).body
    assert body["choices"][0]["message"]["content"] == "hello"
    assert body["object"] == "chat.completion"


def test_another_path_than_asked_is_off_brief() -> None:
    walks = [brief for brief in briefs_of(60, "gait-clinic") if brief.activity == "walk"]
    for asked, other in product(walks, walks):
        script = GrammarAuthor().write(other)
        missed = any("goes" in problem for problem in brief_problems(script, asked))
        assert missed == (asked.direction != other.direction), (asked.direction, script.caption)
