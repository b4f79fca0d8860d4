"""Azimuth: closed forms of a row of antennas, the sign, TDM slots, and what the two methods tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.dsp.azimuth_view import (
    azimuth_axis_rad,
    azimuth_power,
    azimuth_row,
    azimuth_time,
    covariance,
    slot_phasors,
    steering_vectors,
)
from simulator.dsp.range_cube import RangeCube, range_cube_from_adc
from simulator.dsp.spectrogram import SpectrogramOptions, doppler_time
from simulator.errors import RadarConfigError
from simulator.radar.array import AntennaArray
from simulator.radar.beat_reference import reference_adc
from simulator.radar.boards import MMEXPERT_IWR1843
from simulator.radar.config import RadarConfig
from simulator.radar.tracks import channel_tracks

N_RX8 = AntennaArray(rx=tuple((i - 3.5, 0.0) for i in range(8)))
TDM = AntennaArray(tx=((-2.0, 0.0), (2.0, 0.0)), rx=tuple((i - 1.5, 0.0) for i in range(4)))
ROW = replace(MMEXPERT_IWR1843, array=N_RX8, n_chirps=16)
TDM_ROW = replace(MMEXPERT_IWR1843, array=TDM, tx_order=(0, 1))
# Elements at exactly half a wavelength of the middle of the sweep, for the textbook's closed forms.
HALF_WAVE = replace(ROW, array=replace(N_RX8, design_frequency_hz=ROW.mid_frequency_hz))


def cube_of(
    radar: RadarConfig, azimuths_deg: list[float], range_m: float = 4.0, rates_mps: tuple[float, ...] = (0.0,)
) -> RangeCube:
    """One frame of points of 1 mW at these azimuths, moving along their lines of sight."""
    times_s = np.arange(4)[:, None] * radar.frame_period_s
    distance_m = range_m + np.array(rates_mps) * times_s
    azimuth = np.radians(azimuths_deg)
    direction = np.stack([np.sin(azimuth), np.cos(azimuth), 0 * azimuth], axis=-1)
    position_m = distance_m[:, :, None] * direction
    n = len(azimuths_deg)
    tracks = channel_tracks(position_m, np.ones((4, n)), np.zeros(n), radar)
    return range_cube_from_adc(reference_adc(tracks, radar, 0, 1), radar)


def row_at_peak(cube: RangeCube) -> NDArray[np.complex64]:
    """(channel,) of the first chirp at the strongest bin."""
    return cube.values[0, 0, :, np.abs(cube.values[0, 0]).sum(axis=0).argmax()]


def peak_deg(power: NDArray[np.float64]) -> float:
    """Direction of the highest cell, with a parabola through its neighbours."""
    top = int(power.argmax())
    left, middle, right = np.log(power[top - 1 : top + 2])
    shift = 0.5 * (left - right) / (left - 2 * middle + right)
    return float(np.degrees(azimuth_axis_rad()[top] + shift * np.pi / len(power)))


def estimate(cube: RangeCube, radar: RadarConfig, method: str = "fft", **options: bool) -> float:
    return peak_deg(azimuth_power(covariance(cube, radar, 56, **options), radar, method)[0])  # type: ignore[arg-type]


@pytest.mark.parametrize(("azimuth_deg", "fft_bin"), [(10, 5.5567), (30, 16.0), (60, 27.7128)])
def test_forward_fft_over_the_row_peaks_at_minus_32_sine(azimuth_deg: float, fft_bin: float) -> None:
    spectrum = np.abs(np.fft.fft(row_at_peak(cube_of(HALF_WAVE, [azimuth_deg])), 64 * 64))
    assert np.fft.fftfreq(64 * 64, 1 / 64)[spectrum.argmax()] == pytest.approx(-fft_bin, abs=0.05)


@pytest.mark.parametrize("azimuth_deg", [-45.0, -10.0, 0.0, 25.0, 60.0])
@pytest.mark.parametrize("method", ["fft", "mvdr"])
def test_azimuth_is_positive_to_the_right(azimuth_deg: float, method: str) -> None:
    # Elements are laid out for 77 GHz, 0.514 wavelengths apart: with 0.5 assumed, 60 degrees would read 62.9.
    cube = cube_of(ROW, [azimuth_deg])
    # Capon's peak is narrower than a cell, so its place is known to half a cell of 1.41 degrees.
    assert estimate(cube, ROW, method) == pytest.approx(azimuth_deg, abs=0.1 if method == "fft" else 0.71)
    view = azimuth_time(cube, ROW, SpectrogramOptions(azimuth_method=method))  # type: ignore[arg-type]
    assert view.magnitude.shape == (1, 128) and view.magnitude.dtype == np.float32
    assert abs(np.degrees(view.azimuth_rad[view.magnitude[0].argmax()]) - azimuth_deg) < 1.41


def test_width_and_null_of_eight_elements() -> None:
    azimuth_rad = np.radians(np.linspace(-20.0, 20.0, 4001))
    snapshot = row_at_peak(cube_of(HALF_WAVE, [0.0]))
    power = np.abs(steering_vectors(HALF_WAVE, azimuth_rad).conj() @ snapshot) ** 2
    degrees = np.degrees(azimuth_rad)
    assert np.ptp(degrees[power > 0.5 * power.max()]) == pytest.approx(12.8, abs=0.03)
    assert abs(degrees[power.argmin()]) == pytest.approx(14.48, abs=0.05)


def test_shuffled_receivers_are_found_out() -> None:
    cube = cube_of(ROW, [20.0])
    order = np.array([3, 0, 6, 1, 7, 4, 2, 5])
    shuffled = RangeCube(cube.values[:, :, order], cube.first_bin)
    right = azimuth_power(covariance(cube, ROW, 56), ROW, "fft")[0]
    wrong = azimuth_power(covariance(shuffled, ROW, 56), ROW, "fft")[0]
    assert abs(peak_deg(wrong) - 20.0) > 10.0
    assert wrong.max() < 0.6 * right.max()  # the channels no longer add up anywhere
    # The same wiring told to the array is no error: places, not order, make the angle.
    rewired = replace(ROW, array=AntennaArray(rx=tuple((float(i), 0.0) for i in order)))
    assert estimate(shuffled, rewired) == pytest.approx(20.0, abs=0.3)


def test_slots_of_a_mover_are_set_right() -> None:
    cube = cube_of(TDM_ROW, [20.0], rates_mps=(1.4,))
    for method in ("fft", "mvdr"):
        assert estimate(cube, TDM_ROW, method) == pytest.approx(20.0, abs=0.4)
    assert abs(estimate(cube, TDM_ROW, compensate_slots=False) - 20.0) > 0.8
    # Phase between the same place's neighbours 3 (slot 0) and 4 (slot 1), against those within a slot.
    raw = covariance(cube, TDM_ROW, 56, compensate_slots=False)[0]
    set_right = covariance(cube, TDM_ROW, 56)[0]
    within = np.angle(raw[1, 0])
    assert np.angle(raw[4, 3] * np.exp(-1j * within)) == pytest.approx(0.36315, abs=0.01)
    assert np.angle(set_right[4, 3] * np.exp(-1j * within)) == pytest.approx(0.0, abs=0.01)
    doppler_hz = 2 * 1.4 / TDM_ROW.mid_wavelength_m
    assert 2 * np.pi * doppler_hz * TDM_ROW.slot_s == pytest.approx(0.36315, abs=1e-5)
    assert np.angle(slot_phasors(TDM_ROW)[7, 1]) == pytest.approx(-2 * np.pi * 50.0 * TDM_ROW.slot_s)


def test_capon_tells_two_movers_apart_within_one_beam() -> None:
    cube = cube_of(TDM_ROW, [-5.0, 5.0], rates_mps=(1.4, -0.8))
    matrices = covariance(cube, TDM_ROW, 56)
    middle = np.abs(azimuth_axis_rad()) < np.radians(1.0)
    towards = np.abs(np.abs(np.degrees(azimuth_axis_rad())) - 5.0) < 0.71
    capon, bartlett = (azimuth_power(matrices, TDM_ROW, m)[0] for m in ("mvdr", "fft"))  # type: ignore[arg-type]
    assert capon[middle].max() < 0.5 * capon[towards].min()
    assert bartlett[middle].min() > bartlett[towards].max()
    # The mean over chirps, which other chains take as their only snapshot, has lost both.
    mean = np.abs(cube.values.mean(axis=1)).max() / np.abs(cube.values).max()
    assert 20 * np.log10(mean) < -25.0


@pytest.mark.parametrize("method", ["fft", "mvdr"])
def test_level_of_a_single_target(method: str) -> None:
    on_a_cell = float(np.degrees(azimuth_axis_rad()[71]))
    cube = cube_of(TDM_ROW, [on_a_cell], rates_mps=(0.5,))
    power = azimuth_power(covariance(cube, TDM_ROW, 56), TDM_ROW, method)[0]  # type: ignore[arg-type]
    # 1 mW, spread over cells by two Hann windows: 1.5 each.
    assert 10 * np.log10(power.max() / 1.5**2) == pytest.approx(0.0, abs=0.1)
    assert power.argmax() == 71


def test_covariance_holds_the_power_of_the_gated_row() -> None:
    cube = cube_of(TDM_ROW, [10.0, -30.0], rates_mps=(0.5, -2.0))
    row = doppler_time(cube, TDM_ROW).magnitude[0]
    matrix = covariance(cube, TDM_ROW, 56)[0]
    np.testing.assert_allclose(matrix, matrix.conj().T, atol=1e-6 * np.abs(matrix).max())
    assert np.trace(matrix).real / 8 == pytest.approx((row.astype(np.float64) ** 2).sum(), rel=1e-4)


def test_row_of_channels_at_one_height() -> None:
    # Two transmitters in a row, the third one a step up; receivers given out of order; one place twice.
    array = AntennaArray(
        tx=((0.0, 0.0), (3.0, 0.0), (2.0, 1.0)), rx=((3.0, 0.0), (1.0, 0.0), (0.0, 0.0), (2.0, 0.0))
    )
    radar = replace(MMEXPERT_IWR1843, array=array, tx_order=(0, 2, 1), n_tx_slots=3, frame_period_s=0.05)
    channels, x_m = azimuth_row(radar)
    assert [radar.channels[c][:2] for c in channels] == [
        (0, 2), (0, 1), (0, 3), (0, 0), (1, 1), (1, 3), (1, 0),
    ]  # fmt: skip
    assert np.diff(x_m) == pytest.approx(array.rx_m[1, 0], rel=1e-9)
    assert [radar.channels[c].slot for c in channels] == [0, 0, 0, 0, 2, 2, 2]


def test_what_cannot_tell_azimuth_is_refused() -> None:
    one = MMEXPERT_IWR1843
    cube = RangeCube(np.zeros((2, 128, 1, 256), np.complex64), np.zeros(2, int))
    with pytest.raises(RadarConfigError, match="no two of them side by side"):
        azimuth_time(cube, one)
    upright = replace(one, array=AntennaArray(rx=((0.0, 0.0), (0.0, 1.0))))
    with pytest.raises(RadarConfigError, match="2 virtual channels and no two"):
        azimuth_row(upright)
    with pytest.raises(RadarConfigError, match="needs 16 chirps and 8 channels"):
        azimuth_time(cube, ROW)
    narrow = RangeCube(np.zeros((2, 16, 8, 20), np.complex64), np.zeros(2, int))
    with pytest.raises(RadarConfigError, match="does not fit in a cube of 20"):
        azimuth_time(narrow, ROW)
    silent = RangeCube(np.zeros((2, 16, 8, 60), np.complex64), np.zeros(2, int))
    for method in ("fft", "mvdr"):
        view = azimuth_time(silent, ROW, SpectrogramOptions(azimuth_method=method))  # type: ignore[arg-type]
        assert not view.magnitude.any()
