"""From target tracks to joint rotations: keep the legs in reach, solve legs and arms, turn to world axes."""

from __future__ import annotations

import numpy as np

from simulator.body.skeleton import JOINT, Y_UP_TO_Z_UP, axis_angles, continuous_axis_angles

from .arms import elbow_rotation, swing_rotation
from .body_frame import BodyFrame
from .body_motion import BodyMotion
from .hip_relief import relieve_hips
from .leg_range import ankle_in_range, heel_rise, hinge_in_range, lying_share
from .legs import SOFT_M, SWING_SOFT_M, LegSolution, hip_points, knee_hinges, solve_leg
from .rotations import (
    about_axis,
    about_forward,
    about_left,
    about_up,
    apply,
    cross,
    length,
    mirror,
    posture_rotation,
    unit,
)
from .strokes import Array, minimum_jerk, soft_max_zero
from .support import capped_root, foot_target, lift_heel
from .timeline import SIDES, Timeline, side_sign

SPINE_SHARES = (0.3, 0.35, 0.35)
NECK_SHARE = 0.5
SOFT_CLEARANCE_M = 0.08
"""Clearance from which on a leg counts as swinging."""
NEARLY_TURNED = -0.9
"""Cosine of the angle beyond which a rotation is nearly half a turn."""
JUMP_RAD = 1.0
"""Neighbouring poses whose axis-angle vectors differ by less need no rewriting to be continuous."""
SWING_DORSIFLEXION_RAD, LANDING_DORSIFLEXION_RAD = np.radians([22.0, 36.0])
HEEL_ROUNDS = 3
LEAST_ELBOW_RAD = 0.04
ACROSS_TRUNK_RAD = np.radians(50.0)
MAX_TOE_BEND_RAD = np.radians(55.0)
LEFTWARD: Array = np.array([1.0, 0.0, 0.0])


def pelvis_rotation(tracks: dict[str, Array]) -> Array:
    """(T, 3, 3) global rotation of the pelvis."""
    return about_up(tracks["facing"][:, 0]) @ posture_rotation(tracks["pelvis"])


def shoulder_points(frame: BodyFrame, tracks: dict[str, Array]) -> tuple[Array, Array, Array]:
    """Chest rotation (T, 3, 3) and left and right shoulder joints (T, 3), shoulder girdle at rest."""
    rotation = pelvis_rotation(tracks)
    point = tracks["root"]
    chain = ("pelvis", "spine1", "spine2", "spine3")
    for parent, child, share in zip(chain[:-1], chain[1:], SPINE_SHARES, strict=True):
        point = point + apply(rotation, frame.joint(child) - frame.joint(parent))
        rotation = rotation @ posture_rotation(share * tracks["spine"])
    left, right = (
        point + apply(rotation, frame.joint(f"{side}_shoulder") - frame.joint("spine3")) for side in SIDES
    )
    return rotation, left, right


def solve(frame: BodyFrame, timeline: Timeline) -> tuple[Array, Array]:
    """Local joint rotations (T, 24, 3, 3) and pelvis positions (T, 3), engine axes."""
    rate_hz = 1.0 / (timeline.time_s[1] - timeline.time_s[0])
    tracks, pelvis = relieve_hips(frame, timeline.tracks, pelvis_rotation, rate_hz)
    for side, hip in zip(SIDES, hip_points(frame, tracks["root"], pelvis), strict=True):
        tracks[f"foot_{side}"] = lift_heel(frame, side, hip, tracks[f"foot_{side}"], rate_hz)
    feet = {side: foot_target(frame, side, tracks[f"foot_{side}"]) for side in SIDES}
    clearances = [tracks[f"foot_{side}"][:, 1] for side in SIDES]
    root = capped_root(frame, tracks["root"], pelvis, [feet[side][0] for side in SIDES], clearances, rate_hz)
    tracks["root"] = root
    local = np.tile(np.eye(3), (len(root), 24, 1, 1))
    local[:, JOINT["pelvis"]] = pelvis
    for name, share in zip(("spine1", "spine2", "spine3"), SPINE_SHARES, strict=True):
        local[:, JOINT[name]] = posture_rotation(share * tracks["spine"])
    for name, share in (("neck", NECK_SHARE), ("head", 1.0 - NECK_SHARE)):
        local[:, JOINT[name]] = posture_rotation(share * tracks["head"])
    hips = hip_points(frame, root, pelvis)
    for index, side in enumerate(SIDES):
        _write_leg(local, frame, side, pelvis, hips[index], tracks[f"foot_{side}"], feet[side], rate_hz)
        _write_arm(local, side, tracks[f"arm_{side}"], tracks["shrug"][:, index])
        _write_hand(local, side, tracks[f"hand_{side}"][:, 0])
    return local, root


def to_body_motion(frame: BodyFrame, local: Array, root: Array, rate_hz: float) -> BodyMotion:
    """Body motion in the world's axes (z up) of rotations and pelvis positions in the engine's."""
    world = local.copy()
    world[:, 0] = Y_UP_TO_Z_UP @ local[:, 0]
    vectors = _rotation_vectors(world)
    jumping = np.abs(np.diff(vectors, axis=0)).max(axis=(0, 2), initial=0.0) > JUMP_RAD
    if jumping.any():
        vectors[:, jumping] = continuous_axis_angles(vectors[:, jumping])
    transl = root @ Y_UP_TO_Z_UP.T - frame.pelvis_at_rest
    return BodyMotion(frame.betas, vectors[:, 0], vectors[:, 1:], transl, rate_hz)


def _rotation_vectors(matrices: Array) -> Array:
    """Axis-angle vectors (T, J, 3) of rotation matrices that need no check: their logarithms, angles in [0, pi]."""
    sines = np.empty(matrices.shape[:-1])
    for axis, (row, column) in enumerate(((2, 1), (0, 2), (1, 0))):
        np.subtract(matrices[..., row, column], matrices[..., column, row], out=sines[..., axis])
    sines *= 0.5
    sine = length(sines)
    cosine = 0.5 * (matrices[..., 0, 0] + matrices[..., 1, 1] + matrices[..., 2, 2] - 1.0)
    small = sine < 1e-8
    vectors = sines * np.where(small, 1.0, np.arctan2(sine, cosine) / np.where(small, 1.0, sine))[..., None]
    turned = cosine < NEARLY_TURNED  # the axis drowns in rounding near half a turn
    if turned.any():
        vectors[turned] = axis_angles(matrices[turned])
    return vectors


def _write_leg(
    local: Array,
    frame: BodyFrame,
    side: str,
    pelvis: Array,
    hip: Array,
    foot: Array,
    target: tuple[Array, Array],
    rate_hz: float,
) -> None:
    lying = lying_share(frame, hip)
    airborne = minimum_jerk((foot[:, 1] - 0.03) / SOFT_CLEARANCE_M)
    carrying = (1.0 - lying) * (1.0 - airborne) * (foot[:, 4] < 0.07)
    leg, bend = _solved_leg(frame, side, pelvis, hip, foot, target, rate_hz)
    for _ in range(HEEL_ROUNDS):
        rise = heel_rise(_dorsiflexion(bend), carrying, rate_hz)
        if rise is None:
            break
        foot = foot - np.outer(rise, [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0])
        leg, bend = _solved_leg(frame, side, pelvis, hip, foot, foot_target(frame, side, foot), rate_hz)
    local[:, JOINT[f"{side}_hip"]] = leg.hip
    local[:, JOINT[f"{side}_knee"]] = leg.knee
    # A foot in the air hangs where the ankle would bend too far up.
    dorsiflexion = _dorsiflexion(bend)
    drop = soft_max_zero(dorsiflexion - SWING_DORSIFLEXION_RAD, 0.06)
    # Raised toes of a foot on its heel may sink as far as they are raised.
    sinking = soft_max_zero(dorsiflexion - LANDING_DORSIFLEXION_RAD, 0.05)
    toes_up = soft_max_zero(foot[:, 4] - 0.07, 0.012)
    landing = toes_up * sinking / (toes_up + sinking + 1e-9)
    hanging = drop * airborne + landing * (1.0 - airborne)
    eased = bend @ about_left(hanging)
    # The foot of a body that lies carries nothing: its ankle goes no further than it can.
    local[:, JOINT[f"{side}_ankle"]] = ankle_in_range(eased, side, lying)
    near_floor = 1.0 - np.clip(foot[:, 1] / 0.25, 0.0, 1.0)
    toes = np.clip(soft_max_zero(-foot[:, 4], 0.01), 0.0, MAX_TOE_BEND_RAD) * near_floor
    local[:, JOINT[f"{side}_foot"]] = about_left(-toes)


def _solved_leg(
    frame: BodyFrame,
    side: str,
    pelvis: Array,
    hip: Array,
    foot: Array,
    target: tuple[Array, Array],
    rate_hz: float,
) -> tuple[LegSolution, Array]:
    """The leg that puts a foot (T, 7) where its target has it, and the ankle's rotation (T, 3, 3)."""
    ankle, rotation = target
    hinge = knee_hinges(pelvis, rotation, foot[:, 5], side_sign(side))
    soft = SOFT_M + (SWING_SOFT_M - SOFT_M) * minimum_jerk(foot[:, 1] / SOFT_CLEARANCE_M)
    leg = solve_leg(frame, side, pelvis, hip, ankle, hinge, soft)
    leg = hinge_in_range(frame, side, pelvis, hip, ankle, hinge, leg, soft, rate_hz)
    return leg, np.swapaxes(leg.shin_world, -1, -2) @ rotation


def _dorsiflexion(bend: Array) -> Array:
    return -np.arctan2(bend[:, 2, 1], bend[:, 1, 1])


def _write_arm(local: Array, side: str, pose: Array, shrug: Array) -> None:
    """Shoulder girdle, shoulder and elbow; the girdle rises with the arm (scapulohumeral rhythm)."""
    upper = _arm_in_range(swing_rotation(pose))
    bent = pose.copy()
    bent[:, 3] = LEAST_ELBOW_RAD + soft_max_zero(pose[:, 3] - LEAST_ELBOW_RAD, 0.01)
    elevation = np.arcsin(np.clip(upper[:, 1, 0], -1.0, 1.0))
    girdle = about_forward(shrug + 0.25 * soft_max_zero(elevation + 0.2, 0.2))
    shoulder = np.swapaxes(girdle, -1, -2) @ upper
    parts = {"collar": girdle, "shoulder": shoulder, "elbow": elbow_rotation(bent)}
    for name, rotation in parts.items():
        local[:, JOINT[f"{side}_{name}"]] = rotation if side == "left" else mirror(rotation)


def _arm_in_range(upper: Array) -> Array:
    """Upper arms (T, 3, 3), as of a left arm, that reach across the trunk no further than an arm goes."""
    along = upper[:, :, 0]
    beyond = np.arcsin(np.clip(-along[:, 0], -1.0, 1.0)) - ACROSS_TRUNK_RAD
    if beyond.max() < -0.05:
        return upper
    outward = unit(cross(along, LEFTWARD))
    return about_axis(outward, soft_max_zero(beyond, 0.03)) @ upper


def _write_hand(local: Array, side: str, extension: Array) -> None:
    """The wrist's extension: palms of a T-pose face down, so the hand turns up about the forward axis."""
    wrist = about_forward(extension)
    local[:, JOINT[f"{side}_wrist"]] = wrist if side == "left" else mirror(wrist)
