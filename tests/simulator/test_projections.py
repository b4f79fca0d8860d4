"""The reference's projections by name, done right, and the same function for simulated and recorded data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.dsp.range_cube import RangeCube, range_cube_from_adc
from simulator.dsp.spectrogram import SpectrogramOptions, doppler_maps, doppler_time, range_doppler_maps
from simulator.dsp.views import frame_scaled, radar_views, tells_azimuth
from simulator.errors import RadarConfigError
from simulator.radar.array import AntennaArray
from simulator.radar.beat_reference import reference_adc
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.boards import OPENRADAR_CAPTURE
from simulator.radar.noise import add_thermal_noise
from simulator.radar.tracks import ScattererTracks, pose_rate_hz

FRAME = Path(__file__).resolve().parents[2] / "evaluation" / "data" / "openradar_simple_frame_1.npy"
QUAD = replace(RADAR, array=AntennaArray(rx=tuple((float(i), 0.0) for i in range(4))))


def recorded_adc() -> NDArray[np.complex128]:
    """One frame of a TI board: a person who approaches in front of a reflector."""
    stored = np.load(FRAME)
    i, q = (part.astype(np.uint16).view(np.int16).astype(np.float64) for part in (stored.real, stored.imag))
    return (i + 1j * q)[None, :, None, :]


def synthetic_adc() -> NDArray[np.complex128]:
    """The same scene in numbers: a mover at 2.00 m and -0.645 m/s, a reflector at 5.22 m."""
    radar = OPENRADAR_CAPTURE
    ranges = np.array([2.0, 5.22]) + np.array([-0.645, 0.0]) * np.arange(4)[:, None] / pose_rate_hz(radar)
    amplitude = np.tile([1000.0, 3000.0], (4, 1))
    tracks = ScattererTracks.from_ranges(ranges, amplitude, np.zeros(2), radar)
    return reference_adc(tracks, radar, 0, 1)


def noisy_cube(n_frames: int = 6, n_virtual: int = 4, n_bins: int = 256) -> RangeCube:
    """Movers and noise in every channel."""
    rng = np.random.default_rng(8)
    values = np.zeros((n_frames, 128, n_virtual, n_bins), np.complex64)
    turn = np.exp(2j * np.pi * np.arange(128) * 0.11)[None, :, None]
    values[..., 60] = 3e-6 * turn * np.exp(2j * np.pi * rng.random((n_frames, 1, n_virtual)))
    values[..., 140] = 5e-6  # a wall
    radar = QUAD if n_virtual == 4 else RADAR
    return add_thermal_noise(RangeCube(values, np.zeros(n_frames, int)), radar, 2)


def test_each_projection_has_its_own_settings_and_records_them() -> None:
    assert SpectrogramOptions().to_dict() == {
        "projection": "gated", "gate_width_m": 2.4, "remove_static": False, "repair_zero_bin": False,
        "azimuth_method": "mvdr",
    }  # fmt: skip
    real = SpectrogramOptions("real_style")
    assert (real.gate_width_m, real.remove_static, real.repair_zero_bin) == (0.8, True, False)
    assert real.gate_bins(RADAR) == 19 and real.fixed_bins(RADAR) is None
    assert SpectrogramOptions("real_style", remove_static=False).remove_static is False
    assert SpectrogramOptions("multi_view").fixed_bins(RADAR) == 128
    assert SpectrogramOptions("legacy").fixed_bins(RADAR) == 256
    assert SpectrogramOptions(**real.to_dict()) == real
    with pytest.raises(RadarConfigError, match="'mvdr' or 'fft'"):
        SpectrogramOptions(azimuth_method="music")  # type: ignore[arg-type]


def test_gated_level_does_not_depend_on_the_number_of_channels() -> None:
    four, one = noisy_cube(n_virtual=4), noisy_cube(n_virtual=1)
    level_db = [
        10 * np.log10((doppler_time(cube, radar).magnitude.astype(np.float64) ** 2).sum(axis=1).mean())
        for cube, radar in ((four, QUAD), (one, RADAR))
    ]
    assert level_db[0] == pytest.approx(level_db[1], abs=0.15)
    same = RangeCube(np.repeat(one.values, 4, axis=2), one.first_bin)
    np.testing.assert_allclose(
        doppler_time(same, QUAD).magnitude, doppler_time(one, RADAR).magnitude, rtol=1e-5
    )
    legacy = SpectrogramOptions("legacy")
    np.testing.assert_allclose(
        doppler_time(same, QUAD, legacy).magnitude, 4 * doppler_time(one, RADAR, legacy).magnitude, rtol=1e-5
    )


def test_projections_by_their_definitions() -> None:
    cube = noisy_cube()
    whole = np.abs(doppler_maps(cube.values)).astype(np.float64)
    moving = np.abs(doppler_maps(cube.values, remove_static=True)).astype(np.float64)
    legacy = doppler_time(cube, QUAD, SpectrogramOptions("legacy"))
    np.testing.assert_allclose(legacy.magnitude, whole.sum(axis=(2, 3)), rtol=1e-5)
    real = doppler_time(cube, QUAD, SpectrogramOptions("real_style", repair_zero_bin=True))
    at = real.gate_first_bin[0]
    assert real.n_gate_bins == 19 and at <= 60 < at + 19
    np.testing.assert_array_equal(real.gate_first_bin, at)
    expected = moving[..., at : at + 19].sum(axis=(2, 3))
    expected[:, 64] = 0.5 * (expected[:, 63] + expected[:, 65])
    np.testing.assert_allclose(real.magnitude, expected, rtol=2e-5)
    views = radar_views(cube, QUAD, SpectrogramOptions("multi_view"))
    np.testing.assert_allclose(views.doppler_time.magnitude, moving[..., :128].mean(axis=(2, 3)), rtol=2e-5)
    gated = doppler_time(cube, QUAD)
    at = gated.gate_first_bin[0]
    power = (whole[..., at : at + 56] ** 2).sum(axis=3).mean(axis=2)
    np.testing.assert_allclose(gated.magnitude, np.sqrt(power), rtol=1e-5)


def test_three_views_with_axes() -> None:
    views = radar_views(noisy_cube(), QUAD, SpectrogramOptions("multi_view"))
    assert views.azimuth_time is not None
    assert views.doppler_time.magnitude.shape == views.range_time.magnitude.shape == (6, 128)
    assert views.azimuth_time.magnitude.shape == (6, 128)
    assert views.range_time.range_m[60] == pytest.approx(60 * RADAR.range_bin_m)
    np.testing.assert_array_equal(views.range_time.magnitude.argmax(axis=1), 60)
    assert views.range_time.range_m[-1] < 140 * RADAR.range_bin_m  # the first half of the span only
    gated = radar_views(noisy_cube(n_virtual=1), RADAR)
    assert gated.azimuth_time is None and not tells_azimuth(RADAR)
    assert gated.range_time.magnitude.argmax(axis=1).tolist() == [70] * 6  # the wall, at bin 140


def test_display_scaling_is_separate_and_per_frame() -> None:
    raw = np.random.default_rng(3).rayleigh(1e-7, (4, 128)).astype(np.float32)
    raw[:, 70] = 1e-5
    for compress in (False, True):
        shown = frame_scaled(raw, compress=compress)
        assert (shown.min(axis=1) == 0.0).all() and (shown.max(axis=1) == 1.0).all()
        np.testing.assert_array_equal(shown.argmax(axis=1), raw.argmax(axis=1))
        np.testing.assert_allclose(frame_scaled(raw * np.float32(1e5), compress=compress), shown, atol=1e-6)
    assert frame_scaled(raw, compress=True).mean() > 1.5 * frame_scaled(raw).mean()
    assert not frame_scaled(np.zeros((2, 5), np.float32), compress=True).any()


@pytest.mark.parametrize("name", ["gated", "legacy", "real_style", "multi_view"])
def test_one_function_for_recorded_and_simulated_data(name: str) -> None:
    options = SpectrogramOptions(name, remove_static=True)  # type: ignore[arg-type]
    rows = {}
    for source, adc in (("recorded", recorded_adc()), ("simulated", synthetic_adc())):
        views = radar_views(range_cube_from_adc(adc, OPENRADAR_CAPTURE), OPENRADAR_CAPTURE, options)
        rows[source] = views.doppler_time
        assert views.doppler_time.magnitude[0].argmax() - 64 == -8
        assert views.range_time.magnitude.shape == (1, 128)
    if name in ("gated", "real_style"):
        gates = [rows[source].gate_first_bin[0] for source in ("recorded", "simulated")]
        assert all(at <= 41 < at + rows["recorded"].n_gate_bins for at in gates)
    # Counts or sqrt(mW), alone or among other frames: only the scale may differ.
    adc = recorded_adc()
    row = rows["recorded"].magnitude
    scaled = range_cube_from_adc(2.0**-20 * adc, OPENRADAR_CAPTURE)
    np.testing.assert_array_equal(
        doppler_time(scaled, OPENRADAR_CAPTURE, options).magnitude, row * np.float32(2.0**-20)
    )


def test_gate_acts_after_the_range_fft() -> None:
    tracks = ScattererTracks.from_ranges(
        np.full((4, 1), 40 * RADAR.range_bin_m), np.ones((4, 1)), np.zeros(1), RADAR
    )
    adc = reference_adc(tracks, RADAR, 0, 1)
    cube = range_cube_from_adc(adc, RADAR)
    gated = doppler_time(cube, RADAR, SpectrogramOptions("real_style", remove_static=False))
    at = gated.gate_first_bin[0]
    inside = range_doppler_maps(cube, RADAR)[0, 64, at : at + gated.n_gate_bins]
    # A Hann window is half as high one bin off: the width at half amplitude is two bins of 4.357 cm.
    level = inside[40 - at - 1 : 40 - at + 2] / inside.max()
    assert level == pytest.approx([0.5, 1.0, 0.5], abs=1e-3)
    assert RADAR.range_bin_m == pytest.approx(0.04357, abs=1e-5)
    # A slice of ADC samples, which the reference takes for a gate, leaves 112 of 256: bins of 9.96 cm.
    sliced = np.abs(np.fft.fft(adc[0, 0, 0, 16:128] * np.hanning(113)[:112], 112 * 32))
    width_bins = np.count_nonzero(sliced > 0.5 * sliced.max()) / 32 * 256 / 112
    assert width_bins * RADAR.range_bin_m == pytest.approx(2 * 0.0996, rel=0.03)


def test_a_standing_person_is_lost_to_static_removal_and_its_notch_is_narrow() -> None:
    values = np.zeros((12, 128, 1, 256), np.complex64)
    chirps = np.arange(128)[:, None]
    for bins, expected_db in ((0.0, -100.0), (1.0, -3.0), (2.0, -0.01), (5.0, -0.01)):
        values[..., 60] = np.exp(2j * np.pi * bins * chirps / 128)
        cube = RangeCube(values, np.zeros(12, int))
        kept = doppler_time(cube, RADAR, SpectrogramOptions("gated")).magnitude.astype(np.float64)
        left = doppler_time(cube, RADAR, SpectrogramOptions(remove_static=True)).magnitude.astype(np.float64)
        loss_db = 10 * np.log10((left**2).sum() / (kept**2).sum() + 1e-30)
        assert loss_db < -60.0 if bins == 0.0 else loss_db >= expected_db


def test_cubes_without_the_bins_of_a_projection_are_refused() -> None:
    late = RangeCube(np.zeros((3, 128, 1, 200), np.complex64), np.full(3, 20))
    with pytest.raises(RadarConfigError, match=r"do not start at bin 0.*at least 128 range bins from bin 0"):
        doppler_time(late, RADAR, SpectrogramOptions("multi_view"))
    with pytest.raises(RadarConfigError, match="at least 256 range bins"):
        doppler_time(late, RADAR, SpectrogramOptions("legacy"))
    assert doppler_time(late, RADAR, SpectrogramOptions("real_style")).magnitude.shape == (3, 128)
