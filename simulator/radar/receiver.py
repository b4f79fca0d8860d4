"""The receiver between antenna and memory: what it adds to, and takes from, the ADC samples.

The signal meets, in this order: the leakage of the transmitter (a very near echo), the phase noise of the
oscillator (on echoes and leakage), thermal noise (of the first amplifier), the imbalance of the two mixers, the
constant that the mixers add, and the two converters. Not modelled: the high-pass of the IF stage, which on real
boards weakens leakage and the constant, compression ahead of the converters, and differences between receivers.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from .beat_reference import beat_phase_cycles, sample_times_s
from .config import RadarConfig
from .phase_noise import Oscillator
from .receiver_options import ReceiverOptions, noise_stream


def receive(
    adc: NDArray[np.complexfloating],
    radar: RadarConfig,
    options: ReceiverOptions,
    seed: int,
    first_frame: int = 0,
    *,
    thermal_noise: bool = False,
) -> NDArray[np.complexfloating]:
    """ADC samples as an imperfect receiver delivers them.

    A frame comes out the same whatever block of frames it is in, so a block can be made again alone. Beside the
    result, memory for a few frames is needed.

    Args:
        adc: (frame, chirp, virtual, adc_sample) complex64 or complex128, sqrt(mW): ideal echoes. Not changed.
        radar: chirp, antennas and noise figure.
        options: which effects, and how strong.
        seed: noise seed of the capture; every effect has its own stream of it.
        first_frame: number of `adc[0]` in the capture.
        thermal_noise: add k T B F of the radar to every sample.

    Returns:
        The same shape and type; the very same array if there is neither an effect nor noise.

    Raises:
        RadarConfigError: `adc` does not fit the radar, or the leakage's beat frequency does not fit the ADC.
    """
    wanted = (radar.n_chirps, radar.n_virtual, radar.n_adc_samples)
    if adc.ndim != 4 or adc.shape[1:] != wanted or not np.iscomplexobj(adc):
        raise RadarConfigError(
            f"ADC data of shape {adc.shape} and type {adc.dtype} do not fit radar {radar.name!r}: "
            f"(frame, chirp, virtual, adc_sample) = (any, {wanted[0]}, {wanted[1]}, {wanted[2]}) complex is needed"
        )
    active = options.active_effects
    if not active and not thermal_noise:
        return adc
    oscillator = Oscillator(radar, options, seed)
    coupled = leakage(radar, options)
    received = np.empty(adc.shape, dtype=adc.dtype)
    for i, ideal in enumerate(adc):
        frame = first_frame + i
        samples = oscillator.add_to(ideal, frame) if "phase_noise" in active else ideal
        if options.leakage_delay_s is not None:
            samples = samples + _with_phase_noise(coupled, oscillator, frame).astype(adc.dtype)
        if thermal_noise:
            samples = add_adc_noise(samples, radar, noise_stream(seed, "thermal_noise", frame))
        if "iq_imbalance" in active:
            samples = imbalance_iq(samples, options)
        if "dc_offset" in active:
            samples = samples + adc.dtype.type(dc_offset(options))
        received[i] = quantise(samples, options) if "quantisation" in active else samples
    return received


def add_adc_noise(
    adc: NDArray[np.complexfloating], radar: RadarConfig, generator: np.random.Generator
) -> NDArray[np.complexfloating]:
    """ADC samples, of any shape, plus white Gaussian noise of k T B F in each.

    After the range FFT its statistics are those of `noise.add_thermal_noise`, which draws noise of the same
    process in range bins. The draws differ: a seed gives one noise here and another one there.
    """
    real = generator.standard_normal((*adc.shape, 2), dtype=np.float32)
    real *= np.float32(math.sqrt(0.5 * radar.noise_power_mw))
    return adc + real.view(np.complex64)[..., 0]


def leakage(radar: RadarConfig, options: ReceiverOptions) -> NDArray[np.complex128]:
    """(adc_sample,) transmitter signal that couples into the receiver: an echo of fixed delay, sqrt(mW).

    Raises:
        RadarConfigError: its beat frequency reaches the ADC rate.
    """
    if options.leakage_dbm is None or options.leakage_delay_s is None:
        return np.zeros(radar.n_adc_samples, dtype=np.complex128)
    beat_hz = radar.slope_hz_per_s * options.leakage_delay_s
    if beat_hz >= radar.adc_rate_hz:
        raise RadarConfigError(
            f"leakage_delay_s is {options.leakage_delay_s} s: a beat of {beat_hz * 1e-6:.3f} MHz, beyond the ADC "
            f"rate of {radar.adc_rate_hz * 1e-6:.3f} MHz; leakage on a board takes about 1e-9 s"
        )
    cycles = beat_phase_cycles(np.array(options.leakage_delay_s), sample_times_s(radar), radar)
    return _amplitude(options.leakage_dbm) * np.exp(2j * np.pi * cycles)


def imbalance_iq(adc: NDArray[np.complexfloating], options: ReceiverOptions) -> NDArray[np.complexfloating]:
    """Samples whose I and Q differ in gain and are not 90 degrees apart: a x + b conj(x).

    The imbalance is shared evenly: I gains half of the decibels and Q loses them, and each phase is off by half.
    The second term is the image, at the mirrored beat frequency.
    """
    direct, image = _iq_terms(options)
    return adc.dtype.type(direct) * adc + adc.dtype.type(image) * adc.conj()


def image_rejection_db(options: ReceiverOptions) -> float:
    """Power of a tone over that of its image: (1 + g^2 + 2 g cos p) / (1 + g^2 - 2 g cos p); inf if balanced."""
    direct, image = _iq_terms(options)
    return math.inf if image == 0.0 else 20.0 * math.log10(abs(direct) / abs(image))


def dc_offset(options: ReceiverOptions) -> complex:
    """Constant that the mixers add, sqrt(mW)."""
    if options.dc_offset_dbm is None:
        return 0.0j
    phase_rad = math.radians(options.dc_offset_phase_deg)
    return _amplitude(options.dc_offset_dbm) * complex(math.cos(phase_rad), math.sin(phase_rad))


def adc_step(options: ReceiverOptions) -> float:
    """Least significant bit of the converters, sqrt(mW): a full-scale tone just fits without clipping.

    Two's complement has one code less above zero, so its amplitude A reaches (2^(bits - 1) - 1/2) steps. Samples
    of `receive` over this step are whole numbers, as a recording holds them.

    Raises:
        RadarConfigError: the options have no converter.
    """
    if options.adc_bits is None or options.adc_full_scale_dbm is None:
        raise RadarConfigError("adc_bits is None: samples that are not quantised have no step; set adc_bits")
    return 2.0 * _amplitude(options.adc_full_scale_dbm) / (2.0**options.adc_bits - 1.0)


def quantise(adc: NDArray[np.complexfloating], options: ReceiverOptions) -> NDArray[np.complexfloating]:
    """Samples as two's complement converters read them: I and Q each rounded to a step (mid-tread), and clipped.

    A full-scale complex tone stands 6.02 bits + 1.76 dB over the rounding noise: power A^2 over step^2 / 12 in
    each of I and Q, with A = 2^(bits - 1) steps.
    """
    step = adc_step(options)
    low, high = _end_codes(options)
    codes = np.clip(np.rint(_real_view(adc) / step), low, high)
    return (codes * step).astype(adc.real.dtype).view(adc.dtype)


def saturated_share(adc: NDArray[np.complexfloating], options: ReceiverOptions) -> float:
    """Share of quantised samples in which I or Q reads an end code, so is or may be clipped; 0 without converter.

    This is what can be told from a recording as well. A tone at full scale exactly grazes the top code
    (2 % of the samples at 12 bits), one at 99 % of its amplitude does not.
    """
    if options.adc_bits is None:
        return 0.0
    low, high = _end_codes(options)
    codes = np.rint(_real_view(adc) / adc_step(options)).reshape(*adc.shape, 2)
    return float(((codes <= low) | (codes >= high)).any(axis=-1).mean())


def _with_phase_noise(
    coupled: NDArray[np.complex128], oscillator: Oscillator, frame: int
) -> NDArray[np.complexfloating]:
    """Leakage with the residual phase of its own short delay, which is almost none."""
    options = oscillator.options
    if options.phase_noise_dbc_per_hz is None or options.leakage_delay_s is None:
        return coupled
    return coupled * oscillator.echo_turn(frame, options.leakage_delay_s)


def _amplitude(power_dbm: float) -> float:
    """sqrt(mW) of a power."""
    return 10.0 ** (power_dbm / 20.0)


def _iq_terms(options: ReceiverOptions) -> tuple[complex, complex]:
    """Factors of the signal and of its conjugate."""
    gain = 10.0 ** (options.iq_gain_imbalance_db / 40.0)
    turn = np.exp(0.5j * math.radians(options.iq_phase_imbalance_deg))
    direct = 0.5 * (gain * np.conj(turn) + turn / gain)
    image = 0.5 * (gain * turn - np.conj(turn) / gain)
    return complex(direct), complex(image)


def _end_codes(options: ReceiverOptions) -> tuple[int, int]:
    """Lowest and highest code of the converters."""
    half = 2 ** ((options.adc_bits or 0) - 1)
    return -half, half - 1


def _real_view(adc: NDArray[np.complexfloating]) -> NDArray[np.floating]:
    """(..., 2 adc_sample): I and Q side by side."""
    return np.ascontiguousarray(adc).view(adc.real.dtype)
