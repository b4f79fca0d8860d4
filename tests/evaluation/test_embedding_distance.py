"""R-precision, MM-Dist and FID in the conventions of text-to-motion."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.embedding_distance import frechet_distance, matching_distance, r_precision
from evaluation.errors import MetricInputError

GOLDEN = Path(__file__).parents[1] / "golden" / "metric_vectors"


@pytest.fixture(scope="module")
def vectors() -> dict[str, np.ndarray]:
    return dict(np.load(GOLDEN / "retrieval_embeddings.npz"))


def test_golden_values(vectors: dict[str, np.ndarray]) -> None:
    expected = json.loads((GOLDEN / "retrieval_expected.json").read_text())
    found = r_precision(vectors["text"], vectors["motion"])
    assert found.tolist() == expected["r_precision"]["top1_top2_top3"]
    assert r_precision(vectors["motion"], vectors["text"]).tolist() == [0.996875, 1.0, 1.0]
    assert matching_distance(vectors["text"], vectors["motion"]) == pytest.approx(
        expected["mm_dist"], abs=1e-6
    )
    fid = frechet_distance(vectors["real"], vectors["motion"])
    assert fid == pytest.approx(expected["fid_real_motion"], abs=1e-6)


def test_a_set_against_itself_is_zero(vectors: dict[str, np.ndarray]) -> None:
    assert abs(frechet_distance(vectors["real"], vectors["real"])) < 1e-9
    assert matching_distance(vectors["real"], vectors["real"]) == 0.0


def test_frechet_distance_of_shifted_sets_is_the_squared_shift() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 3))
    assert frechet_distance(rows, rows + np.array([1.0, 2.0, 0.0])) == pytest.approx(5.0, abs=1e-9)


def test_too_few_or_unpaired_rows_are_refused() -> None:
    rows = np.ones((5, 2))
    with pytest.raises(MetricInputError):
        r_precision(rows, rows)
    with pytest.raises(MetricInputError):
        matching_distance(rows, rows[:4])
    with pytest.raises(MetricInputError):
        frechet_distance(rows, np.ones((5, 3)))
