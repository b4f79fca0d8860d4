"""Elementary rotation matrices over time, in the engine's axes (left, up, forward)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .strokes import Array


def about_left(angle: ArrayLike) -> Array:
    """(..., 3, 3) rotations about the left axis: positive tips up toward forward."""
    return _axis_rotation(angle, 0)


def about_up(angle: ArrayLike) -> Array:
    """(..., 3, 3) rotations about the up axis: positive turns forward toward left."""
    return _axis_rotation(angle, 1)


def about_forward(angle: ArrayLike) -> Array:
    """(..., 3, 3) rotations about the forward axis: positive turns left toward up."""
    return _axis_rotation(angle, 2)


def about_axis(axis: Array, angle: Array) -> Array:
    """(T, 3, 3) rotations about unit axes (T, 3) by angles (T,), rad (Rodrigues)."""
    x, y, z = axis.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
    sine, rest = np.sin(angle)[:, None, None], (1.0 - np.cos(angle))[:, None, None]
    return np.eye(3) + sine * cross + rest * (cross @ cross)


def posture_rotation(angles: Array) -> Array:
    """(..., 3, 3) of pitch, roll, twist (..., 3): twist first seen from outside, then pitch, then roll."""
    return about_up(angles[..., 2]) @ about_left(angles[..., 0]) @ about_forward(-angles[..., 1])


def apply(matrices: Array, vectors: ArrayLike) -> Array:
    """Rotate vectors (..., 3) by matrices (..., 3, 3)."""
    return np.einsum("...ij,...j->...i", matrices, np.asarray(vectors, dtype=np.float64))


def unit(vectors: Array) -> Array:
    """Vectors (..., 3) scaled to length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def frame_of(primary: Array, secondary: Array) -> Array:
    """(..., 3, 3) matrices with columns: primary's direction, secondary square to it, and their cross."""
    first = unit(primary)
    second = unit(secondary - (secondary * first).sum(-1, keepdims=True) * first)
    return np.stack([first, second, np.cross(first, second)], axis=-1)


def mirror(matrices: Array) -> Array:
    """The rotations as a mirror in the median plane shows them (left becomes right)."""
    flip = np.array([-1.0, 1.0, 1.0])
    return matrices * flip[:, None] * flip[None, :]


def _axis_rotation(angle: ArrayLike, axis: int) -> Array:
    a = np.asarray(angle, dtype=np.float64)
    c, s = np.cos(a), np.sin(a)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out = np.zeros((*a.shape, 3, 3))
    out[..., axis, axis] = 1.0
    out[..., i, i] = c
    out[..., j, j] = c
    out[..., i, j] = -s
    out[..., j, i] = s
    return out
