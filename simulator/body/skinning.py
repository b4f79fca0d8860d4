"""Linear blend skinning as matrix products: rows for poses, columns for vertices (Loper et al. 2015).

A vertex is `sum_k w_k G_k (v - J_k)` over the joints k: a row holds the transforms G of one pose's coordinate, a
column a vertex of the shape with its weights. Both are single precision; the pelvis' path is added last, so that
they keep micrometres metres away.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .skeleton import Array

POSES_PER_BLOCK = 8  # one block of posed vertices (about 1 MB) stays in the cache while it is turned
ROUGH_POSES = 64
Single = NDArray[np.float32]


def skin_rows(world: Array, joints: Array, rest: Array) -> Single:
    """(T, 3, 96) transforms about the pelvis.

    Args:
        world: (24, T, 3, 3) rotations of the joints.
        joints: (T, 24, 3) their positions, m.
        rest: (24, 3) joints of the rest pose, m.
    """
    moved = np.einsum("jtab,jb->jta", world, rest).transpose(1, 0, 2)
    rows = np.empty((len(joints), 3, len(rest), 4), dtype=np.float32)
    rows[..., :3] = world.transpose(1, 2, 0, 3)
    rows[..., 3] = (joints - joints[:, :1] - moved).transpose(0, 2, 1)
    return rows.reshape(len(joints), 3, -1)


def skin_columns(shaped: Array, weights: Array) -> Single:
    """(96, V) vertices (V, 3) of the shape, homogeneous, times their weights (V, 24)."""
    homogeneous = np.concatenate([shaped, np.ones((len(shaped), 1))], axis=1)
    columns = weights.T[:, None, :] * homogeneous.T[None]
    return columns.reshape(-1, len(shaped)).astype(np.float32)


def skinned_blocks(rows: Single, columns: Single, first: int, last: int) -> Iterator[tuple[slice, Single]]:
    """Poses of blocks first..last, and their vertices (t, 3, V) about the pelvis.

    Blocks are the same whoever skins them: a matrix product's last bits depend on its shape.
    """
    for start in range(first * POSES_PER_BLOCK, last * POSES_PER_BLOCK, POSES_PER_BLOCK):
        block = slice(start, min(start + POSES_PER_BLOCK, len(rows)))
        yield block, (rows[block].reshape(-1, len(columns)) @ columns).reshape(-1, 3, columns.shape[1])


def n_blocks(n_poses: int) -> int:
    """Number of blocks of so many poses."""
    return -(-n_poses // POSES_PER_BLOCK)


def rough_heights(rows: Single, columns: Single) -> Single:
    """(T,) lowest z of each pose about the pelvis, to a micrometre: one product, of one coordinate."""
    heights = rows[:, 2]
    blocks = [heights[start : start + ROUGH_POSES] for start in range(0, len(heights), ROUGH_POSES)]
    return np.concatenate([(np.ascontiguousarray(block) @ columns).min(axis=1) for block in blocks])
