"""Thermal noise: the shortcut in range bins against noise added to ADC samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.dsp.range_cube import RangeCube, range_cube_from_adc
from simulator.dsp.spectrogram import SpectrogramOptions, doppler_maps, doppler_time
from simulator.radar.array import AntennaArray
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.echo_facts import noise_floor_db
from simulator.radar.noise import add_thermal_noise, cell_noise_mw
from simulator.radar.noise_kernel import philox_words


def silent_cube(n_frames: int, n_bins: int, first_bin: int = 0) -> RangeCube:
    return RangeCube(
        np.zeros((n_frames, RADAR.n_chirps, 1, n_bins), np.complex64), np.full(n_frames, first_bin)
    )


def adc_noise_cube(n_frames: int) -> RangeCube:
    rng = np.random.default_rng(5)
    shape = (n_frames, RADAR.n_chirps, 1, RADAR.n_adc_samples)
    white = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    return range_cube_from_adc(np.sqrt(0.5 * RADAR.noise_power_mw) * white, RADAR)


@pytest.mark.parametrize("n_bins", [256, 60])
def test_noise_of_a_strip_has_the_statistics_of_adc_noise(n_bins: int) -> None:
    drawn = add_thermal_noise(silent_cube(300, n_bins), RADAR, 1).values
    assert drawn.size >= 1_000_000
    expected = RADAR.noise_power_mw * 1.5 / RADAR.n_adc_samples
    assert np.mean(np.abs(drawn) ** 2) / expected == pytest.approx(1.0, abs=0.01)
    assert np.mean(drawn.real**2) / np.mean(drawn.imag**2) == pytest.approx(1.0, abs=0.01)
    # Neighbouring bins under a Hann window: correlation 2/3, then 1/6, then none; none between chirps.
    for lag, correlation in ((1, 2 / 3), (2, 1 / 6), (3, 0.0)):
        product = np.mean(drawn[..., lag:] * drawn[..., :-lag].conj()) / expected
        assert product == pytest.approx(correlation, abs=0.01)
    assert abs(np.mean(drawn[:, 1:] * drawn[:, :-1].conj())) / expected < 0.01
    # Gaussian: fourth moment of a complex normal.
    assert np.mean(np.abs(drawn) ** 4) / np.mean(np.abs(drawn) ** 2) ** 2 == pytest.approx(2.0, abs=0.03)


def test_noise_added_to_adc_samples_agrees() -> None:
    exact, drawn = adc_noise_cube(40).values, add_thermal_noise(silent_cube(40, 256), RADAR, 2).values
    for lag in (0, 1, 2, 3, 255):
        a = np.mean(exact[..., lag:] * exact[..., : 256 - lag].conj())
        b = np.mean(drawn[..., lag:] * drawn[..., : 256 - lag].conj())
        assert abs(a - b) < 0.02 * np.mean(np.abs(exact) ** 2)


def test_noise_floor_of_a_cell_and_of_a_row() -> None:
    per_cell_db = 10 * np.log10(cell_noise_mw(RADAR))
    assert per_cell_db == pytest.approx(-136.96 + 3.52, abs=0.02)
    cube = add_thermal_noise(silent_cube(60, 80, first_bin=50), RADAR, 3)
    maps = doppler_maps(cube.values)
    assert 10 * np.log10(np.mean(np.abs(maps) ** 2)) == pytest.approx(per_cell_db, abs=0.05)
    options = SpectrogramOptions()
    spectrogram = doppler_time(cube, RADAR, options)
    floor_db = noise_floor_db(RADAR, spectrogram.n_gate_bins, sums_magnitude=False)
    assert 10 * np.log10(np.mean(spectrogram.magnitude**2)) == pytest.approx(floor_db, abs=0.05)
    legacy = doppler_time(
        add_thermal_noise(silent_cube(8, 256), RADAR, 3), RADAR, SpectrogramOptions(projection="legacy")
    )
    legacy_db = noise_floor_db(RADAR, 256, sums_magnitude=True)
    assert 20 * np.log10(np.mean(legacy.magnitude)) == pytest.approx(legacy_db, abs=0.05)


def test_signal_to_noise_of_half_a_square_metre() -> None:
    power_mw = RADAR.received_power_mw(0.5, 5.6)
    snr_db = 10 * np.log10(power_mw / (RADAR.noise_power_mw / (256 * 128)))
    assert snr_db == pytest.approx(45.1 + 3.52, abs=0.1)
    clean = silent_cube(60, 80, first_bin=50)
    clean.values[:, :, 0, 40] = np.sqrt(power_mw)
    maps = np.abs(doppler_maps(add_thermal_noise(clean, RADAR, 4).values)) ** 2
    measured_db = 10 * np.log10(maps[:, 64, 0, 40].mean() / maps[..., :20].mean())
    assert measured_db == pytest.approx(snr_db - 3.52, abs=0.2)


def test_one_seed_one_noise() -> None:
    cube = silent_cube(5, 60)
    first, again = (add_thermal_noise(cube, RADAR, 11).values for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (add_thermal_noise(cube, RADAR, 12).values != first).mean() > 0.99
    assert not cube.values.any()


def test_channels_have_independent_noise() -> None:
    quad = replace(RADAR, array=AntennaArray(rx=tuple((float(i), 0.0) for i in range(4))))
    silent = RangeCube(np.zeros((130, RADAR.n_chirps, 4, 64), np.complex64), np.full(130, 31))
    drawn = add_thermal_noise(silent, quad, 9).values
    assert drawn[:, :, 0].size >= 1_000_000
    expected = RADAR.noise_power_mw * 1.5 / RADAR.n_adc_samples
    covariance = np.einsum("fcvb,fcwb->vw", drawn, drawn.conj()) / drawn[:, :, 0].size / expected
    assert np.abs(np.diag(covariance) - 1.0).max() < 0.01
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 0.01


def test_a_bin_has_its_noise_wherever_it_is_made() -> None:
    whole = add_thermal_noise(silent_cube(6, 256), RADAR, 21).values
    for first_bin, n_bins in ((0, 30), (1, 77), (100, 75), (226, 30)):
        strip = add_thermal_noise(silent_cube(6, n_bins, first_bin), RADAR, 21).values
        np.testing.assert_allclose(strip, whole[..., first_bin : first_bin + n_bins], rtol=2e-5, atol=1e-12)
    later = add_thermal_noise(silent_cube(2, 256), RADAR, 21, first_frame=4).values
    np.testing.assert_array_equal(later, whole[4:])
    cube = silent_cube(6, 256)
    assert add_thermal_noise(cube, RADAR, 21, in_place=True).values is cube.values
    np.testing.assert_array_equal(cube.values, whole)


def test_tails_of_the_normal_numbers() -> None:
    drawn = add_thermal_noise(silent_cube(400, 256), RADAR, 13).values
    power = np.abs(drawn) ** 2 / (RADAR.noise_power_mw * 1.5 / RADAR.n_adc_samples)
    for level in (0.01, 1.0, 5.0, 9.0):  # an exponential distribution
        found, expected = np.mean(power > level), np.exp(-level)
        assert found == pytest.approx(
            expected, rel=0.001 + 6 * np.sqrt((1 - expected) / expected / power.size)
        )
    angle = np.angle(drawn)
    assert np.abs(np.mean(np.exp(1j * angle))) < 0.001 and np.abs(np.mean(np.exp(2j * angle))) < 0.001


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((2**32 - 1,) * 4, (2**32 - 1,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_words_are_those_of_philox(counter: tuple[int, ...], key: tuple[int, int], expected: str) -> None:
    # Known answers for philox4x32 with 10 rounds, as published with the Random123 library.
    words = np.zeros((4, 1), np.uint32)
    philox_words(counter[0], 2**40, counter[1:], key, words)
    assert " ".join(f"{word:08x}" for word in words[:, 0]) == expected
