"""The key is in the header of the requests and nowhere else: not on disk, in a log, a message or a traceback."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path
from typing import Any

import pytest
from fault_kinds import FAULTS, Reply, completion
from fault_server import FaultServer
from model_setup import KEY, briefs_of, question
from pydantic import SecretStr, ValidationError

from data_lake import Lake
from llm_prompts.budget import Budget, Limits
from llm_prompts.errors import AuthoringError, AuthorNotConfigured
from llm_prompts.model_author import ModelAuthor
from llm_prompts.model_client import ModelClient, open_model_client
from llm_prompts.model_request import Answer
from llm_prompts.model_settings import ModelSettings, load_model_settings

NEEDED = {"OPENAI_API_KEY": KEY, "MMFLYWHEEL_MODEL": "m"}


def everything_written(root: Path) -> str:
    return "".join(path.read_bytes().decode("latin-1") for path in root.rglob("*") if path.is_file())


def table_text(lake: Lake) -> str:
    """Cells of the table, which its files hold compressed."""
    return json.dumps(lake.read("requests").to_pylist(), default=str)


def raised_by(client: ModelClient, n: int) -> list[BaseException]:
    errors: list[BaseException] = []
    for index in range(n):
        try:
            client.ask(question(str(index)))
        except AuthoringError as error:
            errors.append(error)
    return errors


def chain(error: BaseException | None) -> list[BaseException]:
    """An error and all that hang on it, also those that a traceback does not show."""
    return [] if error is None else [error, *chain(error.__cause__), *chain(error.__context__)]


def telling(content: Any, good: Any, number: int, usage: Any) -> Reply:
    """A server that says the key back in every place that it has."""
    faults = [
        completion(content, f'{{"text": "your key is {KEY}"}}', usage, model=KEY),
        completion(content, None, usage, refusal=f"not with {KEY}"),
        completion(content, "x", usage, finish_reason=f"stop {KEY}"),
        Reply(200, {"error": {"message": f"bad key {KEY}"}}),
        Reply(500, {"error": {"message": f"bad key {KEY}"}}),
        Reply(429, {"error": {"message": f"slow down {KEY}"}}, {"retry-after-ms": "1"}),
        Reply(400, {"error": {"message": f"bad response_format {KEY}", "code": KEY}}),
        Reply(401, {"error": {"message": f"wrong key {KEY}"}}),
    ]
    return faults[min(number // 2, len(faults) - 1)]


def test_a_server_that_tells_the_key_is_not_repeated(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setitem(FAULTS, "telling", telling)
    lake = Lake.create(tmp_path / "lake")
    with FaultServer(["telling"], key=KEY) as server:
        environment = {**NEEDED, "OPENAI_BASE_URL": server.address}
        client = open_model_client(environment, lake, "run-1")
        answer = client.ask(question("first"))
        errors = raised_by(client, 12)
        on_disk = everything_written(tmp_path)  # the journal, before it goes into the table
        client.close()
        assert len(server.requests) >= 14
        assert set(server.keys) == {f"Bearer {KEY}"}
    assert isinstance(answer, Answer)
    assert answer.text == '{"text": "your key is ***"}'
    assert errors
    assert "wrong key ***" in str(errors[0])
    shown = [on_disk, everything_written(tmp_path), table_text(lake), caplog.text, *capfd.readouterr()]
    for error in errors:
        for one in chain(error):
            shown += [str(one), repr(one), *traceback.format_exception(one), repr(vars(one))]
    shown += [repr(client), repr(client.settings), client.settings.model_dump_json(), str(client.settings)]
    assert not [text[:200] for text in shown if KEY in text]
    assert "***" in table_text(lake)


def test_no_error_holds_the_request_that_held_the_key() -> None:
    for fault in ("auth", "quota", "bad_request"):
        with FaultServer([fault]) as server:
            client = open_model_client({**NEEDED, "OPENAI_BASE_URL": server.address}, None, "run-1")
            errors = raised_by(client, 2)
        assert len(errors) == 2
        for error in errors:
            assert chain(error) == [error]


def test_a_whole_run_writes_no_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    lake = Lake.create(tmp_path / "lake")
    with FaultServer(["ok", "rate_limit_soon", "server_error", "cut_json", "ok"], key=KEY) as server:
        environment = {**NEEDED, "OPENAI_BASE_URL": server.address}
        with open_model_client(environment, lake, "run-1", Budget(Limits(requests=20))) as client:
            author = ModelAuthor(client)
            assert all(script is not None for _, script in author.write_many(briefs_of(6)))
    assert KEY not in everything_written(tmp_path) + table_text(lake) + caplog.text + author.report()


def test_short_words_for_servers_without_keys_do_not_blot_answers() -> None:
    with FaultServer(["ok"], answers={"words": lambda content: '{"text": "none"}'}) as server:
        environment = {**NEEDED, "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": server.address}
        answer = open_model_client(environment, None, "run-1").ask(question())
    assert isinstance(answer, Answer)
    assert answer.text == '{"text": "none"}'


def test_settings_come_from_the_environment_and_name_what_is_missing() -> None:
    settings = load_model_settings(
        {
            **NEEDED,
            "OPENAI_BASE_URL": "http://h/v1",
            "MMFLYWHEEL_PLANNER_MODEL": "big",
            "MMFLYWHEEL_MODEL_CONCURRENCY": "3",
            "MMFLYWHEEL_MODEL_TIMEOUT_S": "9.5",
        }
    )
    assert (settings.model, settings.planner, settings.base_url) == ("m", "big", "http://h/v1")
    assert (settings.host, settings.concurrency, settings.timeout_s) == ("h", 3, 9.5)
    assert settings.api_key.get_secret_value() == KEY
    plain = load_model_settings(NEEDED)
    assert (plain.base_url, plain.planner, plain.host) == (None, "m", "api.openai.com")
    with pytest.raises(AuthorNotConfigured, match="OPENAI_API_KEY and MMFLYWHEEL_MODEL"):
        load_model_settings({})
    with pytest.raises(AuthorNotConfigured, match="MMFLYWHEEL_MODEL_CONCURRENCY"):
        load_model_settings({**NEEDED, "MMFLYWHEEL_MODEL_CONCURRENCY": "many"})


def test_the_key_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    named = {"OPENAI_API_KEY_FILE": str(file), "MMFLYWHEEL_MODEL": "m"}
    assert load_model_settings(named).api_key.get_secret_value() == KEY
    assert load_model_settings({**named, "OPENAI_API_KEY": "other"}).api_key.get_secret_value() == "other"
    for content in (b"", b"\n", f"{KEY} {KEY}".encode(), KEY.encode() * 400, b"\xff\xfe" + KEY.encode()):
        file.write_bytes(content)
        with pytest.raises(AuthorNotConfigured, match="OPENAI_API_KEY_FILE") as refused:
            load_model_settings(named)
        assert all(KEY not in "".join(traceback.format_exception(one)) for one in chain(refused.value))
    with pytest.raises(AuthorNotConfigured, match="cannot be read: No such file"):
        load_model_settings({**named, "OPENAI_API_KEY_FILE": str(tmp_path / "absent")})


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"https://user:{KEY}@host/v1", "no user name or password"),
        (f"https://{KEY}@host/v1", "no user name or password"),
        (f"https://host/v1?api-key={KEY}", "after"),
        (f"https://host/v1#{KEY}", "after"),
        (f"ftp://{KEY}/v1", "http://"),
        (KEY, "http://"),
        ("http://", "no host"),
        (f"http://[{KEY}/v1", "no address"),
        (f"http://host:{KEY}/v1", "no address"),
    ],
)
def test_an_address_that_may_hold_a_secret_is_refused_without_being_repeated(address: str, said: str) -> None:
    with pytest.raises(AuthorNotConfigured, match=said) as refused:
        load_model_settings({**NEEDED, "OPENAI_BASE_URL": address})
    with pytest.raises(ValidationError) as invalid:
        ModelSettings(api_key=SecretStr("k"), model="m", base_url=address)
    for one in (*chain(refused.value), invalid.value):
        assert KEY not in str(one) + repr(one) + "".join(traceback.format_exception(one))
