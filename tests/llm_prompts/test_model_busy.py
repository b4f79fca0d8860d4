"""A server with 16 places is kept busy."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fault_server import FaultServer
from model_setup import client_of, question

from data_lake import Lake
from llm_prompts.model_request import Answer
from llm_prompts.request_store import RequestStore

HERE = Path(__file__).resolve().parent
SLOTS, SERVICE_S, N_REQUESTS = 16, 0.4, 384


@pytest.fixture
def start_server() -> Iterator[Callable[[], str]]:
    """Start servers in processes of their own, which do not share an interpreter's lock with the client."""
    started = []

    def start() -> str:
        command = [sys.executable, str(HERE / "fault_server.py")]
        command += ["--slots", str(SLOTS), "--service-s", str(SERVICE_S)]
        paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
        process = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


def busy_share(address: str) -> float:
    """As the server measured it, from the first request to the last."""
    with urllib.request.urlopen(address.replace("/v1", "/stats")) as reply:
        stats = json.load(reply)
    assert stats["requests"] == N_REQUESTS
    assert stats["most_at_once"] == SLOTS
    return float(stats["busy_share"])


def ask_plainly(address: str) -> None:
    """The same number of requests by threads that do nothing else: what the machine lets through just now."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hello"}]})

    def ask_often(count: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc)
        for _ in range(count):
            connection.request("POST", "/v1/chat/completions", body, {"Authorization": "Bearer k"})
            connection.getresponse().read()

    with ThreadPoolExecutor(SLOTS) as pool:
        list(pool.map(ask_often, [N_REQUESTS // SLOTS] * SLOTS))


@pytest.mark.slow
def test_16_requests_at_once_keep_the_server_busy(start_server: Callable[[], str], tmp_path: Path) -> None:
    address, store = start_server(), RequestStore(Lake.create(tmp_path / "lake"), "run-1")
    with FaultServer() as unused, client_of(unused, store, base_url=address) as client:
        outcomes = list(client.ask_many([question(str(index)) for index in range(N_REQUESTS)]))
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    share = busy_share(address)
    if share < 0.9:  # a machine that is busy otherwise lets nobody through
        plain = start_server()
        ask_plainly(plain)
        assert share >= 0.93 * busy_share(plain)
