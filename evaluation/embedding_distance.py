"""R-precision, MM-Dist and FID of paired embeddings, in the conventions of text-to-motion (Guo et al. 2022).

All three use the Euclidean distance on the embeddings as they come (no normalisation). They depend on the
encoder that made the embeddings, so values of two encoders cannot be compared.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import sqrtm

from .errors import MetricInputError

__all__ = ["frechet_distance", "matching_distance", "r_precision"]


def _paired(queries: np.ndarray, gallery: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.asarray(queries, dtype=np.float64), np.asarray(gallery, dtype=np.float64)
    if first.ndim != 2 or first.shape != second.shape or not len(first):
        raise MetricInputError(
            f"embeddings of shapes {first.shape} and {second.shape}: need two paired (N, D)"
        )
    return first, second


def r_precision(queries: np.ndarray, gallery: np.ndarray, top: int = 3, pool: int = 32) -> np.ndarray:
    """Share of queries (N, D) whose own gallery row is among the first 1..``top`` of its pool: (top,).

    Pools are ``pool`` consecutive rows, the last incomplete one dropped. text-to-motion queries with the
    text; the other way round is another number.

    Raises:
        MetricInputError: the rows are not paired, or they fill no pool.
    """
    first, second = _paired(queries, gallery)
    pools = len(first) // pool
    if not pools:
        raise MetricInputError(f"{len(first)} pairs do not fill one pool of {pool}")
    ranks = []
    for index in range(pools):
        rows = slice(index * pool, (index + 1) * pool)
        distance = np.linalg.norm(first[rows][:, None] - second[rows][None], axis=2)
        own = np.diagonal(distance)[:, None]
        others = ~np.eye(pool, dtype=bool)
        ranks.append(1 + (distance < own).sum(axis=1) + 0.5 * ((distance == own) & others).sum(axis=1))
    rank = np.concatenate(ranks)
    return np.array([np.mean(rank <= k) for k in range(1, top + 1)])


def matching_distance(first: np.ndarray, second: np.ndarray) -> float:
    """MM-Dist: mean Euclidean distance of the pairs of rows (N, D)."""
    left, right = _paired(first, second)
    return float(np.linalg.norm(left - right, axis=1).mean())


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """FID between two sets of embeddings (N, D) and (M, D); covariances with ddof 1.

    The real part of the matrix root is taken: rounding makes it complex, and a set against itself may come
    out as little as 1e-9 below zero.

    Raises:
        MetricInputError: widths differ, or a set has fewer than two rows.
    """
    left, right = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[1] or min(len(left), len(right)) < 2:
        raise MetricInputError(
            f"sets of shapes {left.shape} and {right.shape}: need (N, D), (M, D), N and M >= 2"
        )
    offset = left.mean(axis=0) - right.mean(axis=0)
    a, b = np.atleast_2d(np.cov(left, rowvar=False)), np.atleast_2d(np.cov(right, rowvar=False))
    root = np.real(sqrtm(a @ b))
    return float(offset @ offset + np.trace(a) + np.trace(b) - 2.0 * np.trace(root))
