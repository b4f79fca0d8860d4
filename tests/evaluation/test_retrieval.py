"""Ranks, pools and chance levels of retrieval."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.errors import MetricInputError
from evaluation.retrieval import (
    RankTable,
    Relevance,
    draw_pools,
    fixed_choice,
    rank_in_pools,
    rank_rows,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "metric_vectors"


def random_rows(rows: int, width: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, width))


@pytest.mark.parametrize(
    ("direction", "query", "gallery"),
    [("text_to_wave", "text", "motion"), ("wave_to_text", "motion", "text")],
)
def test_full_pool_equals_the_golden_values(direction: str, query: str, gallery: str) -> None:
    vectors = np.load(GOLDEN / "retrieval_embeddings.npz")
    expected = json.loads((GOLDEN / "retrieval_expected.json").read_text())["full_pool"][direction]
    table = rank_rows(vectors[query], vectors[gallery])
    for k in (1, 2, 3, 5, 10):
        assert table.recall_at(k).mean() == expected[f"R@{k}"]
    assert table.median_rank() == expected["median_rank"]
    assert table.rank.mean() == expected["mean_rank"]
    assert table.reciprocal_rank().mean() == pytest.approx(expected["MRR"], abs=1e-12)


def test_equal_embeddings_rank_in_the_middle() -> None:
    vectors = np.ones((9, 4))
    table = rank_rows(vectors, vectors)
    assert set(table.rank.tolist()) == {1 + 8 / 2}
    assert table.recall_at(1).mean() == 0.0


def test_ties_count_half() -> None:
    queries = np.array([[1.0, 0.0], [0.0, 1.0]])
    gallery = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert rank_rows(queries, gallery).rank.tolist() == [1.5, 1.5]


def test_perfect_embeddings_are_found_first() -> None:
    vectors = random_rows(70, 16, 0)
    table = rank_rows(vectors, 3.0 * vectors)
    assert (table.rank == 1).all()
    pools = draw_pools([f"s{i:02d}" for i in range(70)], [f"m{i:02d}" for i in range(70)], 32)
    assert (rank_in_pools(vectors, vectors, pools).rank == 1).all()


def test_random_embeddings_score_at_chance() -> None:
    count = 320
    pools = draw_pools(
        [f"s{i:03d}" for i in range(count)], [f"m{i:03d}" for i in range(count)], 32, repetitions=40
    )
    table = rank_in_pools(random_rows(count, 8, 1), random_rows(count, 8, 2), pools)
    for k in (1, 5, 10):
        assert table.chance_recall_at(k) == pytest.approx(k / 32)
        assert table.recall_at(k).mean() == pytest.approx(k / 32, abs=4 * np.sqrt(k / 32 / count))
    assert table.reciprocal_rank().mean() == pytest.approx(table.chance_reciprocal_rank(), abs=0.04)


@given(st.integers(1, 6), st.data())
def test_chance_equals_the_mean_over_all_orders(size: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(1, size))
    table = RankTable(np.array([0]), np.array([1.0]), np.array([hits]), np.array([size]))
    first = [min(order[:hits]) + 1 for order in itertools.permutations(range(size))]
    for k in range(1, size + 1):
        assert table.chance_recall_at(k) == pytest.approx(np.mean(np.array(first) <= k))
    assert table.chance_reciprocal_rank() == pytest.approx(np.mean(1 / np.array(first)))
    assert table.chance_median_rank() == next(
        r for r in range(1, size + 1) if np.mean(np.array(first) <= r) >= 0.5
    )


@settings(max_examples=25)
@given(st.integers(2, 30), st.integers(0, 10**6))
def test_order_of_the_rows_does_not_matter(count: int, seed: int) -> None:
    queries, gallery = random_rows(count, 5, seed), random_rows(count, 5, seed + 1)
    order = np.random.default_rng(seed).permutation(count)
    assert (
        rank_rows(queries[order], gallery[order]).rank.tolist()
        == rank_rows(queries, gallery).rank[order].tolist()
    )


def test_same_motion_or_text_counts_and_raises_chance() -> None:
    queries = np.eye(4)
    gallery = np.eye(4)[[1, 0, 3, 2]]
    assert rank_rows(queries, gallery).recall_at(1).mean() == 0.0
    by_motion = rank_rows(queries, gallery, Relevance(labels=(("m0", "m0", "m1", "m1"),)))
    assert by_motion.recall_at(1).mean() == 1.0
    assert by_motion.hits.tolist() == [2, 2, 2, 2]
    assert by_motion.chance_recall_at(1) == pytest.approx(0.5)


def test_threshold_protocol_counts_texts_above_the_cosine_only() -> None:
    sentences = np.array([[1.0, 0.0], [0.95, np.sqrt(1 - 0.95**2)], [0.89, -np.sqrt(1 - 0.89**2)]])
    rows = np.arange(3)
    block = Relevance(text_vectors=sentences).block(rows, rows)
    assert block.tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_blocks_do_not_change_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    queries, gallery = random_rows(50, 6, 3), random_rows(50, 6, 4)
    whole = rank_rows(queries, gallery).rank
    monkeypatch.setattr("evaluation.retrieval._BLOCK", 7)
    assert rank_rows(queries, gallery).rank.tolist() == whole.tolist()


def test_pools_hold_each_motion_once_and_use_every_view() -> None:
    ids = [f"m{m:02d}-{view}" for m in range(40) for view in "AB"]
    motions = [identity[:3] for identity in ids]
    pools = draw_pools(ids, motions, 32, repetitions=3)
    assert {len(pool) for pool in pools} == {32}
    assert len(pools) == 3 * 2
    for pool in pools:
        assert len({motions[row] for row in pool}) == 32
        assert len({ids[row][-1] for row in pool}) == 1
    assert {ids[row][-1] for pool in pools for row in pool} == {"A", "B"}
    again = draw_pools(ids, motions, 32, repetitions=3)
    assert all((a == b).all() for a, b in zip(pools, again, strict=True))


def test_pools_do_not_depend_on_the_order_of_the_samples() -> None:
    ids = [f"s{i:02d}" for i in range(64)]
    forward = draw_pools(ids, ids, 32)
    backward = draw_pools(ids[::-1], ids[::-1], 32)
    assert [[ids[i] for i in pool] for pool in forward] == [[ids[::-1][i] for i in pool] for pool in backward]


def test_few_motions_make_a_smaller_pool_with_its_own_chance() -> None:
    ids = [f"s{i}" for i in range(5)]
    pools = draw_pools(ids, ids, 32)
    assert [len(pool) for pool in pools] == [5]
    table = rank_in_pools(random_rows(5, 3, 0), random_rows(5, 3, 1), pools)
    assert table.chance_recall_at(1) == pytest.approx(1 / 5)
    assert table.chance_recall_at(10) == 1.0


def test_bad_embeddings_are_refused() -> None:
    good = random_rows(3, 4, 0)
    for bad in (np.zeros((3, 4)), np.full((3, 4), np.nan), good[:2], good[0]):
        with pytest.raises(MetricInputError):
            rank_rows(good, bad)


def test_fixed_choice_depends_on_the_id_alone_and_spreads() -> None:
    chosen = [fixed_choice(f"sample-{i}", 4) for i in range(400)]
    assert chosen == [fixed_choice(f"sample-{i}", 4) for i in range(400)]
    assert all(70 <= chosen.count(value) <= 130 for value in range(4))
