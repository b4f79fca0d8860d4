"""Gaits against measures of real people, and the ones that are no walk: hop, skip, crawl, stagger, high steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.signal import find_peaks

from simulator.body.model import BodyModel, pose_joints
from simulator.body.skeleton import JOINT
from simulator.motion.body_motion import BodyMotion
from simulator.motion.contacts import contacts_of
from simulator.motion.facts import measure_facts
from simulator.motion.script import MotionScript, plan_path
from simulator.motion.synthesis import synthesize

ScriptMaker = Callable[..., MotionScript]
Step = dict[str, Any]
Make = Callable[..., BodyMotion]
ALL_FOURS = {"kind": "posture", "to": "hands_and_knees", "duration_s": 2.0, "hold_s": 0.3}
RATE_HZ = 50.0


def travel(gait: str, speed: float, distance: float, turn: float = 0.0) -> Step:
    fields = {"speed_mps": speed, "distance_m": distance, "duration_s": None}
    return {"kind": "locomote", "gait": gait, "heading_deg": 0.0, "turn_deg": turn} | fields


@pytest.fixture(scope="module")
def make(standin_body: BodyModel, make_script: ScriptMaker) -> Make:
    made: dict[str, BodyMotion] = {}

    def run(*steps: Step, seed: int = 1) -> BodyMotion:
        key = repr((steps, seed))
        if key not in made:
            made[key] = synthesize(make_script(list(steps)), seed, standin_body)
        return made[key]

    return run


def bend_deg(joints: np.ndarray, first: str, middle: str, last: str) -> np.ndarray:
    a, b, c = (joints[:, JOINT[name]] for name in (first, middle, last))
    cosine = ((b - a) * (c - b)).sum(-1) / np.linalg.norm(b - a, axis=-1) / np.linalg.norm(c - b, axis=-1)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def cruise(joints: np.ndarray) -> np.ndarray:
    """The middle of a clip, without its start and stop."""
    edge = round(0.27 * len(joints))
    return joints[edge:-edge]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("step", "before"),
    [
        (travel("stagger", 0.8, 2.6), []),
        (travel("hop", 0.8, 2.0), []),
        (travel("skip", 1.6, 4.0), []),
        (travel("stairs_step", 0.5, 1.8), []),
        (travel("crawl", 0.4, 1.6), [ALL_FOURS]),
        (travel("walk", 1.2, 4.6, turn=360.0), []),
        (travel("walk", 1.0, 4.0, turn=-360.0), []),
        (travel("jog", 2.2, 4.5, turn=120.0), []),
    ],
)
def test_gaits_arrive_at_their_speed(
    make: Make, make_script: ScriptMaker, standin_body: BodyModel, step: Step, before: list[Step], seed: int
) -> None:
    motion = make(*before, step, seed=seed)
    facts = measure_facts(motion, standin_body)
    planned = plan_path(make_script([*before, step]))
    end, start = planned[-1], planned[-2]
    root = pose_joints(standin_body, motion)[:, 0, :2]
    moved = root[-1] - root[round(sum(s["duration_s"] + s["hold_s"] for s in before) * RATE_HZ)]
    assert moved == pytest.approx([end.x_m - start.x_m, end.y_m - start.y_m], abs=0.08)
    assert facts.net_turn_deg == pytest.approx(end.facing_deg, abs=4.0)
    if not before:
        assert facts.cruising_speed_mps == pytest.approx(step["speed_mps"], rel=0.12)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("speed", [1.0, 1.4])
def test_walks_bend_their_joints_as_people_do(
    make: Make, standin_body: BodyModel, speed: float, seed: int
) -> None:
    joints = cruise(pose_joints(standin_body, make(travel("walk", speed, 4.7), seed=seed)))
    for side in ("left", "right"):
        knee = bend_deg(joints, f"{side}_hip", f"{side}_knee", f"{side}_ankle")
        assert 5.0 < knee.min() < 16.0  # the stand-in's straight leg shows 5.5 degrees
        assert 60.0 < knee.max() < 85.0
        elbow = bend_deg(joints, f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
        assert elbow.min() > 2.0 and elbow.max() < 75.0
        thigh = joints[:, JOINT[f"{side}_knee"]] - joints[:, JOINT[f"{side}_hip"]]
        swing = np.degrees(np.arctan2(-thigh[:, 1], -thigh[:, 2]))
        assert -30.0 < swing.min() < -8.0 and 22.0 < swing.max() < 45.0
    assert 0.02 < np.ptp(joints[:, 0, 2]) < 0.085


@pytest.mark.parametrize(
    ("gait", "speed", "knee"), [("run", 2.8, (85.0, 125.0)), ("jog", 2.2, (80.0, 115.0))]
)
def test_runs_fly(
    make: Make, standin_body: BodyModel, gait: str, speed: float, knee: tuple[float, float]
) -> None:
    motion = make(travel(gait, speed, 4.7))
    contacts = contacts_of(motion, standin_body)
    edge = round(0.3 * motion.n_poses)
    flying = ~(contacts.foot("left") | contacts.foot("right"))[edge:-edge]
    assert 0.12 < flying.mean() < 0.55
    joints = pose_joints(standin_body, motion)
    bend = bend_deg(joints, "left_hip", "left_knee", "left_ankle")
    assert knee[0] < bend.max() < knee[1]
    assert 0.06 < np.ptp(cruise(joints)[:, 0, 2]) < 0.14
    peaks = find_peaks(-cruise(joints)[:, 0, 2], prominence=0.03)[0]
    assert RATE_HZ / np.diff(peaks).mean() == pytest.approx(2.6, abs=0.35)  # steps a second


def test_no_two_steps_are_alike(make: Make, standin_body: BodyModel) -> None:
    deviations = []
    for seed in range(6):
        joints = pose_joints(standin_body, make(travel("walk", 1.1, 4.7), seed=seed))[55:-55]
        apart = np.abs(joints[:, JOINT["left_ankle"], 1] - joints[:, JOINT["right_ankle"], 1])
        landings = [_vertex(apart, peak) for peak in find_peaks(apart, prominence=0.2)[0]]
        step_times = np.diff(landings)
        assert len(step_times) >= 3
        deviations.append(np.std(step_times) / np.mean(step_times))
    assert 0.008 < float(np.median(deviations)) < 0.07


def _vertex(values: np.ndarray, peak: int) -> float:
    """Peak position to a fraction of a sample, by a parabola through three samples."""
    a, b, c = values[peak - 1 : peak + 2]
    return peak + 0.5 * (a - c) / (a - 2.0 * b + c)


def test_people_differ(make: Make, standin_body: BodyModel) -> None:
    swings, elbows = [], []
    for seed in range(8):
        joints = cruise(pose_joints(standin_body, make(travel("walk", 1.2, 4.5), seed=seed)))
        wrist = joints[:, JOINT["left_wrist"], 1] - joints[:, 0, 1]
        swings.append(np.ptp(wrist))
        elbows.append(bend_deg(joints, "left_shoulder", "left_elbow", "left_wrist").max())
    assert np.std(swings) > 0.12 * np.mean(swings)
    assert np.ptp(elbows) > 8.0


def test_hops_stay_on_one_leg(make: Make, standin_body: BodyModel) -> None:
    motion = make(travel("hop", 0.8, 2.0))
    contacts = contacts_of(motion, standin_body)
    inner = slice(25, -25)
    touched = {side: contacts.foot(side)[inner].mean() for side in ("left", "right")}
    hopping, free = sorted(touched, key=lambda side: -touched[side])
    assert touched[free] == 0.0
    assert 0.4 < touched[hopping] < 0.8
    assert len(contacts.spans_s(contacts.foot(hopping))) >= 4
    pelvis = pose_joints(standin_body, motion)[:, 0, 2]
    flying = ~contacts.touching.any(axis=1)
    falling = np.gradient(np.gradient(pelvis, 1.0 / RATE_HZ), 1.0 / RATE_HZ)[flying]
    assert np.median(falling) == pytest.approx(-9.81, abs=1.5)


def test_skips_hop_on_both_feet_in_turn(make: Make, standin_body: BodyModel) -> None:
    motion = make(travel("skip", 1.6, 4.0))
    contacts = contacts_of(motion, standin_body)
    spans = {side: len(contacts.spans_s(contacts.foot(side))) for side in ("left", "right")}
    assert min(spans.values()) >= 4
    flying = np.logical_not(contacts.touching.any(axis=1))
    assert len(contacts.spans_s(np.asarray(flying))) >= 4


def test_crawlers_carry_themselves_on_hands_and_knees(make: Make, standin_body: BodyModel) -> None:
    motion = make(ALL_FOURS, travel("crawl", 0.4, 1.6))
    contacts = contacts_of(motion, standin_body)
    crawling = slice(round(3.2 * RATE_HZ), -25)
    for part in ("left_hand", "right_hand", "left_knee", "right_knee"):
        assert 0.15 < contacts.of(part)[crawling].mean() < 0.95, part
    joints = pose_joints(standin_body, motion)[crawling]
    assert joints[:, 0, 2].max() < 0.62 * pose_joints(standin_body, motion)[0, 0, 2]
    for name in ("left_knee", "right_wrist"):
        speed = np.linalg.norm(np.gradient(joints[:, JOINT[name], :2], axis=0), axis=1) * RATE_HZ
        assert (speed < 0.12).mean() > 0.4  # planted for a good part of the time
    # A hand and the other side's knee go together.
    pairs = {}
    for hand in ("left", "right"):
        limbs = joints[:, [JOINT[f"{hand}_wrist"], JOINT["right_knee"]], :2]
        speeds = np.linalg.norm(np.gradient(limbs, axis=0), axis=-1)
        pairs[hand] = float(np.corrcoef(speeds.T)[0, 1])
    assert pairs["left"] > 0.5 > 0.0 > pairs["right"]


def test_high_steps_lift_the_feet_and_drunks_weave(make: Make, standin_body: BodyModel) -> None:
    joints = pose_joints(standin_body, make(travel("stairs_step", 0.5, 1.8)))
    assert joints[:, JOINT["left_foot"], 2].max() > 0.2
    astray = {}
    for gait in ("stagger", "walk"):
        paths = [
            pose_joints(standin_body, make(travel(gait, 0.8, 2.6), seed=seed))[:, 0] for seed in (1, 2, 3)
        ]
        astray[gait] = np.mean([np.abs(path[:, 0]).max() for path in paths])
    assert 0.05 < astray["stagger"] < 0.35
    assert astray["walk"] < 0.6 * astray["stagger"]


def test_shins_do_not_pass_through_each_other_in_bends(make: Make, standin_body: BodyModel) -> None:
    turned = {"kind": "turn", "angle_deg": 150.0, "duration_s": 2.4}
    for steps in ([travel("walk", 1.0, 3.5, turn=120.0)], [turned], [travel("walk", 1.2, 4.0)]):
        for seed in (1, 2, 3):
            joints = pose_joints(standin_body, make(*steps, seed=seed))
            share = np.linspace(0.0, 1.0, 9)[None, :, None]
            left, right = (
                joints[:, None, JOINT[f"{side}_knee"]] * (1.0 - share)
                + joints[:, None, JOINT[f"{side}_ankle"]] * share
                for side in ("left", "right")
            )
            assert np.linalg.norm(left[:, :, None] - right[:, None], axis=-1).min() > 0.05
