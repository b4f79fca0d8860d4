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
    product = np.zeros((len(axis), 3, 3))
    product[:, 0, 1], product[:, 0, 2], product[:, 1, 2] = -z, y, -x
    product[:, 1, 0], product[:, 2, 0], product[:, 2, 1] = z, -y, x
    sine, rest = np.sin(angle)[:, None, None], (1.0 - np.cos(angle))[:, None, None]
    return np.eye(3) + sine * product + rest * (product @ product)


def posture_rotation(angles: Array) -> Array:
    """(..., 3, 3) of pitch, roll, twist (..., 3): twist first seen from outside, then pitch, then roll."""
    return turned_in_turn(angles[..., 2], angles[..., 0], -angles[..., 1])


def turned_in_turn(up: Array, left: Array, forward: Array) -> Array:
    """(..., 3, 3) products of the rotations about the up, the left and the forward axis, angles (...)."""
    cosine, sine, cosine_left, sine_left = np.cos(up), np.sin(up), np.cos(left), np.sin(left)
    out = np.zeros((*cosine.shape, 3, 3))
    out[..., 0, 0], out[..., 0, 1], out[..., 0, 2] = cosine, sine * sine_left, sine * cosine_left
    out[..., 1, 1], out[..., 1, 2] = cosine_left, -sine_left
    out[..., 2, 0], out[..., 2, 1], out[..., 2, 2] = -sine, cosine * sine_left, cosine * cosine_left
    return out @ about_forward(forward) if forward.any() else out


def apply(matrices: Array, vectors: ArrayLike) -> Array:
    """Rotate vectors (..., 3) by matrices (..., 3, 3)."""
    return np.einsum("...ij,...j->...i", matrices, np.asarray(vectors, dtype=np.float64))


def unit(vectors: Array) -> Array:
    """Vectors (..., 3) scaled to length 1."""
    return vectors / np.maximum(length(vectors), 1e-12)[..., None]


def length(vectors: Array) -> Array:
    """(...) lengths of vectors (..., 2) or (..., 3); numpy's own norm takes ten times as long for so few columns."""
    return np.sqrt(dot(vectors, vectors))


def dot(first: Array, second: Array) -> Array:
    """(...) inner products of vectors (..., 2) or (..., 3)."""
    products = first * second
    total = products[..., 0] + products[..., 1]
    return total if products.shape[-1] == 2 else total + products[..., 2]


def cross(first: Array, second: Array) -> Array:
    """(..., 3) vector products of vectors (..., 3); ten times as fast as numpy's for short arrays."""
    x, y, z = first[..., 0], first[..., 1], first[..., 2]
    a, b, c = second[..., 0], second[..., 1], second[..., 2]
    out = np.empty(np.broadcast_shapes(first.shape, second.shape))
    out[..., 0], out[..., 1], out[..., 2] = y * c - z * b, z * a - x * c, x * b - y * a
    return out


def frame_of(primary: Array, secondary: Array) -> Array:
    """(..., 3, 3) matrices with columns: primary's direction, secondary square to it, and their cross."""
    first = unit(primary)
    second = unit(secondary - dot(secondary, first)[..., None] * first)
    out = np.empty((*first.shape, 3))
    out[..., 0], out[..., 1], out[..., 2] = first, second, cross(first, second)
    return out


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
