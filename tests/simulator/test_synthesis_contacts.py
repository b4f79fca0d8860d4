"""Contacts measured on the skin against what the engine planned, and against bodies placed by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator.body.model import BodyModel
from simulator.motion.contacts import CONTACT_PARTS, contacts_of
from simulator.motion.footsteps import StepPlan
from simulator.motion.primitives import locomotion
from simulator.motion.script import MotionScript
from simulator.motion.synthesis import synthesize

ScriptMaker = Callable[..., MotionScript]


def travel(gait: str, speed: float, distance: float, heading: float = 0.0) -> dict[str, Any]:
    fields = {"speed_mps": speed, "distance_m": distance, "duration_s": None}
    return {"kind": "locomote", "gait": gait, "heading_deg": heading, "turn_deg": 0.0} | fields


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("gait", "speed", "heading"),
    [
        ("walk", 0.7, 0.0),
        ("walk", 1.3, 0.0),
        ("march", 1.0, 0.0),
        ("jog", 2.2, 0.0),
        ("backward", 0.7, 180.0),
    ],
)
def test_planned_footsteps_are_the_measured_contacts(
    standin_body: BodyModel,
    make_script: ScriptMaker,
    monkeypatch: pytest.MonkeyPatch,
    gait: str,
    speed: float,
    heading: float,
    seed: int,
) -> None:
    plans: list[StepPlan] = []
    write_feet = locomotion.write_feet

    def recording(stage: Any, plan: StepPlan, *rest: Any) -> None:
        plans.append(plan)
        write_feet(stage, plan, *rest)

    monkeypatch.setattr(locomotion, "write_feet", recording)
    script = make_script([travel(gait, speed, min(3.2 * speed, 4.5), heading)])
    contacts = contacts_of(synthesize(script, seed, standin_body), standin_body)
    (plan,) = plans
    for side in ("left", "right"):
        landings = [plan.swing(step)[1] for step in range(plan.n_steps) if plan.side(step) == side]
        spans = contacts.spans_s(contacts.foot(side))
        assert len(spans) == len(landings) + 1  # the stand at the start
        measured = np.array([begin for begin, _ in spans[1:]])
        assert np.abs(measured - landings).max() < 0.16


def test_standing_and_lying_bodies_touch_with_the_right_parts(
    standin_body: BodyModel, make_script: ScriptMaker
) -> None:
    idle = {"kind": "idle", "duration_s": 2.5, "sway": 0.3}
    standing = contacts_of(synthesize(make_script([idle]), 1, standin_body), standin_body)
    feet = ["left_heel", "right_heel", "left_ball", "right_ball"]
    assert all(standing.of(part).all() for part in feet)
    assert not any(standing.of(part).any() for part in CONTACT_PARTS if part not in feet)
    lie = {"kind": "posture", "to": "lie_back", "duration_s": 3.0, "hold_s": 1.0}
    lying = contacts_of(synthesize(make_script([lie]), 1, standin_body), standin_body)
    assert lying.of("back")[-25:].all() or lying.of("seat")[-25:].all()
    assert not lying.of("belly").any()


def test_lifted_and_sliding_bodies_touch_nothing(standin_body: BodyModel, make_script: ScriptMaker) -> None:
    motion = synthesize(make_script([{"kind": "idle", "duration_s": 2.0, "sway": 0.3}]), 1, standin_body)
    lifted = motion.transl + np.array([0.0, 0.0, 0.1])
    assert not contacts_of(replace(motion, transl=lifted), standin_body).touching.any()
    sliding = motion.transl.copy()
    sliding[:, 0] += 1.5 * np.arange(motion.n_poses) / motion.rate_hz
    assert not contacts_of(replace(motion, transl=sliding), standin_body).touching.any()


def test_short_gaps_are_closed_and_spans_are_in_seconds(
    standin_body: BodyModel, make_script: ScriptMaker
) -> None:
    motion = synthesize(make_script([{"kind": "idle", "duration_s": 2.0, "sway": 0.3}]), 1, standin_body)
    lifted = motion.transl.copy()
    lifted[40, 2] += 0.1  # one pose: no step
    lifted[60:80, 2] += 0.1
    contacts = contacts_of(replace(motion, transl=lifted), standin_body)
    spans = contacts.spans_s(contacts.of("left_heel"))
    assert np.allclose(spans, [(0.0, 1.18), (1.6, 2.0)], atol=0.021)
