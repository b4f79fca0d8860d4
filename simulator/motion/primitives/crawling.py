"""Crawling on hands and knees: each hand with the other side's knee, both planted while they carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arms import arm_to
from ..footsteps import StepPlan, plan_phase
from ..legs import hip_points
from ..rotations import about_left, apply
from ..solver import pelvis_rotation, shoulder_points
from ..stage import Stage
from ..strokes import Array, cruise, hump, slow_noise, smooth, stroke
from ..timeline import SIDES, other, side_sign
from .ways import Path

Slot = tuple[float, float]
STRIDE_M = (0.12, 0.60)
"""Stride of a crawl: 0.12 m + 0.60 s times the speed, for a leg of 0.82 m."""
PELVIS_PITCH_RAD, SPINE_PITCH_RAD, HEAD_PITCH_RAD = np.radians([76.0, 6.0, -36.0])
TOE_PITCH_RAD = np.radians(-80.0)
WRIST_EXTENSION_RAD = np.radians(78.0)
ELBOW_TOWARD = (0.35, -1.0, 0.1)
KNEE_RADIUS_M, WRIST_HEIGHT_M, TOES_M = 0.046, 0.082, 0.016
"""Height of the knee joint of a kneeling leg, of the wrist over a flat hand, and of the ball over tucked toes
above that over a sole, for a leg of 0.82 m."""
KNEE_OUT_M, HAND_LIFT_M = 0.11, 0.09
GET_DOWN_S, SETTLE_S = 1.4, 0.5
OVERLAP = 0.12


@dataclass(frozen=True)
class Posture:
    """Lengths of one person on hands and knees, m."""

    hip_height: float
    """Highest height of the hips over upright thighs."""
    knee_radius: float
    wrist_height: float
    hands_ahead: float
    """Wrists ahead of the pelvis."""
    hand_half_width: float
    knee_half_width: float


def crawl(stage: Stage, path: Path, slot: Slot) -> None:
    """Crawl along the path; who still stands goes down on hands and knees first."""
    start, end = slot
    timeline = stage.timeline
    time_s = timeline.time_s
    upright = timeline.value("root", start)[1] > 0.75 * stage.frame.stand_height
    down = min(GET_DOWN_S, 0.4 * (end - start)) if upright else SETTLE_S
    size = stage.frame.leg_length / 0.82
    cruising = max(float(path.speed.max()), 0.1)
    stride = size * (STRIDE_M[0] + STRIDE_M[1] * cruising)
    rate = 2.0 * stage.manner.cadence * np.maximum(path.speed, 0.6 * cruising) / stride
    phase, n_steps = plan_phase(time_s, start + 0.8 * down if upright else start + 0.05, end, rate)
    first = SIDES[int(stage.rng.random() < 0.5)]
    overlap, vigour = np.full(n_steps, OVERLAP), np.ones(n_steps)
    plan = StepPlan(time_s, np.clip(phase, 0.0, n_steps), n_steps, first, overlap, vigour)
    posture = measure_posture(stage)
    weight = stroke(time_s, start, start + down)
    _write_trunk(stage, plan, path, start, weight)
    knees = {side: _planted(plan, path, side, 0.0, posture.knee_half_width) for side in SIDES}
    _write_height(stage, plan, posture, knees, weight)
    for side in SIDES:
        _write_leg(stage, side, path, posture, knees[side], weight)
        _write_arm(stage, plan, side, path, posture, weight)


def measure_posture(stage: Stage) -> Posture:
    """The person's measures on hands and knees: thighs and arms upright."""
    frame = stage.frame
    size = frame.leg_length / 0.82
    radius, wrist = KNEE_RADIUS_M * size, WRIST_HEIGHT_M * size
    # The shoulders lie ahead of the pelvis by about the trunk's length along its pitch.
    trunk = float(np.linalg.norm(frame.joint("left_shoulder")[1] - frame.joint("pelvis")[1]))
    return Posture(
        hip_height=frame.thigh + radius,
        knee_radius=radius,
        wrist_height=wrist,
        hands_ahead=trunk * float(np.sin(PELVIS_PITCH_RAD + 0.6 * SPINE_PITCH_RAD)) + 0.02,
        hand_half_width=1.02 * abs(float(frame.joint("left_shoulder")[0])),
        knee_half_width=1.1 * frame.hip_half_width,
    )


def _planted(plan: StepPlan, path: Path, side: str, ahead: float, half_width: float) -> Array:
    """(T, 3) ground point of a limb that moves with the steps of a side: left, share of its swing, ahead."""
    time_s = plan.time_s
    left, forward = path.leftward(), path.forward()

    def home(time: float) -> Array:
        index = int(np.searchsorted(time_s, time))
        index = min(index, len(time_s) - 1)
        place = path.root[index] + side_sign(side) * half_width * left[index] + ahead * forward[index]
        return np.array([place[0], 0.0, place[2]])

    start = plan.time_at(0.0)
    point = np.tile(home(start), (len(time_s), 1))
    for step in range(plan.n_steps):
        if plan.side(step) != side:
            continue
        lift, land = plan.swing(step)
        progress = (time_s - lift) / (land - lift)
        target = home(plan.stance_middle(step) if step < plan.n_steps - 2 else time_s[-1])
        point += cruise(progress, 0.40)[:, None] * (target - point[-1])
        point[:, 1] += hump(progress, 0.5, 2.2)
    return point


def _write_trunk(stage: Stage, plan: StepPlan, path: Path, start: float, weight: Array) -> None:
    """Root along the path, trunk level, hips and chest swaying against each other."""
    timeline, manner = stage.timeline, stage.manner
    after = (timeline.time_s >= start).astype(float)
    along = path.root.copy()
    along[:, 1] = np.nan
    timeline.blend("root", along, after)
    timeline.blend("facing", path.facing[:, None], after)
    beat = side_sign(plan.first_side) * np.sin(np.pi * plan.phase)
    going = np.clip(path.speed / max(float(path.speed.max()), 0.1), 0.0, 1.0)
    left = path.leftward()
    timeline.add("root", -left * (0.022 * min(manner.sway, 1.3) * going * beat)[:, None])
    noise = slow_noise(stage.rng, timeline.time_s, 4, 0.3, 1.4) * going[:, None] * np.radians(1.5)
    # About a level trunk: twist turns it about the vertical, roll tilts the hips.
    pelvis = np.stack(
        [np.full_like(beat, PELVIS_PITCH_RAD), 0.07 * going * beat, 0.06 * going * beat], axis=-1
    )
    spine = np.stack(
        [np.full_like(beat, SPINE_PITCH_RAD), -0.06 * going * beat, -0.10 * going * beat], axis=-1
    )
    spine[:, :2] += noise[:, :2]
    head = np.stack([HEAD_PITCH_RAD + noise[:, 2], 0.0 * beat, noise[:, 3]], axis=-1)
    for name, values in (("pelvis", pelvis), ("spine", spine), ("head", head)):
        timeline.blend(name, values, weight)


def _write_height(
    stage: Stage, plan: StepPlan, posture: Posture, knees: dict[str, Array], weight: Array
) -> None:
    """The hips as high as the thighs over the planted knees carry them."""
    timeline, frame = stage.timeline, stage.frame
    rate_hz = 1.0 / (timeline.time_s[1] - timeline.time_s[0])
    tracks = dict(timeline.tracks)
    hips = hip_points(frame, np.zeros_like(tracks["root"]), pelvis_rotation(tracks))
    heights = []
    for hip, side in zip(hips, SIDES, strict=True):
        across = np.hypot(*(tracks["root"] + hip - knees[side])[:, [0, 2]].T)
        up = np.sqrt(np.maximum(frame.thigh**2 - across**2, (0.5 * frame.thigh) ** 2))
        heights.append(posture.knee_radius + up - hip[:, 1] - 0.05 * knees[side][:, 1])
    root = np.full((len(weight), 3), np.nan)
    root[:, 1] = smooth(np.maximum(*heights), 0.05, rate_hz)
    timeline.blend("root", root, weight)


def _write_leg(stage: Stage, side: str, path: Path, posture: Posture, knee: Array, weight: Array) -> None:
    """The foot track whose leg puts the knee onto its ground point, shin along the floor, toes tucked."""
    timeline, frame = stage.timeline, stage.frame
    tracks = dict(timeline.tracks)
    hips = hip_points(frame, tracks["root"], pelvis_rotation(tracks))
    hip = hips[SIDES.index(side)]
    left, ahead = path.leftward(), path.forward()
    place = knee + left * (side_sign(side) * KNEE_OUT_M * knee[:, 1])[:, None]
    across = np.hypot(*(hip - place)[:, [0, 2]].T)
    place[:, 1] = hip[:, 1] - np.sqrt(np.maximum(frame.thigh**2 - across**2, (0.5 * frame.thigh) ** 2))
    ball = about_left(-TOE_PITCH_RAD) @ frame.ankle_from_ball[SIDES.index(side)]
    lift = 0.35 * np.maximum(place[:, 1] - posture.knee_radius, 0.0)
    lift = lift + TOES_M * frame.leg_length / 0.82
    ankle_height = frame.ball_height + ball[1] + lift
    back = np.sqrt(np.maximum(frame.shin**2 - (ankle_height - place[:, 1]) ** 2, (0.5 * frame.shin) ** 2))
    foot = np.zeros((len(weight), 7))
    foot[:, :3] = place - ahead * (back + ball[2])[:, None]
    foot[:, 1] = lift
    foot[:, 3] = path.facing
    foot[:, 4] = TOE_PITCH_RAD
    timeline.blend(f"foot_{side}", foot, weight)


def _write_arm(stage: Stage, plan: StepPlan, side: str, path: Path, posture: Posture, weight: Array) -> None:
    """The hand on its ground point, lifted a little while it moves on; it moves with the other side's knee."""
    timeline, frame = stage.timeline, stage.frame
    mirrored_path = _planted(plan, path, other(side), posture.hands_ahead, -posture.hand_half_width)
    hand = mirrored_path.copy()
    hand[:, 1] = posture.wrist_height + HAND_LIFT_M * mirrored_path[:, 1]
    chest, *shoulders = shoulder_points(frame, timeline.tracks)
    target = apply(np.swapaxes(chest, -1, -2), hand - shoulders[SIDES.index(side)])
    pose = arm_to(target * [side_sign(side), 1.0, 1.0], ELBOW_TOWARD, frame.upper_arm, frame.forearm)
    timeline.blend(f"arm_{side}", pose, weight)
    extension = WRIST_EXTENSION_RAD + np.radians(8.0) * mirrored_path[:, 1]
    timeline.blend(f"hand_{side}", extension[:, None], weight)
