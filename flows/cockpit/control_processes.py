"""Start processes that outlive their terminal, and end them with everything they started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from .service_files import CockpitError, ServiceProcess

STOP_PATIENCE_S = 20.0
_POLL_S = 0.2


def start_detached(
    name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> ServiceProcess:
    """Start a process in a session of its own, with its output in a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # A shell's background job inherits an ignored SIGINT, and a worker that has it cannot be ended.
            preexec_fn=_listen_to_interrupts,
        )
    return ServiceProcess.of(name, process.pid)


def _listen_to_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def stop(process: ServiceProcess) -> None:
    """End a process and all that it started: asked twice, then killed.

    Raises:
        CockpitError: something is still there.
    """
    found = process.find()
    if found is None:
        return
    family = [found, *found.children(recursive=True)]
    for _ in range(2):
        _signal([found], signal.SIGTERM)
        _, alive = psutil.wait_procs([found], timeout=STOP_PATIENCE_S / 2)
        if not alive:
            break
    _, alive = psutil.wait_procs(family, timeout=1.0)
    _signal(alive, signal.SIGTERM)
    _, alive = psutil.wait_procs(alive, timeout=2.0)
    _signal(alive, signal.SIGKILL)
    _, alive = psutil.wait_procs(alive, timeout=5.0)
    if alive:
        raise CockpitError(f"{process.name}: processes {[one.pid for one in alive]} did not end")


def _signal(processes: Sequence[psutil.Process], number: int) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def port_is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until_free(port: int, patience_s: float = 10.0) -> None:
    """Wait for a port that was just given up.

    Raises:
        CockpitError: somebody still listens.
    """
    deadline = time.monotonic() + patience_s
    while not port_is_free(port):
        if time.monotonic() > deadline:
            raise CockpitError(f"port {port} is still in use by a process that `up` did not start")
        time.sleep(_POLL_S)


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, for an error message."""
    if not log.exists():
        return "(no output)"
    with log.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 8192))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
