"""Numbers about an echo that a reader of doppler_time cannot see in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .config import RadarConfig
from .noise import cell_noise_mw
from .tracks import ScattererTracks, poses_per_frame

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
    n_poses = len(tracks.range_m)
    ranges, rates_mps, poses, power = _all_echoes(tracks, radar)
    per_pose = np.bincount(poses, power, n_poses)
    if not per_pose.any():
        return EchoFacts(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    power = power / np.where(per_pose > 0.0, per_pose, 1.0)[poses]
    total = float(power.sum())
    frame = np.minimum(poses // poses_per_frame(radar), len(gate_first_bin) - 1)
    inside = ranges / radar.range_bin_m - gate_first_bin[frame] + 0.5
    kept = power[(inside >= 0.0) & (inside < n_gate_bins)].sum()
    rates, weights = _rate_histogram(rates_mps, power)
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


def _all_echoes(
    tracks: ScattererTracks, radar: RadarConfig
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Range, range rate, pose and power of every point and every facet that sends back."""
    poses, points = np.nonzero(tracks.amplitude)
    ranges, rates = tracks.range_m[poses, points], tracks.range_rate_mps[poses, points]
    power = tracks.amplitude[poses, points].astype(np.float64) ** 2
    if tracks.facets is None:
        return ranges, rates, poses, power
    interval, facet_power = tracks.facets.powers(radar)
    return (
        np.concatenate([ranges, tracks.facets.range_m[:, 0]]),
        np.concatenate([rates, tracks.facets.range_rate_mps[:, 0]]),
        np.concatenate([poses, interval]),
        np.concatenate([power, facet_power]),
    )


def noise_floor_db(radar: RadarConfig, n_bins: int, *, sums_magnitude: bool) -> float:
    """Mean noise of one cell of doppler_time, dBm.

    The power of `n_bins` range bins adds up; where magnitudes are summed instead, n_bins times the mean of a
    Rayleigh distribution, sqrt(pi P) / 2.
    """
    cell_mw = cell_noise_mw(radar)
    if sums_magnitude:
        return 20.0 * math.log10(n_bins * math.sqrt(math.pi * cell_mw) / 2.0)
    return 10.0 * math.log10(n_bins * cell_mw)


def _rate_histogram(
    rate_mps: NDArray[np.float64], power: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Range rates in steps of RATE_STEP_MPS and the power received at each."""
    step = np.rint(rate_mps * (1.0 / RATE_STEP_MPS)).astype(np.int64)
    lowest = int(step.min())
    weights = np.bincount((step - lowest).ravel(), weights=power.ravel())
    rates = np.asarray((lowest + np.arange(len(weights))) * RATE_STEP_MPS)
    return rates, weights.astype(np.float64)
