"""Retrieval between waves and texts: ranks in the full set and in pools, with their chance level.

Queries and gallery are paired row by row; similarity is the cosine. rank = 1 + strictly better items + half
of the other ties, and R@k is the share of ranks <= k. A collapsed model, whose embeddings are all equal,
therefore ranks everything in the middle instead of first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from .errors import MetricInputError

__all__ = [
    "RECALL_AT",
    "RETRIEVAL_VERSION",
    "RankTable",
    "Relevance",
    "draw_pools",
    "rank_in_pools",
    "rank_rows",
    "unit_rows",
]

RETRIEVAL_VERSION = "retrieval-1"
RECALL_AT = (1, 2, 3, 5, 10)
POOL_SIZE = 32
# Equal embeddings must tie although matrix products round differently from row to row.
TIE_TOLERANCE = 1e-9
# TMR calls texts above 0.95 in (1 + cos) / 2 the same, which is a cosine above 0.9.
SAME_TEXT_COSINE = 0.9
_BLOCK = 1024


def unit_rows(embeddings: np.ndarray) -> np.ndarray:
    """Rows of ``embeddings`` (N, D) scaled to length 1, float64.

    Raises:
        MetricInputError: not a matrix, not finite, or a row of zeros.
    """
    matrix = np.asarray(embeddings, dtype=np.float64)
    if matrix.ndim != 2 or not len(matrix) or not np.isfinite(matrix).all():
        raise MetricInputError(f"embeddings of shape {matrix.shape}: need a finite matrix (N, D) with N >= 1")
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    if not norms.all():
        raise MetricInputError(
            f"embedding row {int(np.argmin(norms))} is zero: it has no direction to compare"
        )
    return matrix / norms


@dataclass(frozen=True)
class Relevance:
    """Which gallery rows count as a hit for a query: always its own row, and rows that share a label with it.

    Attributes:
        labels: any number of label lists of N entries (motion ids, texts); one equal label is enough.
        text_vectors: (N, D) sentence vectors of the texts, or None.
        cosine: texts whose vectors' cosine exceeds this count as the same (the threshold protocol).
    """

    labels: tuple[tuple[Hashable, ...], ...] = ()
    text_vectors: np.ndarray | None = None
    cosine: float = SAME_TEXT_COSINE

    def block(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """bool (len(rows), len(columns)): does gallery item ``column`` count as a hit for query ``row``?"""
        relevant = rows[:, None] == columns[None, :]
        for labels in self.labels:
            numbers: dict[Hashable, int] = {}
            coded = np.array([numbers.setdefault(label, len(numbers)) for label in labels])
            relevant |= coded[rows][:, None] == coded[columns][None, :]
        if self.text_vectors is not None:
            vectors = unit_rows(self.text_vectors)
            relevant |= vectors[rows] @ vectors[columns].T > self.cosine
        return relevant


@dataclass(frozen=True)
class RankTable:
    """Ranks of queries, one row for each query in each pool that it is in.

    Attributes:
        query: (R,) index of the query's item.
        rank: (R,) rank of the best hit, 1 is best; halves come from ties.
        hits: (R,) items of the pool that count as a hit.
        pool_size: (R,) items of the pool.
    """

    query: np.ndarray
    rank: np.ndarray
    hits: np.ndarray
    pool_size: np.ndarray

    def recall_at(self, k: int) -> np.ndarray:
        """(R,) 1.0 where the best hit is among the first ``k``."""
        return (self.rank <= k).astype(float)

    def chance_recall_at(self, k: int) -> float:
        """Mean R@k of a random order: 1 - C(P-m, k) / C(P, k) for m hits among P items."""
        missed = self._missed_by_chance()
        return float(1.0 - missed[min(k, len(missed) - 1)])

    def reciprocal_rank(self) -> np.ndarray:
        """(R,) 1 / rank."""
        return 1.0 / self.rank

    def chance_reciprocal_rank(self) -> float:
        """Mean reciprocal rank of a random order."""
        missed = self._missed_by_chance()
        return float(np.sum((missed[:-1] - missed[1:]) / np.arange(1, len(missed))))

    def median_rank(self) -> float:
        """Median of the ranks."""
        return float(np.median(self.rank))

    def chance_median_rank(self) -> float:
        """Smallest rank that at least half of the queries reach in a random order."""
        return float(np.argmax(self._missed_by_chance() <= 0.5 + 1e-12))

    def _missed_by_chance(self) -> np.ndarray:
        """Mean probability that a random order has no hit among its first 0, 1, ... P items."""
        sizes = np.stack([self.pool_size, self.hits], axis=1)
        pairs, counts = np.unique(sizes, axis=0, return_counts=True)
        place = np.arange(int(self.pool_size.max()))
        total = np.zeros(len(place) + 1)
        for (size, hits), count in zip(pairs, counts, strict=True):
            factors = np.clip(size - hits - place, 0, None) / np.clip(size - place, 1, None)
            total += count * np.concatenate([[1.0], np.cumprod(factors)])
        return total / counts.sum()


def _ranks(similarity: np.ndarray, relevant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rank of the best hit and the number of hits of each row of a similarity block."""
    best = np.where(relevant, similarity, -np.inf).max(axis=1, keepdims=True)
    others = ~relevant
    better = (others & (similarity > best + TIE_TOLERANCE)).sum(axis=1)
    tied = (others & (np.abs(similarity - best) <= TIE_TOLERANCE)).sum(axis=1)
    return 1.0 + better + 0.5 * tied, relevant.sum(axis=1)


def rank_rows(queries: np.ndarray, gallery: np.ndarray, relevance: Relevance | None = None) -> RankTable:
    """Ranks of all queries in the whole gallery.

    Args:
        queries: (N, D) embeddings, any length.
        gallery: (N, D) embeddings; row i belongs to query i.
        relevance: what else counts as a hit; None: the own row alone.
    """
    return rank_in_pools(queries, gallery, [np.arange(len(queries))], relevance)


def rank_in_pools(
    queries: np.ndarray, gallery: np.ndarray, pools: Sequence[np.ndarray], relevance: Relevance | None = None
) -> RankTable:
    """Ranks of queries within each pool (arrays of row indices), as `rank_rows` otherwise."""
    if np.shape(queries) != np.shape(gallery):
        raise MetricInputError(
            f"queries {np.shape(queries)} and gallery {np.shape(gallery)} are not paired rows"
        )
    relevance = relevance or Relevance()
    queries, gallery = unit_rows(queries), unit_rows(gallery)
    parts: list[tuple[np.ndarray, ...]] = []
    for pool in pools:
        for start in range(0, len(pool), _BLOCK):
            rows = pool[start : start + _BLOCK]
            rank, hits = _ranks(queries[rows] @ gallery[pool].T, relevance.block(rows, pool))
            parts.append((rows, rank, hits, np.full(len(rows), len(pool))))
    if not parts:
        raise MetricInputError("no pool to rank in: give at least one pool of at least one row")
    query, rank, hits, size = (np.concatenate(column) for column in zip(*parts, strict=True))
    return RankTable(query, rank, hits, size)


def draw_pools(
    ids: Sequence[str], motions: Sequence[str], size: int = POOL_SIZE, seed: int = 0, repetitions: int = 1
) -> list[np.ndarray]:
    """Pools of ``size`` samples of different motions: no other view of a query's motion competes with it.

    In each repetition and for each view in turn: motions sorted, shuffled with ``seed + repetition``, cut
    into pools, the last incomplete part dropped (Guo et al. 2022; TMR). With fewer than ``size`` motions
    there is one pool of all of them, and the chance level is that of the smaller pool.

    Args:
        ids: sample ids, N.
        motions: motion ids, N.
        size: samples of a pool.
        seed: of the shuffles.
        repetitions: how often everything is shuffled and cut anew.

    Returns:
        Arrays of row indices, all of one length.
    """
    if len(ids) != len(motions) or not len(ids):
        raise MetricInputError(
            f"{len(ids)} sample ids and {len(motions)} motion ids: need as many, and at least one"
        )
    rows_of: dict[str, list[int]] = {}
    for row in sorted(range(len(ids)), key=lambda index: ids[index]):
        rows_of.setdefault(motions[row], []).append(row)
    names = sorted(rows_of)
    pool_size = min(size, len(names))
    pools: list[np.ndarray] = []
    for repetition in range(repetitions):
        rng = np.random.Generator(np.random.PCG64(seed + repetition))
        for turn in range(max(len(rows) for rows in rows_of.values())):
            order = rng.permutation(len(names))
            chosen = np.array([rows_of[names[i]][turn % len(rows_of[names[i]])] for i in order])
            whole = len(chosen) // pool_size * pool_size
            pools.extend(chosen[:whole].reshape(-1, pool_size))
    return pools


def fixed_choice(identity: str, count: int) -> int:
    """Index below ``count`` that depends on ``identity`` alone: which caption is a sample's test text."""
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], "big") % count
