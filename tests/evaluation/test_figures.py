"""Spectrogram pictures: axes in s and m/s, a dB colour bar, measured rows only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluation.errors import MetricInputError
from evaluation.figures import (
    Spectrogram,
    draw_sample,
    draw_spectrograms,
    level_limits_db,
    sample_figure,
    spectrograms_figure,
)

TIME_S = np.arange(496) / 50
VELOCITY_MPS = (np.arange(128) - 64) * 0.08


def chirp(n_valid: int = 496, title: str = "a person walks") -> Spectrogram:
    """An echo whose range rate swings, 50 dB above noise; padding is far below."""
    rng = np.random.default_rng(0)
    rate_mps = 2.0 * np.sin(2 * np.pi * 0.5 * TIME_S)
    power = np.exp(-0.5 * ((VELOCITY_MPS[None] - rate_mps[:, None]) / 0.1) ** 2)
    power = power * 1e-7 + 1e-12 * rng.exponential(size=power.shape)
    db = 10 * np.log10(power)
    db[n_valid:] = -300.0
    return Spectrogram(db, TIME_S, VELOCITY_MPS, title, n_valid)


def test_axes_are_in_seconds_and_metres_per_second() -> None:
    figure = sample_figure(chirp())
    axes, bar = figure.axes
    image = axes.images[0]
    assert image.get_extent() == pytest.approx([-0.01, 9.91, -64.5 * 0.08, 63.5 * 0.08])
    assert axes.get_xlabel() == "time in s"
    assert axes.get_ylabel().startswith("range rate in m/s")
    assert "dB" in bar.get_ylabel()
    # A row of the picture is a Doppler bin: the pixel at (time, range rate) is that cell of the map.
    assert image.get_array().shape == (128, 496)
    assert image.origin == "lower"
    assert image.get_array()[70, 30] == chirp().db[30, 70]


def test_padding_is_neither_drawn_nor_part_of_the_scale() -> None:
    figure = sample_figure(chirp(n_valid=100))
    image = figure.axes[0].images[0]
    assert image.get_array().shape == (128, 100)
    assert image.get_extent()[1] == pytest.approx(1.99)
    assert image.get_clim()[0] > -140.0


def test_grid_shares_one_scale_and_has_one_colour_bar() -> None:
    maps = [chirp(title=f"sample {index}") for index in range(5)]
    quiet = Spectrogram(maps[0].db - 20, TIME_S, VELOCITY_MPS, "quiet")
    figure = spectrograms_figure([*maps, quiet])
    panels = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title(loc="left") for axes in panels[:2]] == ["sample 0", "sample 1"]
    assert len(panels) == 6
    assert len({axes.images[0].get_clim() for axes in panels}) == 1
    bars = [axes for axes in figure.axes if "dB" in axes.get_ylabel()]
    assert len(bars) == 1
    assert figure.get_supxlabel() == "time in s"
    assert "m/s" in figure.get_supylabel()


def test_limits_hold_the_echo_and_drop_the_noise() -> None:
    levels = chirp().valid_db
    bottom, top = level_limits_db([levels])
    assert np.median(levels) <= bottom < top <= levels.max()
    assert 12.0 <= top - bottom <= 60.0
    flat_bottom, flat_top = level_limits_db([np.full((20, 20), -120.0)])
    assert flat_top - flat_bottom == pytest.approx(12.0)


def test_png_files_are_written_whole_and_reproducibly(tmp_path: Path) -> None:
    first = draw_spectrograms([chirp(), chirp(200)], tmp_path / "a" / "spectrograms.png", dpi=40)
    second = draw_spectrograms([chirp(), chirp(200)], tmp_path / "b.png", dpi=40)
    assert first.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert first.read_bytes() == second.read_bytes()
    plain = draw_sample(chirp(), tmp_path / "c.png", dpi=40)
    noted = draw_sample(chirp(), tmp_path / "d.png", ["a person walks away", "model: a person walks"], dpi=40)
    assert len(noted.read_bytes()) > len(plain.read_bytes())
    assert not list(tmp_path.rglob("*.partial"))


def test_text_of_a_sample_stands_below_the_map() -> None:
    figure = sample_figure(chirp(), ["question: which way? answer: left"])
    assert any("which way?" in text.get_text() for text in figure.axes[0].texts)


def test_bad_maps_are_refused() -> None:
    with pytest.raises(MetricInputError):
        spectrograms_figure([])
    with pytest.raises(MetricInputError):
        Spectrogram(np.zeros((10, 128)), TIME_S, VELOCITY_MPS, "x")
    with pytest.raises(MetricInputError):
        Spectrogram(np.zeros((496, 128)), TIME_S, VELOCITY_MPS, "x", 0)
