"""What samples older than table setups were made with: as their run was asked, as far as that can be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data_lake.errors import NotInLake
from simulator import BodyModel

from .plan_dataset import SamplePlan, tensor_radar
from .settings import simulation_options


def plan_of_run(story: Mapping[str, Any], bodies: Mapping[str, BodyModel]) -> SamplePlan:
    """The plan of the run that stored a sample: its radar by name, its options, no answers of questions.

    Whether the radar of that name is still the same, its hash tells.

    Raises:
        NotInLake: the run is not known.
        SimulatorError: the radar or an option does not exist any more.
    """
    sample = story["sample"]
    run = next((run for run in story["runs"] if run["run_id"] == sample["run_id"]), None)
    if run is None or not isinstance(run["parameters"], dict) or "radar" not in run["parameters"]:
        raise NotInLake(
            f"sample {story['id']} is older than table setups, and its run {sample['run_id']} does not tell what it "
            "was made with"
        )
    radar = tensor_radar(run["parameters"]["radar"])
    return SamplePlan(bodies, radar, simulation_options(run["parameters"].get("overrides", ())), 1, ())
