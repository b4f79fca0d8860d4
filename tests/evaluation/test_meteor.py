"""METEOR: the Java values where it is installed, a reason where it is not."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from evaluation.caption_measures import caption_measures
from evaluation.meteor import meteor, meteor_obstacle
from evaluation.statistics import GroupBootstrap

GOLDEN = Path(__file__).parents[1] / "golden" / "metric_vectors"


def test_every_missing_part_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    obstacle = meteor_obstacle()
    assert obstacle is not None
    assert "java" in obstacle and "pycocoevalcap" in obstacle


@pytest.mark.skipif(meteor_obstacle() is not None, reason=f"METEOR cannot run: {meteor_obstacle()}")
def test_equal_to_coco_caption() -> None:
    items = json.loads((GOLDEN / "fakecap_subset_inputs.json").read_text(encoding="utf-8"))
    expected = json.loads((GOLDEN / "fakecap_subset_expected.json").read_text(encoding="utf-8"))
    candidates = [item["candidate_ptb"].split() for item in items]
    references = [[text.split() for text in item["references_ptb"]] for item in items]
    copies = [group[0] for group in references]
    results = meteor({"candidates": candidates, "copies": copies}, references)
    assert results["candidates"].corpus == pytest.approx(expected["corpus"]["METEOR"], abs=1e-9)
    per_image = [expected["per_image"]["METEOR"][str(item["image_id"])] for item in items]
    np.testing.assert_allclose(results["candidates"].per_item, per_image, rtol=0, atol=1e-9)
    assert results["copies"].corpus > 0.9


@pytest.mark.skipif(meteor_obstacle() is not None, reason=f"METEOR cannot run: {meteor_obstacle()}")
def test_the_scorecard_sets_it_beside_the_constant_captions() -> None:
    captions = ["a person walks to the left", "someone kicks twice", "a person ||| sits\ndown"]
    references = [[caption] for caption in captions]
    measures = caption_measures(captions, references, references, GroupBootstrap(range(3), resamples=5))
    measure = next(measure for measure in measures if measure.name == "METEOR")
    assert measure.value is not None and measure.value > 0.9
    assert len(measure.baselines) == 2
    assert all(0 < baseline.value < measure.value for baseline in measure.baselines)
