"""Long recordings as windows: spans that a capture can hold, each with the poses around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.body.skeleton import Array
from simulator.errors import MotionFileError
from simulator.motion.body_motion import BodyMotion

LONGEST_S = 9.92  # what a capture holds: 496 frames at 50 frames a second
SHORTEST_S = 1.0
_CONTEXT_S = 2.0  # planting a motion on the floor looks 1.7 s to either side


@dataclass(frozen=True)
class Window:
    """A span of a recording, counted in its poses.

    Attributes:
        first: its first pose.
        n_poses: how many it has; the next window starts with its last one, so no time is lost or seen twice.
        before: poses ahead of it that filters look at.
        after: poses behind it that filters look at. The window at the start of a recording has neither.
    """

    first: int
    n_poses: int
    before: int = 0
    after: int = 0

    @property
    def seen(self) -> slice:
        """Its poses and those around it, in the recording."""
        return slice(self.first - self.before, self.first + self.n_poses + self.after)

    @property
    def kept(self) -> slice:
        """Its poses among the seen ones."""
        return slice(self.before, self.before + self.n_poses)

    def of(self, motion: BodyMotion, rest_pelvis: Array) -> BodyMotion:
        """The window of a motion of all seen poses, moved along the floor to start with the pelvis over (0, 0)."""
        if not self.before and not self.after:
            return motion
        transl = motion.transl[self.kept]
        start = (transl[0] + rest_pelvis) * [1.0, 1.0, 0.0]
        return BodyMotion(
            motion.betas,
            motion.global_orient[self.kept],
            motion.body_pose[self.kept],
            transl - start,
            motion.rate_hz,
        )


def windows_of(n_recorded: int, rate_hz: float) -> tuple[list[Window], float]:
    """Windows from end to end of a recording, and the seconds at its end that are too short for one.

    Raises:
        MotionFileError: the recording itself is too short.
    """
    _checked_duration_s(n_recorded, rate_hz)
    step = _poses_in_longest(rate_hz) - 1
    starts = range(0, n_recorded - 1, step)
    windows = [_window(first, n_recorded, rate_hz) for first in starts]
    left_s = (windows[-1].n_poses - 1) / rate_hz
    return (windows[:-1], left_s) if left_s < SHORTEST_S else (windows, 0.0)


def window_at(start_s: float, n_recorded: int, rate_hz: float) -> Window:
    """The window that starts with the pose nearest to `start_s`.

    Raises:
        MotionFileError: less than a window follows, or `start_s` is negative or no number.
    """
    duration_s = _checked_duration_s(n_recorded, rate_hz)
    first = round(start_s * rate_hz) if np.isfinite(start_s) else -1
    if start_s < 0 or first < 0 or (n_recorded - 1 - first) / rate_hz < SHORTEST_S:
        raise MotionFileError(
            f"start_s is {start_s:g} s; the recording lasts {duration_s:.2f} s and a window at least "
            f"{SHORTEST_S:g} s, so it can start at 0 to {duration_s - SHORTEST_S:.2f} s"
        )
    return _window(first, n_recorded, rate_hz)


def part_of(start_s: float, end_s: float, n_recorded: int, rate_hz: float) -> Window:
    """The window of the poses from `start_s` up to, not including, `end_s`; cut to a capture's length.

    Raises:
        MotionFileError: too little of it lies in the recording.
    """
    first = max(0, int(np.floor(start_s * rate_hz + 1e-6)))
    stop = min(n_recorded, int(np.floor(end_s * rate_hz + 1e-6)))
    n_poses = min(stop - first, _poses_in_longest(rate_hz))
    if (n_poses - 1) / rate_hz < SHORTEST_S:
        lasts_s = max(0.0, (n_poses - 1) / rate_hz)
        raise MotionFileError(f"it lasts {lasts_s:.2f} s, a clip needs at least {SHORTEST_S} s", "too short")
    around = int(np.ceil(_CONTEXT_S * rate_hz))
    return Window(first, n_poses, min(around, first), min(around, n_recorded - first - n_poses))


def _window(first: int, n_recorded: int, rate_hz: float) -> Window:
    n_poses = min(_poses_in_longest(rate_hz), n_recorded - first)
    # The first window ends as a recording of that length does: its motion is older than windows are.
    around = int(np.ceil(_CONTEXT_S * rate_hz)) if first else 0
    return Window(first, n_poses, min(around, first), min(around, n_recorded - first - n_poses))


def _checked_duration_s(n_recorded: int, rate_hz: float) -> float:
    duration_s = (n_recorded - 1) / rate_hz
    if duration_s < SHORTEST_S:
        raise MotionFileError(
            f"it lasts {duration_s:.2f} s, a clip needs at least {SHORTEST_S} s", "too short"
        )
    return duration_s


def _poses_in_longest(rate_hz: float) -> int:
    return int(np.floor(LONGEST_S * rate_hz + 1e-6)) + 1
