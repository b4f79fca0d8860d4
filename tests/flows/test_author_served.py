"""The whole command against an existing server of the protocol: `transformers serve` and a model trained here."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tiny_script_model import make_model

from flows.cli.commands import app

pytestmark = pytest.mark.slow
LONGEST_START_S = 120.0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, Path]]:
    """Folder of the model, address of its server, and the server's log."""
    program = shutil.which("transformers", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("the command `transformers` is not installed beside this Python")
    folder = tmp_path_factory.mktemp("served") / "tiny"
    make_model(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder.parent / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "serve", str(folder), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
            stdout=output,
            stderr=output,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, log)
        yield folder, f"http://127.0.0.1:{port}/v1", log
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + LONGEST_START_S
    while True:
        try:
            urllib.request.urlopen(address, timeout=5.0).close()
            return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > until:
                pytest.skip(f"transformers serve did not start: {log.read_text()[-500:]}")
            time.sleep(0.2)


def test_a_served_model_writes_samples_and_a_second_run_asks_nothing(
    served: tuple[Path, str, Path], tmp_path: Path
) -> None:
    folder, address, log = served
    environment = {
        "OPENAI_BASE_URL": address, "OPENAI_API_KEY": "none-needed", "MMFLYWHEEL_MODEL": str(folder),
        "MMFLYWHEEL_MODEL_ANSWER_TOKENS": "700",
    }  # fmt: skip
    out = tmp_path / "samples.jsonl"
    command = [
        "author", "--author", "model", "--scenario", str(folder / "three-gestures.json"), "--n", "6", "--seed", "5",
        "--no-phrase", "--concurrency", "2", "--out", str(out), "--workspace", str(tmp_path / "ws"),
    ]  # fmt: skip
    result = CliRunner().invoke(app, command, env=environment)
    assert out.exists(), result.output
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    report = json.loads((tmp_path / "samples.jsonl.report.json").read_text())
    assert len(lines) == report["accepted"] >= 2, report
    assert report["briefs"] == report["answered"] + sum(report["rejected"].values())
    assert report["spent"]["completion_tokens"] > 0 and report["spent"]["cost_usd"] is None
    for line in lines:
        assert line["author"] == "model" and line["author_model"] == str(folder)
        assert line["script"]["subject"] == line["brief"]["subject"]
        assert len(line["captions"]) >= 4 and line["qa"] and line["request_ids"]
    before, n_asked = out.read_bytes(), log.read_text().count("POST /v1/chat/completions")
    assert n_asked >= report["spent"]["requests"] > 0
    CliRunner().invoke(app, command, env=environment)
    assert out.read_bytes() == before
    assert log.read_text().count("POST /v1/chat/completions") == n_asked
