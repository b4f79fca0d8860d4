"""Placement of a body before the radar: axes, turns, views."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.errors import RadarConfigError
from simulator.scene.placement import VIEWS, Placement, horizontal_range_m, place_vertices

FACING = np.array([0.0, -1.0, 0.0])  # of a body in its own frame


@pytest.mark.parametrize("azimuth_deg", [-40.0, 0.0, 25.0])
def test_heading_zero_faces_the_radar_from_anywhere(azimuth_deg: float) -> None:
    placement = Placement(3.0, azimuth_deg)
    towards_radar = -placement.origin_m / np.linalg.norm(placement.origin_m)
    assert placement.rotation @ FACING == pytest.approx(towards_radar)
    assert placement.origin_m[0] == pytest.approx(3.0 * np.sin(np.radians(azimuth_deg)))
    assert placement.origin_m[1] > 0.0


def test_positive_heading_turns_left() -> None:
    # A body that faces the radar (along -y) and turns left by 90 degrees faces +x.
    assert Placement(3.0, 0.0, 90.0).rotation @ FACING == pytest.approx([1.0, 0.0, 0.0])


def test_views_are_a_turntable() -> None:
    for i, view in enumerate(VIEWS):
        assert Placement(3.0, 10.0, 20.0, view=view).rotation == pytest.approx(
            Placement(3.0, 10.0, 20.0 + 45.0 * i).rotation
        )
    assert Placement(3.0, heading_deg=360.0).rotation == pytest.approx(Placement(3.0).rotation)


@pytest.mark.parametrize("view", ["A", "D"])
def test_the_radar_in_the_body_frame_sees_what_the_placed_body_shows(view: str) -> None:
    placement = Placement(4.0, 20.0, -30.0, 1.3, view)
    points = np.random.default_rng(0).normal(size=(50, 3))
    in_world = np.linalg.norm(place_vertices(points, placement) - [0.0, 0.0, 1.3], axis=1)
    in_body_frame = np.linalg.norm(points - placement.radar_in_body_frame_m, axis=1)
    assert in_body_frame == pytest.approx(in_world)
    ahead_in_world = place_vertices(points, placement)[:, 1]
    ahead = (points - placement.radar_in_body_frame_m) @ placement.boresight_in_body_frame
    assert ahead == pytest.approx(ahead_in_world)
    floor = np.linalg.norm(place_vertices(points, placement)[:, :2], axis=1)
    assert horizontal_range_m(points[:, :2], placement) == pytest.approx(floor)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"range_m": 0.0}, "range_m is 0.0"),
        ({"range_m": 3.0, "azimuth_deg": 90.0}, "azimuth_deg is 90.0"),
        ({"range_m": 3.0, "heading_deg": float("inf")}, "heading_deg is inf"),
        ({"range_m": 3.0, "radar_height_m": -1.0}, "radar_height_m is -1.0"),
        ({"range_m": 3.0, "view": "I"}, "view is 'I', must be one letter of ABCDEFGH"),
        ({"range_m": 3.0, "view": "AB"}, "view is 'AB'"),
    ],
)
def test_impossible_placements_are_refused(values: dict[str, float], reason: str) -> None:
    with pytest.raises(RadarConfigError, match=reason):
        Placement(**values)  # type: ignore[arg-type]
