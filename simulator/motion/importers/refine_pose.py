"""A short refinement of a fitted pose: Gauss-Newton on rotations of trunk, neck and arms and on the pelvis.

Analytic inverse kinematics turns one joint after the other, so errors add up along a limb. Here the rotations
and the place of the pelvis move together to bring all joints nearer to the clip's. The correction is smooth in
time, so that the motion keeps the clip's accelerations; legs are solved afterwards.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from simulator.body.skeleton import JOINT, PARENTS, Array, forward_kinematics, rotation_matrices

_TURNED = [
    JOINT[name]
    for name in (
        *("pelvis", "spine1", "spine2", "spine3", "neck", "left_collar", "right_collar"),
        *("left_shoulder", "right_shoulder", "left_elbow", "right_elbow"),
    )
]
_WEIGHTS = {name: 1.0 for name in JOINT if JOINT[name] < 22} | {
    # Where the hips are decides how straight the legs are; the legs themselves are solved afterwards.
    **{"left_hip": 3.0, "right_hip": 3.0},
    **{f"{side}_{name}": 0.0 for side in ("left", "right") for name in ("knee", "ankle", "foot")},
}
_STEPS = 3
_DAMPING_M2 = 2e-4  # per rad^2: directions that no joint shows, such as twists of an arm, stay as they are
_RATE_HZ = 25.0  # at which corrections are found; between them they are splined
_SMOOTHING_S = 0.1


def refined(
    local: Array, pelvis: Array, target: Array, rest: Array, rate_hz: float, first: int = 0
) -> tuple[Array, Array]:
    """Local rotations (T, 24, 3, 3) and pelvis positions (T, 3) that bring joints nearer to `target`.

    Args:
        local: (T, 24, 3, 3) rotations to start from; those of hips, knees and ankles do not count.
        pelvis: (T, 3) to start from, m.
        target: (T, 22, 3) joints to come near to, m.
        rest: (24, 3) joints of the body's rest pose, m.
        rate_hz: poses per second.
        first: index of the first pose in its recording, so that windows of it are corrected alike.
    """
    every = max(1, round(rate_hz / _RATE_HZ))
    n_poses = len(local)
    times = np.arange(n_poses)
    kept = np.unique([0, *times[(-first) % every :: every], n_poses - 1])
    for _ in range(_STEPS):
        step = _step(local[kept], pelvis[kept], target[kept], rest)
        sigma = _SMOOTHING_S * rate_hz / every
        step = gaussian_filter1d(step, sigma, axis=0, mode="nearest")
        if len(kept) < n_poses:
            step = CubicSpline(kept, step)(times) if len(kept) > 3 else np.repeat(step[:1], n_poses, axis=0)
        pelvis = pelvis + np.einsum("tij,tj->ti", local[:, 0], step[:, -1])
        local = local.copy()
        local[:, _TURNED] = local[:, _TURNED] @ rotation_matrices(step[:, :-1])
    return local, pelvis


def _step(local: Array, pelvis: Array, target: Array, rest: Array) -> Array:
    """(T, turned joints + 1, 3) Gauss-Newton step: rotations in each joint's own frame, last the pelvis's shift."""
    joints, world = forward_kinematics(local[:, :22], rest, pelvis)
    seen = [joint for name, joint in JOINT.items() if joint < 22 and _WEIGHTS[name] > 0]
    weights = np.array([_WEIGHTS[name] for name, joint in JOINT.items() if joint in seen])
    # (T, turned, seen, axis of the turn, coordinate of the joint)
    jacobian = np.zeros((len(local), len(_TURNED) + 1, len(seen), 3, 3))
    for column, joint in enumerate(_TURNED):
        below = [row for row, end in enumerate(seen) if _hangs_on(end, joint)]
        lever = joints[:, [seen[row] for row in below]] - joints[:, [joint]]
        # A turn w moves a lever r by w x r; w is given in the joint's own axes
        axes = world[:, None, joint].swapaxes(-1, -2)
        jacobian[:, column, below] = np.cross(axes, lever[:, :, None])
    jacobian[:, -1] = world[:, None, 0].swapaxes(-1, -2)
    error = (target - joints)[:, seen] * weights[:, None]
    rows = jacobian.transpose(0, 1, 3, 2, 4).reshape(len(local), -1, 3 * len(seen))
    normal = (rows * np.repeat(weights, 3)) @ rows.swapaxes(1, 2)
    diagonal = np.arange(normal.shape[1])
    normal[:, diagonal, diagonal] += _DAMPING_M2
    right = np.einsum("tcr,tr->tc", rows, error.reshape(len(local), -1))
    return np.linalg.solve(normal, right[..., None])[..., 0].reshape(len(local), -1, 3)


def _hangs_on(joint: int, ancestor: int) -> bool:
    while joint > ancestor:
        joint = PARENTS[joint]
        if joint == ancestor:
            return True
    return False
