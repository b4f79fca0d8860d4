"""Radar cross sections of simple targets against closed forms, and what must not depend on their meshes."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import trimesh

from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.config import RadarConfig
from simulator.radar.link_budget import SPEED_OF_LIGHT_MPS
from simulator.scene.target_echoes import _coherent, target_tracks
from simulator.scene.target_meshes import target_mesh
from simulator.scene.target_rcs import closed_form
from simulator.scene.target_scene import PlacedTarget, place_targets
from simulator.scene.targets import PointTarget, parse_scene

LAMBDA_M = RADAR.mid_wavelength_m
POSES = slice(0, 4)


def at_77_ghz() -> RadarConfig:
    """The default radar with its middle frequency moved to 77 GHz, for the table of published values."""
    return replace(
        RADAR, start_frequency_hz=77e9 - (RADAR.mid_frequency_hz - RADAR.start_frequency_hz), band_hz=None
    )


def placed(radar: RadarConfig = RADAR, **target: Any) -> PlacedTarget:
    target = {"position_m": [0, 3, 0], **target}
    scene = parse_scene(json.dumps({"duration_s": 0.06, "targets": [target]}))
    return place_targets(scene, radar, 3, 0)[0]


def rcs_m2(one: PlacedTarget, radar: RadarConfig = RADAR) -> float:
    assert one.mesh is not None and not isinstance(one.target, PointTarget)
    echoes = _coherent(one, one.mesh, one.target, radar, POSES, True, 1)
    return float(echoes.rcs_m2(radar.mid_wavelength_m)[0])


def refined(one: PlacedTarget, refinement: float, wavelength_m: float = LAMBDA_M) -> PlacedTarget:
    """The same target with other facets, in full light."""
    assert one.probes is not None and not isinstance(one.target, PointTarget)
    mesh = target_mesh(one.target, wavelength_m, refinement)
    lit = replace(one.probes, nearest_to_face=np.zeros(len(mesh.faces), np.int64))
    return replace(one, mesh=mesh, probes=lit, light=np.ones((len(one.position_m), 1), np.float32))


def db(ratio: float) -> float:
    return 10.0 * math.log10(ratio)


def tilted(degrees: float) -> list[float]:
    return [math.sin(math.radians(degrees)), -math.cos(math.radians(degrees)), 0.0]


@pytest.mark.parametrize(
    "target",
    [
        {"kind": "sphere", "radius_m": 0.05},
        {"kind": "sphere", "radius_m": 0.1},
        {"kind": "sphere", "radius_m": 0.1, "position_m": [-1, 2, 0.5]},
        {"kind": "sphere", "diameter_m": 0.3},
        {"kind": "plate", "size_m": [0.1, 0.1], "normal": [0, -1, 0]},
        {"kind": "plate", "size_m": [0.1, 0.1], "normal": tilted(0.5)},
        {"kind": "plate", "size_m": [0.1, 0.1], "normal": tilted(2.0)},
        {"kind": "plate", "size_m": [0.1, 0.04], "normal": [0.01, -1, 0.013]},
        {"kind": "disc", "diameter_m": 0.12, "normal": [0, -1, 0]},
        {"kind": "disc", "radius_m": 0.06, "normal": tilted(0.7)},
        {"kind": "cylinder", "radius_m": 0.05, "length_m": 0.4, "axis": [0, 0, 1]},
        {"kind": "cylinder", "radius_m": 0.05, "length_m": 0.4, "axis": [0, 0.0015, 1]},
        {"kind": "cylinder", "radius_m": 0.02, "length_m": 0.1, "axis": [1, 0, 0.4]},
        {"kind": "cylinder", "radius_m": 0.05, "length_m": 0.4, "axis": [0, 1, 0]},
    ],
)
def test_closed_form(target: dict[str, Any]) -> None:
    one = placed(**target)
    position = one.position_m[0]
    form = closed_form(one.target, -position / np.linalg.norm(position), LAMBDA_M)
    assert form.rcs_m2 is not None
    assert db(rcs_m2(one) / form.rcs_m2) == pytest.approx(0.0, abs=0.3)


@pytest.mark.parametrize(
    ("target", "dbsm"),
    [
        ({"kind": "sphere", "radius_m": 0.05}, -21.05),
        ({"kind": "sphere", "radius_m": 0.1}, -15.03),
        ({"kind": "plate", "size_m": [0.1, 0.1], "normal": [0, -1, 0]}, 19.19),
        ({"kind": "plate", "size_m": [0.1, 0.1], "normal": tilted(0.5)}, 16.10),
        ({"kind": "plate", "size_m": [0.1, 0.1], "normal": tilted(2.0)}, -0.18),
        ({"kind": "disc", "diameter_m": 0.12, "normal": [0, -1, 0]}, 20.25),
        ({"kind": "cylinder", "radius_m": 0.05, "length_m": 0.4, "axis": [0, 0, 1]}, 11.11),
    ],
)
def test_numbers_at_77_ghz(target: dict[str, Any], dbsm: float) -> None:
    """Numbers worked out apart from this code."""
    radar = at_77_ghz()
    assert radar.mid_frequency_hz == pytest.approx(77e9)
    one = placed(radar, **target)
    assert db(rcs_m2(one, radar)) == pytest.approx(dbsm, abs=0.3)
    form = closed_form(one.target, np.array([0.0, -1.0, 0.0]), SPEED_OF_LIGHT_MPS / 77e9)
    assert form.rcs_m2 is not None
    assert db(form.rcs_m2) == pytest.approx(dbsm, abs=0.01)


def test_plate_has_its_nulls() -> None:
    nulls_deg = np.degrees(np.arcsin(np.arange(1, 4) * LAMBDA_M / (2.0 * 0.1)))
    broadside = rcs_m2(placed(kind="plate", size_m=[0.1, 0.1], normal=[0, -1, 0]))
    for null, peak in zip(nulls_deg, 0.5 * (nulls_deg + np.append(nulls_deg[1:], 4.34)), strict=True):
        at_null = rcs_m2(placed(kind="plate", size_m=[0.1, 0.1], normal=tilted(float(null))))
        beside = rcs_m2(placed(kind="plate", size_m=[0.1, 0.1], normal=tilted(float(peak))))
        assert db(at_null / broadside) < -60.0
        assert db(beside / broadside) > -31.0


def test_both_sides_of_a_flat_target_are_alike() -> None:
    front = rcs_m2(placed(kind="disc", radius_m=0.06, normal=tilted(0.4)))
    back = rcs_m2(placed(kind="disc", radius_m=0.06, normal=[-x for x in tilted(0.4)]))
    assert back == pytest.approx(front, rel=1e-3)


@pytest.mark.parametrize("kind", ["sphere", "cylinder"])
def test_four_times_the_facets_change_little(kind: str) -> None:
    directions = np.random.default_rng(0).normal(size=(6, 3))
    directions[:, 1] = np.abs(directions[:, 1]) + 0.5
    power = {1.0: 0.0, 2.0: 0.0}
    for direction in 3.0 * directions / np.linalg.norm(directions, axis=1, keepdims=True):
        across = (
            {"length_m": 0.1, "axis": np.cross(direction, [0.3, 0.0, 1.0]).tolist()}
            if kind == "cylinder"
            else {}
        )
        one = placed(kind=kind, radius_m=0.05, position_m=direction.tolist(), **across)
        for refinement in power:
            power[refinement] += rcs_m2(refined(one, refinement))
    assert abs(db(power[2.0] / power[1.0])) < 0.2


def test_error_of_a_sphere_falls_with_the_square_of_the_edge() -> None:
    """Root mean square error over directions: in the mean over directions errors cancel."""
    directions = np.random.default_rng(1).normal(size=(12, 3))
    directions[:, 1] = np.abs(directions[:, 1]) + 0.3
    refinements = np.array([0.5, 0.71, 1.0, 1.41, 2.0, 2.83])
    error = np.zeros(len(refinements))
    for direction in 3.0 * directions / np.linalg.norm(directions, axis=1, keepdims=True):
        one = placed(kind="sphere", radius_m=0.05, position_m=direction.tolist())
        for i, refinement in enumerate(refinements):
            error[i] += (math.sqrt(rcs_m2(refined(one, float(refinement))) / (math.pi * 0.05**2)) - 1.0) ** 2
    order = -np.polyfit(np.log(refinements), 0.5 * np.log(error), 1)[0]
    assert order == pytest.approx(2.0, abs=0.4)


def test_meshes_are_closed_and_face_outward() -> None:
    for target, volume_m3 in (
        ({"kind": "sphere", "radius_m": 0.1}, 4.0 / 3.0 * math.pi * 1e-3),
        ({"kind": "cylinder", "radius_m": 0.05, "length_m": 0.4, "axis": [1, 2, 1]}, math.pi * 1e-3),
    ):
        mesh = placed(**target).mesh
        assert mesh is not None
        solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
        assert solid.is_watertight and solid.is_winding_consistent
        assert solid.volume == pytest.approx(volume_m3, rel=2e-3)
    flat = placed(kind="plate", size_m=[0.1, 0.2], normal=[1, -1, 0]).mesh
    assert flat is not None
    normals = trimesh.Trimesh(flat.vertices, flat.faces, process=False).face_normals
    assert np.abs(normals @ [1 / math.sqrt(2), -1 / math.sqrt(2), 0]) == pytest.approx(1.0)
    assert normals.sum(axis=0) == pytest.approx(0.0, abs=1e-9)


def test_a_mesh_falls_by_forty_db_a_decade() -> None:
    ranges_m = np.array([0.6, 1.0, 2.5, 6.0, 10.0])
    power_db = []
    for range_m in ranges_m:
        one = placed(kind="cylinder", radius_m=0.05, length_m=0.4, axis=[0, 0, 1], position_m=[0, range_m, 0])
        tracks = target_tracks([one], RADAR, POSES, plane_wave=True)[0]
        assert tracks.facets is not None
        first = slice(tracks.facets.first_entry[0], tracks.facets.first_entry[1])
        cycles = 2.0 * tracks.facets.range_m[first, 0] / LAMBDA_M
        phasor = tracks.facets.amplitude[first, 0] * np.exp(2j * np.pi * (cycles % 1.0))
        power_db.append(20.0 * math.log10(abs(phasor.sum())))
    slope = np.polyfit(np.log10(ranges_m), power_db, 1)[0]
    assert slope == pytest.approx(-40.0, abs=0.05)


def test_a_plate_behind_a_plate_is_dark() -> None:
    plates = [
        {"kind": "plate", "size_m": [0.2, 0.2], "normal": [0, -1, 0], "position_m": [0, 3, 0]},
        {"kind": "plate", "size_m": [0.1, 0.1], "normal": [0, -1, 0], "position_m": [0, 5, 0]},
    ]
    scene = parse_scene(json.dumps({"duration_s": 0.06, "targets": plates}))
    front, back = place_targets(scene, RADAR, 3, 0)
    lit, dark = (target_tracks([one], RADAR, POSES, plane_wave=True)[0].facets for one in (front, back))
    assert lit is not None and len(lit.range_m)
    loudest = 0.0 if dark is None else float(np.abs(dark.amplitude).sum())
    assert 20.0 * math.log10(max(loudest, 1e-30) / float(np.abs(lit.amplitude).sum())) < -60.0


def test_half_a_shadow_halves_the_lit_part() -> None:
    """A screen over the right half of a plate leaves the echo of the left half: a quarter of the power."""
    targets = [
        {"kind": "plate", "size_m": [0.2, 0.1], "normal": [0, -1, 0], "position_m": [0, 5, 0]},
        {"kind": "plate", "size_m": [0.4, 0.4], "normal": [0, -1, 0], "position_m": [0.2, 4, 0]},
    ]
    scene = parse_scene(json.dumps({"duration_s": 0.06, "targets": targets}))
    half = place_targets(scene, RADAR, 3, 0)[0]
    whole = replace(half, light=np.ones_like(half.light))
    assert half.light.mean() == pytest.approx(0.5, abs=0.05)
    assert db(rcs_m2(half) / rcs_m2(whole)) == pytest.approx(-6.02, abs=0.6)
