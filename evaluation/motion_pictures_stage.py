"""What stands still in a picture of motion: floor, grid, and where the radar is; and the colours of all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .motion_pictures_camera import Camera

PAPER, FLOOR, GRID = (255, 255, 255), (238, 238, 243), (214, 214, 224)
INK, SOFT = (28, 28, 40), (91, 91, 107)
LEFT, RIGHT, MIDDLE = (36, 104, 190), (206, 74, 48), (60, 60, 78)
PLANTED, SLIDING = (30, 150, 84), (224, 30, 60)
RADAR = (120, 60, 170)
GRID_M = 0.5
BORDER_M = 0.6
ARROW_M = ((0.2, 0.025), (0.5, 0.025), (0.5, 0.09), (0.72, 0.0))
"""Distance from the body's origin, and half width there."""


@dataclass(frozen=True)
class RadarMark:
    """Direction to the radar, to be drawn on the floor.

    Attributes:
        towards_xy: (2,) from the body's origin, any length.
        label: such as "radar, 4.5 m".
    """

    towards_xy: tuple[float, float]
    label: str

    @property
    def outline_m(self) -> np.ndarray:
        """(P, 3) outline of a flat arrow on the floor, a step ahead of the body's origin."""
        ahead = np.asarray(self.towards_xy, float) / math.hypot(*self.towards_xy)
        aside = np.array([-ahead[1], ahead[0]])
        outline = np.array([*ARROW_M, *((along, -half) for along, half in ARROW_M[::-1])])
        ground = outline[:, :1] * ahead + outline[:, 1:] * aside
        return np.column_stack([ground, np.zeros(len(ground))])


@dataclass(frozen=True)
class Floor:
    """Rectangle of floor that is drawn, with edges on grid lines: lowest and highest x and y, m."""

    low_m: tuple[float, float]
    high_m: tuple[float, float]

    @classmethod
    def under(cls, points_m: np.ndarray) -> Floor:
        """Floor under everything that a motion reaches, (N, 3), and some more."""
        low = np.floor((points_m[:, :2].min(axis=0) - BORDER_M) / GRID_M) * GRID_M
        high = np.ceil((points_m[:, :2].max(axis=0) + BORDER_M) / GRID_M) * GRID_M
        return cls((float(low[0]), float(low[1])), (float(high[0]), float(high[1])))

    @property
    def corners_m(self) -> np.ndarray:
        """(4, 3) corners in order around the rectangle."""
        (x0, y0), (x1, y1) = self.low_m, self.high_m
        return np.array([[x0, y0, 0.0], [x1, y0, 0.0], [x1, y1, 0.0], [x0, y1, 0.0]])


def draw_stage(camera: Camera, floor: Floor, radar: RadarMark | None) -> Image.Image:
    """Floor with its grid, and the arrow to the radar."""
    image = Image.new("RGB", (camera.size_px[1], camera.size_px[0]), PAPER)
    draw = ImageDraw.Draw(image)
    draw.polygon(_flat(camera, floor.corners_m), fill=FLOOR)
    (x0, y0), (x1, y1) = floor.low_m, floor.high_m
    for x in np.arange(x0, x1 + 1e-6, GRID_M):
        draw.line(_flat(camera, np.array([[x, y0, 0.0], [x, y1, 0.0]])), fill=GRID, width=2)
    for y in np.arange(y0, y1 + 1e-6, GRID_M):
        draw.line(_flat(camera, np.array([[x0, y, 0.0], [x1, y, 0.0]])), fill=GRID, width=2)
    if radar is not None:
        draw.polygon(_flat(camera, radar.outline_m), fill=RADAR)
    return image


def _flat(camera: Camera, points_m: np.ndarray) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y, _ in camera.project(points_m)]


def font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with the picture library, so that no font of a machine is needed."""
    return ImageFont.load_default(size_px)
