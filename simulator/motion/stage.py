"""What a primitive works with: the body's measures, the person's manner, the timeline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .arms import arm_pose, arm_to
from .body_frame import BodyFrame
from .legs import hip_points
from .manner import Manner
from .rotations import apply
from .solver import pelvis_rotation, shoulder_points
from .strokes import Array, bump, cruise
from .timeline import SIDES, Timeline, foot_columns, side_sign
from .vocabulary import Style


@dataclass(frozen=True)
class Stage:
    """One performance: primitives read the measures and write onto the timeline."""

    frame: BodyFrame
    manner: Manner
    style: Style
    timeline: Timeline
    rng: np.random.Generator

    def hanging_arm(self) -> Array:
        """(4,) arm pose of a relaxed arm."""
        a = self.manner.arm_abduction
        return arm_pose([np.sin(a), -np.cos(a), 0.02], 0.0, self.manner.elbow_rest)

    def stand_half_width(self) -> float:
        """Sideways distance from the median plane to each ball of the foot in a stand, m."""
        return self.frame.hip_half_width * (1.05 + 0.25 * self.manner.step_width)

    def facing(self, time_s: float) -> float:
        """Facing at a time, rad."""
        return float(self.timeline.value("facing", time_s)[0])

    def ahead(self, time_s: float) -> Array:
        """(3,) unit vector of the facing at a time."""
        facing = self.facing(time_s)
        return np.array([np.sin(facing), 0.0, np.cos(facing)])

    def leftward(self, time_s: float) -> Array:
        """(3,) unit vector to the person's left at a time."""
        facing = self.facing(time_s)
        return np.array([np.cos(facing), 0.0, -np.sin(facing)])

    def foot_home(self, side: str, root: Array, facing: float, half_width: float) -> Array:
        """(7,) foot track values of a flat foot below the hip of a body at root that faces `facing`."""
        sign = side_sign(side)
        left = np.array([np.cos(facing), 0.0, -np.sin(facing)])
        ahead = np.array([np.sin(facing), 0.0, np.cos(facing)])
        ball = root + sign * half_width * left + self.frame.ball_ahead * ahead
        return np.array([ball[0], 0.0, ball[2], facing + sign * self.manner.toe_out, 0.0, 0.0, 0.0])

    def standing_root(self, time_s: float) -> Array:
        """(3,) pelvis of a person who stands on the feet as they are at a time."""
        feet = [self.timeline.value(f"foot_{side}", time_s)[[0, 2]] for side in SIDES]
        middle = 0.5 * (feet[0] + feet[1]) - self.frame.ball_ahead * self.ahead(time_s)[[0, 2]]
        return np.array([middle[0], self.frame.stand_height, middle[1]])

    def offset(self, time_s: float, ahead: float = 0.0, up: float = 0.0, left: float = 0.0) -> Array:
        """(3,) vector from components along the facing at a time, m."""
        return ahead * self.ahead(time_s) + left * self.leftward(time_s) + np.array([0.0, up, 0.0])

    def pulse(self, name: str, weight: Array, offsets: ArrayLike) -> None:
        """Add constant offsets (d,) to a track, weighted over time (T,)."""
        self.timeline.add(name, np.outer(weight, np.asarray(offsets, dtype=np.float64)))

    def hand_path(
        self,
        side: str,
        targets: ArrayLike,
        weight: Array,
        elbow_toward: ArrayLike = (0.5, -1.0, -0.4),
    ) -> None:
        """Lead a wrist along points in chest axes where the weight (T,) is 1.

        Args:
            side: "left" or "right".
            targets: (T, 3) or (3,) wrist from the shoulder in arm lengths, written for a left arm
                (outward, up, forward).
            weight: (T,) how far the arm follows.
            elbow_toward: side to which the elbow points, written for a left arm.
        """
        points = np.asarray(targets, dtype=np.float64) * self.frame.arm_length
        pose = arm_to(points, elbow_toward, self.frame.upper_arm, self.frame.forearm)
        self.timeline.blend(f"arm_{side}", pose, weight)

    def swing_foot(
        self, side: str, start_s: float, end_s: float, left: float, ahead: float, height: float
    ) -> None:
        """Lift a foot, move it by (left, ahead) m in the facing's axes, and set it down flat."""
        timeline, name = self.timeline, f"foot_{side}"
        place = timeline.value(name, end_s)[:3] + self.offset(start_s, ahead=ahead, left=left)
        progress = (timeline.time_s - start_s) / (end_s - start_s)
        timeline.blend(name, foot_columns(left=place[0], ahead=place[2]), cruise(progress))
        rise = np.zeros((len(timeline.time_s), 7))
        rise[:, 1] = height * bump(progress, 0.42, 3.0)
        rise[:, 4] = -2.2 * height * np.sign(ahead if abs(ahead) > 0.02 else 1.0) * bump(progress, 0.3, 3.0)
        timeline.add(name, rise)

    def chest_axes(self, time_s: float) -> tuple[Array, dict[str, Array]]:
        """Chest rotation (3, 3) and shoulder joints (3,) by side, as the tracks stand at a time."""
        index = self.timeline.frame(time_s)
        tracks = {name: track[index : index + 1] for name, track in self.timeline.tracks.items()}
        rotation, left, right = shoulder_points(self.frame, tracks)
        return rotation[0], {"left": left[0], "right": right[0]}

    def hip_point(self, side: str, time_s: float) -> Array:
        """(3,) hip joint as the tracks stand at a time."""
        index = self.timeline.frame(time_s)
        tracks = {name: track[index : index + 1] for name, track in self.timeline.tracks.items()}
        return hip_points(self.frame, tracks["root"], pelvis_rotation(tracks))[SIDES.index(side)][0]

    def arm_to_point(self, side: str, time_s: float, point: Array, elbow_toward: Array) -> Array:
        """(4,) arm pose that brings the wrist to a point (engine axes) at a time; the elbow in chest axes."""
        chest, shoulders = self.chest_axes(time_s)
        target = apply(chest.T, point - shoulders[side])
        return self.arm_in_chest(side, target, elbow_toward)

    def arm_in_chest(self, side: str, target: Array, elbow_toward: Array) -> Array:
        """(..., 4) arm pose of a wrist relative to the shoulder, chest axes; the elbow as for a left arm."""
        mirrored = np.asarray(target) * [side_sign(side), 1.0, 1.0]
        return arm_to(mirrored, elbow_toward, self.frame.upper_arm, self.frame.forearm)


def standing_values(frame: BodyFrame, manner: Manner, half_width: float) -> dict[str, Array]:
    """Track values of a person who stands over the origin and faces forward."""
    root = np.array([0.0, frame.stand_height, 0.0])
    values: dict[str, Array] = {
        "root": root,
        "facing": np.zeros(1),
        "pelvis": np.array([0.4 * manner.lean, 0.0, 0.0]),
        "spine": np.array([manner.stoop + 0.6 * manner.lean, 0.0, 0.0]),
        "head": np.array([manner.head_pitch - 0.8 * manner.stoop, 0.0, 0.0]),
        "shrug": np.zeros(2),
    }
    a = manner.arm_abduction
    for side in SIDES:
        sign = side_sign(side)
        values[f"arm_{side}"] = arm_pose([np.sin(a), -np.cos(a), 0.02], 0.0, manner.elbow_rest)
        values[f"foot_{side}"] = np.array(
            [sign * half_width, 0.0, frame.ball_ahead, sign * manner.toe_out, 0.0, 0.0, 0.0]
        )
    return values
