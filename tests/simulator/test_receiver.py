"""The imperfect receiver: each effect against its closed form, and what holds for all of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.dsp.range_cube import RangeCube
from simulator.dsp.windows import periodic_hann
from simulator.errors import RadarConfigError
from simulator.radar.beat_reference import beat_phase_cycles, sample_times_s
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.noise import add_thermal_noise
from simulator.radar.receiver import (
    adc_step,
    add_adc_noise,
    image_rejection_db,
    quantise,
    receive,
    saturated_share,
)
from simulator.radar.receiver_options import ReceiverOptions, noise_stream

SHAPE = (RADAR.n_chirps, 1, RADAR.n_adc_samples)
IDEAL = ReceiverOptions()
EVERYTHING = ReceiverOptions(
    phase_noise_dbc_per_hz=-95.0,
    leakage_dbm=-40.0,
    leakage_delay_s=1e-9,
    iq_gain_imbalance_db=0.5,
    iq_phase_imbalance_deg=2.0,
    dc_offset_dbm=-60.0,
    adc_bits=12,
    adc_full_scale_dbm=-30.0,
)


def silence(n_frames: int) -> NDArray[np.complex64]:
    return np.zeros((n_frames, *SHAPE), dtype=np.complex64)


def tone(cycles_per_sample: float, power_dbm: float = 0.0, n_frames: int = 1) -> NDArray[np.complex128]:
    turn = np.exp(2j * np.pi * cycles_per_sample * np.arange(np.prod((n_frames, *SHAPE))))
    return 10 ** (power_dbm / 20) * turn.reshape(n_frames, *SHAPE)


def range_doppler(adc: NDArray[np.complexfloating]) -> NDArray[np.float64]:
    """(frame, doppler, virtual, range) dBm, window gains taken out; silence reads -400."""
    fast, slow = periodic_hann(adc.shape[-1]), periodic_hann(adc.shape[1])
    cube = np.fft.fft(adc * (fast / fast.sum()), axis=-1)
    maps = np.fft.fftshift(np.fft.fft(cube * (slow / slow.sum())[:, None, None], axis=1), axes=1)
    return 20 * np.log10(np.abs(maps) + 1e-20)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_everything_off_is_the_identity(dtype: type) -> None:
    adc = tone(0.1).astype(dtype)
    assert receive(adc, RADAR, ReceiverOptions(), 1) is adc
    assert ReceiverOptions().active_effects == ()
    assert receive(adc, RADAR, EVERYTHING, 1, thermal_noise=True).dtype == dtype


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])  # below, the error of a tone is not uniform
@pytest.mark.parametrize("full_scale_dbm", [0.0, -35.0])
def test_full_scale_tone_over_quantisation_noise(bits: int, full_scale_dbm: float) -> None:
    options = ReceiverOptions(adc_bits=bits, adc_full_scale_dbm=full_scale_dbm)
    adc = tone(0.1234567, full_scale_dbm, n_frames=4)
    error = receive(adc, RADAR, options, 0) - adc
    assert np.abs([error.real, error.imag]).max() <= 0.5001 * adc_step(options)
    snr_db = 10 * np.log10(np.mean(np.abs(adc) ** 2) / np.mean(np.abs(error) ** 2))
    assert snr_db == pytest.approx(6.02 * bits + 1.76, abs=0.2)


def test_codes_are_mid_tread_and_clip_i_and_q_apart() -> None:
    options = ReceiverOptions(adc_bits=4, adc_full_scale_dbm=0.0)
    step = adc_step(options)
    assert step == pytest.approx(1.0 / 7.5)
    samples = step * np.array([0.4 - 0.4j, 0.6 + 2.4j, 30 + 1j, -30 - 2j, 7.4 + 0j])
    codes = quantise(samples.astype(np.complex64), options) / step
    assert codes == pytest.approx(np.array([0, 1 + 2j, 7 + 1j, -8 - 2j, 7]), abs=1e-5)
    adc = tone(0.377, 3.0).astype(np.complex64)
    codes = receive(adc, RADAR, EVERYTHING, 0) / adc_step(EVERYTHING)
    assert np.abs(codes - np.round(codes)).max() < 1e-3
    assert codes.real.min() >= -2048.01 and codes.real.max() <= 2047.01


def test_saturation_is_seen() -> None:
    options = ReceiverOptions(adc_bits=12, adc_full_scale_dbm=-30.0)
    # Amplitude a over full scale A clips |cos| > A/a in I, and as much in Q at other times.
    over = 1.2
    loud = receive(tone(0.1234567, -30.0 + 20 * np.log10(over)), RADAR, options, 0)
    assert saturated_share(loud, options) == pytest.approx(4 * np.arccos(1 / over) / np.pi, abs=0.005)
    assert saturated_share(receive(tone(0.1234567, -30.1), RADAR, options, 0), options) == 0.0
    assert saturated_share(loud, ReceiverOptions()) == 0.0
    assert np.abs(loud.real).max() <= 10**-1.5 * 1.0003
    # A constant that fills the converters makes a weak echo saturate.
    pushed = replace(options, dc_offset_dbm=-26.5)
    assert saturated_share(receive(tone(0.3, -60.0), RADAR, pushed, 0), pushed) == 1.0


@pytest.mark.parametrize(("gain_db", "phase_deg"), [(0.1, 0.0), (1.0, 2.0), (0.0, 5.0), (-0.5, -3.0)])
def test_image_stands_at_the_mirrored_beat_frequency(gain_db: float, phase_deg: float) -> None:
    options = ReceiverOptions(iq_gain_imbalance_db=gain_db, iq_phase_imbalance_deg=phase_deg)
    power_db = range_doppler(receive(tone(60 / 256), RADAR, options, 0))[0, 64, 0]
    assert int(power_db.argmax()) == 60
    assert int(np.delete(power_db, range(55, 66)).argmax()) + 11 == 196
    rejection_db = power_db[60] - power_db[196]
    gain, phase = 10 ** (gain_db / 20), np.radians(phase_deg)
    squares, product = 1 + gain**2, 2 * gain * np.cos(phase)
    formula_db = 10 * np.log10((squares + product) / (squares - product))
    assert rejection_db == pytest.approx(formula_db, abs=0.1)
    assert image_rejection_db(options) == pytest.approx(formula_db, abs=1e-6)


def test_published_image_rejection() -> None:
    # M. Richards, Fundamentals of Radar Signal Processing, section 3: 0.1 dB of mismatch, image 44.7 dB down.
    assert image_rejection_db(ReceiverOptions(iq_gain_imbalance_db=0.1)) == pytest.approx(44.8, abs=0.1)
    assert image_rejection_db(ReceiverOptions()) == np.inf


def test_constant_lands_in_range_bin_0_at_zero_doppler() -> None:
    options = ReceiverOptions(dc_offset_dbm=-50.0, dc_offset_phase_deg=30.0)
    received = receive(silence(1), RADAR, options, 0)
    assert np.angle(received[0, 0, 0, 0], deg=True) == pytest.approx(30.0, abs=1e-4)
    power_db = range_doppler(received)[0, :, 0]
    assert power_db[64, 0] == pytest.approx(-50.0, abs=0.001)
    for neighbour in ((64, 1), (64, 255), (63, 0), (65, 0)):
        assert power_db[neighbour] == pytest.approx(-56.02, abs=0.01)
    rest = np.roll(power_db, (-63, 1), axis=(0, 1))
    rest[:3, :3] = -400.0
    assert rest.max() < -150.0


@pytest.mark.parametrize("range_bin", [2, 5])
def test_leakage_lands_at_its_delay(range_bin: int) -> None:
    delay_s = range_bin * RADAR.adc_rate_hz / (RADAR.slope_hz_per_s * RADAR.n_adc_samples)
    options = ReceiverOptions(leakage_dbm=-40.0, leakage_delay_s=delay_s)
    received = receive(silence(1), RADAR, options, 0)
    power_db = range_doppler(received)[0, :, 0]
    assert np.unravel_index(power_db.argmax(), power_db.shape) == (64, range_bin)
    assert power_db.max() == pytest.approx(-40.0, abs=0.01)
    cycles = beat_phase_cycles(np.array(delay_s), sample_times_s(RADAR), RADAR)
    np.testing.assert_allclose(received[0, 9, 0], 10**-2 * np.exp(2j * np.pi * cycles), atol=1e-8)


def test_leakage_carries_the_little_phase_noise_of_its_delay() -> None:
    leaky = ReceiverOptions(leakage_dbm=0.0, leakage_delay_s=1e-9)
    noisy = replace(leaky, phase_noise_dbc_per_hz=-95.0)
    ideal, real = (receive(silence(2), RADAR, options, 0) for options in (leaky, noisy))
    rms = np.sqrt(np.mean(np.abs(real - ideal) ** 2))
    # 2 L 4 sin^2(pi f tau) over f up to fs / 2, with L = -95 dBc/Hz at 1 MHz falling as 1/f^2
    expected = 2 * np.pi * 1e-9 * 1e6 * np.sqrt(2 * 10**-9.5 * RADAR.adc_rate_hz / 2)
    assert rms == pytest.approx(expected, rel=0.02)


def test_thermal_noise_of_adc_samples() -> None:
    noise = receive(silence(40), RADAR, IDEAL, 3, thermal_noise=True)
    assert noise.size >= 1_000_000
    power = RADAR.noise_power_mw
    assert np.mean(np.abs(noise) ** 2) / power == pytest.approx(1.0, abs=0.01)
    assert np.mean(noise.real**2) / power == pytest.approx(0.5, abs=0.01)
    assert np.mean(np.abs(noise) ** 4) / np.mean(np.abs(noise) ** 2) ** 2 == pytest.approx(2.0, abs=0.03)
    for shifted in (noise[..., 1:] * noise[..., :-1].conj(), noise[:, 1:] * noise[:, :-1].conj(), noise**2):
        assert abs(shifted.mean()) / power < 0.01
    again = add_adc_noise(silence(1)[0], RADAR, noise_stream(3, "thermal_noise", 0))
    np.testing.assert_array_equal(again, noise[0])


def test_noise_of_samples_and_of_range_bins_have_one_level() -> None:
    window = periodic_hann(RADAR.n_adc_samples)
    adc = receive(silence(20), RADAR, IDEAL, 4, thermal_noise=True)
    through_adc = np.fft.fft(adc * (window / window.sum()), axis=-1)
    in_bins = add_thermal_noise(RangeCube(silence(20), np.zeros(20, dtype=np.int64)), RADAR, 4).values
    assert np.mean(np.abs(through_adc) ** 2) / np.mean(np.abs(in_bins) ** 2) == pytest.approx(1.0, abs=0.01)
    assert np.mean(np.abs(through_adc) ** 2) / RADAR.noise_power_mw == pytest.approx(1.5 / 256, rel=0.01)


def test_order_of_the_effects_is_that_of_the_receiver() -> None:
    assert EVERYTHING.active_effects == (
        "leakage",
        "phase_noise",
        "iq_imbalance",
        "dc_offset",
        "quantisation",
    )
    # The mixers see the noise too: I and Q of it differ in power by the gain imbalance.
    mixed = receive(silence(10), RADAR, ReceiverOptions(iq_gain_imbalance_db=3.0), 1, thermal_noise=True)
    assert 10 * np.log10(np.mean(mixed.real**2) / np.mean(mixed.imag**2)) == pytest.approx(3.0, abs=0.1)
    # The constant comes after them: it has no image.
    both = receive(silence(1), RADAR, ReceiverOptions(dc_offset_dbm=0.0, iq_gain_imbalance_db=3.0), 1)
    assert both[0, 0, 0, 0] == pytest.approx(np.exp(0.25j * np.pi), abs=1e-6)


def test_frames_do_not_depend_on_their_block_and_input_stays() -> None:
    adc = tone(0.21, -50.0, n_frames=4).astype(np.complex64)
    before = adc.copy()
    whole = receive(adc, RADAR, EVERYTHING, 9, thermal_noise=True)
    part = receive(adc[2:3], RADAR, EVERYTHING, 9, first_frame=2, thermal_noise=True)
    np.testing.assert_array_equal(part, whole[2:3])
    np.testing.assert_array_equal(receive(adc, RADAR, EVERYTHING, 9, thermal_noise=True), whole)
    np.testing.assert_array_equal(adc, before)
    assert (receive(adc, RADAR, EVERYTHING, 10, thermal_noise=True) != whole).mean() > 0.5
    noise = receive(silence(2), RADAR, IDEAL, 9, thermal_noise=True)
    assert abs(np.vdot(noise[0], noise[1])) < 0.03 * np.vdot(noise[0], noise[0]).real


def test_each_effect_draws_from_its_own_stream() -> None:
    adc = tone(0.4, -20.0).astype(np.complex128)
    phase = ReceiverOptions(phase_noise_dbc_per_hz=-95.0)
    noise = receive(np.zeros_like(adc), RADAR, IDEAL, 5, thermal_noise=True)
    both = receive(adc, RADAR, phase, 5, thermal_noise=True)
    np.testing.assert_allclose(both - noise, receive(adc, RADAR, phase, 5), atol=1e-12)
    drawn = [noise_stream(5, name, 0).standard_normal(20_000) for name in ("thermal_noise", "phase_noise")]
    assert abs(np.corrcoef(drawn)[0, 1]) < 0.03


def test_options_are_json_and_come_back() -> None:
    stored = json.loads(json.dumps(EVERYTHING.to_dict()))
    assert ReceiverOptions.from_dict(stored) == EVERYTHING
    assert stored["adc_bits"] == 12 and stored["phase_noise_dbc_per_hz"] == -95.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"adc_bits": 12}, "give both"),
        ({"adc_full_scale_dbm": 0.0}, "give both"),
        ({"adc_bits": 1, "adc_full_scale_dbm": 0.0}, "adc_bits is 1, must be a whole number from 2"),
        ({"adc_bits": 12.5, "adc_full_scale_dbm": 0.0}, "whole number"),
        ({"iq_phase_imbalance_deg": 90.0}, "carry the same signal"),
        ({"iq_gain_imbalance_db": float("nan")}, "must be finite"),
        ({"leakage_dbm": -20.0}, "sets the beat frequency"),
        ({"leakage_dbm": -20.0, "leakage_delay_s": -1e-9}, "no signal comes early"),
        ({"phase_noise_dbc_per_hz": 3.0}, "weaker than the carrier"),
        ({"phase_noise_dbc_per_hz": -90.0, "phase_noise_offset_hz": 0.0}, "must be above 0"),
        ({"phase_noise_dbc_per_hz": -90.0, "phase_noise_corner_hz": -1.0}, "must not be negative"),
        ({"phase_noise_floor_dbc_per_hz": -120.0}, "must be below phase_noise_dbc_per_hz"),
        ({"phase_noise_dbc_per_hz": -90.0, "phase_noise_floor_dbc_per_hz": -80.0}, "stands above the floor"),
    ],
)
def test_impossible_receivers_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(RadarConfigError, match=message):
        ReceiverOptions(**values)


def test_what_does_not_fit_the_radar_is_refused() -> None:
    with pytest.raises(RadarConfigError, match=r"\(any, 128, 1, 256\) complex"):
        receive(silence(1)[..., :100], RADAR, EVERYTHING, 0)
    with pytest.raises(RadarConfigError, match="complex is needed"):
        receive(silence(1).real, RADAR, EVERYTHING, 0)  # type: ignore[arg-type]
    with pytest.raises(RadarConfigError, match="beyond the ADC rate"):
        receive(silence(1), RADAR, ReceiverOptions(leakage_dbm=-20.0, leakage_delay_s=1e-7), 0)
    with pytest.raises(RadarConfigError, match="set adc_bits"):
        adc_step(ReceiverOptions())
