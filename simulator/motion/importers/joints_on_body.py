"""Recorded joint positions on a body: fitted window by window, the body's build told once."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.body.model import BodyModel
from simulator.motion.body_motion import BodyMotion

from .joint_clip import JointClip
from .planting import planted
from .pose_fit import fit_pose
from .windows import Window, windows_of


@dataclass(frozen=True)
class JointsOnBody:
    """A recording without lead-in, at 50 poses/s at most, and the body that is to move like it."""

    clip: JointClip
    body: BodyModel

    @property
    def n_poses(self) -> int:
        """Number of poses."""
        return len(self.clip.joints)

    @property
    def rate_hz(self) -> float:
        """Poses per second."""
        return self.clip.rate_hz

    def motion_in(self, window: Window) -> tuple[BodyMotion, float, tuple[str, ...]]:
        """A window's motion on the floor, its mean joint error (mm), and what was assumed.

        The shape of the body and the sites of the clip's joints are told from the recording's first window,
        so that all windows show one person.

        Raises:
            MotionFileError: joints coincide, so that a bone has no direction.
        """
        first = windows_of(self.n_poses, self.rate_hz)[0][0]
        build = self.clip.span(first.seen).from_origin()
        fit = fit_pose(
            self.clip.span(window.seen).from_origin(window.before), self.body, build, window.seen.start
        )
        motion = planted(fit.motion, self.body)
        rest_pelvis = self.body.rest_joints(motion.betas)[0]
        return window.of(motion, rest_pelvis), fit.error_mm(window.kept), self.clip.notes
