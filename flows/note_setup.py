"""What a sample was made with, as a row of `setups`, and from such a row back to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data_lake import canonical_json, content_id
from llm_prompts import TEXT_VERSION
from simulator import (
    IMPORT_VERSION,
    SIMULATOR_VERSION,
    SYNTHESIS_VERSION,
    BodyModel,
    RadarConfig,
    SimulationOptions,
)

from .plan_dataset import MotionSource, SamplePlan

VERSIONS: Mapping[str, str] = {
    "simulator": str(SIMULATOR_VERSION),
    "synthesis": str(SYNTHESIS_VERSION),
    "importer": str(IMPORT_VERSION),
    "texts": str(TEXT_VERSION),
}


def setup_row(plan: SamplePlan, source: MotionSource, options: SimulationOptions) -> dict[str, Any]:
    """The row of `setups` of a capture of this source; equal setups give equal rows."""
    body = plan.body_of(source)
    columns = {
        "radar": canonical_json(plan.radar.to_dict()),
        "options": canonical_json(options.to_dict()),
        "body": canonical_json(
            {
                "name": body.name,
                "source": body.source,
                "licence": body.licence,
                "content_hash": body.content_hash,
            }
        ),
        "words": canonical_json({"activities": list(plan.activities), "roles": dict(plan.qa_roles)}),
        "versions": canonical_json(dict(VERSIONS)),
    }
    return {"setup_id": content_id("set", columns), **columns}


def plan_of_setup(setup: Mapping[str, Any], bodies: Mapping[str, BodyModel]) -> SamplePlan:
    """The plan that a row of `setups`, its JSON columns parsed, tells of; its options name their room themselves.

    Raises:
        SimulatorError: the row tells of a radar or of options that this release does not know.
    """
    return SamplePlan(
        bodies,
        RadarConfig.from_dict(setup["radar"]),
        SimulationOptions.from_dict(setup["options"]),
        1,
        tuple(setup["words"]["activities"]),
        {},
        setup["words"]["roles"],
    )
