"""Run ids and versions."""

from __future__ import annotations

import time

from flows.record_run import code_version, environment_hash, new_ulid


def test_ulids_are_unique_and_sort_by_time() -> None:
    first = new_ulid()
    time.sleep(0.005)
    later = [new_ulid() for _ in range(200)]
    assert len(set(later)) == 200
    assert all(first < other for other in later)
    assert len(first) == 26


def test_versions_are_stable_within_a_process() -> None:
    assert code_version() == code_version()
    assert code_version().startswith("0.")
    assert len(environment_hash()) == 20
