"""Text-to-motion commands: real programs that write files, fail, hang, or write nothing."""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from simulator import GeneratorError, MotionGenerator, MotionRequest

PROGRAM = """
import sys, time, subprocess
from pathlib import Path
import numpy as np

caption, seed, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
Path(__file__).with_suffix(".log").open("a").write(f"{caption!r} {seed}\\n")
if "fail" in caption:
    sys.stderr.write("loading weights\\nRuntimeError: no such words\\n")
    sys.exit(3)
if "hang" in caption:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(__file__).with_suffix(".pid").write_text(str(child.pid))
    time.sleep(60)
if "silent" not in caption:
    np.save(out, np.full((4, 22, 3), seed, dtype=np.float32))
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "my model.py"
    path.write_text(PROGRAM)
    return path


def command(program: Path) -> str:
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} {{caption}} {{seed}} {{out}}"


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_the_command_gets_caption_seed_and_path_as_single_words(program: Path, tmp_path: Path) -> None:
    generator = MotionGenerator.from_text(command(program), "my-model")
    out = tmp_path / "out file.npy"
    caption = (
        "a person \"walks\"; rm -rf $HOME {seed} 'twice'"  # no shell reads it, nothing in it is replaced
    )
    generator.write([MotionRequest(caption, 7, out)])
    assert (np.load(out) == 7).all()
    assert program.with_suffix(".log").read_text() == f"{caption!r} 7\n"


def test_the_name_is_that_of_script_or_program_unless_one_is_given(program: Path) -> None:
    assert MotionGenerator.from_text(command(program)).name == "my model"
    bare = f"{sys.executable} {{caption}} {{out}}"
    assert MotionGenerator.from_text(bare).name == Path(sys.executable).stem
    assert MotionGenerator.from_text(command(program), "momask").name == "momask"


def test_a_failure_tells_status_and_last_words(program: Path, tmp_path: Path) -> None:
    generator = MotionGenerator.from_text(command(program), "my-model")
    with pytest.raises(GeneratorError, match=r"my-model ended with status 3: .*RuntimeError: no such words"):
        generator.write([MotionRequest("fail", 0, tmp_path / "out.npy")])
    with pytest.raises(GeneratorError, match="ended well but wrote no file"):
        generator.write([MotionRequest("silent", 0, tmp_path / "out.npy")])


def test_a_hanging_command_is_ended_with_its_children(program: Path, tmp_path: Path) -> None:
    generator = MotionGenerator.from_text(command(program), "my-model", timeout_s=3.0)
    started = time.monotonic()
    with pytest.raises(GeneratorError, match="took longer than 3 s"):
        generator.write([MotionRequest("hang", 0, tmp_path / "out.npy")])
    assert time.monotonic() - started < 30
    child = int(program.with_suffix(".pid").read_text())
    deadline = time.monotonic() + 5
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("model {caption}", "has no {out}"),
        ("model {out}", "has no {caption}"),
        ("model {caption} {out} {text}", "cannot have {text}"),
        ("model {requests} {caption}", "cannot have {caption}"),
        ("model '{caption} {out}", "cannot be split"),
        ("/no/such/program {caption} {out}", "there is no program"),
    ],
)
def test_commands_that_cannot_work_are_refused_before_they_run(text: str, message: str) -> None:
    with pytest.raises(GeneratorError, match=message):
        MotionGenerator.from_text(text)


def test_the_timeout_must_be_positive() -> None:
    with pytest.raises(GeneratorError, match="timeout is 0"):
        MotionGenerator.from_text(f"{sys.executable} {{caption}} {{out}}", timeout_s=0)


BATCH = """
import json, sys
import numpy as np

for number, line in enumerate(open(sys.argv[1], encoding="utf-8")):
    request = json.loads(line)
    if "fail" in request["caption"]:
        sys.exit(f"failed at {number}")
    np.save(request["out"], np.full((4, 22, 3), request["seed"]))
"""


def test_a_command_may_take_all_requests_in_one_run(tmp_path: Path) -> None:
    script = tmp_path / "batch.py"
    script.write_text(BATCH)
    generator = MotionGenerator.from_text(f"{sys.executable} {script} {{requests}}", "batch")
    assert generator.takes_all
    requests = [MotionRequest(f"caption \n {seed} é", seed, tmp_path / f"{seed}.npy") for seed in (3, 5)]
    generator.write(requests)
    assert [np.load(request.out)[0, 0, 0] for request in requests] == [3, 5]
    more = [MotionRequest(text, 9, tmp_path / f"{text}.npy") for text in ("good", "fail", "late")]
    with pytest.raises(GeneratorError, match="batch ended with status 1: failed at 1"):
        generator.write(more)
    assert [request.out.is_file() for request in more] == [True, False, False]
