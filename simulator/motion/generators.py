"""Text-to-motion models as a plug-in: any command that writes joints for a caption to a .npy file."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from simulator.errors import GeneratorError

ONE_BY_ONE = ("caption", "seed", "out")
ALL_AT_ONCE = "requests"
DEFAULT_TIMEOUT_S = 600.0
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SHOWN_LINES = 5


@dataclass(frozen=True)
class MotionRequest:
    """One motion that is asked for, and the .npy file that it is to be written to."""

    caption: str
    seed: int
    out: Path


@dataclass(frozen=True)
class MotionGenerator:
    """A command that writes a motion for each caption, in one of two ways.

    With the placeholders {caption} and {out}, and {seed} where it takes one, it runs once for each motion. With
    the one placeholder {requests} it runs once for all, so that a large model is loaded once: it gets the path
    of a file with a JSON object in each line, {"caption": ..., "seed": ..., "out": ...}.

    Every file that it writes ends in .npy and holds (T, 22, 3) joints in metres, y up, or HumanML3D's (T, 263)
    features, not normalised. MoMask, MDM, T2M-GPT and MotionGPT write such arrays.

    Attributes:
        words: the program and its arguments.
        name: what the motion's source is called.
        timeout_s: how long one motion may take.
    """

    words: tuple[str, ...]
    name: str
    timeout_s: float = DEFAULT_TIMEOUT_S

    @classmethod
    def from_text(
        cls, text: str, name: str | None = None, timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> MotionGenerator:
        """Read a command line as a POSIX shell would split it; no shell ever runs it.

        Raises:
            GeneratorError: quotes are not closed, a placeholder is missing or unknown, there is no such
                program, or the time is not positive.
        """
        try:
            words = tuple(shlex.split(text))
        except ValueError as error:
            raise GeneratorError(f"generator {text!r} cannot be split into words: {error}") from error
        if not words:
            raise GeneratorError("generator is empty; give a command such as `my-model {caption} {out}`")
        found = {name for word in words for name in _PLACEHOLDER.findall(word)}
        wanted = {ALL_AT_ONCE} if ALL_AT_ONCE in found else {"caption", "out"}
        unknown = sorted(found - (wanted if ALL_AT_ONCE in found else set(ONE_BY_ONE)))
        missing = sorted(wanted - found)
        if unknown or missing:
            problem = f"has no {{{missing[0]}}}" if missing else f"cannot have {{{unknown[0]}}}"
            raise GeneratorError(
                f"generator {text!r} {problem}; it needs {{caption}} and {{out}} and may have {{seed}}, "
                "or it has {requests} alone"
            )
        if shutil.which(words[0]) is None:
            raise GeneratorError(f"generator {text!r}: there is no program {words[0]!r} that can be run")
        if not timeout_s > 0:
            raise GeneratorError(f"the generator's timeout is {timeout_s} s; it must be positive")
        script = next((word for word in words[1:] if word.endswith((".py", ".sh"))), words[0])
        return cls(words, name or Path(script).stem, timeout_s)

    @property
    def takes_all(self) -> bool:
        """Whether one run serves all requests."""
        return any(ALL_AT_ONCE in _PLACEHOLDER.findall(word) for word in self.words)

    def write(self, requests: Sequence[MotionRequest]) -> None:
        """Run the command until it has written every `out`; their content is not checked.

        Args:
            requests: one; or any number for a command that takes all at once.

        Raises:
            GeneratorError: it ran out of time, ended with another status than 0, or left out a file. The
                message ends with the last lines of what it printed to stderr. Files that it wrote are there.
        """
        with tempfile.TemporaryDirectory() as folder:
            values = {name: str(getattr(requests[0], name)) for name in ONE_BY_ONE}
            values[ALL_AT_ONCE] = str(_written(requests, Path(folder) / "requests.jsonl"))
            command = [_PLACEHOLDER.sub(lambda match: values[match[1]], word) for word in self.words]
            with tempfile.TemporaryFile() as errors:
                status = self._run(command, self.timeout_s * len(requests), errors)
                printed = _last_lines(errors)
        if status is None:
            raise GeneratorError(
                f"{self.name} took longer than {self.timeout_s * len(requests):g} s{printed}"
            )
        if status:
            how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
            raise GeneratorError(f"{self.name} {how}{printed}")
        if not all(request.out.is_file() for request in requests):
            raise GeneratorError(f"{self.name} ended well but wrote no file{printed}")

    def _run(self, command: list[str], timeout_s: float, errors: IO[bytes]) -> int | None:
        """The exit status, or None when the time was over."""
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # so that its children can be ended with it
            )
        except OSError as error:
            raise GeneratorError(f"{self.name} cannot be started: {error.strerror}") from error
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _written(requests: Sequence[MotionRequest], path: Path) -> Path:
    lines = [json.dumps({"caption": r.caption, "seed": r.seed, "out": str(r.out)}) for r in requests]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _last_lines(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 4000))
    lines = file.read().decode("utf-8", "replace").strip().splitlines()[-_SHOWN_LINES:]
    return ": " + " | ".join(line.strip() for line in lines) if lines else ""
