"""A motion that the simulator refuses costs its own samples and nothing else, and is remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import flows.make_shard
from data_lake import Lake
from flows.make_dataset import describe_shards, make_dataset
from flows.open_lake import open_lake, recorded_run
from flows.run_shards import ShardsMade
from flows.settings import TurnSettings, Workspace
from simulator import Capture, Placement, RadarConfig, SimulationOptions, capture_view
from simulator.errors import RadarConfigError


def refuses_view(letter: str):  # type: ignore[no-untyped-def]
    def capture(
        posed: object, radar: RadarConfig, placement: Placement, noise_seed: int, options: SimulationOptions
    ) -> Capture:
        if placement.view == letter:
            raise RadarConfigError("the body comes within 0.12 m of the radar")
        return capture_view(posed, radar, placement, noise_seed, options)  # type: ignore[arg-type]

    return capture


def test_refused_views_are_quarantined_reported_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TurnSettings(n_motions=2, views=8, workspace=tmp_path / "workspace", workers=1)
    monkeypatch.setattr(flows.make_shard, "capture_view", refuses_view("C"))
    monkeypatch.setattr("flows.make_dataset.run_in_worker", in_this_process)
    said: list[str] = []
    lake = open_lake(settings)
    with recorded_run(lake, "test", settings) as run:
        made = make_dataset(settings, lake, run, said.append)
    assert made.version.n_samples == 14 and made.version.n_motions == 2
    assert "2 refused" in said[-1]
    assert (
        describe_shards(ShardsMade(list(made.shards))).count("RadarConfigError: the body comes within 0.12 m")
        == 2
    )
    rows = Lake.open(Workspace(settings.workspace).lake).read("quarantine").to_pylist()
    assert len(rows) == 2 and all("within 0.12 m" in row["reasons"][0] for row in rows)
    assert all('"motion_id"' in row["row"] and row["sample_id"] for row in rows)
    with recorded_run(lake, "test", settings) as run:
        again = make_dataset(settings, lake, run, said.append)
    assert again.version.name == made.version.name
    assert sum(report.n_made for report in again.shards) == 0 and not again.shards[0].refused
    assert Lake.open(Workspace(settings.workspace).lake).read("quarantine").num_rows == 2


def in_this_process(n_workers: int, job: Callable[..., object], *values: object) -> object:
    """Run a job at once, so that the test's own simulator is used."""
    return job(*values)
