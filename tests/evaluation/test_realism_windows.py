from __future__ import annotations

import numpy as np
import pytest

from evaluation.embedding_distance import frechet_distance
from evaluation.errors import MetricInputError
from evaluation.realism_distance import feature_gaps, kinematic_distance, small_set_frechet_distance
from evaluation.realism_joints import below, leg_length_m, mid_hip
from evaluation.realism_windows import (
    FEATURES,
    MEAN_HEIGHT,
    N_FEATURES,
    FeatureSpace,
    WindowSet,
    window_features,
)
from simulator.body.model import load_body
from simulator.body.skeleton import JOINT, Y_UP_TO_Z_UP


@pytest.fixture(scope="module")
def body_pose() -> np.ndarray:
    """(22, 3) the stand-in in its T-pose, z up."""
    return (load_body().rest_joints(np.zeros(10)) @ Y_UP_TO_Z_UP.T)[:22]


def swaying(pose: np.ndarray, rng: np.random.Generator, frames: int = 80) -> np.ndarray:
    """A made-up motion: every joint on its own slow sine; period and size belong to the clip."""
    times = np.arange(frames)[:, None, None] / 20.0
    size = rng.uniform(0.01, 0.06) * rng.uniform(0.5, 1.0, (22, 3))
    phase = rng.uniform(0.0, 2 * np.pi, (22, 3))
    return pose + size * np.sin(2 * np.pi * rng.uniform(0.4, 1.4) * times + phase)


@pytest.fixture(scope="module")
def clips(body_pose: np.ndarray) -> list[tuple[str, np.ndarray]]:
    rng = np.random.default_rng(1)
    return [(f"clip {index}", swaying(body_pose, rng)) for index in range(12)]


@pytest.mark.parametrize(("frames", "windows"), [(15, 0), (16, 1), (40, 1), (59, 1), (60, 2), (100, 4)])
def test_windows_of_two_seconds_every_second(body_pose: np.ndarray, frames: int, windows: int) -> None:
    joints = np.repeat(body_pose[None], frames, axis=0)
    assert window_features(joints).shape == (windows, N_FEATURES)


def test_features_do_not_depend_on_size_place_or_heading(body_pose: np.ndarray) -> None:
    joints = swaying(body_pose, np.random.default_rng(2))
    turn = np.array([[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
    moved = 1.2 * joints @ turn.T + [3.0, -1.0, 0.0]
    assert window_features(moved) == pytest.approx(window_features(joints), abs=1e-9)


def test_features_do_not_depend_on_the_site_of_the_pelvis(body_pose: np.ndarray) -> None:
    joints = swaying(body_pose, np.random.default_rng(3))
    raised = joints.copy()
    raised[:, JOINT["pelvis"], 2] += 0.09
    assert window_features(raised) == pytest.approx(window_features(joints), abs=1e-12)


def test_a_gliding_body_has_closed_form_features(body_pose: np.ndarray) -> None:
    glide = body_pose + 0.06 * np.arange(40)[:, None, None] * [0.0, -1.0, 0.0]
    features = window_features(glide).reshape(22, len(FEATURES))
    leg = leg_length_m(glide)
    assert features[:, 0] == pytest.approx(np.log1p(1.2 / leg))
    assert features[:, [1, 2, 4, 5]] == pytest.approx(0.0, abs=1e-9)
    head = (glide[0, JOINT["head"], 2] - mid_hip(glide)[0, 2]) / leg
    assert features[JOINT["head"], FEATURES.index(MEAN_HEIGHT)] == pytest.approx(head)


def test_low_pass_halves_the_power_where_it_says(body_pose: np.ndarray) -> None:
    seconds = np.arange(400)[:, None, None] / 20.0
    wave = np.repeat(np.sin(2 * np.pi * 4.0 * seconds), 22, axis=1) * [1.0, 1.0, 1.0]
    kept = below(wave, 4.0)[40:-40].var() / wave[40:-40].var()
    assert kept == pytest.approx(0.5, abs=0.02)
    assert below(wave + 7.0, 4.0).mean() == pytest.approx(7.0, abs=0.01)


def test_the_space_holds_most_of_the_real_variance(clips: list[tuple[str, np.ndarray]]) -> None:
    windows = WindowSet.of(clips)
    space = FeatureSpace.of(windows)
    assert space.components.shape == (N_FEATURES, 12)
    assert space.components.T @ space.components == pytest.approx(np.eye(12), abs=1e-9)
    assert 0.5 < space.explained <= 1.0
    assert space.project(windows).mean(axis=0) == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(MetricInputError, match="at least 3"):
        FeatureSpace.of(windows.of_clips(windows.names[:0]))


def test_distance_grows_with_noise_and_stays_inside_for_more_of_the_same(
    body_pose: np.ndarray, clips: list[tuple[str, np.ndarray]]
) -> None:
    real = WindowSet.of(clips)
    space = FeatureSpace.of(real)
    rng = np.random.default_rng(9)
    alike = WindowSet.of([(f"made {index}", swaying(body_pose, rng)) for index in range(12)])
    noisy = WindowSet.of([(name, joints + rng.normal(0, 0.02, joints.shape)) for name, joints in clips])
    assert kinematic_distance(real, real, space).distance == pytest.approx(0.0, abs=1e-6)
    close, far = kinematic_distance(real, alike, space), kinematic_distance(real, noisy, space)
    assert (close.real_clips, close.engine_windows, close.splits) == (12, len(alike), 50)
    assert close.inside is True
    assert far.inside is False
    assert far.engine_mean is not None and close.engine_mean is not None
    assert far.engine_mean > 2.0 * close.engine_mean
    assert kinematic_distance(real, alike, space) == close  # the same seed draws the same halves


def test_distance_of_small_sets_is_that_of_large_ones_and_exists_for_singular_ones() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(60, 5)), 2.0 * rng.normal(size=(40, 5)) + 1.0
    assert small_set_frechet_distance(first, second) == pytest.approx(frechet_distance(first, second))
    line = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    other = np.array([[3.0, 0.0, 0.0], [7.0, 0.0, 0.0]])  # (5 - 1)^2 + (sqrt 8 - sqrt 2)^2 in closed form
    assert small_set_frechet_distance(line, other) == pytest.approx(18.0)
    with pytest.raises(MetricInputError, match="shapes"):
        small_set_frechet_distance(first[:1], second)


def test_few_clips_have_no_baseline(clips: list[tuple[str, np.ndarray]]) -> None:
    windows = WindowSet.of(clips)
    few = kinematic_distance(windows.of_clips(windows.names[:3]), windows, FeatureSpace.of(windows))
    assert few.splits == 0 and few.inside is None and few.distance is not None


def test_gaps_name_the_joint_that_differs(clips: list[tuple[str, np.ndarray]]) -> None:
    shifted = [(name, joints.copy()) for name, joints in clips]
    for _, joints in shifted:
        joints[:, JOINT["head"], 2] += 0.2
    found = feature_gaps(WindowSet.of(clips), WindowSet.of(shifted))
    assert (found[0].joint, found[0].feature) == ("head", MEAN_HEIGHT)
    assert found[0].gap > 3.0
    hidden = [WindowSet.of(each).without(MEAN_HEIGHT) for each in (clips, shifted)]
    assert all(abs(gap.gap) < 1e-6 for gap in feature_gaps(*hidden))
