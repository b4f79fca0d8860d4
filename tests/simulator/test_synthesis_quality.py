from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.body.model import BodyModel, pose_joints, pose_vertices
from simulator.body.skeleton import JOINT
from simulator.motion.body_motion import BodyMotion
from simulator.motion.facts import facing_rad
from simulator.motion.script import REACH_DURATION_S, REPETITION_S, MotionScript
from simulator.motion.synthesis import synthesize

ScriptMaker = Callable[..., MotionScript]
Step = dict[str, Any]
Steps = list[Step]
Perform = Callable[..., BodyMotion]
FEET = [JOINT["left_foot"], JOINT["right_foot"]]


def locomote(gait: str, speed: float, distance: float, heading: float = 0.0, turn: float = 0.0) -> Step:
    fields = {"speed_mps": speed, "distance_m": distance, "duration_s": None}
    return {"kind": "locomote", "gait": gait, "heading_deg": heading, "turn_deg": turn} | fields


def posture(to: str, duration: float = 1.6, hold: float = 0.6) -> Step:
    return {"kind": "posture", "to": to, "duration_s": duration, "hold_s": hold}


def fall(direction: str, cause: str, recover: bool) -> Step:
    step = {"kind": "fall", "direction": direction, "cause": cause, "recover": recover}
    return step | {"duration_s": 6.0 if recover else 3.0}


def repeated(kind: str, action: str) -> Step:
    beside, shortest, longest = REPETITION_S[(kind, action)]
    period = 0.5 * (shortest + min(longest, 2.5 * shortest))
    count = max(2, round(2.2 / period))
    if kind == "exercise":
        return {"kind": kind, "action": action, "count": count, "period_s": period}
    sides = {"strike": "right", "gesture": "both"}
    one_sided = action in ("point", "beckon", "salute")
    step = {"kind": kind, "action": action, "side": "left" if one_sided else sides[kind], "count": count}
    return step | {"duration_s": beside + count * period} | ({"height": "mid"} if kind == "strike" else {})


def reach(action: str, side: str, height: float) -> Step:
    duration = 0.5 * sum(REACH_DURATION_S[action]) * 0.7
    return {"kind": "reach", "action": action, "side": side, "height_m": height, "duration_s": duration}


WALKS: dict[str, Steps] = {
    "walk": [locomote("walk", 1.3, 3.6)],
    "slow walk": [locomote("walk", 0.7, 2.4)],
    "arc": [locomote("walk", 1.1, 3.6, turn=-110.0)],
    "stroll": [locomote("stroll", 0.7, 2.4)],
    "backward": [locomote("backward", 0.7, 2.0, heading=180.0)],
    "sidestep": [locomote("sidestep", 0.5, 1.6, heading=90.0)],
    "march": [locomote("march", 1.0, 2.6)],
    "turn": [{"kind": "turn", "angle_deg": -150.0, "duration_s": 2.6}],
    "there and back": [
        locomote("walk", 1.0, 1.8),
        {"kind": "turn", "angle_deg": 180.0, "duration_s": 2.2},
        locomote("walk", 1.0, 1.8, heading=180.0),
    ],
}
LYING = {"sit_up": [posture("lie_back", 3.0)], "push_up": [posture("lie_front", 3.0)]}
OTHERS: dict[str, Steps] = {
    "run": [locomote("run", 2.8, 4.0)],
    "walk to jog": [locomote("walk", 1.1, 1.6), locomote("jog", 2.0, 2.4)],
    "shuffle": [locomote("shuffle", 0.5, 1.4)],
    "tiptoe": [locomote("tiptoe", 0.6, 1.6)],
    "limp": [locomote("limp", 0.7, 2.0)],
    "jump": [{"kind": "jump", "height_m": 0.3, "forward_m": 0.3, "count": 2}],
    "idle": [{"kind": "idle", "duration_s": 3.0, "sway": 0.8}],
    **{to: [posture(to), posture("stand")] for to in ("sit_chair", "squat", "crouch", "kneel", "bend")},
    **{f"fall {d}": [fall(d, "push", False)] for d in ("forward", "backward", "left", "right")},
    "trip": [fall("forward", "trip", True)],
    "slip": [fall("backward", "slip", True)],
    "faint": [fall("down", "faint", False), posture("stand", 3.5, 0.0)],
    **{action: [repeated(kind, action)] for kind, action in REPETITION_S if kind != "exercise"},
    **{
        f"exercise {action}": [*LYING.get(action, []), repeated(kind, action)]
        for kind, action in REPETITION_S
        if kind == "exercise"
    },
    "pick_up": [reach("pick_up", "right", 0.05)],
    "put_down": [reach("put_down", "both", 0.7)],
    "reach": [reach("reach", "left", 1.5)],
    "lift": [reach("lift", "both", 1.5)],
    "drink": [reach("drink", "right", 1.5)],
    "phone": [reach("phone", "left", 1.6)],
    "touch_face": [reach("touch_face", "right", 1.5)],
}
VIGOROUS = {"kick", "throw", "swing", "slap", "jump", "exercise jumping_jack", "run", "walk to jog", "raise"}


@pytest.fixture(scope="module")
def perform(standin_body: BodyModel, make_script: ScriptMaker) -> Perform:
    made: dict[tuple[str, int], BodyMotion] = {}

    def run(name: str, seed: int = 11) -> BodyMotion:
        if (name, seed) not in made:
            made[name, seed] = synthesize(make_script((WALKS | OTHERS)[name]), seed, standin_body)
        return made[name, seed]

    return run


def flexion_deg(joints: np.ndarray, chain: tuple[str, str, str]) -> np.ndarray:
    a, b, c = (joints[:, JOINT[name]] for name in chain)
    first, second = b - a, c - b
    cosine = (first * second).sum(-1) / np.linalg.norm(first, axis=-1) / np.linalg.norm(second, axis=-1)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def skate_ratio(joints_20hz: np.ndarray) -> float:
    """Share of frames in which a low foot joint slides by more than 2.5 cm."""
    feet = joints_20hz[:, FEET]
    low = np.percentile(feet[..., 2].min(axis=1), 5) + 0.05
    near = (feet[:-1, :, 2] < low) & (feet[1:, :, 2] < low)
    moved = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=-1) > 0.025
    return float((near & moved).any(axis=1).mean())


def stance_drift_m(joints: np.ndarray, rate_hz: float, sole_m: float) -> float:
    """Largest distance from its mean of a foot joint that rests (below 1.5 cm, 0.2 m/s, for 0.2 s)."""
    worst = 0.0
    for foot in FEET:
        track = joints[:, foot]
        speed = np.linalg.norm(np.gradient(track[:, :2], axis=0), axis=1) * rate_hz
        rests = (track[:, 2] < sole_m + 0.015) & (speed < 0.2)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], rests.astype(int), [0]])))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            if last - first >= 0.2 * rate_hz:
                part = track[first:last, :2]
                worst = max(worst, float(np.linalg.norm(part - part.mean(axis=0), axis=1).max()))
    return worst


@pytest.mark.parametrize("name", [*WALKS, *OTHERS])
def test_motion_is_continuous_and_anatomical(perform: Perform, standin_body: BodyModel, name: str) -> None:
    motion = perform(name)
    joints = pose_joints(standin_body, motion)
    assert np.hypot(*joints[0, 0, :2]) < 0.03
    assert abs(facing_rad(joints)[0]) < np.radians(4.0)
    for side in ("left", "right"):
        assert flexion_deg(joints, (f"{side}_hip", f"{side}_knee", f"{side}_ankle")).max() <= 155.0
        assert flexion_deg(joints, (f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")).max() <= 155.0
    knees = motion.body_pose[:, [JOINT["left_knee"] - 1, JOINT["right_knee"] - 1], 0]
    assert knees.min() > -0.05  # never bent the wrong way
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1) * motion.rate_hz
    assert speed.max() < 15.0
    at_20hz = pose_joints(standin_body, motion.resampled(20.0))[:, :22]
    acceleration = np.linalg.norm(np.diff(at_20hz, 2, axis=0), axis=-1) * 20.0**2
    assert np.percentile(acceleration, 99) < (150.0 if name in VIGOROUS else 60.0)
    jerk = np.linalg.norm(np.diff(at_20hz, 3, axis=0), axis=-1) * 20.0**3
    assert np.percentile(jerk, 99) < (3000.0 if name in VIGOROUS else 1500.0)


@pytest.mark.parametrize("name", [*WALKS, *OTHERS])
def test_skin_stays_on_the_floor(perform: Perform, standin_body: BodyModel, name: str) -> None:
    motion = perform(name).resampled(10.0)
    lowest = pose_vertices(standin_body, motion)[..., 2].min(axis=1)
    assert np.maximum(-lowest, 0.0).mean() < 0.002
    assert lowest.min() > -0.02
    if name not in VIGOROUS:
        assert np.median(lowest) < 0.02


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", WALKS)
def test_feet_do_not_slide(perform: Perform, standin_body: BodyModel, name: str, seed: int) -> None:
    motion = perform(name, seed)
    assert skate_ratio(pose_joints(standin_body, motion.resampled(20.0))) <= 0.15
    joints = pose_joints(standin_body, motion)
    assert stance_drift_m(joints, motion.rate_hz, float(joints[0, FEET, 2].min())) <= 0.010


@pytest.mark.parametrize("name", ["idle", "wave", "punch", "exercise squat", "sit_chair", "pick_up", "bow"])
def test_standing_feet_stand_still(perform: Perform, standin_body: BodyModel, name: str) -> None:
    feet = pose_joints(standin_body, perform(name))[:, FEET]
    assert np.ptp(feet, axis=0).max() < 0.003


def test_the_sliding_measures_see_sliding(perform: Perform, standin_body: BodyModel) -> None:
    joints = pose_joints(standin_body, perform("idle"))
    drifting = joints.copy()
    drifting[..., 1] -= 0.1 * np.arange(len(joints))[:, None] / 50.0
    assert stance_drift_m(drifting, 50.0, 0.02) > 0.05
    at_20hz = pose_joints(standin_body, perform("idle").resampled(20.0)).copy()
    at_20hz[..., 1] -= np.arange(len(at_20hz))[:, None] / 20.0
    assert skate_ratio(at_20hz) == 1.0


@pytest.mark.parametrize(("height", "build"), [(1.5, "slim"), (1.95, "heavy")])
def test_other_bodies_move_as_well(
    standin_body: BodyModel, make_script: ScriptMaker, height: float, build: str
) -> None:
    subject = {"height_m": height, "build": build}
    for steps in (WALKS["walk"], OTHERS["sit_chair"], OTHERS["trip"]):
        motion = synthesize(make_script(steps, subject=subject), 5, standin_body)
        lowest = pose_vertices(standin_body, motion.resampled(10.0))[..., 2].min(axis=1)
        assert np.maximum(-lowest, 0.0).mean() < 0.002
    walk = synthesize(make_script(WALKS["walk"], subject=subject), 5, standin_body)
    assert skate_ratio(pose_joints(standin_body, walk.resampled(20.0))) <= 0.2


def test_same_seed_same_bytes_other_seed_other_person(
    standin_body: BodyModel, make_script: ScriptMaker
) -> None:
    script = make_script(WALKS["walk"])
    first, again, other = (synthesize(script, seed, standin_body) for seed in (7, 7, 8))
    assert first.body_pose.tobytes() == again.body_pose.tobytes()
    assert first.transl.tobytes() == again.transl.tobytes()
    difference = np.linalg.norm(pose_joints(standin_body, first) - pose_joints(standin_body, other), axis=-1)
    assert difference.mean() > 0.02
    assert difference.mean() < 0.5


def test_style_shows(standin_body: BodyModel, make_script: ScriptMaker) -> None:
    def joints_of(steps: Steps, style: dict[str, Any]) -> np.ndarray:
        return pose_joints(standin_body, synthesize(make_script(steps, style=style), 4, standin_body))

    def swing(**style: Any) -> float:
        joints = joints_of(WALKS["walk"], style)
        wrist = joints[:, JOINT["left_wrist"]] - joints[:, JOINT["pelvis"]]
        return float(np.ptp(wrist[50:-50, 1]))

    def stoop(**style: Any) -> float:
        joints = joints_of(OTHERS["idle"], style)
        return float(-(joints[:, JOINT["neck"], 1] - joints[:, JOINT["pelvis"], 1]).mean())

    assert swing(amplitude=1.0) > 1.2 * swing(amplitude=0.0)
    assert swing(emotion="sad") < 0.8 * swing(emotion="happy")
    assert stoop(age_group="elderly") > stoop(age_group="young") + 0.02


def test_ten_seconds_take_a_tenth_of_a_second(standin_body: BodyModel, make_script: ScriptMaker) -> None:
    script = make_script([*WALKS["there and back"], {"kind": "idle", "duration_s": 2.5, "sway": 0.5}])
    best = np.inf
    for seed in range(5):
        began = time.process_time()
        motion = synthesize(script, seed, standin_body)
        best = min(best, time.process_time() - began)
    assert motion.duration_s > 9.5
    assert best < 0.1
