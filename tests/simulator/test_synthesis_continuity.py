"""Continuity to the second derivative: a radar sees every step in velocity as a flash over all Doppler bins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.body.model import BodyModel
from simulator.body.skeleton import forward_kinematics
from simulator.motion import synthesis
from simulator.motion.body_frame import BodyFrame, measure_body
from simulator.motion.script import MotionScript
from simulator.motion.strokes import hump, ringing, shaking
from simulator.motion.support import lift_heel
from simulator.motion.timeline import Timeline

ScriptMaker = Callable[..., MotionScript]
INNER_HZ = 100.0


def travel(gait: str, speed: float, distance: float, turn: float = 0.0) -> dict[str, Any]:
    fields = {"speed_mps": speed, "distance_m": distance, "duration_s": None}
    return {"kind": "locomote", "gait": gait, "heading_deg": 0.0, "turn_deg": turn} | fields


def posture(to: str, duration: float = 1.8) -> dict[str, Any]:
    return {"kind": "posture", "to": to, "duration_s": duration, "hold_s": 0.4}


TURN = {"kind": "turn", "angle_deg": 120.0, "duration_s": 2.0}
WAVE = {"kind": "gesture", "action": "wave", "side": "left", "count": 3, "duration_s": 3.0}
IMPACTS: dict[str, list[dict[str, Any]]] = {
    "walk": [travel("walk", 1.2, 4.0)],
    "arc, turn, walk": [
        travel("walk", 1.0, 2.0, 90.0),
        TURN,
        travel("walk", 1.0, 1.0) | {"heading_deg": 210.0},
    ],
    "run": [travel("run", 2.8, 4.7)],
    "skip": [travel("skip", 1.6, 4.0)],
    "hop": [travel("hop", 0.8, 2.0)],
    "stagger": [travel("stagger", 0.8, 2.4)],
}
SMOOTH: dict[str, list[dict[str, Any]]] = {
    "sit": [posture("sit_chair"), posture("stand")],
    "kneel": [posture("kneel"), posture("stand")],
    "crawl": [posture("hands_and_knees", 2.2), travel("crawl", 0.4, 1.2)],
    "turn": [TURN],
    "wave": [WAVE],
    "squat": [{"kind": "exercise", "action": "squat", "count": 2, "period_s": 2.2}],
}


@pytest.fixture
def inner_joints(
    standin_body: BodyModel, make_script: ScriptMaker, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., np.ndarray]:
    """Joints (T, 22, 3) of a performance on the engine's own time grid."""
    kept: list[np.ndarray] = []
    solve = synthesis.solve

    def recording(frame: BodyFrame, timeline: Timeline) -> tuple[np.ndarray, np.ndarray]:
        local, root = solve(frame, timeline)
        kept.append(forward_kinematics(local, frame.rest, root)[0][:, :22])
        return local, root

    monkeypatch.setattr(synthesis, "solve", recording)

    def run(steps: list[dict[str, Any]], seed: int) -> np.ndarray:
        synthesis.synthesize(make_script(steps), seed, standin_body)
        return kept[-1]

    return run


def acceleration_steps(joints: np.ndarray) -> np.ndarray:
    """(T - 3, 22) change of acceleration from one sample to the next, m/s^2."""
    acceleration = np.diff(joints, 2, axis=0) * INNER_HZ**2
    return np.linalg.norm(np.diff(acceleration, axis=0), axis=-1)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", SMOOTH)
def test_acceleration_has_no_steps_without_impacts(
    inner_joints: Callable[..., np.ndarray], name: str, seed: int
) -> None:
    steps = acceleration_steps(inner_joints(SMOOTH[name], seed))
    assert np.percentile(steps, 99) < 8.0
    assert np.percentile(steps, 99.9) < 25.0


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", IMPACTS)
def test_velocity_has_no_steps_even_in_impacts(
    inner_joints: Callable[..., np.ndarray], name: str, seed: int
) -> None:
    joints = inner_joints(IMPACTS[name], seed)
    # A step in velocity of 1 m/s within a sample would be 100 m/s^2, its two edges 100 m/s^2 of change each.
    assert np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1).max() * INNER_HZ**2 < 260.0
    assert np.percentile(acceleration_steps(joints), 99) < 45.0
    pelvis = acceleration_steps(joints)[:, 0]
    assert pelvis.max() < 25.0


def test_keyed_splines_have_continuous_acceleration() -> None:
    for monotone in (False, True):
        timeline = Timeline.at_rest(3.0, 1000.0, {"root": np.array([0.0, 1.0, 0.0])})
        keys = [(1.0, [0.2, 0.4, 0.0]), (1.3, [0.5, 0.1, 0.3]), (2.0, [0.5, 0.1, 0.3])]
        timeline.through("root", 0.5, keys, monotone=monotone)
        track = timeline.tracks["root"]
        acceleration = np.diff(track, 2, axis=0) * 1000.0**2
        assert np.abs(np.diff(acceleration, axis=0)).max() < 0.03 * np.abs(acceleration).max()
        assert track[0] == pytest.approx([0.0, 1.0, 0.0], abs=1e-9)
        assert track[-1] == pytest.approx([0.5, 0.1, 0.3], abs=1e-9)
        if monotone:
            assert track[:, 1].min() > 0.1 - 1e-9


def test_foot_humps_begin_and_end_without_acceleration() -> None:
    for peak_at in (0.3, 0.5, 0.62):
        u = np.linspace(-0.1, 1.1, 12001)
        rise = hump(u, peak_at)
        acceleration = np.gradient(np.gradient(rise, u), u)
        assert np.abs(np.diff(acceleration)).max() < 0.02 * np.abs(acceleration).max()
        assert u[rise.argmax()] == pytest.approx(peak_at, abs=1e-3)
        assert rise.max() == pytest.approx(1.0)


def test_ringing_starts_softly_and_dies_out() -> None:
    t = np.arange(-0.1, 1.0, 1e-4)
    wave = ringing(t, 7.0, 0.055)
    assert np.abs(wave[t <= 0.0]).max() == 0.0
    assert 0.3 < np.abs(wave).max() <= 1.0
    assert np.abs(wave[t > 0.5]).max() < 1e-3


def test_shaking_has_unit_acceleration() -> None:
    t = np.arange(20000) / 200.0
    noise = shaking(np.random.default_rng(0), t, 40, 3.0, 9.0)
    acceleration = np.diff(noise, 2, axis=0) * 200.0**2
    assert acceleration.std() == pytest.approx(1.0, rel=0.05)


def test_a_raised_toe_that_needs_no_heel_rise_stays(standin_body: BodyModel) -> None:
    frame = measure_body(standin_body, standin_body.betas_for(1.72, "average"))
    n = 50
    foot = np.zeros((n, 7))
    foot[:, 4] = np.radians(20.0)
    hip = np.tile([0.0, 0.9 * frame.stand_height, -0.2], (n, 1))
    assert np.abs(lift_heel(frame, "left", hip, foot, INNER_HZ)[:, 4] - foot[:, 4]).max() < 1e-6
