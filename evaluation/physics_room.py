"""Checks of scene files, rooms and people: targets by name, a wall, paths over the floor, parts of a body."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import trimesh
from numpy.typing import NDArray

from simulator import Placement, RadarConfig, load_body, pose_body
from simulator.echoes import echoes_by_part, scene_echoes
from simulator.radar.materials import METAL, Material
from simulator.scene.observation import observe
from simulator.scene.people import join_bodies
from simulator.scene.posed_body import PosedBody
from simulator.scene.room import Plane, Room
from simulator.scene.room_echoes import clutter_tracks, multipath_tracks
from simulator.scene.targets import TargetScene
from simulator.scene_capture import simulate_scene
from simulator.simulation_options import SimulationOptions

from .physics_check import PhysicsResult, PhysicsSection, at_most, within
from .physics_forms import bin_width_m, db, doppler_bin, mid_wavelength_m, range_bin, received_by_dbm
from .physics_points import RADAR, cube_of, map_of, relative_db
from .physics_rcs import posed_target
from .physics_walk import walking_motion

RANGE_BINS = 92  # targets stand on the middle of a range bin
FLOOR = Plane("floor", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), METAL)
WALL = Plane("wall", (0.0, 138 * bin_width_m(RADAR), 0.0), (0.0, -1.0, 0.0), METAL)
CHALK = Material("chalk", 1.0, 0.0, diffuse_reflectivity=1.0)


def scene_files() -> list[PhysicsResult]:
    """Each kind of target alone, from JSON to the map, in the far field by definition (plane wave)."""
    wavelength_m = mid_wavelength_m(RADAR)
    flat = {"normal": [0.0, -1.0, 0.0]}
    section_m2 = {
        "point": 0.1,
        "sphere": math.pi * 0.1**2,
        "plate": 4.0 * math.pi * 0.01**2 / wavelength_m**2,
        "disc": 4.0 * math.pi * (math.pi * 0.06**2) ** 2 / wavelength_m**2,
        "cylinder": 2.0 * math.pi * 0.05 * 0.4**2 / wavelength_m,
    }
    shapes: dict[str, dict[str, object]] = {
        "point": {"rcs_dbsm": -10.0},
        "sphere": {"radius_m": 0.1},
        "plate": {"size_m": [0.1, 0.1], **flat},
        "disc": {"diameter_m": 0.12, **flat},
        "cylinder": {"radius_m": 0.05, "length_m": 0.4, "axis": [0.0, 0.0, 1.0]},
    }
    # The echo comes from the nearest surface: a sphere and a cylinder stand back by their radius.
    depth_m = {"sphere": 0.1, "cylinder": 0.05}
    results = []
    for kind, shape in shapes.items():
        range_m = RANGE_BINS * bin_width_m(RADAR) + depth_m.get(kind, 0.0)
        peak_dbm = float(_scene_map({"kind": kind, "position_m": [0.0, range_m, 0.0], **shape}).max())
        results.append(
            within(
                f"scene-{kind}",
                f"level of a {kind} in the map, {range_m:.3f} m",
                "radar equation, σ of the closed form",
                expected=received_by_dbm(RADAR, section_m2[kind], range_m),
                simulated=peak_dbm,
                tolerance=0.05 if kind == "point" else 0.5,
                unit="dBm",
            )
        )
    return results


def scene_motion() -> list[PhysicsResult]:
    """A point of a scene file that approaches: cell and sign."""
    target = {
        "kind": "point",
        "position_m": [0.0, 3.0, 0.0],
        "velocity_mps": [0.0, -1.0, 0.0],
        "rcs_dbsm": 0.0,
    }
    level_dbm = _scene_map(target)
    power = 10.0 ** (level_dbm.astype(np.float64) / 10.0)
    turn = 2.0 * np.pi * np.arange(RADAR.n_chirps) / RADAR.n_chirps
    doppler = np.angle((power.sum(axis=1) * np.exp(1j * turn)).sum()) / (2.0 * np.pi) * RADAR.n_chirps
    middle_s = 5.5 * RADAR.frame_period_s  # of frame 5 of 10, which the map is taken from
    return [
        within(
            "scene-doppler",
            "Doppler bin of a point that approaches at 1 m/s",
            "64 + 2v/λ · K·PRI",
            expected=doppler_bin(RADAR, -1.0),
            simulated=float(doppler) % RADAR.n_chirps,
            tolerance=0.05,
            unit="bin",
        ),
        within(
            "scene-range",
            "its range bin in frame 5, power-weighted",
            "2SRN / c fs",
            expected=range_bin(RADAR, 3.0 - middle_s),
            simulated=float(power.sum(axis=0) @ np.arange(RADAR.n_adc_samples) / power.sum()),
            tolerance=0.05,
            unit="bin",
        ),
    ]


def walls() -> list[PhysicsResult]:
    """The mirror image of the radar in a wall."""
    (echo,) = clutter_tracks(RADAR, Placement(4.0), Room((WALL,)), 5) or []
    distance_m = WALL.point_m[1]
    gain_db = RADAR.tx_power_dbm + RADAR.tx_gain_dbi + RADAR.rx_gain_dbi
    friis_dbm = gain_db + 2.0 * db(mid_wavelength_m(RADAR) / (4.0 * np.pi * 2.0 * distance_m))
    return [
        within(
            "wall-level",
            f"metal wall {distance_m:.2f} m away, straight on, in the map",
            "Friis to the image at 2R: P G² (λ / 4π·2R)²",
            expected=friis_dbm,
            simulated=db(float(map_of(echo).max()) ** 2),
            tolerance=0.05,
            unit="dBm",
        )
    ]


def floor_paths() -> list[PhysicsResult]:
    """Ways over the floor from image geometry: radar 1 m high, a small ball 1.2 m high and 4 m away."""
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.02).apply_translation([0.0, 0.0, 1.2])
    vertices = np.repeat(np.asarray(ball.vertices, np.float32)[None], 5, axis=0)
    posed, placement = posed_target(ball, vertices, CHALK), Placement(4.0, radar_height_m=1.0)
    seen = observe(posed, RADAR, placement, "diffuse")
    ways = multipath_tracks(posed, RADAR, placement, seen, Room((FLOOR,)))
    mean_m = sorted(float(way[0].range_m.mean()) for way in ways)
    straight, over = math.hypot(4.0, 0.2), math.hypot(4.0, 2.2)
    return [
        within(
            f"floor-path-{name}",
            words,
            "image source",
            expected=expected,
            simulated=mean_m[index],
            tolerance=0.02,
            unit="m",
        )
        for name, words, expected, index in (
            ("mixed", "range of the echo that takes the floor one way", 0.5 * (straight + over), 0),
            ("double", "range of the echo that takes it both ways", over, len(mean_m) - 1),
        )
    ]


def body_parts() -> list[PhysicsResult]:
    """Torso, arms, legs: their cubes add up to the whole's."""
    motion, body = walking_motion().cut(1.0, 1.4), load_body()
    radar = replace(RADAR, n_frames=20)
    posed = pose_body(motion, body, radar, n_scatterers=2000)
    echoes = scene_echoes(posed, radar, Placement(5.0), SimulationOptions())
    parts = [cube_of(own, radar).values for _, own in echoes_by_part(echoes, posed)]
    whole = cube_of(echoes.tracks, radar).values
    return [
        at_most(
            "parts-of-a-body",
            f"sum of the cubes of {len(parts)} parts of the walking body less the whole's",
            "linearity",
            bound=-80.0,
            simulated=relative_db(np.asarray(sum(parts)), whole),
            unit="dB",
        )
    ]


def people() -> list[PhysicsResult]:
    """Two walking people side by side, who do not hide each other: their signals add up."""
    motion, body = walking_motion().cut(1.0, 1.4), load_body()
    radar, options = replace(RADAR, n_frames=20), SimulationOptions()
    bodies = [pose_body(motion, body, radar, n_scatterers=2000, surface_seed=seed) for seed in (0, 1)]
    aside = [Placement(4.0, azimuth_deg=-20.0), Placement(5.0, azimuth_deg=25.0)]
    both = _cube_of_view(join_bodies(bodies, aside), radar, aside[0], options)
    alone = sum(
        _cube_of_view(posed, radar, place, options) for posed, place in zip(bodies, aside, strict=True)
    )
    return [
        at_most(
            "people-side-by-side",
            "cube of two people in one scene less the sum of their own cubes",
            "linearity",
            bound=-40.0,
            simulated=relative_db(np.asarray(alone), both),
            unit="dB",
        ),
    ]


def _cube_of_view(
    posed: PosedBody, radar: RadarConfig, placement: Placement, options: SimulationOptions
) -> NDArray[np.complex64]:
    """Noise-free cube of a posed scene."""
    return cube_of(scene_echoes(posed, radar, placement, options).tracks, radar).values


def _scene_map(target: dict[str, object]) -> np.ndarray:
    """(doppler, range) dBm of frame 5 of a scene file with one target."""
    text = json.dumps({"duration_s": 0.2, "noise": False, "targets": [target]})
    return simulate_scene(TargetScene.model_validate_json(text), RADAR).range_doppler_dbm[5]


SECTION = PhysicsSection(
    "room",
    "Scene files, rooms, parts and people",
    "Scene files give targets by name (`mmflywheel simulate --scene`); a target is met by a plane wave "
    "there, so "
    "that it has the section of the textbooks at every distance. Levels are those of the strongest cell. "
    "Rooms: "
    "planes reflect by their image, once. People are moved in float32, so sums over two of them agree to "
    "some thousandths of a radian.",
    (scene_files, scene_motion, walls, floor_paths, body_parts, people),
)
