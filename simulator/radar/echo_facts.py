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
    power = tracks.amplitude**2
    per_pose = power.sum(axis=1, keepdims=True)
    if not per_pose.any():
        return EchoFacts(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    power /= np.where(per_pose > 0.0, per_pose, 1.0)
    total = float(power.sum(dtype=np.float64))
    frame = np.minimum(np.arange(len(power)) // poses_per_frame(radar), len(gate_first_bin) - 1)
    inside = tracks.range_m / radar.range_bin_m - gate_first_bin[frame][:, None] + 0.5
    kept = power[(inside >= 0.0) & (inside < n_gate_bins)].sum(dtype=np.float64)
    rates, weights = _rate_histogram(tracks.range_rate_mps, power)
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
    rate_mps: NDArray[np.float64], power: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Range rates in steps of RATE_STEP_MPS and the power received at each."""
    step = np.rint(rate_mps * (1.0 / RATE_STEP_MPS)).astype(np.int64)
    lowest = int(step.min())
    weights = np.bincount((step - lowest).ravel(), weights=power.ravel())
    rates = np.asarray((lowest + np.arange(len(weights))) * RATE_STEP_MPS)
    return rates, weights.astype(np.float64)
