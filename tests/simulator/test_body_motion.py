from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from simulator.errors import MotionError
from simulator.motion.body_motion import BodyMotion


def harmonic(rate_hz: float, duration_s: float = 2.0, frequency_hz: float = 1.5) -> BodyMotion:
    """An elbow that swings by a sine about a slanted axis, a pelvis on a circle."""
    t = np.arange(round(duration_s * rate_hz) + 1) / rate_hz
    pose = np.zeros((len(t), 23, 3))
    axis = np.array([0.6, 0.0, 0.8])
    pose[:, 17] = np.outer(np.sin(2.0 * np.pi * frequency_hz * t), axis)
    orient = np.tile([np.pi / 2.0, 0.0, 0.0], (len(t), 1))
    transl = np.stack([np.cos(t), np.sin(t), 0.0 * t], axis=-1)
    return BodyMotion(np.zeros(10), orient, pose, transl, rate_hz)


def test_duration_runs_from_first_to_last_pose() -> None:
    motion = harmonic(50.0)
    assert motion.n_poses == 101
    assert motion.duration_s == pytest.approx(2.0)


def test_resampling_is_smooth_and_exact_enough_for_radar() -> None:
    coarse, fine = harmonic(50.0), harmonic(400.0)
    made = coarse.resampled(400.0)
    assert made.n_poses == fine.n_poses
    ours, true = (Rotation.from_rotvec(motion.body_pose[:, 17]) for motion in (made, fine))
    angle = (ours.inv() * true).magnitude()
    inner = slice(40, -40)
    assert angle[inner].max() < 1e-4
    assert np.abs(made.transl - fine.transl)[inner].max() < 1e-6
    # Velocity has no steps: the second difference stays near that of the true motion.
    second = np.abs(np.diff(made.transl, 2, axis=0)).max()
    assert second < 1.05 * np.abs(np.diff(fine.transl, 2, axis=0)).max()


def test_resampling_to_the_same_rate_changes_nothing() -> None:
    motion = harmonic(50.0)
    again = motion.resampled(50.0)
    assert np.allclose(again.body_pose, motion.body_pose, atol=1e-12)
    assert np.allclose(again.transl, motion.transl, atol=1e-12)


@pytest.mark.parametrize("rate_hz", [20.0, 30.0, 33.3, 120.0])
def test_resampling_never_reaches_beyond_the_end(rate_hz: float) -> None:
    made = harmonic(50.0, duration_s=1.98).resampled(rate_hz)
    assert made.duration_s <= 1.98 + 1e-9
    assert made.duration_s > 1.98 - 1.0 / rate_hz


def test_cut_on_and_between_poses() -> None:
    motion = harmonic(50.0)
    part = motion.cut(0.5, 1.5)
    assert part.n_poses == 51
    assert np.array_equal(part.transl, motion.transl[25:76])
    between = motion.cut(0.51, 1.5)
    t = 0.51 + np.arange(between.n_poses) / 50.0
    assert np.abs(between.transl[:, 0] - np.cos(t)).max() < 1e-6


@pytest.mark.parametrize("span", [(-0.1, 1.0), (1.0, 1.0), (1.0, 2.5), (1.5, 0.5)])
def test_cut_outside_is_refused(span: tuple[float, float]) -> None:
    with pytest.raises(MotionError, match="must lie inside"):
        harmonic(50.0).cut(*span)


def test_malformed_motions_are_refused() -> None:
    good = harmonic(50.0)
    with pytest.raises(MotionError, match="body_pose has shape"):
        BodyMotion(good.betas, good.global_orient, good.body_pose[:, :21], good.transl, 50.0)
    with pytest.raises(MotionError, match="not finite"):
        BodyMotion(good.betas, good.global_orient, good.body_pose, good.transl * np.nan, 50.0)
    with pytest.raises(MotionError, match="rate_hz"):
        BodyMotion(good.betas, good.global_orient, good.body_pose, good.transl, 0.0)
    with pytest.raises(MotionError, match="rate_hz"):
        good.resampled(-1.0)
