"""Knees, toes and palms that carry a body lie on the floor with their skin, whoever's body it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from simulator.body.model import BodyModel, load_body, pose_joints, pose_vertices
from simulator.body.skeleton import JOINT
from simulator.motion.lying import neck_rotation, turn_neck_back
from simulator.motion.script import MotionScript
from simulator.motion.synthesis import RATE_HZ, synthesize

ScriptMaker = Callable[..., MotionScript]
SEXES = ("neutral", "female", "male")
SEEDS = (0, 1, 2)
LOWEST_M, HIGHEST_M, HAND_M, SHIN_M = -0.005, 0.015, 0.018, 0.02
HELD_S = (3.2, 3.9)
ROUND_KNEE_M = 0.09


class Skin:
    """Skin (T, V, 3) of a posture while it is held, and which joint moves each vertex most."""

    def __init__(self, make_script: ScriptMaker, to: str, seed: int, sex: str) -> None:
        self.body: BodyModel = load_body(sex=sex)
        step = {"kind": "posture", "to": to, "duration_s": 3.0, "hold_s": 1.0}
        motion = synthesize(make_script([step]), seed, self.body)
        held = slice(*(round(time_s * RATE_HZ) for time_s in HELD_S))
        self.skin = pose_vertices(self.body, motion)
        self.lowest_m = float(self.skin[..., 2].min())
        self.skin, self.joints = self.skin[held], pose_joints(self.body, motion)[held]
        self.owner = self.body.weights.argmax(axis=1)

    def lowest(self, *joints: str, within_m: float = np.inf) -> NDArray[np.float64]:
        """(T,) lowest skin that some joints move, in the rest pose no farther than this from the last of them."""
        moved = np.isin(self.owner, [JOINT[name] for name in joints])
        centre = self.body.rest_joints(np.zeros(10))[JOINT[joints[-1]]]
        near = np.linalg.norm(self.body.v_template - centre, axis=1) < within_m
        return self.skin[:, moved & near, 2].min(axis=1).astype(np.float64)

    def knee(self, side: str) -> NDArray[np.float64]:
        """(T,) lowest skin around a knee."""
        return self.lowest(f"{side}_hip", f"{side}_knee", within_m=ROUND_KNEE_M)


def on_floor(heights_m: NDArray[np.float64], highest_m: float = HIGHEST_M) -> bool:
    return bool(heights_m.min() > LOWEST_M and heights_m.max() < highest_m)


@pytest.mark.parametrize("sex", SEXES)
@pytest.mark.parametrize("seed", SEEDS)
def test_who_kneels_rests_on_knee_and_toes(make_script: ScriptMaker, sex: str, seed: int) -> None:
    held = Skin(make_script, "kneel", seed, sex)
    kneeling = min(("left", "right"), key=lambda side: held.joints[0, JOINT[f"{side}_knee"], 2])
    assert on_floor(held.knee(kneeling)), held.knee(kneeling)
    assert on_floor(held.lowest(f"{kneeling}_knee"), SHIN_M)
    for side in ("left", "right"):
        assert on_floor(held.lowest(f"{side}_foot")), side
    assert held.lowest_m > LOWEST_M


@pytest.mark.parametrize("sex", SEXES)
@pytest.mark.parametrize("seed", SEEDS)
def test_who_is_on_all_fours_rests_on_knees_toes_and_palms(
    make_script: ScriptMaker, sex: str, seed: int
) -> None:
    held = Skin(make_script, "hands_and_knees", seed, sex)
    for side in ("left", "right"):
        assert on_floor(held.knee(side)), held.knee(side)
        assert on_floor(held.lowest(f"{side}_knee"), SHIN_M)
        assert on_floor(held.lowest(f"{side}_hand"), HAND_M), held.lowest(f"{side}_hand")
        assert on_floor(held.lowest(f"{side}_foot")), side
    assert held.lowest_m > LOWEST_M


@pytest.mark.parametrize("sex", SEXES)
@pytest.mark.parametrize("seed", SEEDS)
def test_who_lies_on_the_front_rests_on_knees_feet_and_hands(
    make_script: ScriptMaker, sex: str, seed: int
) -> None:
    held = Skin(make_script, "lie_front", seed, sex)
    for side in ("left", "right"):
        assert on_floor(held.knee(side)), held.knee(side)
        assert on_floor(held.lowest(f"{side}_hand"), HAND_M), held.lowest(f"{side}_hand")
        assert on_floor(held.lowest(f"{side}_foot")), held.lowest(f"{side}_foot")
    assert held.lowest_m > LOWEST_M


def test_a_neck_that_is_bent_twice_is_turned_within_its_range() -> None:
    bent = np.radians([[40.0, 43.0, 55.0], [-40.0, 43.0, 55.0], [40.0, -43.0, -55.0], [0.0, 0.0, 30.0]])
    head = bent.copy()
    turn_neck_back(head)
    vectors = Rotation.from_matrix(neck_rotation(head)).as_quat()
    turns = 2.0 * np.arctan2(vectors[:, 1], vectors[:, 3])
    assert np.abs(turns).max() < np.radians(66.0)
    np.testing.assert_allclose(head[3], bent[3], atol=1e-6)
    np.testing.assert_array_equal(head[:, :2], bent[:, :2])
