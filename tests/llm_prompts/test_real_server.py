"""An existing server of the protocol, `transformers serve`, with a tiny local model."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from bigram_model import save_model
from fault_answers import script_of
from model_setup import briefs_of

from data_lake import Lake
from llm_prompts.briefs import Brief
from llm_prompts.budget import Budget, Limits
from llm_prompts.model_author import ModelAuthor
from llm_prompts.model_client import open_model_client
from llm_prompts.script_prompts import brief_prompt
from simulator.motion.script import MotionScript

LONGEST_START_S = 120.0


@pytest.fixture(scope="module")
def brief() -> Brief:
    """The brief whose script the model knows."""
    return next(brief for brief in briefs_of(40) if brief.activity == "wave" and brief.n_actions == 1)


@pytest.fixture(scope="module")
def served(brief: Brief, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a client of the server."""
    folder = tmp_path_factory.mktemp("model")
    save_model(folder, script_of(brief_prompt(brief)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "transformers"), "serve", str(folder)]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + LONGEST_START_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5.0).close()
            break
        except (urllib.error.URLError, OSError):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.2)
    yield {
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "MMFLYWHEEL_MODEL": str(folder),
        "MMFLYWHEEL_MODEL_ANSWER_TOKENS": "64",
    }
    process.terminate()
    process.wait(20.0)


@pytest.mark.slow
def test_a_script_comes_from_a_real_server_and_is_paid_once(
    served: dict[str, str], brief: Brief, tmp_path: Path
) -> None:
    lake, other = Lake.create(tmp_path / "lake"), next(one for one in briefs_of(9) if one.activity != "wave")
    for run_id, calls in (("run-1", 4), ("run-2", 0)):
        with open_model_client(served, lake, run_id, Budget(Limits(requests=9)), concurrency=2) as client:
            author = ModelAuthor(client)
            scripts = [script for _, script in author.write_many([brief, other])]
        assert isinstance(scripts[0], MotionScript)
        assert scripts[0].start == brief.start
        assert scripts[1] is None  # the model knows one script only: off the other brief in every round
        assert author.counts.rejected == {"off_brief": 1}
        assert (author.counts.calls, author.counts.reused) == (calls, 4 - calls)
    rows = lake.read("requests").to_pylist()
    assert len(rows) == 4
    assert all(row["prompt_tokens"] > 1000 and row["completion_tokens"] >= 1 for row in rows)
    assert {row["status"] for row in rows} == {"answered"}
