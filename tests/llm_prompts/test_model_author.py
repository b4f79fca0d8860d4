"""The model author against a server on loopback that speaks the chat-completions protocol."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest
from pydantic import SecretStr

from llm_prompts.answers import Problem, read_script
from llm_prompts.briefs import Brief, draw_briefs
from llm_prompts.errors import AuthoringError, AuthorNotConfigured, AuthorUnavailable
from llm_prompts.grammar_author import GrammarAuthor
from llm_prompts.model_author import ModelAuthor
from llm_prompts.model_settings import ModelSettings, load_model_settings
from llm_prompts.prompt_templates import load_template
from llm_prompts.scenario import load_scenario
from llm_prompts.script_prompts import brief_prompt, prompt_versions, system_prompt
from simulator.motion.script import MotionScript, script_schema, validate_script

KEY = "sk-very-secret-0123456789"


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


def completion(
    content: str | None,
    finish_reason: str = "stop",
    refusal: str | None = None,
    tokens: tuple[int, int] = (100, 50),
) -> Reply:
    """An answer of a model."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "test-model",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": tokens[0] + tokens[1],
        },
    }
    return Reply(200, body)


def failure(status: int, message: str = "no", **headers: str) -> Reply:
    """An error answer; retries without waiting unless a header says otherwise."""
    wait = {name.replace("_", "-"): value for name, value in headers.items()} or {"retry-after-ms": "5"}
    return Reply(status, {"error": {"message": message, "type": "test", "code": None}}, wait)


class ChatServer:
    """Serves the given replies in order, the last one for ever; keeps what it was asked."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        self.replies = list(replies)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.paths: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name is http.server's
                length = int(self.headers["Content-Length"])
                outer.requests.append(json.loads(self.rfile.read(length)))
                outer.keys.append(self.headers["Authorization"])
                outer.paths.append(self.path)
                reply = outer.replies.pop(0) if len(outer.replies) > 1 else outer.replies[0]
                is_text = isinstance(reply.body, str)
                body = (reply.body if is_text else json.dumps(reply.body)).encode()
                self.send_response(reply.status)
                self.send_header("Content-Type", "text/html" if is_text else "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)

    @property
    def address(self) -> str:
        """What goes into OPENAI_BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"


def author_of(server: ChatServer, **changes: Any) -> ModelAuthor:
    settings = ModelSettings(api_key=SecretStr(KEY), model="test-model", base_url=server.address, **changes)
    return ModelAuthor(settings)


@pytest.fixture(scope="module")
def brief() -> Brief:
    return next(
        brief for brief in draw_briefs(load_scenario("daily-living"), 40, 0) if brief.activity == "wave"
    )


@pytest.fixture(scope="module")
def good(brief: Brief) -> dict[str, Any]:
    return GrammarAuthor(0).write(brief.model_copy(update={"n_actions": 1})).model_dump(mode="json")


def test_a_valid_answer_becomes_a_script(brief: Brief, good: dict[str, Any]) -> None:
    with ChatServer([completion(json.dumps(good))]) as server:
        author = author_of(server)
        script = author.write(brief)
    assert script == MotionScript.model_validate(good)
    assert script is not None
    validate_script(script)
    counts = author.counts
    assert (counts.requested, counts.answered, counts.repaired, counts.rejected) == (1, 1, 0, {})
    assert (counts.calls, counts.prompt_tokens, counts.completion_tokens) == (1, 100, 50)
    assert author.name == "model"
    assert author.model == "test-model"
    assert "1 written (0 after repair), 0 rejected" in author.report()


def test_the_request_speaks_the_protocol_with_a_strict_schema(brief: Brief, good: dict[str, Any]) -> None:
    with ChatServer([completion(json.dumps(good))]) as server:
        author_of(server).write(brief)
    request = server.requests[0]
    assert server.paths == ["/v1/chat/completions"]
    assert server.keys == [f"Bearer {KEY}"]
    assert request["model"] == "test-model"
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
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
    with ChatServer([completion(json.dumps(other))]) as server:
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
    with ChatServer([completion(broken), completion(json.dumps(good))]) as server:
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


@pytest.mark.parametrize("what", sorted(SAID))
def test_an_answer_that_stays_faulty_is_rejected_after_two_rounds(
    brief: Brief, good: dict[str, Any], what: str
) -> None:
    with ChatServer([completion(spoiled(good, what))]) as server:
        author = author_of(server)
        assert author.write(brief) is None
    assert len(server.requests) == 3
    assert author.counts.rejected == {what: 1}
    assert (author.counts.requested, author.counts.answered) == (1, 0)


def test_a_refusal_is_final(brief: Brief) -> None:
    with ChatServer([completion(None, refusal="I can't help with that")]) as server:
        author = author_of(server)
        assert author.write(brief) is None
    assert len(server.requests) == 1
    assert author.counts.rejected == {"refusal": 1}


def test_a_cut_answer_is_asked_for_again_without_the_cut_text(brief: Brief, good: dict[str, Any]) -> None:
    text = json.dumps(good)
    with ChatServer([completion(text[:200], "length"), completion(text)]) as server:
        author = author_of(server)
        assert author.write(brief) is not None
    assert [message["role"] for message in server.requests[1]["messages"]] == ["system", "user", "user"]
    assert "cut off" in server.requests[1]["messages"][2]["content"]
    assert author.counts.repaired == 1
    with ChatServer([completion(text[:200], "length")]) as server:
        author = author_of(server)
        assert author.write(brief) is None
    assert author.counts.rejected == {"truncated": 1}
    assert author.counts.completion_tokens == 150  # cut answers are paid for as well


def test_an_empty_answer_is_rejected_as_such(brief: Brief) -> None:
    with ChatServer([completion("")]) as server:
        author = author_of(server)
        assert author.write(brief) is None
    assert author.counts.rejected == {"empty": 1}


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_request_stops_at_once_without_a_retry_or_the_key(
    brief: Brief, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ChatServer([failure(status, f"wrong key {KEY}")]) as server:
        author = author_of(server)
        with pytest.raises(AuthorUnavailable, match=f"{status}.*OPENAI_API_KEY") as caught:
            author.write(brief)
    assert len(server.requests) == 1
    assert "wrong key ***" in str(caught.value)
    assert isinstance(caught.value, AuthoringError)
    assert KEY not in str(caught.value)
    assert KEY not in repr(author.settings) + author.settings.model_dump_json() + author.report()
    assert KEY not in caplog.text


def test_server_errors_are_retried_a_bounded_number_of_times(brief: Brief, good: dict[str, Any]) -> None:
    with ChatServer([failure(500), failure(503), completion(json.dumps(good))]) as server:
        author = author_of(server)
        assert author.write(brief) is not None
    assert len(server.requests) == 3
    assert author.counts.repaired == 0
    with ChatServer([failure(500)]) as server:
        author = author_of(server, failures_before_stop=2)
        assert author.write(brief) is None
        assert len(server.requests) == 3
        assert author.counts.rejected == {"transport": 1}
        with pytest.raises(AuthorUnavailable, match="2 briefs in a row"):
            author.write(brief)
    assert author.counts.rejected == {"transport": 2}
    assert author.counts.requested == 2


def test_too_many_requests_waits_as_told(brief: Brief, good: dict[str, Any]) -> None:
    with ChatServer([failure(429, Retry_After="1"), completion(json.dumps(good))]) as server:
        started = time.monotonic()
        author = author_of(server)
        assert author.write(brief) is not None
        assert time.monotonic() - started >= 1.0
    assert author.counts.rejected == {}


def test_a_success_between_failures_starts_their_count_again(brief: Brief, good: dict[str, Any]) -> None:
    fine = completion(json.dumps(good))
    with ChatServer([failure(500), fine, failure(500), fine]) as server:
        author = author_of(server, failures_before_stop=2, transport_retries=0)
        assert [author.write(brief) is None for _ in range(4)] == [True, False, True, False]
    assert author.counts.rejected == {"transport": 2}


def test_an_answer_that_is_no_completion_is_a_transport_failure(brief: Brief) -> None:
    with ChatServer([Reply(200, "<html>a login page</html>")]) as server:
        author = author_of(server)
        assert author.write(brief) is None
    assert author.counts.rejected == {"transport": 1}


def test_nobody_listening_is_a_transport_failure(brief: Brief) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    settings = ModelSettings(api_key=SecretStr(KEY), model="m", base_url=address, transport_retries=0)
    author = ModelAuthor(settings)
    assert author.write(brief) is None
    assert author.counts.rejected == {"transport": 1}


def test_settings_come_from_the_environment_and_name_what_is_missing() -> None:
    settings = load_model_settings(
        {"OPENAI_API_KEY": KEY, "MMFLYWHEEL_MODEL": "m", "OPENAI_BASE_URL": "http://h/v1"}
    )
    assert (settings.model, settings.base_url) == ("m", "http://h/v1")
    assert settings.api_key.get_secret_value() == KEY
    assert load_model_settings({"OPENAI_API_KEY": KEY, "MMFLYWHEEL_MODEL": "m"}).base_url is None
    with pytest.raises(AuthorNotConfigured, match="OPENAI_API_KEY and MMFLYWHEEL_MODEL"):
        load_model_settings({})
    with pytest.raises(AuthorNotConfigured, match="http://"):
        load_model_settings({"OPENAI_API_KEY": KEY, "MMFLYWHEEL_MODEL": "m", "OPENAI_BASE_URL": "localhost"})


def test_request_hash_covers_model_and_brief_but_not_the_key(brief: Brief) -> None:
    def hashed(key: str, model: str, asked: Brief) -> str:
        return ModelAuthor(ModelSettings(api_key=SecretStr(key), model=model)).request_hash(asked)

    other = brief.model_copy(update={"seed": brief.seed + 1})
    assert hashed("a", "m", brief) == hashed("b", "m", brief)
    assert len({hashed("a", "m", brief), hashed("a", "n", brief), hashed("a", "m", other)}) == 3


def test_prompts_state_the_validators_bounds_and_the_brief(brief: Brief) -> None:
    assert "walk 0.6-2.0" in system_prompt()
    assert "wave 1.2 + 0.4-1.1" in system_prompt()
    text = brief_prompt(brief)
    for asked in (f'"{brief.activity}"', f"(count {brief.count})", brief.start.model_dump_json()):
        assert asked in text
    assert "crawl begins and ends in hands_and_knees" in system_prompt() or "crawl" not in system_prompt()
    assert "push_up begins and ends in lie_front" in system_prompt()
    assert [version.split("+")[0] for version in prompt_versions().values()] == ["2", "1", "1"]
    with pytest.raises(AuthoringError, match="motion_script_brief"):
        load_template("no_such_prompt")


@pytest.mark.parametrize("answer", ["[]", "null", "3", '"text"', "{}", '{"steps": [3, {"kind": "fly"}]}'])
def test_any_json_is_refused_in_words(brief: Brief, answer: str) -> None:
    outcome = read_script(answer, brief)
    assert isinstance(outcome, Problem)
    assert outcome.reason == "schema"
    assert 1 <= len(outcome.details) <= 13
