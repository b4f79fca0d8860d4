"""Phase noise of the one oscillator that both transmits and mixes, with range correlation.

The transmitted phase carries phi(t), the echo phi(t - tau), so the mixer's output (tx times conjugate of rx)
carries the residual phi(t) - phi(t - tau). Its power spectrum is that of phi times 4 sin^2(pi f tau): what is
near to the radar hardly shows phase noise. Source: M. C. Budge and M. P. Burt, Range correlation effects in
radars, IEEE National Radar Conference 1993; the same authors, Range correlation effects on phase noise
spectra, SSST 1993, doi 10.1109/SSST.1993.522829.

Within a frame phi is one process from the first chirp to the last, made of spectral lines 1 / (burst) apart up
to half the ADC rate (the rest lies outside the IF filter). Every delay filters the same lines, so residuals of
different delays are correlated as they should be, and slow-time correlation holds from one Doppler bin up to
the PRF and beyond. Frames are independent: nothing downstream combines frames coherently. Not modelled: the
line at zero frequency (a constant phase of a frame's echo), and noise that depends on the ramp.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ..dsp.windows import periodic_hann
from ..errors import RadarConfigError
from .config import RadarConfig
from .receiver_options import ReceiverOptions, noise_stream

INTERPOLATION_ERROR = 1e-3  # of the residual, at the highest frequency: -60 dB of the noise itself
MAX_RESIDUAL_RAD = 0.3  # rms; beyond it the turn exp(j residual) is no smooth function of delay


def phase_noise_psd(
    options: ReceiverOptions, frequency_hz: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """One-sided spectrum S = 2 L of the oscillator's phase, rad^2/Hz; L is the single-sideband level.

    L(f) = floor + (level - floor) (offset^2 + corner^2) / (f^2 + corner^2), so L(offset) = level.
    """
    frequency = np.asarray(frequency_hz, dtype=np.float64)
    if options.phase_noise_dbc_per_hz is None:
        return np.zeros(frequency.shape)
    level = 10.0 ** (options.phase_noise_dbc_per_hz / 10.0)
    floor_db = options.phase_noise_floor_dbc_per_hz
    floor = 0.0 if floor_db is None else 10.0 ** (floor_db / 10.0)
    corner_squared = options.phase_noise_corner_hz**2
    slope = (options.phase_noise_offset_hz**2 + corner_squared) / (frequency**2 + corner_squared)
    return np.asarray(2.0 * (floor + (level - floor) * slope))


def residual_phase_psd(
    options: ReceiverOptions, frequency_hz: NDArray[np.float64], delay_s: float
) -> NDArray[np.float64]:
    """One-sided spectrum of the residual phase after a delay, rad^2/Hz: S 4 sin^2(pi f tau)."""
    return phase_noise_psd(options, frequency_hz) * 4.0 * np.sin(np.pi * frequency_hz * delay_s) ** 2


def residual_phase(
    radar: RadarConfig,
    options: ReceiverOptions,
    seed: int,
    delay_s: float,
    n_frames: int,
    first_frame: int = 0,
    slot: int = 0,
) -> NDArray[np.float32]:
    """Residual phase of an echo, at every ADC sample; zeros if the options have no phase noise.

    Equal arguments but for the delay give one oscillator seen by two echoes. A frame is the same whatever block
    it is made in. Working memory: a few arrays of one frame's burst at the ADC rate.

    Args:
        radar: chirps and ADC window.
        options: spectrum of the oscillator.
        seed: noise seed of the capture.
        delay_s: two-way delay of the echo, not negative.
        n_frames: frames to make.
        first_frame: number of the first of them in the capture.
        slot: TDM slot of the transmitter.

    Returns:
        (frame, chirp, adc_sample) float32, rad: multiply an ideal echo by exp(+j of it).
    """
    if not delay_s >= 0.0:
        raise RadarConfigError(f"delay_s is {delay_s} s, must not be negative: no echo comes early")
    phase = np.zeros((n_frames, radar.n_chirps, radar.n_adc_samples), dtype=np.float32)
    if options.phase_noise_dbc_per_hz is None:
        return phase
    oscillator = Oscillator(radar, options, seed)
    echo_filter = oscillator.echo_filter(delay_s)
    samples = oscillator.adc_samples(slot)
    for i in range(n_frames):
        phase[i] = oscillator.residual(oscillator.lines(first_frame + i), echo_filter)[samples]
    return phase


class Oscillator:
    """Phase noise of one capture, frame by frame, on a grid of the ADC's sample interval."""

    def __init__(self, radar: RadarConfig, options: ReceiverOptions, seed: int) -> None:
        """Lay out the grid; it spans the burst of chirps and wraps around."""
        self.radar, self.options, self.seed = radar, options, seed
        self.n_grid = scipy.fft.next_fast_len(
            math.ceil(radar.n_chirps * radar.pri_s * radar.adc_rate_hz), real=True
        )
        self.line_hz = radar.adc_rate_hz / self.n_grid
        self.frequency_hz = np.arange(1, self.n_grid // 2 + 1) * self.line_hz

    def lines(self, frame: int) -> NDArray[np.complex64]:
        """(line,) random spectrum of phi in one frame, without the line at zero frequency."""
        generator = noise_stream(self.seed, "phase_noise", frame)
        white = generator.standard_normal((len(self.frequency_hz), 2), dtype=np.float32)
        return np.asarray(white.view(np.complex64)[:, 0] * self._line_scale)

    def echo_filter(self, delay_s: float) -> NDArray[np.complex64]:
        """(line,) 1 - exp(-j 2 pi f tau), written so that a short delay loses no digits."""
        half_turn = np.pi * self.frequency_hz * delay_s
        return (2j * np.sin(half_turn) * np.exp(-1j * half_turn)).astype(np.complex64)

    def residual(
        self, lines: NDArray[np.complex64], echo_filter: NDArray[np.complex64]
    ) -> NDArray[np.float32]:
        """(n_grid,) float32, phi(t) - phi(t - tau) over the burst."""
        spectrum = np.concatenate([np.zeros(1, dtype=np.complex64), lines * echo_filter])
        return np.asarray(scipy.fft.irfft(spectrum, n=self.n_grid))

    def adc_samples(self, slot: int) -> NDArray[np.int64]:
        """(chirp, adc_sample) place of each ADC sample on the grid.

        A chirp starts at the nearest point of the grid: within a chirp times are exact, between chirps they are
        off by half a sample at most, which phase noise decorrelated over a PRI does not notice.
        """
        radar = self.radar
        start_s = (
            np.arange(radar.n_chirps) * radar.pri_s + slot * radar.slot_s + radar.idle_s + radar.adc_start_s
        )
        start = np.rint(start_s * radar.adc_rate_hz).astype(np.int64)
        return (start[:, None] + np.arange(radar.n_adc_samples)) % self.n_grid

    def add_to(self, samples: NDArray[np.complexfloating], frame: int) -> NDArray[np.complexfloating]:
        """One frame of ADC samples (chirp, virtual, adc_sample) with each echo's residual phase on it.

        The beat frequency tells an echo's delay, S tau, and over the range span the turn exp(j residual) is a
        smooth function of delay. So the samples are split by beat frequency into shares of a few Chebyshev
        delays (Lagrange weights, which add up to 1), and each share is turned by the residual of its delay. A
        Hamming window, taken off again, keeps near echoes from leaking into far delays. Under the Hann window
        of the range FFT the error, relative to the noise, is below -40 dB from 3 m on, -30 dB at 1 m.
        """
        lines = self.lines(frame)
        window = (0.08 + 0.92 * periodic_hann(samples.shape[-1])).astype(samples.real.dtype)
        spectrum = scipy.fft.fft(samples * window, axis=-1)
        turned = np.zeros_like(samples)
        for echo_filter, weight in self._shares:
            turn = self._turn(self.residual(lines, echo_filter))
            turned += turn * scipy.fft.ifft(spectrum * weight.astype(window.dtype), axis=-1)
        return np.asarray(turned / window)

    def echo_turn(self, frame: int, delay_s: float) -> NDArray[np.complex64]:
        """(chirp, virtual, adc_sample) exp(j residual) of an echo whose delay is known."""
        return self._turn(self.residual(self.lines(frame), self.echo_filter(delay_s)))

    def _turn(self, residual: NDArray[np.float32]) -> NDArray[np.complex64]:
        """(chirp, virtual, adc_sample) exp(j residual) at the ADC samples of every channel."""
        slots = [channel.slot for channel in self.radar.channels]
        return np.asarray(np.exp(1j * residual[self._slot_samples])[:, slots])

    @cached_property
    def _line_scale(self) -> NDArray[np.float32]:
        """Standard deviation of the real and the imaginary part of each line."""
        variance = phase_noise_psd(self.options, self.frequency_hz) * self.line_hz
        return (0.5 * self.n_grid * np.sqrt(variance)).astype(np.float32)

    @cached_property
    def _slot_samples(self) -> NDArray[np.int64]:
        """(chirp, slot, adc_sample) places on the grid."""
        return np.stack([self.adc_samples(slot) for slot in range(len(self.radar.tx_order))], axis=1)

    @cached_property
    def _shares(self) -> list[tuple[NDArray[np.complex64], NDArray[np.float64]]]:
        """Filter of each interpolation delay, and its weight (adc_bin,) at every beat frequency."""
        radar = self.radar
        span_s = radar.adc_rate_hz / radar.slope_hz_per_s
        self._refuse_large_residual(span_s)
        nodes = _chebyshev_nodes(span_s, radar.adc_rate_hz)
        delay_s = np.arange(radar.n_adc_samples) / radar.n_adc_samples * span_s
        shares = []
        for i, node in enumerate(nodes):
            others = np.delete(nodes, i)
            weight = np.prod((delay_s[:, None] - others) / (node - others), axis=1)
            shares.append((self.echo_filter(float(node)), weight))
        return shares

    def _refuse_large_residual(self, span_s: float) -> None:
        """Raise where the interpolation over delays does not hold."""
        psd = residual_phase_psd(self.options, self.frequency_hz, span_s)
        residual_rad = math.sqrt(psd.sum() * self.line_hz)
        if residual_rad > MAX_RESIDUAL_RAD:
            raise RadarConfigError(
                f"phase noise of {self.options.phase_noise_dbc_per_hz} dBc/Hz at "
                f"{self.options.phase_noise_offset_hz:g} Hz leaves {residual_rad:.2f} rad rms on an echo from the "
                f"end of the range span of radar {self.radar.name!r}; at most {MAX_RESIDUAL_RAD} rad can be "
                "simulated, and echoes would drown in it: take a lower level or a shorter span"
            )


def _chebyshev_nodes(span_s: float, adc_rate_hz: float) -> NDArray[np.float64]:
    """Delays in 0 to `span_s`, as many as exp(-j 2 pi f tau) needs up to half the ADC rate.

    Interpolation at n Chebyshev nodes errs by at most x^n / (2^(n - 1) n!), x = 2 pi f span / 2.
    """
    x = 0.5 * math.pi * adc_rate_hz * span_s
    n, error = 1, x
    while error > INTERPOLATION_ERROR:
        n += 1
        error *= x / (2.0 * n)
    return 0.5 * span_s * (1.0 - np.cos(np.pi * (np.arange(n) + 0.5) / n))
