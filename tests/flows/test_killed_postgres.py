"""kill -9 of PostgreSQL in the middle of a run; where no PostgreSQL server is installed, skipped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from running_cockpit import Cockpit, eventually, free_port, silent

from data_lake import Lake, check_lake
from data_lake.errors import LakeError
from flows.cockpit.service_environment import AUTH_VARIABLE, CockpitSettings
from flows.cockpit.start_service import start_cockpit
from flows.cockpit.stop_service import stop_cockpit
from flows.settings import Workspace

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(1800)]

N_MOTIONS = 17
PATIENCE_S = 600.0


class Postgres:
    """A PostgreSQL server of this test alone, on loopback."""

    def __init__(self, folder: Path, initdb: str, server: str) -> None:
        # PostgreSQL refuses to run as root
        self.user = {"user": "nobody"} if os.geteuid() == 0 else {}
        self.folder, self.server, self.port = folder, server, free_port()
        if self.user:
            shutil.chown(folder, "nobody")
        command = [initdb, "-D", str(folder / "data"), "-U", "flywheel", "-A", "trust", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **self.user)  # type: ignore[call-overload]
        self.start()

    def start(self) -> None:
        command = [self.server, "-D", "data", "-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder)]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self.user)  # type: ignore[call-overload]
        eventually(self.answers)

    def answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True
        return False

    def kill(self) -> None:
        family = [self.process, *psutil.Process(self.process.pid).children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), ""]
    found = [
        [shutil.which(name, path=str(place) or None) for name in ("initdb", "postgres")] for place in places
    ]
    initdb, server = next((pair for pair in found if all(pair)), (None, None))
    if initdb is None or server is None:
        pytest.skip("no PostgreSQL server (initdb, postgres) is installed")
    pytest.importorskip("asyncpg", reason="Prefect's driver for PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a short path: PostgreSQL's socket lies in it
    running = Postgres(folder, initdb, server)
    try:
        yield running
    finally:
        running.kill()
        shutil.rmtree(folder, ignore_errors=True)


def n_samples(workspace: Path) -> int:
    try:
        return Lake.open(Workspace(workspace).lake).read("samples", columns=["sample_id"]).num_rows
    except LakeError:
        return 0  # not there yet


def run_to_the_end(cockpit: Cockpit, run: str) -> str:
    """Last state of a run; the server may be away for a while."""

    def look() -> str | None:
        with suppress(OSError):
            state = cockpit.ended(run)
            return str(state["type"]) if state else None
        return None

    return str(eventually(look, PATIENCE_S))


def test_a_run_survives_its_database(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (AUTH_VARIABLE, "PREFECT_API_URL", "PREFECT_HOME"):
        monkeypatch.delenv(name, raising=False)
    address = f"postgresql+asyncpg://flywheel@127.0.0.1:{postgres.port}/postgres"
    cockpit = Cockpit(CockpitSettings(tmp_path, free_port(), address))
    try:
        few = {"n_motions": N_MOTIONS, "views": 1, "workers": 1, "start_training": False}
        run = cockpit.start("generate-dataset", few)
        eventually(lambda: n_samples(tmp_path), PATIENCE_S)
        postgres.kill()
        postgres.start()
        cockpit.state = start_cockpit(cockpit.settings, silent)
        if run_to_the_end(cockpit, run) != "COMPLETED":
            assert run_to_the_end(cockpit, cockpit.start("generate-dataset", few)) == "COMPLETED"
    finally:
        stop_cockpit(tmp_path, silent)
    lake = Lake.open(Workspace(tmp_path).lake)
    assert [version.name for version in lake.versions()] == ["mmwave-sim@1"]
    for table in ("scripts", "motions", "samples"):
        ids = lake.read(table)[lake.table(table).spec.key_column].to_pylist()
        assert len(ids) == len(set(ids)) == N_MOTIONS, table
    assert check_lake(lake.root).sound
