"""Measures of one shaped body that the engine scales by, read from its rest joints and mesh."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from simulator.body.model import BodyModel
from simulator.body.skeleton import JOINT

from .floor_heights import FloorHeights, floor_heights
from .strokes import Array

MAX_STRETCH = 0.9988
"""Largest hip-ankle distance in use, as a share of the straight leg: acos is steep beyond it."""


@dataclass(frozen=True)
class BodyFrame:
    """Lengths (m) of a body in its rest pose; rest axes (left, up, forward)."""

    betas: Array
    rest: Array
    """(24, 3) rest joints with the sole at height 0."""
    pelvis_at_rest: Array
    """(3,) rest pelvis as the body model has it (the origin of transl)."""
    stand_height: float
    """Height of the pelvis joint in a relaxed stand."""
    leg_length: float
    """Hip to ankle, straight leg."""
    thigh: float
    shin: float
    ball_height: float
    """Ball joint above the sole."""
    ball_ahead: float
    """Ball joint ahead of the pelvis joint in the rest pose."""
    heel_behind: float
    """Heel's back end behind the ball joint."""
    ankle_from_ball: Array
    """(2, 3) ball to ankle, left and right foot, foot flat."""
    hip_half_width: float
    arm_length: float
    """Shoulder to wrist."""
    upper_arm: float
    forearm: float
    hand_length: float
    """Wrist to the fingertips."""
    body_height: float
    back_depth: float
    front_depth: float
    side_depth: float
    """Pelvis joint to the skin of back, belly and side: its height when lying on them."""
    body: BodyModel = field(repr=False)

    @cached_property
    def over_floor(self) -> FloorHeights:
        """What is measured on a posed body: only where somebody kneels or crawls is it worth its time."""
        return floor_heights(self.body, self.betas)

    @property
    def tucked_clearance(self) -> float:
        """Clearance (m) of a foot whose tucked toes rest on the floor: the ball is higher over them than flat."""
        return self.over_floor.tucked_ball - self.ball_height

    def joint(self, name: str) -> Array:
        """(3,) rest position of a joint, sole at height 0."""
        return self.rest[JOINT[name]]


def measure_body(body: BodyModel, betas: Array) -> BodyFrame:
    """Read the measures of a shaped body."""
    joints = body.rest_joints(betas)
    left, up, ahead = np.ascontiguousarray(body.rest_vertices(betas).T)
    sole = float(up.min())
    rest = joints - [0.0, sole, 0.0]
    up = up - sole

    def distance(first: str, second: str) -> float:
        return float(np.linalg.norm(rest[JOINT[first]] - rest[JOINT[second]]))

    pelvis, ball = rest[JOINT["pelvis"]], rest[JOINT["left_foot"]]
    trunk = (np.abs(up - pelvis[1]) < 0.12) & (np.abs(left) < 1.3 * abs(rest[1, 0]) + 0.12)
    foot = (up < 0.04) & (left > 0.0)
    thigh, shin = distance("left_hip", "left_knee"), distance("left_knee", "left_ankle")
    upper_arm, forearm = distance("left_shoulder", "left_elbow"), distance("left_elbow", "left_wrist")
    return BodyFrame(
        betas=betas,
        rest=rest,
        pelvis_at_rest=joints[0],
        stand_height=float(pelvis[1] - 0.004 * (thigh + shin)),
        leg_length=thigh + shin,
        thigh=thigh,
        shin=shin,
        ball_height=float(ball[1]),
        ball_ahead=float(ball[2] - pelvis[2]),
        heel_behind=float(ball[2] - ahead[foot].min()),
        ankle_from_ball=np.stack(
            [rest[JOINT[f"{s}_ankle"]] - rest[JOINT[f"{s}_foot"]] for s in ("left", "right")]
        ),
        hip_half_width=float(abs(rest[JOINT["left_hip"], 0])),
        arm_length=upper_arm + forearm,
        upper_arm=upper_arm,
        forearm=forearm,
        hand_length=float(left.max() - rest[JOINT["left_wrist"], 0]),
        body_height=float(up.max()),
        back_depth=float(pelvis[2] - ahead[trunk].min()),
        front_depth=float(ahead[trunk].max() - pelvis[2]),
        side_depth=float(np.abs(left[trunk]).max()),
        body=body,
    )
