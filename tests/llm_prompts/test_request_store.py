"""The request store: durable at once, found again, absorbed from dead processes, shared between live ones."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fault_server import FaultServer
from hypothesis import given
from hypothesis import strategies as st
from model_setup import briefs_of, client_of, question

from data_lake import JOURNAL_FOLDER, TABLES, Lake, LakeBusy, LakeError, OtherJournals, RequestJournal
from data_lake.rows import rows_to_table
from llm_prompts import request_store
from llm_prompts.answers import Problem
from llm_prompts.model_author import ModelAuthor
from llm_prompts.model_request import Answer
from llm_prompts.night_ledger import BusyTime, NightLedger
from llm_prompts.request_store import RequestStore


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def row(name: str, **changes: Any) -> dict[str, Any]:
    """A call as the client records it."""
    plain = {
        "request_id": f"req-{name}", "purpose": "test", "model": "m", "answered_by": None, "templates": "{}",
        "messages": '[{"role":"user","content":"hello"}]', "brief_hash": "", "seed": 0, "schema_hash": "s",
        "format": "text", "status": "answered", "answer": f"text of {name}", "finish_reason": "stop",
        "prompt_tokens": 10, "completion_tokens": 5, "cost_usd": 0.25, "latency_s": 0.5, "answer_cap": 100,
    }  # fmt: skip
    return {**plain, **changes}


def journals(lake: Lake) -> list[Path]:
    return sorted(Path(lake.root).glob(f"{JOURNAL_FOLDER}/*.jsonl"))


def abandon(store: RequestStore) -> None:
    """Leave a store as a killed process does: its journal stays, its lock goes."""
    assert store._journal is not None
    os.close(store._journal._descriptor)
    store._journal._descriptor = -1


def test_a_recorded_call_is_on_disk_before_it_is_used(lake: Lake) -> None:
    store = RequestStore(lake, "run-1")
    assert not journals(lake)  # looking writes nothing
    store.record(row("a", answer="line\nbreak, \u2028 and ÿ"))
    lines = journals(lake)[0].read_bytes().splitlines()
    assert json.loads(lines[0])["answer"] == "line\nbreak, \u2028 and ÿ"
    assert len(lines) == 1
    assert store.find("req-a")["answer"] == "line\nbreak, \u2028 and ÿ"  # type: ignore[index]
    assert store.find("req-b") is None
    store.close()
    assert not journals(lake)
    stored = lake.row("requests", "req-a")
    assert stored is not None
    assert (stored["answer"], stored["run_id"]) == ("line\nbreak, \u2028 and ÿ", "run-1")
    again = RequestStore(lake, "run-2")
    assert again.find("req-a")["answer"] == "line\nbreak, \u2028 and ÿ"  # type: ignore[index]
    assert len(again) == 1


def test_the_journal_of_a_dead_process_is_taken_over(lake: Lake) -> None:
    dead = RequestStore(lake, "run-1")
    for name in "abc":
        dead.record(row(name))
    torn = journals(lake)[0]
    abandon(dead)
    torn.write_bytes(torn.read_bytes() + b'{"request_id":"req-torn","answ')
    heir = RequestStore(lake, "run-2")
    assert not journals(lake)
    assert [heir.find(f"req-{name}") is not None for name in ("a", "b", "c", "torn")] == [True] * 3 + [False]
    assert set(lake.read("requests")["run_id"].to_pylist()) == {"run-1"}
    assert lake.read("requests").num_rows == 3


def test_a_takeover_that_is_killed_in_the_middle_is_done_again(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = RequestStore(lake, "run-1")
    dead.record(row("a"))
    abandon(dead)
    append = Lake.append

    def killed_after(self: Lake, *arguments: Any) -> int:
        append(self, *arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(Lake, "append", killed_after)
    with pytest.raises(KeyboardInterrupt):
        RequestStore(lake, "run-2")
    assert len(journals(lake)) == 1
    monkeypatch.undo()
    RequestStore(lake, "run-3")
    assert not journals(lake)
    assert lake.read("requests").num_rows == 1


def test_a_living_process_keeps_its_journal_and_others_read_it(lake: Lake) -> None:
    one, two = RequestStore(lake, "run-1"), RequestStore(lake, "run-2")
    one.record(row("a"))
    assert two.find("req-a") is not None  # while `one` lives, before any commit
    assert lake.read("requests").num_rows == 0
    two.record(row("b"))
    assert one.find("req-b") is not None
    one.record(row("c"))
    one.close()  # its journal goes into the table before `two` has read its last line
    assert two.find("req-c") is not None
    two.close()
    assert sorted(lake.ids("requests")) == ["req-a", "req-b", "req-c"]
    assert not journals(lake)


def test_a_process_that_came_and_went_unseen_is_found_in_the_table(lake: Lake) -> None:
    here = RequestStore(lake, "run-1")
    with RequestStore(Lake.open(lake.root), "run-2") as brief_visit:
        brief_visit.record(row("a"))
    assert here.find("req-a") is not None
    assert here.spent_tonight().requests == 1


def test_a_journal_that_was_cleared_away_before_its_lock_is_made_anew(tmp_path: Path) -> None:
    journal = RequestJournal(tmp_path)
    seen: list[Path] = []
    flock = fcntl.flock

    def overtaken(descriptor: int, how: int) -> None:
        if how == fcntl.LOCK_EX and not seen:
            seen.append(next(tmp_path.iterdir()))
            seen[0].unlink()
        flock(descriptor, how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fcntl, "flock", overtaken)
        journal.append({"request_id": "a"})
    assert journal.path != seen[0]
    assert OtherJournals(tmp_path, RequestJournal(tmp_path)).news()[0] == [{"request_id": "a"}]


def test_a_full_disk_stops_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = RequestJournal(tmp_path)
    journal.append({"request_id": "a"})
    write = os.write

    def half(descriptor: int, data: bytes) -> int:
        if len(data) > 4:
            return write(descriptor, data[:4])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(LakeError, match="No space left"):
        journal.append({"request_id": "b"})
    monkeypatch.undo()
    journal.append({"request_id": "c"})
    rows, _ = OtherJournals(tmp_path, RequestJournal(tmp_path)).news()
    assert [one["request_id"] for one in rows] == ["a", "c"]


def test_batches_reach_the_table_and_a_busy_table_loses_nothing(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_store, "ROWS_PER_COMMIT", 4)
    store = RequestStore(lake, "run-1")
    append = Lake.append
    monkeypatch.setattr(Lake, "append", lambda *arguments: (_ for _ in ()).throw(LakeBusy("busy")))
    for index in range(5):
        store.record(row(str(index)))
    assert lake.read("requests").num_rows == 0
    monkeypatch.setattr(Lake, "append", append)
    store.record(row("5"))
    assert lake.read("requests").num_rows == 6
    store.close()
    assert lake.read("requests").num_rows == 6


def test_a_table_that_cannot_be_written_leaves_the_journal(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RequestStore(lake, "run-1")
    store.record(row("a"))
    monkeypatch.setattr(Lake, "append", lambda *arguments: (_ for _ in ()).throw(LakeError("no")))
    with pytest.raises(LakeError):
        store.close()
    monkeypatch.undo()
    assert len(journals(lake)) == 1
    assert RequestStore(lake, "run-2").find("req-a") is not None


def test_equal_requests_at_once_are_paid_once(lake: Lake) -> None:
    with (
        FaultServer(["ok"], service_s=0.05) as server,
        client_of(server, RequestStore(lake, "run-1")) as client,
    ):
        answers = list(client.ask_many([question("first"), *[question()] * 12]))
        assert len(server.requests) == 2
    assert [answer.reused for answer in answers if isinstance(answer, Answer)].count(False) == 2


def test_a_second_run_pays_nothing_and_gets_the_same(lake: Lake) -> None:
    briefs = briefs_of(12)
    faults = ["ok", "ok", "length", "refusal", "empty_choices", "huge", "wrong_schema", "ok"]
    fault_of = {brief.seed % 2**31: faults[index % len(faults)] for index, brief in enumerate(briefs)}

    def plan(number: int, content: Any) -> str:
        return fault_of[content["seed"]]

    with FaultServer(plan) as server:
        first = ModelAuthor(client_of(server, RequestStore(lake, "run-1"), max_body_bytes=500_000))
        scripts = [script for _, script in first.write_many(briefs)]
        first.client.close()
        n_asked = len(server.requests)
        second = ModelAuthor(client_of(server, RequestStore(lake, "run-2"), max_body_bytes=500_000))
        assert [script for _, script in second.write_many(briefs)] == scripts
        assert len(server.requests) == n_asked == second.counts.reused
    assert second.counts.calls == 0
    assert second.counts.cost_usd == 0.0
    assert second.counts.rejected == first.counts.rejected
    assert set(first.counts.rejected) == {"truncated", "refusal", "empty", "too_large", "schema"}
    statuses = set(lake.read("requests")["status"].to_pylist())
    assert statuses == {"answered", "truncated", "refused", "empty", "too_large"}


def test_a_cut_answer_is_asked_for_again_only_when_more_is_allowed(lake: Lake) -> None:
    with FaultServer(["length", "length", "ok"]) as server:
        for cap, n_asked in ((100, 1), (100, 1), (50, 1), (200, 2), (200, 2), (100, 2), (400, 3), (400, 3)):
            with client_of(server, RequestStore(lake, "run-1"), max_answer_tokens=cap) as client:
                outcome = client.ask(question())
            assert len(server.requests) == n_asked, cap
            assert isinstance(outcome, Answer) == (cap == 400)
    assert sorted(lake.read("requests")["answer_cap"].to_pylist()) == [100, 200, 400]


def test_what_is_kept_is_what_was_sent_and_answered(lake: Lake) -> None:
    with FaultServer(["deaf_json_object"], answers={"words": lambda content: '{"text":"ÿ"}'}) as server:
        with client_of(server, RequestStore(lake, "run-9")) as client:
            for text in ("a", "b", "c"):
                outcome = client.ask(question(text, templates={"t": "1+abc"}))
        sent = server.requests[-1]
    assert isinstance(outcome, Answer)
    stored = lake.row("requests", outcome.request_id)
    assert stored is not None
    assert json.loads(stored["messages"]) == sent["messages"]
    assert stored["answer"] == outcome.text == 'Here you are:\n```json\n{"text":"ÿ"}\n```'
    assert (stored["format"], stored["purpose"], stored["model"]) == ("json_object", "test", "test-model")
    assert json.loads(stored["templates"]) == {"t": "1+abc"}
    assert stored["latency_s"] > 0


def test_the_night_counts_all_runs_of_a_date_once(lake: Lake) -> None:
    today = datetime.now(UTC).date()
    one, two = RequestStore(lake, "run-1"), RequestStore(lake, "run-2")
    one.record(row("a"))
    one.record(row("b", cost_usd=None))
    two.record(row("c", prompt_tokens=None, completion_tokens=None))
    expected = (4.0 / 8, 1, 3)
    for store in (one, two, RequestStore(lake, "run-3")):
        spent = store.spent_tonight()
        assert (spent.usd_known, spent.unpriced, spent.requests) == expected
        assert spent.usd is None
        assert spent.prompt_tokens >= 20 + len("hello") // 4
        assert 0.5 <= spent.wall_s <= 1.5
        assert store.spent_on(today) == spent
        assert store.spent_on(today - timedelta(days=1)).requests == 0
    one.close()
    assert two.spent_tonight().requests == 3
    two.close()
    assert RequestStore(lake, "run-4").spent_tonight().requests == 3


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=30))
def test_busy_time_is_the_length_of_a_union(intervals: list[tuple[int, int]]) -> None:
    busy, seconds = BusyTime(), set()
    for start, length in intervals:
        busy.add(float(start), float(start + length))
        seconds |= set(range(start, start + length))
    assert busy.seconds == len(seconds)


def test_a_night_ends_at_midnight_utc() -> None:
    ledger = NightLedger()
    late = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    ledger.add({**row("a"), "created_at": late})
    ledger.add({**row("b"), "created_at": late + timedelta(seconds=2)})
    assert [ledger.spent_on(late.date() + timedelta(days=n)).requests for n in range(3)] == [1, 1, 0]


def test_a_place_without_files_gets_each_answer_at_once() -> None:
    appended: list[Any] = []

    class Remote:
        root = "s3://bucket/lake"

        def append(self, table: str, rows: list[Any], shard: str, run_id: str) -> int:
            appended.append((table, [row["request_id"] for row in rows]))
            return len(rows)

        def read(self, table: str, columns: Any, where: Any = None) -> Any:
            return rows_to_table(TABLES[table], []).select(columns)

    store = RequestStore(Remote(), "run-1")  # type: ignore[arg-type]
    for name in "ab":
        store.record(row(name))
    assert appended == [("requests", ["req-a"]), ("requests", ["req-b"])]
    store.close()
    assert len(appended) == 2


def test_without_a_lake_answers_are_kept_in_memory_only() -> None:
    store = RequestStore(None, "run-1")
    store.record(row("a"))
    assert store.find("req-a") is not None
    store.close()


def test_many_threads_make_many_whole_lines(lake: Lake) -> None:
    store = RequestStore(lake, "run-1")

    def record(start: int) -> None:
        for index in range(25):
            store.record(row(f"{start}-{index}"))

    threads = [threading.Thread(target=record, args=(start,)) for start in range(8)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.perf_counter() - began < 20.0
    lines = journals(lake)[0].read_bytes().splitlines()
    assert len({json.loads(line)["request_id"] for line in lines}) == 200
    store.close()
    assert lake.read("requests").num_rows == 200


def test_a_problem_names_its_call(lake: Lake) -> None:
    with FaultServer(["refusal"]) as server, client_of(server, RequestStore(lake, "run-1")) as client:
        outcome = client.ask(question())
    assert isinstance(outcome, Problem)
    assert outcome.details == ("I can't help.",)
    assert lake.row("requests", str(outcome.request_id))["status"] == "refused"
