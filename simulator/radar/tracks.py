"""Range and amplitude of every scatterer over time: what the beat signal is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

import numba
import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from .config import RadarConfig

MIN_POSE_RATE_HZ = 50.0
MIN_POSES = 4  # the end slopes of the range spline come from four poses
AMPLITUDE_NODES = 9  # complex amplitudes of a facet in one pose interval, both ends included


def poses_per_frame(radar: RadarConfig) -> int:
    """Pose intervals in one frame, so that poses come at 50 Hz or more and frame edges are poses."""
    return max(1, math.ceil(MIN_POSE_RATE_HZ * radar.frame_period_s - 1e-9))


def pose_rate_hz(radar: RadarConfig) -> float:
    """Poses per second that the simulator works with."""
    return poses_per_frame(radar) / radar.frame_period_s


@dataclass(frozen=True, eq=False)
class FacetTracks:
    """Coherent echoes of flat facets. A facet shines for moments only, so each pose interval lists its own.

    Attributes:
        first_entry: (E,) int64; pose interval e, from pose e to e + 1, has the entries
            `first_entry[e] : first_entry[e + 1]`.
        range_m: (N, 2) float64 distance of the facet's centroid at both ends of the interval.
        range_rate_mps: (N, 2) float64 its rate; with `range_m` it makes a cubic in the interval.
        amplitude: (N, AMPLITUDE_NODES) complex64, sqrt(mW) at the receiver, at equidistant instants from one end
            of the interval to the other; linear in between.
    """

    first_entry: NDArray[np.int64]
    range_m: NDArray[np.float64]
    range_rate_mps: NDArray[np.float64]
    amplitude: NDArray[np.complex64]

    def powers(self, radar: RadarConfig) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Pose interval (N,) of each entry, and its share (N,) of the power received from all at its start, mW.

        The power of a coherent sum is that of the sum; it is shared by the entries' own powers.
        """
        power = np.empty(len(self.range_m))
        _entry_powers(self.first_entry, self.range_m, self.amplitude, 2.0 / radar.mid_wavelength_m, power)
        return np.repeat(np.arange(len(self.first_entry) - 1), np.diff(self.first_entry)), power

    @classmethod
    def none(cls, n_poses: int) -> FacetTracks:
        """No facets over E poses."""
        return cls(
            np.zeros(n_poses, np.int64),
            np.empty((0, 2)),
            np.empty((0, 2)),
            np.empty((0, AMPLITUDE_NODES), np.complex64),
        )


@dataclass(frozen=True, eq=False)
class ScattererTracks:
    """P scatterers at E pose instants, `poses_per_frame` of them per frame and one more at the end.

    Attributes:
        range_m: (E, P) float64 distance from the radar.
        range_rate_mps: (E, P) float64 its rate; with `range_m` it makes a cubic in each pose interval.
        amplitude: (E, P) float32, sqrt(mW) at the receiver; linear in between.
        phase_cycles: (P,) float64 fixed phase of each material point.
        facets: coherent echoes beside the points; None = none.
    """

    range_m: NDArray[np.float64]
    range_rate_mps: NDArray[np.float64]
    amplitude: NDArray[np.float32]
    phase_cycles: NDArray[np.float64]
    facets: FacetTracks | None = None

    @classmethod
    def from_ranges(
        cls,
        range_m: NDArray[np.float64],
        amplitude: NDArray[np.floating],
        phase_cycles: NDArray[np.float64],
        radar: RadarConfig,
    ) -> ScattererTracks:
        """Tracks whose range rates make the range a C2 spline through the poses."""
        rate = spline_slopes(range_m, 1.0 / pose_rate_hz(radar))
        return cls(
            np.ascontiguousarray(range_m, dtype=np.float64),
            rate,
            np.ascontiguousarray(amplitude, dtype=np.float32),
            np.ascontiguousarray(phase_cycles, dtype=np.float64),
        )

    def n_frames(self, radar: RadarConfig) -> int:
        """Whole frames that the poses span."""
        return (len(self.range_m) - 1) // poses_per_frame(radar)


class ChannelTracks(Sequence[ScattererTracks]):
    """Tracks of each virtual channel, made when they are asked for: all at once would fill gigabytes."""

    def __init__(self, n_channels: int, make: Callable[[int], ScattererTracks]) -> None:
        """`make(channel)` gives the tracks of one channel, the same at every call."""
        self._n_channels, self._make = n_channels, make

    def __len__(self) -> int:
        """Number of channels."""
        return self._n_channels

    @overload
    def __getitem__(self, index: int) -> ScattererTracks: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ScattererTracks]: ...
    def __getitem__(self, index: int | slice) -> ScattererTracks | Sequence[ScattererTracks]:
        """Tracks of one channel, or of some."""
        if isinstance(index, slice):
            return [self._make(channel) for channel in range(*index.indices(self._n_channels))]
        if not -self._n_channels <= index < self._n_channels:
            raise IndexError(f"channel {index} of {self._n_channels}")
        return self._make(index % self._n_channels)


Tracks = ScattererTracks | Sequence[ScattererTracks]  # several: one for each virtual channel


def channel_tracks(
    position_m: NDArray[np.floating],
    amplitude: NDArray[np.floating],
    phase_cycles: NDArray[np.float64],
    radar: RadarConfig,
    tx_m: NDArray[np.float64] | None = None,
    rx_m: NDArray[np.float64] | None = None,
) -> ChannelTracks:
    """Tracks of each virtual channel by exact path lengths: `range_m` is half the way tx - scatterer - rx.

    Args:
        position_m: (E, P, 3) relative to the radar: x right, y ahead, z up.
        amplitude: (E, P), sqrt(mW), the same in all channels.
        phase_cycles: (P,).
        radar: gives channels and antennas.
        tx_m: (n_tx, 3) transmitters elsewhere, e.g. images, in the frame of `position_m`.
        rx_m: (n_rx, 3) receivers elsewhere.
    """
    from_m = radar.array.tx_m if tx_m is None else tx_m
    to_m = radar.array.rx_m if rx_m is None else rx_m

    def make(index: int) -> ScattererTracks:
        channel = radar.channels[index]
        half_way_m = np.empty(position_m.shape[:2])
        _half_ways(position_m, from_m[channel.tx], to_m[channel.rx], half_way_m)
        return ScattererTracks.from_ranges(half_way_m, amplitude, phase_cycles, radar)

    return ChannelTracks(radar.n_virtual, make)


@numba.njit(cache=True, nogil=True)
def _entry_powers(first_entry, range_m, amplitude, cycles_per_m, power):  # type: ignore[no-untyped-def]
    """Share of each entry in the squared magnitude of its interval's sum."""
    for e in range(len(first_entry) - 1):
        real, imag, own = 0.0, 0.0, 0.0
        for n in range(first_entry[e], first_entry[e + 1]):
            cycles = cycles_per_m * range_m[n, 0]
            angle = 2.0 * math.pi * (cycles - math.floor(cycles))
            c, s = math.cos(angle), math.sin(angle)
            re, im = np.float64(amplitude[n, 0].real), np.float64(amplitude[n, 0].imag)
            real += re * c - im * s
            imag += re * s + im * c
            power[n] = re * re + im * im
            own += power[n]
        scale = (real * real + imag * imag) / own if own > 0.0 else 0.0
        for n in range(first_entry[e], first_entry[e + 1]):
            power[n] *= scale


@numba.njit(cache=True, nogil=True)
def _half_ways(position_m, tx_m, rx_m, half_way_m):  # type: ignore[no-untyped-def]
    """Half the way from transmitter over each point to the receiver."""
    for e in range(position_m.shape[0]):
        for p in range(position_m.shape[1]):
            x = np.float64(position_m[e, p, 0])
            y, z = np.float64(position_m[e, p, 1]), np.float64(position_m[e, p, 2])
            out = math.sqrt((x - tx_m[0]) ** 2 + (y - tx_m[1]) ** 2 + (z - tx_m[2]) ** 2)
            back = math.sqrt((x - rx_m[0]) ** 2 + (y - rx_m[1]) ** 2 + (z - rx_m[2]) ** 2)
            half_way_m[e, p] = 0.5 * (out + back)


def tracks_of_channels(tracks: Tracks, radar: RadarConfig) -> Sequence[ScattererTracks]:
    """One ScattererTracks for each virtual channel.

    Raises:
        RadarConfigError: there are not as many tracks as the radar has channels.
    """
    per_channel = [tracks] if isinstance(tracks, ScattererTracks) else tracks
    if len(per_channel) != radar.n_virtual:
        raise RadarConfigError(
            f"tracks of {len(per_channel)} channels do not fit radar {radar.name!r} with {radar.n_virtual} "
            "virtual channels: give one ScattererTracks for each, as channel_tracks does"
        )
    return per_channel


def spline_slopes(values: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """First derivatives that make the cubic Hermite interpolant of equidistant values twice continuous.

    Solves m[i-1] + 4 m[i] + m[i+1] = 3 (y[i+1] - y[i-1]) / step (C. de Boor, A Practical Guide to Splines,
    chapter 4); the end slopes are those of the cubic through the four nearest values.

    Args:
        values: (E, ...) with E >= 4.
        step: distance between values.

    Returns:
        (E, ...) float64.

    Raises:
        RadarConfigError: fewer than four values.
    """
    n = len(values)
    if n < MIN_POSES:
        raise RadarConfigError(
            f"a range spline needs at least {MIN_POSES} poses; there are {n}: use a longer motion"
        )
    slopes = np.empty(values.shape)
    slopes[0] = (-11.0 * values[0] + 18.0 * values[1] - 9.0 * values[2] + 2.0 * values[3]) / (6.0 * step)
    slopes[-1] = (11.0 * values[-1] - 18.0 * values[-2] + 9.0 * values[-3] - 2.0 * values[-4]) / (6.0 * step)
    pivot = np.zeros(n)  # Thomas algorithm, forward sweep; pivot[i] = superdiagonal after elimination
    for i in range(1, n - 1):
        pivot[i] = 1.0 / (4.0 - pivot[i - 1])
        slopes[i] = (3.0 / step * (values[i + 1] - values[i - 1]) - slopes[i - 1]) * pivot[i]
    for i in range(n - 2, 0, -1):
        slopes[i] -= pivot[i] * slopes[i + 1]
    return slopes
