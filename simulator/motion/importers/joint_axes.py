"""Which way is up in joint positions whose axes nobody states."""

from __future__ import annotations

import numpy as np

from simulator.body.skeleton import JOINT, Y_UP_TO_Z_UP, Array

_UPRIGHT_COSINE = 0.8
_UPRIGHT_SHARE = 0.9  # of the frames
_TO_Y_UP: dict[str, Array] = {"z": Y_UP_TO_Z_UP.T, "-y": np.diag([1.0, -1.0, -1.0])}


def with_y_up(joints: Array) -> tuple[Array, tuple[str, ...]]:
    """Joints (T, 22, 3) that should be y up, turned where they are z up or y down, and a note saying so.

    A body that lies along z looks like a standing one with z up. Turned is only what stands along the other
    axis in nearly all frames and has its lowest joint steadier along it than along y, or reaches below the floor
    y = 0 of the format: floors are level.
    """
    trunk = joints[:, JOINT["neck"]] - joints[:, [JOINT["left_ankle"], JOINT["right_ankle"]]].mean(1)
    trunk = trunk / np.maximum(np.linalg.norm(trunk, axis=1, keepdims=True), 1e-12)
    lowest = _lowest(joints)
    below_floor = max(0.0, -float(np.median(lowest)))
    for name, turn in _TO_Y_UP.items():
        turned = joints @ turn.T
        upright = float(((trunk @ turn.T)[:, 1] > _UPRIGHT_COSINE).mean())
        if upright > _UPRIGHT_SHARE and _spread(_lowest(turned)) < _spread(lowest) + below_floor:
            return turned, (f"up axis {name}, told from the trunk and the floor; y was expected",)
    return joints, ()


def _lowest(joints: Array) -> Array:
    return joints[..., 1].min(1)


def _spread(heights: Array) -> float:
    low, high = np.percentile(heights, [10, 90])
    return float(high - low)
