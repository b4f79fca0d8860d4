"""Where the body stands relative to the radar, and how it is turned."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError

VIEWS = "ABCDEFGH"
VIEW_STEP_DEG = 360.0 / len(VIEWS)


@dataclass(frozen=True)
class Placement:
    """Pose of a body's frame in the radar's world.

    World: z up, metres, floor at z = 0; the radar over the origin, looking along +y, +x to its right.

    Attributes:
        range_m: horizontal distance from the radar to the body's origin.
        azimuth_deg: direction of that point, positive to the right of the radar's axis.
        heading_deg: 0 = the body faces the radar at the start; positive turns it left (counter-clockwise from
            above).
        radar_height_m: antenna above the floor.
        radar_tilt_deg: by how much the radar looks up (below 0: down).
        view: letter A to H; view number i turns the body, with its whole motion, by a further 45 i degrees
            about the vertical axis through its origin.

    Raises:
        RadarConfigError: a value outside what the simulator can do.
    """

    range_m: float
    azimuth_deg: float = 0.0
    heading_deg: float = 0.0
    radar_height_m: float = 1.0
    view: str = "A"
    radar_tilt_deg: float = 0.0

    def __post_init__(self) -> None:
        """Check every value."""
        problems = []
        if not 0.0 < self.range_m <= 100.0:
            problems.append(f"range_m is {self.range_m}, must be above 0 and at most 100 m")
        if not abs(self.azimuth_deg) < 90.0:
            problems.append(
                f"azimuth_deg is {self.azimuth_deg}, must lie between -90 and 90: the radar looks ahead"
            )
        if not math.isfinite(self.heading_deg):
            problems.append(f"heading_deg is {self.heading_deg}, must be finite")
        if not 0.0 <= self.radar_height_m <= 10.0:
            problems.append(f"radar_height_m is {self.radar_height_m}, must lie between 0 and 10 m")
        if not abs(self.radar_tilt_deg) < 90.0:
            problems.append(f"radar_tilt_deg is {self.radar_tilt_deg}, must lie between -90 and 90")
        if len(self.view) != 1 or self.view not in VIEWS:
            problems.append(f"view is {self.view!r}, must be one letter of {VIEWS}")
        if problems:
            raise RadarConfigError("impossible placement: " + "; ".join(problems))

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    @property
    def turn_rad(self) -> float:
        """Angle by which the body frame is turned in the world, counter-clockwise.

        A body frame faces -y. To face a radar at azimuth a from it, it first turns by -a.
        """
        view_deg = VIEW_STEP_DEG * VIEWS.index(self.view)
        return math.radians(self.heading_deg + view_deg - self.azimuth_deg)

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3) matrix from body frame to world."""
        cosine, sine = math.cos(self.turn_rad), math.sin(self.turn_rad)
        return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])

    @property
    def origin_m(self) -> NDArray[np.float64]:
        """(3,) body origin in the world."""
        azimuth = math.radians(self.azimuth_deg)
        return np.array([self.range_m * math.sin(azimuth), self.range_m * math.cos(azimuth), 0.0])

    @property
    def radar_in_body_frame_m(self) -> NDArray[np.float64]:
        """(3,) radar antenna in the body frame. Viewing a body from there is viewing the placed body."""
        return self.rotation.T @ (np.array([0.0, 0.0, self.radar_height_m]) - self.origin_m)

    @property
    def radar_axes_in_body_frame(self) -> NDArray[np.float64]:
        """(3, 3) unit vectors right, ahead and up of the radar, in the body frame."""
        tilt = math.radians(self.radar_tilt_deg)
        axes = np.array(
            [
                [1.0, 0.0, 0.0],
                [0.0, math.cos(tilt), math.sin(tilt)],
                [0.0, -math.sin(tilt), math.cos(tilt)],
            ]
        )
        return axes @ self.rotation

    @property
    def boresight_in_body_frame(self) -> NDArray[np.float64]:
        """(3,) unit vector along which the radar looks, in the body frame."""
        return self.radar_axes_in_body_frame[1]

    def seen_from_radar_m(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 3) points of the body frame relative to the radar: right, ahead, up."""
        return (points - self.radar_in_body_frame_m) @ self.radar_axes_in_body_frame.T


def place_vertices(vertices: NDArray[np.floating], placement: Placement) -> NDArray[np.float64]:
    """(..., 3) body-frame points to world points."""
    return vertices @ placement.rotation.T + placement.origin_m


def horizontal_range_m(points_xy: NDArray[np.floating], placement: Placement) -> NDArray[np.float64]:
    """Distance over the floor from the radar to body-frame points (..., 2), e.g. the path of the pelvis.

    Lets a caller choose a placement in which a motion neither runs into the radar nor out of its range.
    """
    radar_xy = placement.radar_in_body_frame_m[:2]
    return np.hypot(points_xy[..., 0] - radar_xy[0], points_xy[..., 1] - radar_xy[1])
