"""azimuth_time: from which side echoes come, frame by frame, by the phases across a row of virtual channels.

A far target at azimuth theta (positive to the right, +x) shortens the two-way path of a channel at x by
x sin(theta), so across the row phases fall as -2 pi x sin(theta) / lambda. The steering vectors are these phases,
with the channels' true places in metres and lambda in the middle of the sweep; nothing assumes half a wavelength.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.config import RadarConfig
from .range_cube import RangeCube
from .range_gate import track_gate
from .spectrogram import check_cube, spectra
from .spectrogram_options import AzimuthMethod, SpectrogramOptions

AZIMUTH_CELLS = 128
DIAGONAL_LOADING = 0.01  # of the mean channel power: bounds the inverse where few cells hold an echo
SAME_PLACE = 1e-3  # wavelengths


@dataclass(frozen=True, eq=False)
class AzimuthTime:
    """An azimuth spectrum over time.

    Attributes:
        magnitude: (frame, 128) float32, sqrt(mW): root of the power from each direction, summed over the cells
            of the gate.
        azimuth_rad: (128,) directions, uniform in angle, positive to the right.
    """

    magnitude: NDArray[np.float32]
    azimuth_rad: NDArray[np.float64]


def azimuth_time(
    cube: RangeCube,
    radar: RadarConfig,
    options: SpectrogramOptions | None = None,
    *,
    gate_first_bin: NDArray[np.int64] | None = None,
    workers: int = 1,
) -> AzimuthTime:
    """Azimuth spectrum of what lies within the gate, by `options.azimuth_method`.

    Args:
        cube: a strip that holds the gate, of all channels.
        radar: antennas, slots and wavelength.
        options: gate width, method, and whether what stands still is removed.
        gate_first_bin: (frame,) where the gate starts; found from the cube unless given.
        workers: threads of the FFT.

    Raises:
        RadarConfigError: the cube is another radar's, is narrower than the gate, or the radar has no two
            channels at different places of one row.
    """
    options = options or SpectrogramOptions()
    azimuth_covariances = covariance(
        cube,
        radar,
        options.gate_bins(radar),
        gate_first_bin=gate_first_bin,
        remove_static=bool(options.remove_static),
        workers=workers,
    )
    power = azimuth_power(azimuth_covariances, radar, options.azimuth_method)
    return AzimuthTime(np.sqrt(power).astype(np.float32), azimuth_axis_rad())


def azimuth_axis_rad() -> NDArray[np.float64]:
    """(128,) middles of 128 equal cells from -90 to 90 degrees; positive to the right."""
    return np.asarray(((np.arange(AZIMUTH_CELLS) + 0.5) / AZIMUTH_CELLS - 0.5) * np.pi)


def azimuth_row(radar: RadarConfig) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Channels of the longest row at one height, from left to right, and their x in metres.

    Of channels at the same place the first one counts. Of rows with equally many places the widest is taken.

    Raises:
        RadarConfigError: no row has two places.
    """
    place = np.rint(radar.virtual_m[:, [0, 2]] / (SAME_PLACE * radar.mid_wavelength_m)).astype(np.int64)
    rows = []
    for height in np.unique(place[:, 1]):
        members = np.flatnonzero(place[:, 1] == height)
        _, leftmost = np.unique(place[members, 0], return_index=True)
        rows.append(members[leftmost])
    row = max(rows, key=lambda channels: (len(channels), np.ptp(place[channels, 0])))
    if len(row) < 2:
        raise RadarConfigError(
            f"radar {radar.name!r} has {radar.n_virtual} virtual channels and no two of them side by side at one "
            "height, so it cannot tell azimuths: use more receivers (array.rx) or transmitters (tx_order)"
        )
    return row, radar.virtual_m[row, 0]


def steering_vectors(radar: RadarConfig, azimuth_rad: NDArray[np.float64]) -> NDArray[np.complex128]:
    """(azimuth, channel of the row) unit phasors that a far target at each azimuth makes."""
    _, x_m = azimuth_row(radar)
    cycles = np.sin(azimuth_rad)[:, None] * x_m / radar.mid_wavelength_m
    return np.asarray(np.exp(-2j * np.pi * cycles))


def covariance(
    cube: RangeCube,
    radar: RadarConfig,
    n_gate_bins: int,
    *,
    gate_first_bin: NDArray[np.int64] | None = None,
    remove_static: bool = False,
    compensate_slots: bool = True,
    workers: int = 1,
) -> NDArray[np.complex128]:
    """(frame, M, M) covariance of the row's M channels, mW: sum over the gate's range-Doppler cells of x x^H.

    Chirps count one by one: averaging them first would keep zero Doppler and reject all that moves. The cells
    are those of doppler_time (Hann over chirps), so trace / M is the power of its "gated" row summed over
    Doppler. Unless `compensate_slots` is off, each cell is first set back by the phase that its Doppler makes
    between TDM slots.

    Raises:
        RadarConfigError: as in `azimuth_time`.
    """
    check_cube(cube, radar)
    channels, _ = azimuth_row(radar)
    if cube.n_bins < n_gate_bins:
        raise RadarConfigError(
            f"a gate of {n_gate_bins} range bins does not fit in a cube of {cube.n_bins}: keep more range bins "
            "or lower gate_width_m"
        )
    first = gate_first_bin
    if first is None:
        first = track_gate(cube, n_gate_bins, radar.n_adc_samples, radar.frame_period_s)
    turn = slot_phasors(radar)[channels].astype(np.complex64)
    late = [i for i, c in enumerate(channels) if compensate_slots and radar.channels[c].slot > 0]
    covariances = np.empty((cube.n_frames, len(channels), len(channels)), dtype=np.complex128)
    for block, maps in spectra(cube, first, n_gate_bins, channels, remove_static, workers):
        for i in late:
            maps[:, i] *= turn[i][:, None]
        cells = maps.reshape(len(maps), len(channels), -1)
        covariances[block] = cells @ cells.conj().transpose(0, 2, 1)
    return covariances


def slot_phasors(radar: RadarConfig) -> NDArray[np.complex128]:
    """(virtual, doppler) factors that refer each channel to slot 0; zero Doppler first.

    A channel of slot s is measured s slots later, when a receding target (positive Doppler f) has turned its
    phase on by +2 pi f s slot_s: the factor is exp(-2j pi f s slot_s). Right within +-max_velocity_mps; the
    Doppler of a faster target is ambiguous, and its angle with it.
    """
    doppler_hz = np.fft.fftfreq(radar.n_chirps, radar.pri_s)
    delay_s = np.array([channel.slot for channel in radar.channels]) * radar.slot_s
    return np.asarray(np.exp(-2j * np.pi * delay_s[:, None] * doppler_hz))


def azimuth_power(
    covariances: NDArray[np.complex128], radar: RadarConfig, method: AzimuthMethod = "mvdr"
) -> NDArray[np.float64]:
    """(frame, 128) power from each direction of `azimuth_axis_rad`, mW.

    "fft": a^H R a / M^2, the mean power of the snapshots' Fourier transform over the row (Bartlett). "mvdr":
    1 / (a^H R^-1 a) after adding 0.01 trace(R) / M to the diagonal (J. Capon, Proc. IEEE 57, 1969). Both read
    the power of a single target at its direction; Capon's peak is narrower than a cell, so a lone target
    between two cells reads up to 9 dB low. Frames in which nothing is received read 0.
    """
    steering = steering_vectors(radar, azimuth_axis_rad())
    n = covariances.shape[1]
    if method == "fft":
        quadratic = _quadratic_form(steering, covariances)
        return np.asarray(np.maximum(quadratic, 0.0) / n**2)
    power = np.trace(covariances, axis1=1, axis2=2).real / n
    heard = power > 0.0
    result = np.zeros((len(covariances), AZIMUTH_CELLS))
    if heard.any():
        scaled = covariances[heard] / power[heard, None, None]
        inverse = np.linalg.inv(scaled + DIAGONAL_LOADING * np.eye(n))
        result[heard] = power[heard, None] / _quadratic_form(steering, inverse)
    return result


def _quadratic_form(
    steering: NDArray[np.complex128], matrices: NDArray[np.complex128]
) -> NDArray[np.float64]:
    """(frame, azimuth) a^H X a of Hermitian X."""
    turned = steering.conj() @ matrices
    return np.asarray((turned * steering).sum(axis=2).real)
