"""From where a motion is looked at: a three-quarter view that holds all of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

ELEVATION_DEG = 13.0
THREE_QUARTER_DEG = (-40.0, 40.0)
"""To the left and to the right of the direction that the body faces at the start (-y)."""
RADII_AWAY = 4.5
"""Distance of the eye in radii of the scene: near enough for depth to show, too far to distort a body."""
MARGIN = 0.04
"""Empty border of the picture, as a share of its shorter side."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that keeps verticals near the middle upright.

    Attributes:
        eye_m: (3,) where it is, body frame (z up).
        axes: (3, 3) unit vectors right, down and ahead.
        focal_px: pixels per unit of slope.
        centre_px: where `ahead` is in the picture.
        size_px: height and width of the picture.
        middle_m: (3,) middle of the scene.
    """

    eye_m: Array
    axes: Array
    focal_px: float
    centre_px: tuple[float, float]
    size_px: tuple[int, int]
    middle_m: Array

    def project(self, points_m: Array) -> NDArray[np.float32]:
        """(..., 3) points to (..., 3): x right and y down in pixels, depth in metres."""
        seen = (points_m - self.eye_m) @ self.axes.T
        screen = np.empty(seen.shape, np.float32)
        screen[..., :2] = self.focal_px * seen[..., :2] / seen[..., 2:] + np.asarray(self.centre_px)
        screen[..., 2] = seen[..., 2]
        return screen

    def with_whole_multiples(self, of: int) -> Camera:
        """The same view in a picture whose height and width are multiples of `of`, by a wider border."""
        height, width = (-(-pixels // of) * of for pixels in self.size_px)
        return replace(self, size_px=(height, width))

    @property
    def px_per_m(self) -> float:
        """Scale in the middle of the scene."""
        return self.focal_px / self.distance_m

    @property
    def distance_m(self) -> float:
        """From the eye to the middle of the scene."""
        return float(np.linalg.norm(self.eye_m - self.middle_m))


def three_quarter_camera(
    points_m: Array, longest_px: int, tallest_px: int, sides_deg: Sequence[float] = THREE_QUARTER_DEG
) -> Camera:
    """The camera of the given sides that shows the points largest, and a picture just large enough for them.

    Args:
        points_m: (N, 3) all that must be seen.
        longest_px: greatest width.
        tallest_px: greatest height.
        sides_deg: directions from which to look, 0 = from the front, positive from the body's left.
    """
    cameras = [_camera(points_m, side, longest_px, tallest_px) for side in sides_deg]
    return max(cameras, key=lambda camera: camera.px_per_m)


def _camera(points_m: Array, side_deg: float, longest_px: int, tallest_px: int) -> Camera:
    middle = 0.5 * (points_m.min(axis=0) + points_m.max(axis=0))
    radius = float(np.linalg.norm(points_m - middle, axis=1).max())
    side, up = math.radians(side_deg), math.radians(ELEVATION_DEG)
    towards = np.array([math.cos(up) * math.sin(side), -math.cos(up) * math.cos(side), math.sin(up)])
    eye = middle + RADII_AWAY * radius * towards
    ahead = -towards
    right = np.array([math.cos(side), math.sin(side), 0.0])
    axes = np.stack([right, np.cross(ahead, right), ahead])
    seen = (points_m - eye) @ axes.T
    slopes = seen[:, :2] / seen[:, 2:]
    low, high = slopes.min(axis=0), slopes.max(axis=0)
    border = MARGIN * min(longest_px, tallest_px)
    room = np.array([longest_px, tallest_px]) - 2.0 * border
    focal = float((room / (high - low)).min())
    width, height = (math.ceil(focal * (high - low)[i] + 2.0 * border) for i in (0, 1))
    centre = (0.5 * width - 0.5 * focal * (low + high)[0], 0.5 * height - 0.5 * focal * (low + high)[1])
    return Camera(eye, axes, focal, (float(centre[0]), float(centre[1])), (height, width), middle)
