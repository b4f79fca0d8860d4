"""End the cockpit, and make sure that nothing of it is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .control_processes import stop, wait_until_free
from .service_files import CockpitFiles


def stop_cockpit(workspace: Path, announce: Callable[[str], None]) -> bool:
    """End worker and server with all that they started; runs at work are ended too and can be run again.

    Returns:
        Whether there was anything to end.

    Raises:
        CockpitError: a process or the port is still there.
    """
    files = CockpitFiles(workspace)
    if not files.state_file.exists():
        return False
    with files.locked():
        state = files.read_state()
        if state is None:
            return False
        for process in reversed(state.processes):  # the worker first: it tells the server that it goes
            was_there = process.find() is not None
            stop(process)
            announce(f"{process.name}: {'ended' if was_there else 'was not running'}")
        wait_until_free(state.port)
        files.state_file.unlink()
    return True
