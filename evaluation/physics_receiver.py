"""Checks of the imperfect receiver: quantisation, image, constant, phase noise with range correlation."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from simulator.dsp.windows import periodic_hann
from simulator.radar.phase_noise import residual_phase
from simulator.radar.receiver import receive
from simulator.radar.receiver_options import ReceiverOptions

from .physics_check import Drawing, PhysicsResult, PhysicsSection, at_most, within
from .physics_drawing import LAW_STYLE, SIMULATED_STYLE, new_axes
from .physics_forms import C_MPS, db
from .physics_points import RADAR

SHAPE = (1, RADAR.n_chirps, 1, RADAR.n_adc_samples)
LEVEL_DBC, OFFSET_HZ = -95.0, 1e6
FREE_RUNNING = ReceiverOptions(phase_noise_dbc_per_hz=LEVEL_DBC, phase_noise_offset_hz=OFFSET_HZ)
BUDGE = "4 sin²(πfτ) · S(f), Budge and Burt 1993"
LONG_DELAY_S = 0.9e-6  # nulls at 1.11 and 2.22 MHz


def identity() -> list[PhysicsResult]:
    """All effects off."""
    adc = _tone(0.1)
    return [
        within(
            "receiver-off",
            "change of samples with every effect off",
            "identity",
            unit="√mW",
            expected=0.0,
            simulated=float(np.abs(receive(adc, RADAR, ReceiverOptions(), 1) - adc).max()),
            tolerance=0.0,
        )
    ]


def quantisation() -> list[PhysicsResult]:
    """A full-scale tone over the rounding noise of the converters."""
    results = []
    for bits in (8, 12, 16):
        options = ReceiverOptions(adc_bits=bits, adc_full_scale_dbm=-30.0)
        adc = _tone(0.1234567, -30.0)
        error = receive(adc, RADAR, options, 0) - adc
        snr_db = db(np.mean(np.abs(adc) ** 2) / np.mean(np.abs(error) ** 2))
        results.append(
            within(
                f"quantisation-{bits}",
                f"full-scale tone over rounding noise, {bits} bits",
                "6.02 b + 1.76 dB",
                expected=6.02 * bits + 1.76,
                simulated=snr_db,
                tolerance=0.2,
                unit="dB",
            )
        )
    return results


def image() -> list[PhysicsResult]:
    """Image of a tone behind unequal mixers, and the constant that they add."""
    gain_db, phase_deg = 1.0, 2.0
    options = ReceiverOptions(iq_gain_imbalance_db=gain_db, iq_phase_imbalance_deg=phase_deg)
    power_dbm = _map_dbm(receive(_tone(60 / 256), RADAR, options, 0))[64]
    gain, phase = 10.0 ** (gain_db / 20.0), np.radians(phase_deg)
    squares, product = 1.0 + gain**2, 2.0 * gain * np.cos(phase)
    rest = np.delete(power_dbm, range(55, 66))
    constant = ReceiverOptions(dc_offset_dbm=-50.0)
    silent = _map_dbm(receive(np.zeros(SHAPE, np.complex64), RADAR, constant, 0))
    return [
        within(
            "image-level",
            "tone over its image, 1 dB and 2° of imbalance",
            "(1+g²+2g cos p) / (1+g²−2g cos p)",
            unit="dB",
            expected=db((squares + product) / (squares - product)),
            simulated=power_dbm[60] - power_dbm[196],
            tolerance=0.1,
        ),
        within(
            "image-bin",
            "range bin of the image of a tone at bin 60",
            "N − bin",
            unit="bin",
            expected=196.0,
            simulated=float(rest.argmax()) + 11.0,
            tolerance=0.0,
        ),
        within(
            "constant-level",
            "level of a constant of -50 dBm in range bin 0, zero Doppler",
            "unchanged",
            unit="dBm",
            expected=-50.0,
            simulated=silent[64, 0],
            tolerance=0.01,
        ),
    ]


def phase_noise() -> list[PhysicsResult]:
    """Residual phase noise of an echo: total, spectrum, null of range correlation."""
    delay_s = 2.0 * 5.6 / C_MPS
    frequency_hz = np.arange(25.0, RADAR.adc_rate_hz / 2.0, 25.0)
    variance = float(_residual_law(frequency_hz, delay_s).sum() * 25.0)
    phase = residual_phase(RADAR, FREE_RUNNING, 5, delay_s, 12)
    measured_hz, measured = _spectrum(residual_phase(RADAR, FREE_RUNNING, 3, LONG_DELAY_S, 10))
    law = _residual_law(measured_hz, LONG_DELAY_S)
    clear = (law > 0.3 * law.max()) & (measured_hz > 1e5)
    null = int(np.abs(measured_hz - 1.0 / LONG_DELAY_S).argmin())
    drawing = Drawing(
        "phase_noise.png",
        "Residual phase noise of an echo with 0.9 µs delay (dots) and the law S(f)·4 sin²(πfτ) (line); "
        "oscillator -95 dBc/Hz "
        "at 1 MHz, falling as 1/f². The nulls fill up by the window's width of ±20 kHz.",
        lambda: _phase_noise_figure(measured_hz, measured),
    )
    return [
        within(
            "phase-noise-rms",
            "rms residual phase of an echo at 5.6 m",
            BUDGE,
            unit="mrad",
            expected=1e3 * np.sqrt(variance),
            simulated=1e3 * phase.std(dtype=np.float64),
            tolerance=1e3 * np.sqrt(variance) * 0.01,
        ),
        within(
            "phase-noise-spectrum",
            "measured over expected spectrum away from the nulls, 0.9 µs",
            BUDGE,
            unit="dB",
            expected=0.0,
            simulated=db(np.mean(measured[clear] / law[clear])),
            tolerance=0.1,
        ),
        at_most(
            "phase-noise-null",
            "spectrum at the null 1/τ, relative to its maximum",
            BUDGE,
            unit="dB",
            bound=-20.0,
            simulated=db(measured[null] / law.max()),
            drawing=drawing,
        ),
    ]


def _tone(cycles_per_sample: float, power_dbm: float = 0.0) -> NDArray[np.complex128]:
    """ADC samples of one tone."""
    turn = np.exp(2j * np.pi * cycles_per_sample * np.arange(np.prod(SHAPE)))
    return np.asarray(10.0 ** (power_dbm / 20.0) * turn.reshape(SHAPE))


def _map_dbm(adc: NDArray[np.complexfloating]) -> NDArray[np.float64]:
    """(doppler, range) level of the first frame, window gains taken out; written out here."""
    fast, slow = periodic_hann(adc.shape[-1]), periodic_hann(adc.shape[1])
    cube = np.fft.fft(adc[0, :, 0] * (fast / fast.sum()), axis=-1)
    maps = np.fft.fftshift(np.fft.fft(cube * (slow / slow.sum())[:, None], axis=0), axes=0)
    return np.asarray(20.0 * np.log10(np.abs(maps) + 1e-20))


def _residual_law(frequency_hz: NDArray[np.float64], delay_s: float) -> NDArray[np.float64]:
    """One-sided spectrum of the residual phase, rad^2/Hz."""
    oscillator = 2.0 * 10.0 ** (LEVEL_DBC / 10.0) * (OFFSET_HZ / frequency_hz) ** 2
    return np.asarray(oscillator * 4.0 * np.sin(np.pi * frequency_hz * delay_s) ** 2)


def _spectrum(phase: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies and one-sided spectrum of the phase within chirps, rad^2/Hz, mean over all chirps."""
    n = phase.shape[-1]
    window = periodic_hann(n)
    power = (np.abs(np.fft.rfft(phase * window, axis=-1)) ** 2).mean(axis=(0, 1))
    frequency_hz = np.arange(n // 2 + 1) * RADAR.adc_rate_hz / n
    return frequency_hz[2:-1], 2.0 * power[2:-1] / (RADAR.adc_rate_hz * (window**2).sum())


def _phase_noise_figure(frequency_hz: NDArray[np.float64], measured: NDArray[np.float64]) -> Figure:
    figure, axes = new_axes("offset from the carrier in MHz", "phase noise in dB re 1 rad²/Hz")
    fine_hz = np.linspace(frequency_hz[0], frequency_hz[-1], 2000)
    law_db = 10.0 * np.log10(_residual_law(fine_hz, LONG_DELAY_S) + 1e-30)
    axes.plot(1e-6 * fine_hz, law_db, **LAW_STYLE, label="law")
    axes.plot(1e-6 * frequency_hz, 10.0 * np.log10(measured), **SIMULATED_STYLE, label="simulated")
    axes.set_ylim(-130, -74)
    axes.legend(fontsize=8, frameon=False)
    return figure


SECTION = PhysicsSection(
    "receiver",
    "Receiver",
    "Each effect alone, on ADC samples. Off, each is an exact identity. One oscillator transmits and "
    "mixes, so phase "
    "noise of near echoes nearly cancels (range correlation). Not modelled: the high-pass of the IF "
    "stage, compression "
    "before the converters, errors of the ramp.",
    (identity, quantisation, image, phase_noise),
)
