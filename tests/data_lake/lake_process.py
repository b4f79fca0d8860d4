"""A process that writes to a lake, for tests that kill it or let several race.

lake_process.py ROOT GO_FILE RUN_ID SHARDS [DATASET]: waits for GO_FILE, stores the shards
"name:first:last,..." in order, then publishes all their samples as DATASET.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from lake_rows import sample_ids, store

from data_lake.lake import Lake


def main() -> None:
    """Store and publish."""
    root, go, run_id, shards, *dataset = sys.argv[1:]
    print("ready", flush=True)
    while not Path(go).exists():
        time.sleep(0.002)
    lake = Lake.create(root)
    indices: list[int] = []
    for shard in shards.split(","):
        name, first, last = shard.split(":")
        members = range(int(first), int(last))
        store(lake, members, name, run_id)
        indices += members
    if dataset:
        print(lake.publish(dataset[0], sample_ids(indices), run_id).name, flush=True)


if __name__ == "__main__":
    main()
