"""Bodies that lie rest on the floor with all that rests there, not with one point alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.body.model import load_body, pose_vertices
from simulator.body.skeleton import JOINT
from simulator.motion.synthesis import synthesize

Step = dict[str, Any]
FEET = {"left_ankle": 40, "right_ankle": 40}
ON_BACK_MM = {"pelvis": 30, "spine3": 30, "head": 40} | FEET
ON_FRONT_MM = {"pelvis": 40, "spine3": 65, "head": 45, "left_foot": 40, "right_foot": 40}
"""The belly of a stiff skin holds the chest off the floor."""
ON_SIDE_MM = {"pelvis": 50, "head": 65}


def lie(to: str) -> Step:
    return {"kind": "posture", "to": to, "duration_s": 3.0, "hold_s": 1.0}


def fall(direction: str, cause: str) -> Step:
    return {"kind": "fall", "direction": direction, "cause": cause, "recover": False, "duration_s": 4.0}


CASES: list[tuple[Step, dict[str, int]]] = [
    (lie("lie_back"), ON_BACK_MM),
    (fall("backward", "slip"), ON_BACK_MM),
    (lie("lie_front"), ON_FRONT_MM),
    (fall("forward", "trip"), ON_FRONT_MM),
    (fall("forward", "faint"), ON_FRONT_MM),
    (lie("lie_side"), ON_SIDE_MM),
    (fall("left", "push"), ON_SIDE_MM),
    (fall("right", "slip"), ON_SIDE_MM),
    (fall("down", "faint"), ON_SIDE_MM),
]


@pytest.mark.parametrize("sex", ["neutral", "female", "male"])
@pytest.mark.parametrize(("step", "parts_mm"), CASES)
def test_a_lying_body_rests_on_all_of_it(
    make_script: Callable[..., Any], step: Step, parts_mm: dict[str, int], sex: str
) -> None:
    body = load_body(sex=sex)
    skin = pose_vertices(body, synthesize(make_script([step]), 1, body))[-1]
    owner = body.weights.argmax(axis=1)
    for part, allowed_mm in parts_mm.items():
        lowest_mm = 1000.0 * float(skin[owner == JOINT[part], 2].min())
        assert -20.0 < lowest_mm < allowed_mm, (part, lowest_mm)
    if parts_mm is ON_SIDE_MM:  # one knee and one foot lie on the floor, the others on them
        knees, feet = (
            sorted(float(skin[owner == JOINT[f"{side}_{part}"], 2].min()) for side in ("left", "right"))
            for part in ("knee", "foot")
        )
        assert knees[0] < 0.035 and feet[0] < 0.035
        assert 0.08 < knees[1] < 0.19 and feet[1] < 0.15
    assert np.isfinite(skin).all()
