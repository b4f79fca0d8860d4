"""Compiled passes over frames or poses in a few threads: they let go of the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

PARTS_PER_WORKER = 4  # parts are not equally heavy; more of them than threads even that out


def in_threads(work: Callable[[tuple[int, int]], None], n_items: int, workers: int) -> None:
    """Call `work((start, end))` on parts that cover `range(n_items)`; results do not depend on `workers`."""
    if workers <= 1 or n_items < 2:
        work((0, n_items))
        return
    n_parts = min(n_items, workers * PARTS_PER_WORKER)
    edges = [n_items * part // n_parts for part in range(n_parts + 1)]
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(work, pairwise(edges)):
            pass
