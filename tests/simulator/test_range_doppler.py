"""Whole range-Doppler maps of a body: the same signal as the capture, in dBm, over the whole span."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from simulator.body.model import load_body
from simulator.capture import capture_view
from simulator.errors import RadarConfigError
from simulator.motion.body_motion import BodyMotion
from simulator.radar.boards import MMEXPERT_IWR1843, MMEXPERT_IWR1843_8RX
from simulator.radar.receiver_options import ReceiverOptions
from simulator.range_doppler import range_doppler_dbm
from simulator.scene.placement import Placement
from simulator.scene.posed_body import PosedBody, pose_body
from simulator.simulation_options import SimulationOptions

RADAR = replace(MMEXPERT_IWR1843, n_frames=20)
OPTIONS = SimulationOptions(n_scatterers=200)
PLACEMENT = Placement(4.0)
SPEED_MPS = 1.0


@pytest.fixture(scope="module")
def posed() -> PosedBody:
    """A stiff body that glides towards the radar."""
    body, n = load_body(), 41
    upright = np.tile(Rotation.from_euler("x", 90, degrees=True).as_rotvec(), (n, 1))
    path = np.stack([np.zeros(n), -SPEED_MPS * np.arange(n) / 50.0, np.full(n, 0.95)], axis=1)
    motion = BodyMotion(np.zeros(10), upright, np.zeros((n, 23, 3)), path, 50.0)
    return pose_body(motion, body, RADAR, n_scatterers=200)


def power_mw(dbm: np.ndarray) -> np.ndarray:
    return np.asarray(10.0 ** (dbm.astype(np.float64) / 10.0))


@pytest.mark.parametrize(
    "receiver", [ReceiverOptions(), ReceiverOptions(iq_gain_imbalance_db=0.5)], ids=["direct", "by ADC"]
)
def test_the_rows_of_a_map_are_those_of_doppler_time(posed: PosedBody, receiver: ReceiverOptions) -> None:
    """A gate as wide as the span adds up all bins of the map: noise and echoes are the same draw."""
    wide = replace(OPTIONS.spectrogram, gate_width_m=11.0)
    options = replace(OPTIONS, spectrogram=wide, receiver=receiver)
    capture = capture_view(posed, RADAR, PLACEMENT, 7, options)
    maps = range_doppler_dbm(posed, RADAR, PLACEMENT, 7, options, 3, 6)
    assert maps.shape == (6, 128, 256) and maps.dtype == np.float32
    n_outside = 256 - wide.gate_bins(RADAR)
    assert n_outside <= 4
    rows = power_mw(maps)[:, :, 2 : 256 - n_outside + 2].sum(axis=2)
    np.testing.assert_allclose(rows.sum(axis=1), (capture.doppler_time[3:9] ** 2).sum(axis=1), rtol=2e-3)
    strong = rows > 100 * np.median(rows)
    np.testing.assert_allclose(rows[strong], (capture.doppler_time[3:9] ** 2)[strong], rtol=2e-2)


def test_the_body_is_at_its_range_and_approaches(posed: PosedBody) -> None:
    quiet = replace(OPTIONS, thermal_noise=False)
    dbm = range_doppler_dbm(posed, MMEXPERT_IWR1843_8RX, PLACEMENT, 0, quiet, 0, 2)
    power = power_mw(dbm).mean(axis=0)
    range_m = np.arange(256) * RADAR.range_bin_m
    rate_mps = RADAR.velocity_axis_mps
    assert power.sum(axis=0) @ range_m / power.sum() == pytest.approx(4.0, abs=0.2)
    assert power.sum(axis=1) @ rate_mps / power.sum() == pytest.approx(-SPEED_MPS, abs=0.1)


def test_noise_fills_the_span_at_its_own_level(posed: PosedBody) -> None:
    """k T B F of a cell under two Hann windows, from raw numbers, where no body is."""
    maps = power_mw(range_doppler_dbm(posed, RADAR, PLACEMENT, 1, OPTIONS, 0, 10))
    cell_mw = 1.380649e-23 * 290 * 5.209e6 * 10**1.5 * 1e3 / (128 * 256) * 1.5**2
    assert maps[:, :, 150:].mean() == pytest.approx(cell_mw, rel=0.02)


def test_frames_are_the_same_in_whatever_block(posed: PosedBody) -> None:
    whole = range_doppler_dbm(posed, RADAR, PLACEMENT, 7, OPTIONS, 0, 20)
    np.testing.assert_array_equal(range_doppler_dbm(posed, RADAR, PLACEMENT, 7, OPTIONS, 17, 3), whole[17:])


@pytest.mark.parametrize(("first", "n"), [(0, 0), (-1, 3), (18, 3), (40, 1)])
def test_frames_that_the_motion_lacks_are_refused(posed: PosedBody, first: int, n: int) -> None:
    with pytest.raises(RadarConfigError, match="not in the motion, which has 20"):
        range_doppler_dbm(posed, RADAR, PLACEMENT, 7, OPTIONS, first, n)
