"""Marks on a range-Doppler map."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.text import Annotation

from evaluation.errors import MetricInputError
from evaluation.range_doppler_figure import TargetMark, range_doppler_figure

VELOCITY_MPS, RANGE_M = np.linspace(-5.0, 5.0, 64), np.linspace(0.0, 11.0, 128)
NOISE_DBM = -130.0 + np.random.default_rng(0).normal(size=(64, 128))


@pytest.mark.parametrize(
    "places",
    [
        [(0.0, 4.9), (0.0, 5.6), (0.0, 6.3)],  # one Doppler row
        [(0.0, 5.0)] * 5,
        [(4.9, 2.0), (4.9, 2.1), (4.9, 2.2)],  # at the top
        [(-4.9, 9.0)] * 3,
    ],
)
def test_texts_of_near_targets_keep_clear_of_each_other(places: list[tuple[float, float]]) -> None:
    marks = [TargetMark(*place, f"cylinder {i}, -61.{i} dBm") for i, place in enumerate(places)]
    figure = range_doppler_figure(NOISE_DBM, VELOCITY_MPS, RANGE_M, marks, "title")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    texts = [text for text in axes.texts if isinstance(text, Annotation)]
    assert [text.get_text() for text in texts] == [mark.label for mark in marks]
    boxes, frame = [text.get_window_extent() for text in texts], axes.get_window_extent()
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(frame.y0 <= box.y0 and box.y1 <= frame.y1 for box in boxes)


def test_colours_reach_from_the_noise_to_the_strongest_cell() -> None:
    dbm = NOISE_DBM.copy()
    dbm[20, 30] = -88.0
    image = range_doppler_figure(dbm, VELOCITY_MPS, RANGE_M, [], "title").axes[0].images[0]
    assert image.get_clim() == pytest.approx((-130.0, -88.0), abs=0.1)
    dbm[20, 30] = -30.0
    image = range_doppler_figure(dbm, VELOCITY_MPS, RANGE_M, [], "title").axes[0].images[0]
    assert image.get_clim() == pytest.approx((-100.0, -30.0))


def test_a_map_that_does_not_fit_its_axes_is_refused() -> None:
    with pytest.raises(MetricInputError, match="does not fit 64 velocities"):
        range_doppler_figure(NOISE_DBM.T, VELOCITY_MPS, RANGE_M, [], "title")
