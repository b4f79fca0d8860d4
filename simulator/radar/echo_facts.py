"""Numbers about an echo that a reader of doppler_time cannot see in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from .config import RadarConfig
from .noise import cell_noise_mw
from .tracks import FacetTracks, ScattererTracks, poses_per_frame

RATE_STEP_MPS = 0.01
EDGE_SHARE = 0.01  # the slowest and fastest 1 % of power are left out of the range of rates


@dataclass(frozen=True)
class EchoFacts:
    """Shares of received power, and range rates weighted by it; every pose counts alike, near or far.

    Attributes:
        wrapped_fraction: share whose range rate lies beyond +-max_velocity_mps.
        still_fraction: share whose range rate lies within the zero-Doppler bin and its neighbours.
        gate_loss: share outside the range gate.
        min_range_rate_mps: 1st percentile of range rate.
        mean_range_rate_mps: mean range rate.
        max_range_rate_mps: 99th percentile of range rate.
    """

    wrapped_fraction: float
    still_fraction: float
    gate_loss: float
    min_range_rate_mps: float
    mean_range_rate_mps: float
    max_range_rate_mps: float


def measure_echo(
    tracks: ScattererTracks, radar: RadarConfig, gate_first_bin: NDArray[np.int64], n_gate_bins: int
) -> EchoFacts:
    """Facts of one observation and the gate that followed it; all 0 where nothing is received."""
    entries = _no_entries() if tracks.facets is None else _facet_entries(tracks.facets, radar)
    points = (tracks.range_m, tracks.range_rate_mps, tracks.amplitude)
    per_pose, slowest, fastest = _sum_power(points, entries)
    if not per_pose.any():
        return EchoFacts(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    steps_per_mps = 1.0 / RATE_STEP_MPS
    first_step = int(np.rint(slowest * steps_per_mps))
    weights = np.zeros(int(np.rint(fastest * steps_per_mps)) - first_step + 1)
    frame = np.minimum(np.arange(len(per_pose)) // poses_per_frame(radar), len(gate_first_bin) - 1)
    gate = (gate_first_bin[frame].astype(np.float64) - 0.5, float(n_gate_bins), 1.0 / radar.range_bin_m)
    kept = _weigh(points, entries, per_pose, gate, (first_step, steps_per_mps), weights)
    rates = (first_step + np.arange(len(weights))) * RATE_STEP_MPS
    total = float(weights.sum())
    speed = np.abs(rates)
    cumulative = np.cumsum(weights) / weights.sum()
    return EchoFacts(
        wrapped_fraction=float(weights[speed > radar.max_velocity_mps].sum() / total),
        still_fraction=float(weights[speed <= 1.5 * radar.velocity_bin_mps].sum() / total),
        gate_loss=float(1.0 - kept / total),
        min_range_rate_mps=float(rates[np.searchsorted(cumulative, EDGE_SHARE)]),
        mean_range_rate_mps=float(rates @ weights / weights.sum()),
        max_range_rate_mps=float(rates[np.searchsorted(cumulative, 1.0 - EDGE_SHARE)]),
    )


Entries = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _facet_entries(facets: FacetTracks, radar: RadarConfig) -> Entries:
    """Pose, range, range rate and power of every facet that shines."""
    interval, power = facets.powers(radar)
    return interval, facets.range_m[:, 0].copy(), facets.range_rate_mps[:, 0].copy(), power


def _no_entries() -> Entries:
    return np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0)


@numba.njit(cache=True, nogil=True)
def _sum_power(points, entries):  # type: ignore[no-untyped-def]
    """Power received at each pose (E,), and the lowest and highest range rate of what sends back."""
    _, rate, amplitude = points
    poses, _, entry_rate, power = entries
    per_pose = np.zeros(amplitude.shape[0])
    slowest, fastest = np.inf, -np.inf
    for e in range(amplitude.shape[0]):
        for p in range(amplitude.shape[1]):
            if amplitude[e, p] != 0.0:
                per_pose[e] += np.float64(amplitude[e, p]) ** 2
                slowest, fastest = min(slowest, rate[e, p]), max(fastest, rate[e, p])
    for n in range(poses.shape[0]):
        if power[n] > 0.0:
            per_pose[poses[n]] += power[n]
            slowest, fastest = min(slowest, entry_rate[n]), max(fastest, entry_rate[n])
    return per_pose, slowest, fastest


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _weigh(points, entries, per_pose, gate, steps, weights):  # type: ignore[no-untyped-def]
    """Add shares of each pose's power to `weights` by range rate; returns the sum of those within the gate."""
    range_m, rate, amplitude = points
    poses, entry_range, entry_rate, power = entries
    low, n_bins, bins_per_m = gate
    first_step, steps_per_mps = steps
    kept = 0.0
    for e in range(amplitude.shape[0]):
        for p in range(amplitude.shape[1]):
            if amplitude[e, p] != 0.0:
                share = np.float64(amplitude[e, p]) ** 2 / per_pose[e]
                weights[int(np.rint(rate[e, p] * steps_per_mps)) - first_step] += share
                inside = range_m[e, p] * bins_per_m - low[e]
                kept += share if 0.0 <= inside < n_bins else 0.0
    for n in range(poses.shape[0]):
        if power[n] > 0.0:
            share = power[n] / per_pose[poses[n]]
            weights[int(np.rint(entry_rate[n] * steps_per_mps)) - first_step] += share
            inside = entry_range[n] * bins_per_m - low[poses[n]]
            kept += share if 0.0 <= inside < n_bins else 0.0
    return kept


def noise_floor_db(radar: RadarConfig, n_bins: int, *, sums_magnitude: bool) -> float:
    """Mean noise of one cell of doppler_time, dBm.

    The power of `n_bins` range bins adds up; where magnitudes are summed instead, n_bins times the mean of a
    Rayleigh distribution, sqrt(pi P) / 2.
    """
    cell_mw = cell_noise_mw(radar)
    if sums_magnitude:
        return 20.0 * math.log10(n_bins * math.sqrt(math.pi * cell_mw) / 2.0)
    return 10.0 * math.log10(n_bins * cell_mw)
