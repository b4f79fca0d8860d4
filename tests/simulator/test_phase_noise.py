"""Phase noise: its spectrum and correlations against closed forms, and its place on echoes of any delay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.dsp.windows import periodic_hann
from simulator.errors import RadarConfigError
from simulator.radar.array import AntennaArray
from simulator.radar.beat_reference import beat_phase_cycles, sample_times_s
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.boards import OPENRADAR_CAPTURE
from simulator.radar.config import RadarConfig
from simulator.radar.link_budget import SPEED_OF_LIGHT_MPS
from simulator.radar.phase_noise import Oscillator, phase_noise_psd, residual_phase, residual_phase_psd
from simulator.radar.receiver import receive
from simulator.radar.receiver_options import ReceiverOptions

FREE_RUNNING = ReceiverOptions(phase_noise_dbc_per_hz=-95.0)
LOCKED = ReceiverOptions(
    phase_noise_dbc_per_hz=-95.0, phase_noise_corner_hz=300e3, phase_noise_floor_dbc_per_hz=-105.0
)
BODY_DELAY_S = 2.0 * 5.6 / SPEED_OF_LIGHT_MPS


def residual_lines(
    options: ReceiverOptions, radar: RadarConfig, delay_s: float
) -> tuple[NDArray[np.float64], ...]:
    """Frequencies up to half the ADC rate, and variance of the residual phase at each."""
    line_hz = 25.0
    frequency_hz = np.arange(line_hz, radar.adc_rate_hz / 2.0, line_hz)
    return frequency_hz, residual_phase_psd(options, frequency_hz, delay_s) * line_hz


def test_level_slope_corner_and_floor_of_the_oscillator() -> None:
    def level_db(options: ReceiverOptions, offset_hz: float) -> float:
        return float(10 * np.log10(phase_noise_psd(options, offset_hz) / 2.0))

    assert level_db(FREE_RUNNING, 1e6) == pytest.approx(-95.0, abs=1e-9)
    assert level_db(FREE_RUNNING, 1e5) == pytest.approx(-75.0, abs=1e-9)
    assert level_db(LOCKED, 1e6) == pytest.approx(-95.0, abs=1e-9)
    no_floor = replace(LOCKED, phase_noise_floor_dbc_per_hz=None)
    assert level_db(no_floor, 300e3) == pytest.approx(level_db(no_floor, 1.0) - 3.01, abs=0.01)
    assert level_db(LOCKED, 1e9) == pytest.approx(-105.0, abs=0.01)
    moved = replace(FREE_RUNNING, phase_noise_offset_hz=1e5)
    assert level_db(moved, 1e6) == pytest.approx(-115.0, abs=1e-9)


@pytest.mark.parametrize("options", [FREE_RUNNING, LOCKED])
@pytest.mark.parametrize("delay_s", [BODY_DELAY_S, 0.9e-6])  # the second has nulls at 1.11 and 2.22 MHz
def test_spectrum_of_the_residual_follows_range_correlation(options: ReceiverOptions, delay_s: float) -> None:
    phase = residual_phase(RADAR, options, 3, delay_s, 10)
    window = periodic_hann(RADAR.n_adc_samples)
    spectrum = np.abs(np.fft.rfft(phase * window, axis=-1)) ** 2
    measured = 2.0 * spectrum.mean(axis=(0, 1)) / (RADAR.adc_rate_hz * (window**2).sum())
    bin_hz = RADAR.adc_rate_hz / RADAR.n_adc_samples
    for first in range(4, 124, 6):
        # The window blurs over +-1 bin; the mean over a band of 6 and of finely spaced points allows for that.
        fine_hz = (first - 0.5 + np.arange(600) / 100.0) * bin_hz
        law = residual_phase_psd(options, fine_hz, delay_s)
        if law.min() < 0.3 * law.max():
            continue  # a null: the blur matters there
        # 10 x 128 chirps and 6 / 1.5 independent bins: 1.4 %
        assert measured[first : first + 6].mean() / law.mean() == pytest.approx(1.0, abs=0.06), first
    null = round(1.0 / 0.9e-6 / bin_hz)
    if delay_s == 0.9e-6:
        assert measured[null] < 0.01 * measured[null // 2]


@pytest.mark.parametrize("options", [FREE_RUNNING, LOCKED])
def test_variance_is_the_integral_of_the_spectrum(options: ReceiverOptions) -> None:
    phase = residual_phase(RADAR, options, 5, BODY_DELAY_S, 12)
    _, variance = residual_lines(options, RADAR, BODY_DELAY_S)
    assert phase.var() / variance.sum() == pytest.approx(1.0, abs=0.02)
    assert 5e-3 < phase.std() < 15e-3  # 10 mrad at 5.6 m: -40 dBc over all offsets


def test_residual_vanishes_with_the_delay() -> None:
    far, near, nearest = (residual_phase(RADAR, FREE_RUNNING, 1, delay, 1) for delay in (1e-9, 1e-12, 1e-15))
    assert near == pytest.approx(1e-3 * far, abs=0.01 * float(np.abs(near).max()))
    assert nearest.std() / near.std() == pytest.approx(1e-3, rel=1e-3)
    assert not residual_phase(RADAR, FREE_RUNNING, 1, 0.0, 1).any()
    assert not residual_phase(RADAR, ReceiverOptions(), 1, BODY_DELAY_S, 1).any()


@pytest.mark.parametrize("other_s", [1.05 * BODY_DELAY_S, 0.6e-6, 1.5e-6])
def test_two_echoes_see_one_oscillator(other_s: float) -> None:
    first = residual_phase(RADAR, LOCKED, 8, BODY_DELAY_S, 12)
    other = residual_phase(RADAR, LOCKED, 8, other_s, 12)
    frequency_hz, _ = residual_lines(LOCKED, RADAR, BODY_DELAY_S)
    turns = [1.0 - np.exp(-2j * np.pi * frequency_hz * delay) for delay in (BODY_DELAY_S, other_s)]
    shared = phase_noise_psd(LOCKED, frequency_hz) * (turns[0] * turns[1].conj()).real
    scale = [np.sqrt(residual_lines(LOCKED, RADAR, delay)[1].sum()) for delay in (BODY_DELAY_S, other_s)]
    expected = shared.sum() * 25.0 / (scale[0] * scale[1])
    assert np.mean(first * other) / (first.std() * other.std()) == pytest.approx(expected, abs=0.01)
    assert abs(expected) < 0.999 or other_s < 1.1 * BODY_DELAY_S


def test_phase_noise_is_one_process_from_chirp_to_chirp() -> None:
    # A loop bandwidth of 1 kHz and a PRI of 78 us: neighbouring chirps' means are anticorrelated by 0.11.
    radar = replace(RADAR, n_tx_slots=1, frame_period_s=10e-3)
    options = replace(FREE_RUNNING, phase_noise_corner_hz=1e3)
    means = residual_phase(radar, options, 2, BODY_DELAY_S, 60).mean(axis=-1, dtype=np.float64)
    frequency_hz, variance = residual_lines(options, radar, BODY_DELAY_S)
    turn = np.pi * frequency_hz / radar.adc_rate_hz
    variance *= (np.sin(radar.n_adc_samples * turn) / (radar.n_adc_samples * np.sin(turn))) ** 2
    assert means.var() / variance.sum() == pytest.approx(1.0, abs=0.07)  # 7680 means: 1.6 %
    for lag in (1, 2):
        expected = (variance * np.cos(2 * np.pi * frequency_hz * lag * radar.pri_s)).sum() / variance.sum()
        measured = np.mean(means[:, lag:] * means[:, :-lag]) / means.var()
        assert measured == pytest.approx(expected, abs=0.045)  # 4 standard errors
        assert expected < -0.06


def test_residual_is_the_phase_now_minus_the_phase_a_delay_ago() -> None:
    # phi(t) - phi(t - 2 T) = [phi(t) - phi(t - T)] + [phi(t - T) - phi(t - 2 T)], T one ADC sample
    sample_s = 1.0 / RADAR.adc_rate_hz
    single, double = (residual_phase(RADAR, LOCKED, 2, n * sample_s, 2) for n in (1, 2))
    np.testing.assert_allclose(double[..., 1:], single[..., 1:] + single[..., :-1], atol=1e-5 * single.std())


@pytest.mark.parametrize("slot", [0, 1])
def test_grid_holds_the_times_of_the_adc_samples(slot: int) -> None:
    places = Oscillator(RADAR, LOCKED, 0).adc_samples(slot)
    slot_start_s = np.arange(RADAR.n_chirps) * RADAR.pri_s + slot * RADAR.slot_s + RADAR.idle_s
    times_s = slot_start_s[:, None] + sample_times_s(RADAR)
    assert np.abs(places / RADAR.adc_rate_hz - times_s).max() <= 0.5001 / RADAR.adc_rate_hz
    assert (np.diff(places) == 1).all()


def test_frames_do_not_depend_on_their_block() -> None:
    whole = residual_phase(RADAR, LOCKED, 4, BODY_DELAY_S, 4)
    np.testing.assert_array_equal(residual_phase(RADAR, LOCKED, 4, BODY_DELAY_S, 2, first_frame=2), whole[2:])
    assert whole.dtype == np.float32
    for different in (whole[1], residual_phase(RADAR, LOCKED, 5, BODY_DELAY_S, 1)[0]):
        assert abs(np.corrcoef(whole[0].ravel(), different.ravel())[0, 1]) < 0.05


@pytest.mark.parametrize(
    ("radar", "range_m", "error_db"),
    [(RADAR, 1.0, -30.0), (RADAR, 3.0, -40.0), (RADAR, 9.0, -40.0), (OPENRADAR_CAPTURE, 4.0, -40.0)],
)
def test_phase_noise_finds_each_echo_by_its_beat_frequency(
    radar: RadarConfig, range_m: float, error_db: float
) -> None:
    delay_s = 2.0 * range_m / SPEED_OF_LIGHT_MPS
    tone = np.exp(2j * np.pi * beat_phase_cycles(np.array(delay_s), sample_times_s(radar), radar))
    ideal = np.broadcast_to(tone, (2, radar.n_chirps, 1, radar.n_adc_samples))
    wanted = ideal * np.exp(1j * residual_phase(radar, FREE_RUNNING, 6, delay_s, 2))[:, :, None]
    window = periodic_hann(radar.n_adc_samples)
    error = np.abs((receive(ideal, radar, FREE_RUNNING, 6) - wanted) * window) ** 2
    noise = np.abs((wanted - ideal) * window) ** 2
    assert 10 * np.log10(error.sum() / noise.sum()) < error_db


def test_channels_of_one_slot_share_the_oscillator() -> None:
    array = AntennaArray(tx=((0, 0), (4, 0)), rx=((0, 0), (1, 0)))
    radar = replace(RADAR, array=array, tx_order=(0, 1))
    adc = np.zeros((1, radar.n_chirps, 4, radar.n_adc_samples), dtype=np.complex64)
    adc[...] = np.exp(2j * np.pi * 0.4 * np.arange(radar.n_adc_samples))
    noisy = receive(adc, radar, FREE_RUNNING, 6)
    np.testing.assert_array_equal(noisy[:, :, 0], noisy[:, :, 1])
    np.testing.assert_array_equal(noisy[:, :, 2], noisy[:, :, 3])
    between = np.vdot(noisy[:, :, 0] - adc[:, :, 0], noisy[:, :, 2] - adc[:, :, 2])
    assert abs(between) < 0.05 * np.linalg.norm(noisy[:, :, 0] - adc[:, :, 0]) ** 2
    delay_s = 0.4 * radar.adc_rate_hz / radar.slope_hz_per_s
    for slot, channel in ((0, 0), (1, 2)):
        phase = np.angle(noisy[0, :, channel, 64:192] / adc[0, :, channel, 64:192])
        wanted = residual_phase(radar, FREE_RUNNING, 6, delay_s, 1, slot=slot)[0, :, 64:192]
        assert np.corrcoef(phase.ravel(), wanted.ravel())[0, 1] > 0.999


def test_oscillators_beyond_the_interpolation_are_refused() -> None:
    adc = np.ones((1, RADAR.n_chirps, 1, RADAR.n_adc_samples), dtype=np.complex64)
    with pytest.raises(RadarConfigError, match=r"0\.\d+ rad rms.*lower level"):
        receive(adc, RADAR, ReceiverOptions(phase_noise_dbc_per_hz=-70.0), 0)
    with pytest.raises(RadarConfigError, match="no echo comes early"):
        residual_phase(RADAR, FREE_RUNNING, 0, -1e-9, 1)
