from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from simulator.body.model import BodyModel
from simulator.body.skeleton import Y_UP_TO_Z_UP
from simulator.motion.body_motion import BodyMotion
from simulator.motion.facts import measure_facts, travelled_m

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "real_motion"
RATE_HZ = 50.0


def rigid(body: BodyModel, pelvis: np.ndarray, yaw_rad: np.ndarray, roll_rad: float = 0.0) -> BodyMotion:
    """A T-pose carried along a pelvis path (T, 3) while it turns about the vertical."""
    to_world = Rotation.from_matrix(Y_UP_TO_Z_UP) * Rotation.from_rotvec([0.0, 0.0, roll_rad])
    orient = (Rotation.from_rotvec(np.outer(yaw_rad, [0.0, 0.0, 1.0])) * to_world).as_rotvec()
    rest = body.rest_joints(np.zeros(10))[0]
    pose = np.zeros((len(pelvis), 23, 3))
    return BodyMotion(np.zeros(10), orient, pose, pelvis - rest, RATE_HZ)


def test_straight_glide(standin_body: BodyModel) -> None:
    t = np.arange(201) / RATE_HZ
    path = np.stack([0.0 * t, -0.8 * t, np.full_like(t, 0.9)], axis=-1)
    facts = measure_facts(rigid(standin_body, path, 0.0 * t), standin_body)
    assert facts.duration_s == pytest.approx(4.0)
    assert facts.net_displacement_m == pytest.approx(3.2)
    assert facts.path_length_m == pytest.approx(facts.net_displacement_m, abs=1e-6)
    assert facts.displacement_forward_m == pytest.approx(facts.net_displacement_m)
    assert facts.displacement_left_m == pytest.approx(0.0, abs=1e-6)
    assert facts.cruising_speed_mps == pytest.approx(0.8, rel=1e-3)
    assert facts.max_hand_speed_left_mps == pytest.approx(0.8, rel=1e-6)
    assert facts.pelvis_height_min_m == pytest.approx(0.9)
    assert facts.net_turn_deg == pytest.approx(0.0, abs=1e-9)


def test_turn_beyond_a_full_circle_is_unwrapped_and_left_is_positive(standin_body: BodyModel) -> None:
    t = np.arange(301) / RATE_HZ
    place = np.tile([0.0, 0.0, 0.9], (len(t), 1))
    yaw = np.radians(450.0) * t / t[-1]
    facts = measure_facts(rigid(standin_body, place, yaw), standin_body)
    assert facts.net_turn_deg == pytest.approx(450.0)
    # The wrists of a turning T-pose move on a circle.
    rest = standin_body.rest_joints(np.zeros(10))
    radius = np.hypot(*(rest[20] - rest[0])[[0, 2]])
    assert facts.max_hand_speed_left_mps == pytest.approx(radius * np.radians(450.0) / t[-1], rel=1e-3)
    turned = measure_facts(rigid(standin_body, place, -yaw), standin_body)
    assert turned.net_turn_deg == pytest.approx(-450.0)


def test_forward_is_the_first_facing(standin_body: BodyModel) -> None:
    t = np.arange(151) / RATE_HZ
    # Facing +x (a quarter turn left of -y) and gliding along +y: to one's own left.
    path = np.stack([0.0 * t, 0.7 * t, np.full_like(t, 0.9)], axis=-1)
    facts = measure_facts(rigid(standin_body, path, np.full_like(t, np.pi / 2.0)), standin_body)
    assert facts.facing_start_deg == pytest.approx(90.0)
    assert facts.displacement_left_m == pytest.approx(facts.net_displacement_m)
    assert facts.displacement_forward_m == pytest.approx(0.0, abs=1e-6)


def test_lying_on_the_side_has_no_facing_of_its_own(standin_body: BodyModel) -> None:
    t = np.arange(51) / RATE_HZ
    place = np.tile([0.0, 0.0, 0.2], (len(t), 1))
    facts = measure_facts(rigid(standin_body, place, t * 3.0, roll_rad=np.pi / 2.0), standin_body)
    assert facts.net_turn_deg == 0.0


def test_sway_is_no_travel_but_a_detour_is() -> None:
    t = np.linspace(0.0, 10.0, 501)
    sway = 0.05 * np.stack([np.sin(3.0 * t), np.cos(2.0 * t)], axis=-1)
    assert travelled_m(sway) == 0.0
    there_and_back = np.stack([2.0 - np.abs(t - 5.0) * 0.4, 0.0 * t], axis=-1)
    assert travelled_m(there_and_back) == pytest.approx(4.0, abs=0.31)


def test_facts_are_plain_values(standin_body: BodyModel) -> None:
    t = np.arange(11) / RATE_HZ
    facts = measure_facts(rigid(standin_body, np.tile([0.0, 0.0, 0.9], (11, 1)), 0.0 * t), standin_body)
    values = facts.to_dict()
    assert json.loads(json.dumps(values)) == values
    assert values["displacement_xy_m"] == pytest.approx([0.0, 0.0], abs=1e-6)


@pytest.mark.skipif(not SHARED.is_dir(), reason="shared/real_motion is not beside this checkout")
def test_real_clips_measure_as_known(standin_body: BodyModel) -> None:
    from simulator.motion.importers import folder

    read: Callable[..., folder.MotionFolder] = folder.read_motion_folder
    clips = {clip.clip_id: clip for clip in read(SHARED, standin_body).clips}
    known = json.loads((SHARED / "reference" / "realism.json").read_text())
    name = next(key for key in clips if "dm_walk" in key)
    facts = measure_facts(clips[name].motion, standin_body)
    scripted = known["dm_walk"]["root_speed_mean_mps"]
    assert facts.net_displacement_m / facts.duration_s == pytest.approx(scripted, rel=0.15)
    assert facts.displacement_forward_m > 0.9 * facts.net_displacement_m
    assert 1.0 < facts.max_foot_speed_left_mps / facts.cruising_speed_mps < 5.0
