"""Write lake.tar.gz: a small lake as the release with schema version 1 wrote it. Needed once, kept for its bytes.

    git archive 4e40c38 data_lake | tar x -C OLD      # the code as it was
    PYTHONPATH=OLD:tests/data_lake python tests/golden/lake_schema_1/make_lake.py OUT.tar.gz

Four samples of two motions, mostly silence so that the file is small; version mmwave-sim@1 holds three.
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from lake_rows import motion_row, run_row, sample_ids, sample_row, script_row

from data_lake.lake import Lake
from data_lake.tensor_codec import DEFAULT_CODEC, TENSOR_SHAPE


def quiet_codes(index: int) -> np.ndarray:
    """Codes with one loud cell."""
    codes = np.zeros(TENSOR_SHAPE, np.uint8)
    codes[index, 64] = 200
    return codes


def write_lake(root: Path) -> None:
    """Store, publish, and note the run."""
    lake = Lake.create(root)
    lake.start_run(run_row("run-1"))
    lake.append("scripts", [script_row(0), script_row(1)], "shard-0", "run-1")
    lake.append("motions", [motion_row(0), motion_row(1)], "shard-0", "run-1")
    samples = [sample_row(index, **DEFAULT_CODEC.columns(quiet_codes(index))) for index in range(4)]
    lake.append("samples", samples, "shard-0", "run-1")
    lake.publish("mmwave-sim", sample_ids(range(3)), "run-1")
    lake.finish_run("run-1", "completed")


def main() -> None:
    """Write the archive."""
    with tempfile.TemporaryDirectory() as folder:
        write_lake(Path(folder) / "lake")
        with tarfile.open(sys.argv[1], "w:gz") as archive:
            archive.add(Path(folder) / "lake", "lake")


if __name__ == "__main__":
    main()
