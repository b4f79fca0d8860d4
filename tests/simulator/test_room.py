"""Standing echoes of a room, and echoes that come over its planes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import trimesh

from simulator.echoes import scene_echoes
from simulator.errors import RadarConfigError
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.boards import radar_preset
from simulator.radar.materials import METAL, Material
from simulator.radar.scattering import place_scatterers
from simulator.scene.observation import observe
from simulator.scene.placement import Placement
from simulator.scene.posed_body import PosedBody, posed_mesh
from simulator.scene.room import CONCRETE, Furniture, Plane, Room, living_room, plane_reflection
from simulator.scene.room_echoes import clutter_tracks, multipath_tracks
from simulator.scene.ways import bounced_way
from simulator.simulation_options import SimulationOptions

UP = (0.0, 0.0, 1.0)
FLOOR = Plane("floor", (3.0, 2.0, 0.0), (0.0, 0.0, 2.0), METAL)
WALL = Plane("wall", (0.0, 6.0, 0.0), (0.0, -1.0, 0.0), METAL)
CHALK = Material("chalk", 1.0, 0.0, diffuse_reflectivity=1.0)
PLACEMENT = Placement(4.0, radar_height_m=1.0)


def ball(height_m: float = 1.2, n_points: int = 300) -> PosedBody:
    mesh = trimesh.creation.icosphere(3, 0.02).apply_translation([0.0, 0.0, height_m])
    vertices = np.repeat(np.asarray(mesh.vertices, np.float32)[None], 5, axis=0)
    faces = np.asarray(mesh.faces, np.int32)
    scatterers = place_scatterers(faces, vertices[0], n_points, 0)
    return posed_mesh(vertices, faces, scatterers, RADAR, material=CHALK)


def test_a_wall_is_a_mirror_of_known_cross_section() -> None:
    (echo,) = clutter_tracks(RADAR, PLACEMENT, Room((WALL,)), 5) or []
    assert echo.range_m[0] == pytest.approx([6.0])
    # Friis to the radar's own image at twice the distance: P G^2 lambda^2 / (4 pi 2R)^2.
    friis = RADAR.received_power_mw(1.0, 1.0) * 4.0 * math.pi / (2.0 * 6.0) ** 2
    assert echo.amplitude[0, 0] ** 2 == pytest.approx(friis, rel=1e-6)
    # Rough concrete reflects less, by Fresnel and Ament.
    concrete = Plane("wall", WALL.point_m, WALL.normal, Material("c", 5.24, 0.32, rms_height_m=2e-4))
    (dimmer,) = clutter_tracks(RADAR, PLACEMENT, Room((concrete,)), 5) or []
    index = np.sqrt(5.24 + 0.32j)
    share = abs((1 - index) / (1 + index)) ** 2
    share *= np.exp(-((4 * np.pi / RADAR.mid_wavelength_m * 2e-4) ** 2))
    assert (dimmer.amplitude[0, 0] / echo.amplitude[0, 0]) ** 2 == pytest.approx(share, rel=1e-4)


def test_the_floor_under_the_radar_is_not_in_front_of_it() -> None:
    assert clutter_tracks(RADAR, PLACEMENT, Room((FLOOR,)), 5) is None
    assert clutter_tracks(RADAR, PLACEMENT, Room(), 5) is None


def test_furniture_stands_where_it_stands() -> None:
    room = Room(furniture=(Furniture("shelf", (3.0, 4.0, 1.0), 0.5), Furniture("far", (0.0, 50.0, 1.0), 1.0)))
    (echo,) = clutter_tracks(RADAR, PLACEMENT, room, 5) or []
    assert echo.range_m == pytest.approx(np.full((5, 1), 5.0))  # what is out of range is left out
    assert not echo.range_rate_mps.any()
    assert echo.amplitude[0, 0] ** 2 == pytest.approx(RADAR.received_power_mw(0.5, 5.0), rel=1e-6)


def test_patches_of_a_plane_add_up_to_its_reflectivity() -> None:
    matt = Plane("wall", (0.0, 3.0, 0.0), (0.0, -1.0, 0.0), Material("m", 1.0, 0.0, diffuse_reflectivity=0.1))
    powers = []
    for spacing in (0.1, 0.2):
        (echo,) = clutter_tracks(RADAR, PLACEMENT, Room((matt,), clutter_spacing_m=spacing), 5) or []
        powers.append(float((echo.amplitude[0].astype(float) ** 2).sum()))
    # Integral of h^2 / (h^2 + s^2)^3 over the plane is pi / (2 h^2).
    expected = RADAR.received_power_mw(0.1 * math.pi / (2.0 * 3.0**2), 1.0)
    assert powers[0] == pytest.approx(expected, rel=0.02)
    assert powers[1] == pytest.approx(powers[0], rel=0.02)


def test_ways_over_the_floor_have_the_lengths_of_the_image() -> None:
    posed = ball()
    seen = observe(posed, RADAR, PLACEMENT, "diffuse")
    mixed, twice = (way[0] for way in multipath_tracks(posed, RADAR, PLACEMENT, seen, Room((FLOOR,))))
    straight, over = math.hypot(4.0, 0.2), math.hypot(4.0, 2.2)
    assert mixed.range_m.mean() == pytest.approx((straight + over) / 2, abs=0.02)
    assert twice.range_m.mean() == pytest.approx(over, abs=0.02)
    # With more channels the mixed ways differ, out over the floor or back; with one they are walked at once.
    pair = radar_preset("mmexpert-iwr1843-8rx")
    seen = observe(posed, pair, PLACEMENT, "diffuse")
    out, back, _ = (way[0] for way in multipath_tracks(posed, pair, PLACEMENT, seen, Room((FLOOR,))))
    np.testing.assert_allclose(out.amplitude, back.amplitude, rtol=1e-6)
    np.testing.assert_allclose(mixed.amplitude, 2.0 * out.amplitude, rtol=1e-6)


def test_a_metal_floor_doubles_the_field_of_what_stands_on_it() -> None:
    # Vertical field on a conductor: the image is in phase. On the floor all ways are equally long, so the echo
    # has (1 + 1)^2 times the amplitude.
    high = Placement(4.0, radar_height_m=0.4)
    posed = ball(0.021, 2000)
    seen = observe(posed, RADAR, high, "diffuse")
    both, over = (way[0] for way in multipath_tracks(posed, RADAR, high, seen, Room((FLOOR,))))
    direct = (seen.tracks.amplitude[0] ** 2).sum()
    mixed, twice = (both.amplitude[0] ** 2).sum(), (over.amplitude[0] ** 2).sum()
    # Radar and image see somewhat different halves of the ball.
    assert mixed / direct == pytest.approx(4.0, abs=1.0)
    assert twice / direct == pytest.approx(1.0, abs=0.25)
    assert (both.amplitude >= 0.0).all()
    flat = Room((FLOOR,), polarisation="horizontal")
    turned = [way[0].amplitude for way in multipath_tracks(posed, RADAR, high, seen, flat)]
    assert (turned[0] <= 0.0).all()
    assert (turned[1] >= 0.0).all()


def test_what_lies_behind_a_plane_is_not_reflected_by_it() -> None:
    posed = ball()
    seen = observe(posed, RADAR, PLACEMENT, "diffuse")
    nearer = Plane("screen", (0.0, 3.0, 0.0), (0.0, -1.0, 0.0), METAL)
    assert multipath_tracks(posed, RADAR, PLACEMENT, seen, Room((nearer,))) == []
    assert multipath_tracks(posed, RADAR, PLACEMENT, seen, Room((FLOOR,), multipath=False)) == []


def test_every_channel_has_its_own_ways() -> None:
    radar = radar_preset("mmexpert-iwr1843-8rx")
    posed = ball()
    seen = observe(posed, radar, PLACEMENT, "diffuse")
    wall = Plane("side", (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0), METAL)
    tracks = multipath_tracks(posed, radar, PLACEMENT, seen, Room((wall,)))
    assert [len(way) for way in tracks] == [8, 8, 8]
    radar_m, place = np.array([0.0, 0.0, 1.0]), np.array([0.0, 4.0, 1.2])
    for channel, own in zip(radar.channels, tracks[0], strict=True):
        tx, rx = radar_m + radar.array.tx_m[channel.tx], radar_m + radar.array.rx_m[channel.rx]
        image = wall.mirrored(rx)
        expected = (np.linalg.norm(place - tx) + np.linalg.norm(place - image)) / 2
        assert own.range_m.mean() == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("polarisation", "brewster"), [("vertical", True), ("horizontal", False)])
def test_the_floor_reflects_by_fresnel(polarisation: str, brewster: bool) -> None:
    floor = Plane("floor", (0.0, 0.0, 0.0), UP, Material("c", 5.24, 0.0))
    angle = np.radians([1.0, np.degrees(np.arctan(np.sqrt(5.24))), 89.9])
    direction = np.stack([0 * angle, np.sin(angle), -np.cos(angle)], axis=-1)
    gamma = plane_reflection(floor, direction, polarisation, 0.004)  # type: ignore[arg-type]
    normal = (np.sqrt(5.24) - 1) / (np.sqrt(5.24) + 1)
    assert abs(gamma[0]) == pytest.approx(normal, abs=1e-3)
    assert (abs(gamma[1]) < 1e-6) == brewster
    assert gamma[2] == pytest.approx(-1.0, abs=0.02)


def test_rooms_can_be_stored_and_are_checked() -> None:
    room = living_room()
    options = SimulationOptions(room=room)
    assert SimulationOptions.from_dict(options.to_dict()) == options
    assert Room.from_dict(room.to_dict()) == room
    assert Plane("p", (0, 0, 0), (0, 0, 5), CONCRETE).normal == UP
    with pytest.raises(RadarConfigError, match=r"plane 'p'.* the normal not all 0"):
        Plane("p", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), CONCRETE)
    with pytest.raises(RadarConfigError, match=r"furniture .f.*rcs_m2 -1\.0"):
        Furniture("f", (0.0, 1.0, 0.0), -1.0)
    with pytest.raises(RadarConfigError, match="polarisation is 'round'"):
        Room(polarisation="round")  # type: ignore[arg-type]
    with pytest.raises(RadarConfigError, match=r"clutter_spacing_m is 0\.0"):
        Room(clutter_spacing_m=0.0)


def test_a_room_is_part_of_the_echoes() -> None:
    posed = ball()
    empty = scene_echoes(posed, RADAR, PLACEMENT, SimulationOptions())
    furnished = scene_echoes(posed, RADAR, PLACEMENT, SimulationOptions(room=living_room()))
    assert empty.tracks[0].range_m.shape[1] == 300
    assert furnished.tracks[0].range_m.shape[1] > 300
    np.testing.assert_array_equal(furnished.tracks[0].amplitude[:, :300], empty.tracks[0].amplitude)


def test_clutter_does_not_depend_on_how_a_body_stands() -> None:
    placements = [
        Placement(3.0, azimuth_deg, heading_deg, view=view)
        for azimuth_deg in (0.0, -20.0, 10.0)
        for heading_deg in (0.0, 37.0)
        for view in "AC"
    ]
    levels = []
    for placement in placements:
        (echo,) = clutter_tracks(RADAR, placement, living_room(), 5) or []
        levels.append(10 * np.log10((echo.amplitude[0].astype(float) ** 2).sum()))
    assert np.ptp(levels) < 0.01


@pytest.mark.parametrize("direction", [(0, 1, 0), (0.01, 1, 0), (0, 1, 0.01), (0.01, 1, 0.01), (0.3, 1, 0.3)])
def test_a_metal_wall_reflects_all_of_a_vertical_field(direction: tuple[float, float, float]) -> None:
    towards = np.array(direction, float) / np.linalg.norm(direction)
    assert plane_reflection(WALL, towards, "vertical", 0.004) == pytest.approx(-1.0, abs=1e-9)


def test_a_body_hides_itself_from_the_wall_behind_it() -> None:
    mesh = trimesh.creation.icosphere(4, 0.3).apply_translation([0.0, 0.0, 1.0])
    vertices = np.repeat(np.asarray(mesh.vertices, np.float32)[None], 5, axis=0)
    faces = np.asarray(mesh.faces, np.int32)
    posed = posed_mesh(vertices, faces, place_scatterers(faces, vertices[0], 600, 0), RADAR, material=CHALK)
    # Straight behind the ball no ray from the radar reaches the wall.
    way = bounced_way(posed, RADAR, PLACEMENT, Room((WALL,)), WALL)
    assert float(way.lit.max()) == 0.0
    # Beside it, over a side wall, it does.
    side = Plane("side", (2.0, 0.0, 0.0), (-1.0, 0.0, 0.0), METAL)
    assert float(bounced_way(posed, RADAR, PLACEMENT, Room((side,)), side).lit.max()) == 1.0


def test_radar_and_people_must_be_in_the_room() -> None:
    posed, options = ball(), SimulationOptions(room=living_room())
    with pytest.raises(
        RadarConfigError, match=r"radar is outside of the room: 0\.40 m behind plane 'ceiling'"
    ):
        scene_echoes(posed, RADAR, Placement(4.0, radar_height_m=3.0), options)
    with pytest.raises(RadarConfigError, match=r"body comes 2\.0. m behind plane 'back wall'"):
        scene_echoes(posed, RADAR, Placement(9.0), options)
