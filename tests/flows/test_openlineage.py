"""OpenLineage events of runs and versions: to a file and over HTTP, by the spec, and never in a run's way."""

from __future__ import annotations

import json
import sys
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from data_lake import Lake
from flows.emit_openlineage import emit_start, run_uuid
from flows.open_lake import recorded_run
from flows.record_run import RunRecord, new_ulid
from flows.settings import TurnSettings

sys.path.insert(0, str(Path(__file__).parents[1] / "data_lake"))

from lake_rows import sample_ids, store


class Catalogue(HTTPServer):
    """Keeps what is posted to it."""

    received: list[tuple[str, str | None, dict[str, Any]]]


class Desk(BaseHTTPRequestHandler):
    server: Catalogue

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Authorization"], json.loads(body)))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    server = Catalogue(("127.0.0.1", 0), Desk)
    server.received = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


@pytest.fixture
def settings(tmp_path: Path) -> TurnSettings:
    return TurnSettings(workspace=tmp_path)


def events_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def obeys_the_spec(event: dict[str, Any]) -> None:
    """What OpenLineage 2-0-2 requires of an event and of every facet."""
    assert {"eventTime", "producer", "schemaURL", "run", "job"} <= event.keys()
    assert event["schemaURL"].startswith("https://openlineage.io/spec/2-0-2/")
    assert str(uuid.UUID(event["run"]["runId"])) == event["run"]["runId"]
    assert event["job"]["namespace"] and event["job"]["name"]
    owners = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
    facets = [one for owner in owners for one in owner["facets"].items()]
    facets += [one for output in event["outputs"] for one in output["outputFacets"].items()]
    for name, facet in facets:
        assert facet["_producer"].startswith("urn:") and facet["_schemaURL"].startswith(
            "https://openlineage.io/spec/"
        )
        assert name.replace("_", "").lower() in facet["_schemaURL"].lower() or name in ("version", "schema")


def test_a_run_that_publishes_tells_of_its_version(
    lake: Lake, settings: TurnSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "new" / "events.jsonl"
    monkeypatch.setenv("MMFLYWHEEL_OPENLINEAGE_FILE", str(file))
    with recorded_run(lake, "generate", settings) as run:
        store(lake, range(4), "shard-0", run.run_id)
        lake.publish("mmwave-sim", sample_ids(range(4)), run.run_id)
    row = {"checkpoint_id": "enc-1", "kind": "encoder", "config_hash": "c", "path": "p", "metrics": "{}"}
    with recorded_run(lake, "train", settings) as trained:
        lake.append("checkpoints", [{**row, "dataset_version": "mmwave-sim@1"}], "enc-1", trained.run_id)
    with pytest.raises(RuntimeError), recorded_run(lake, "score", settings):
        raise RuntimeError("a defect")
    events = events_in(file)
    for event in events:
        obeys_the_spec(event)
    told = [(event["job"]["name"], event["eventType"]) for event in events]
    assert told == [
        ("generate", "START"), ("generate", "COMPLETE"), ("train", "START"), ("train", "COMPLETE"), ("score", "START"),
        ("score", "FAIL"),
    ]  # fmt: skip
    assert events[0]["run"]["runId"] == events[1]["run"]["runId"] != events[2]["run"]["runId"]
    (output,) = events[1]["outputs"]
    assert output["namespace"] == "file" and output["name"] == f"{lake.root}/mmwave-sim"
    assert output["facets"]["version"]["datasetVersion"] == "1"
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 4
    columns = {field["name"]: field for field in output["facets"]["schema"]["fields"]}
    assert columns["sample_id"]["description"] == "content hash of the capture"
    (read,) = events[3]["inputs"]
    assert read["name"] == output["name"] and events[3]["outputs"] == []


def test_events_are_posted_with_the_key(
    catalogue: Catalogue, lake: Lake, settings: TurnSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{catalogue.server_port}/")
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "secret-1")
    with recorded_run(lake, "generate", settings):
        pass
    assert [(path, key) for path, key, _ in catalogue.received] == [
        ("/api/v1/lineage", "Bearer secret-1")
    ] * 2
    for _, _, event in catalogue.received:
        obeys_the_spec(event)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "ftp://x", "http://127.0.0.1:no", "http://"])
def test_a_server_that_is_not_there_is_no_obstacle(
    url: str, lake: Lake, settings: TurnSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", url)
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "secret-1")
    with (
        pytest.warns(RuntimeWarning, match="was not delivered") as told,
        recorded_run(lake, "generate", settings),
    ):
        pass
    assert len(told) == 2 and not any("secret-1" in str(one.message) for one in told)
    assert lake.read("runs", columns=["status"])["status"].to_pylist() == ["completed"]


def test_without_a_place_to_go_nothing_is_made(tmp_path: Path) -> None:
    emit_start(RunRecord("run", {}, new_ulid()), {})
    assert not list(tmp_path.iterdir())


def test_every_run_id_is_a_uuid_and_different_ones_stay_different() -> None:
    ulid, flow_run = new_ulid(), str(uuid.uuid4())
    assert run_uuid(flow_run) == flow_run
    assert (
        uuid.UUID(run_uuid(ulid)).int >> 80 == uuid.UUID(run_uuid(ulid[:10] + "0" * 16)).int >> 80
    )  # its time
    assert len({run_uuid(one) for one in (ulid, flow_run, "run-1", "run-2", new_ulid())}) == 5
