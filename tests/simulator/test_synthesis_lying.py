"""Bodies that end on their back lie on it: seat, back, head and feet are down, not one point alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.body.model import load_body, pose_vertices
from simulator.body.skeleton import JOINT
from simulator.motion.synthesis import synthesize

PARTS_MM = {"pelvis": 30, "spine3": 30, "head": 40, "left_ankle": 40, "right_ankle": 40}
LIE = {"kind": "posture", "to": "lie_back", "duration_s": 3.0, "hold_s": 1.0}
FALL = {"kind": "fall", "direction": "backward", "cause": "slip", "recover": False, "duration_s": 4.0}


@pytest.mark.parametrize("sex", ["neutral", "female", "male"])
@pytest.mark.parametrize("step", [LIE, FALL], ids=["lie_back", "fall backward"])
def test_a_body_on_its_back_rests_on_all_of_it(
    make_script: Callable[..., Any], step: dict[str, Any], sex: str
) -> None:
    body = load_body(sex=sex)
    skin = pose_vertices(body, synthesize(make_script([step]), 1, body))[-1]
    owner = body.weights.argmax(axis=1)
    for part, allowed_mm in PARTS_MM.items():
        lowest_mm = 1000.0 * float(skin[owner == JOINT[part], 2].min())
        assert -20.0 < lowest_mm < allowed_mm, (part, lowest_mm)
    assert np.isfinite(skin).all()
