"""A walking person from script to spectrogram, against the physics of gait."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from simulator.body.model import load_body, pose_joints
from simulator.capture import simulate
from simulator.motion.body_motion import BodyMotion
from simulator.motion.script import Locomote, MotionScript, Start, Style, Subject
from simulator.motion.synthesis import synthesize
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.scene.placement import Placement

SPEED_MPS = 1.4
STEADY = slice(50, 175)  # frames between setting off and coming to a stand
ANKLES = [7, 8]


def period_s(values: NDArray[np.floating]) -> float:
    """Lag of the first peak of the autocorrelation between 0.3 and 1.0 s, interpolated."""
    centred = values - values.mean()
    product = np.correlate(centred, centred, "full")[len(centred) - 1 :]
    lag = 15 + int(product[15:50].argmax())
    left, top, right = product[lag - 1 : lag + 2]
    return float((lag + 0.5 * (left - right) / (left - 2 * top + right)) * RADAR.frame_period_s)


@pytest.fixture(scope="module")
def walk() -> BodyMotion:
    style = Style(
        energy=0.5,
        tempo=0.5,
        amplitude=0.5,
        smoothness=0.5,
        hesitation=0.0,
        emotion="neutral",
        age_group="adult",
    )
    step = Locomote(
        kind="locomote",
        gait="walk",
        speed_mps=SPEED_MPS,
        distance_m=4.8,
        duration_s=None,
        heading_deg=0.0,
        turn_deg=0.0,
    )
    script = MotionScript(
        title="walk",
        caption="a person walks straight ahead",
        alt_captions=[],
        subject=Subject(sex="neutral", height_m=1.75, build="average"),
        style=style,
        start=Start(range_m=5.6, azimuth_deg=0.0, heading_deg=0.0),
        steps=[step],
        layers=[],
        tags=[],
    )
    return synthesize(script, 1, load_body())


@pytest.mark.parametrize(
    ("placement", "sign"),
    [
        (Placement(7.0), -1),
        (Placement(2.0, view="E"), 1),
        (Placement(8.0, heading_deg=40.0), -1),
        (Placement(3.0, 10.0, view="D"), 1),
    ],
)
def test_gait_shows_as_physics_says(walk: BodyMotion, placement: Placement, sign: int) -> None:
    body = load_body()
    joints = pose_joints(body, walk)
    pelvis_mps = (
        np.diff(np.linalg.norm(joints[:, 0] - placement.radar_in_body_frame_m, axis=1)) * RADAR.frame_rate_hz
    )
    capture = simulate(walk, body, RADAR, placement, 1)
    power = capture.doppler_time[STEADY].astype(np.float64) ** 2
    axis_mps = capture.velocity_mps
    torso_mps = axis_mps[gaussian_filter1d(power, 3.0, axis=0).argmax(axis=1)]
    assert np.sign(pelvis_mps[STEADY].mean()) == sign
    assert np.median(np.abs(torso_mps - pelvis_mps[STEADY])) < RADAR.velocity_bin_mps
    # The swinging foot: fastest at 2 to 4 times the walking speed, once a step.
    bright = power[:, ::sign] > 2.5 * 10 ** (capture.noise_floor_db / 10)
    envelope_mps = np.abs(axis_mps[::sign][[np.flatnonzero(row)[-1] for row in bright]])
    assert 2.0 < np.percentile(envelope_mps, 95) / np.abs(pelvis_mps[STEADY]).max() < 4.2
    swing = np.linalg.norm(np.diff(joints[:, ANKLES], axis=0), axis=2).max(axis=1)
    assert period_s(envelope_mps) == pytest.approx(period_s(swing[STEADY]), rel=0.05)
