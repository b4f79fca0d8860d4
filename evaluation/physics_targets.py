"""Checks of meshes through the whole chain: level, range law, Doppler, shadows, and a person's level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import trimesh
from numpy.typing import NDArray

from simulator import VIEWS, Placement, SimulationOptions, load_body, simulate
from simulator.dsp.spectrogram import doppler_maps
from simulator.radar.materials import METAL, Material
from simulator.scene.observation import observe, received_tracks

from .physics_check import PhysicsResult, PhysicsSection, at_most, within
from .physics_forms import bin_width_m, db, doppler_bin, mid_wavelength_m, received_by_dbm
from .physics_points import RADAR, cube_of
from .physics_rcs import posed_target
from .physics_walk import walking_motion

BOTH_PARTS = Material("metal, rough", 1.0, float("inf"), diffuse_reflectivity=0.5)
RADIUS_M = 0.10


def mesh_levels() -> list[PhysicsResult]:
    """A metal sphere in the range-Doppler map, and a small plate there from near to far."""
    surface_m = 92 * bin_width_m(RADAR)
    # Geometrical optics of a sphere at finite distance: R^4 becomes d^2 (d + r)^2, d to the surface.
    effective_m = float(np.sqrt(surface_m * (surface_m + RADIUS_M)))
    sphere_dbm = db(float(_map_of_mesh(_sphere(), surface_m + RADIUS_M).max()) ** 2)
    # 1 cm wide, so that it is in the far field from 5 cm on.
    plate, thin = (trimesh.creation.box([0.01, thickness_m, 0.01]) for thickness_m in (0.005, 0.001))
    ranges_m = np.array([23, 230]) * bin_width_m(RADAR)
    plate_dbm = [db(float(_map_of_mesh(plate, range_m + 0.0025).max()) ** 2) for range_m in ranges_m]
    thin_dbm = db(float(_map_of_mesh(thin, ranges_m[0] + 0.0005).max()) ** 2)
    section_m2 = 4.0 * np.pi * 1e-8 / mid_wavelength_m(RADAR) ** 2
    return [
        within(
            "sphere-in-map",
            f"level of a sphere, r = 10 cm, {surface_m:.2f} m away, in the map",
            "radar equation, σ = πr²",
            unit="dBm",
            expected=received_by_dbm(RADAR, np.pi * RADIUS_M**2, effective_m),
            simulated=sphere_dbm,
            tolerance=0.5,
        ),
        within(
            "plate-in-map",
            f"level of a plate of 1 × 1 cm, 5 mm thick, {ranges_m[0]:.2f} m away, in the map",
            "radar equation, σ = 4πA²/λ²",
            unit="dBm",
            expected=received_by_dbm(RADAR, section_m2, float(ranges_m[0])),
            simulated=plate_dbm[0],
            tolerance=0.1,
        ),
        within(
            "thin-plate-in-map",
            "the same, 1 mm thick instead of 5 mm",
            "the same front",
            unit="dBm",
            expected=received_by_dbm(RADAR, section_m2, float(ranges_m[0])),
            simulated=thin_dbm,
            tolerance=0.1,
        ),
        within(
            "fourth-power-mesh",
            "level over a decade of range, mesh of that plate, in the map",
            "R⁻⁴",
            unit="dB/decade",
            expected=-40.0,
            simulated=(plate_dbm[1] - plate_dbm[0]) / np.log10(ranges_m[1] / ranges_m[0]),
            tolerance=0.05,
        ),
    ]


def diffuse_levels() -> list[PhysicsResult]:
    """The diffuse echo of a sphere: its section, and its fall with range."""
    radius_m, gamma = 0.1, 0.5
    rough = Material("rough", 1.0, 0.0, diffuse_reflectivity=gamma)
    coarse, fine = (
        posed_target(
            *_still(trimesh.creation.icosphere(subdivisions=n, radius=radius_m)), rough, n_points=8000
        )
        for n in (3, 4)
    )
    before_m2 = observe(coarse, RADAR, Placement(5.0, radar_height_m=0.0), "diffuse").rcs_m2[0]
    powers, ranges_m = [], []
    for range_m in (1.0, 10.0):
        seen = observe(fine, RADAR, Placement(range_m, radar_height_m=0.0), "diffuse")
        received = seen.tracks.amplitude[0].astype(np.float64) ** 2
        ranges_m.append(float((seen.tracks.range_m[0] * received).sum() / received.sum()))
        powers.append(db(float(received.sum() / seen.rcs_m2[0])))
    return [
        within(
            "diffuse-sphere",
            "diffuse section of a sphere, r = 10 cm, γ = 0.5",
            "2πr²γ/3 (Lambert)",
            unit="dBsm",
            expected=db(2.0 * np.pi * radius_m**2 * gamma / 3.0),
            simulated=db(seen.rcs_m2[0]),
            tolerance=0.15,
        ),
        within(
            "diffuse-refinement",
            "diffuse section, 1280 against 5120 facets",
            "no change",
            unit="dB",
            expected=0.0,
            simulated=db(before_m2 / seen.rcs_m2[0]),
            tolerance=0.5,
        ),
        within(
            "fourth-power-diffuse",
            "received power over a decade of range, diffuse mesh",
            "R⁻⁴",
            unit="dB/decade",
            expected=-40.0,
            simulated=(powers[1] - powers[0]) / np.log10(ranges_m[1] / ranges_m[0]),
            tolerance=0.05,
        ),
    ]


def moving_sphere() -> list[PhysicsResult]:
    """Coherent facets in motion: Doppler of a receding sphere."""
    power = _map_of_mesh(_sphere(), 4.1, rate_mps=1.4).astype(np.float64) ** 2
    turn = 2.0 * np.pi * np.arange(RADAR.n_chirps) / RADAR.n_chirps
    mean = np.angle((power.sum(axis=1) * np.exp(1j * turn)).sum()) / (2.0 * np.pi) * RADAR.n_chirps
    return [
        within(
            "moving-sphere",
            "Doppler bin of a mesh of a sphere, +1.4 m/s",
            "64 + 2v/λ · K·PRI",
            unit="bin",
            expected=doppler_bin(RADAR, 1.4),
            simulated=float(mean) % RADAR.n_chirps,
            tolerance=0.05,
        )
    ]


def occlusion() -> list[PhysicsResult]:
    """A plate behind a larger plate, both parts of its echo; back faces."""
    front = trimesh.creation.box([1.0, 0.02, 1.0]).apply_translation([0.0, -0.5, 0.0])
    back = trimesh.creation.box([0.5, 0.02, 0.5]).apply_translation([0.0, 0.5, 0.0])
    together = trimesh.Trimesh(
        np.concatenate([front.vertices, back.vertices]),
        np.concatenate([front.faces, back.faces + len(front.vertices)]),
        process=False,
    )
    hidden, free = (_echo_of(mesh, first) for mesh, first in ((together, len(front.faces)), (back, 0)))
    return [
        at_most(
            f"occlusion-{name}",
            f"{name} echo of a plate behind a plate, relative to the plate alone",
            "shadow",
            unit="dB",
            bound=-60.0,
            simulated=db(hidden[i] / free[i]),
        )
        for i, name in enumerate(("coherent", "diffuse"))
    ]


def person() -> list[PhysicsResult]:
    """Mean radar cross section of the walking person over all sides."""
    motion, body = walking_motion().cut(1.0, 1.6), load_body()
    radar = replace(RADAR, n_frames=30)
    options = SimulationOptions(thermal_noise=False)
    sections = [
        simulate(motion, body, radar, Placement(5.0, view=view), 0, options).mean_rcs_m2 for view in VIEWS
    ]
    return [
        within(
            "person-section",
            "mean section of the walking person over 8 views",
            "published −10 … 0 (EUR 25762, Lee 2016)",
            unit="dBsm",
            expected=-5.0,
            simulated=db(float(np.mean(sections))),
            tolerance=5.0,
        )
    ]


def _still(mesh: trimesh.Trimesh) -> tuple[trimesh.Trimesh, NDArray[np.float32]]:
    """The mesh and the same pose five times."""
    return mesh, np.repeat(np.asarray(mesh.vertices, np.float32)[None], 5, axis=0)


def _sphere() -> trimesh.Trimesh:
    """A sphere that turns no special direction of its mesh to the radar."""
    mesh = trimesh.creation.icosphere(subdivisions=5, radius=RADIUS_M)
    return mesh.apply_transform(trimesh.transformations.euler_matrix(0.3, 0.5, 0.7))


def _map_of_mesh(mesh: trimesh.Trimesh, range_m: float, rate_mps: float = 0.0) -> NDArray[np.float32]:
    """(doppler, range) magnitude of a metal mesh whose origin passes `range_m` in the middle of frame 1."""
    middle_s = RADAR.frame_period_s + RADAR.chirp_times_s[RADAR.n_chirps // 2]
    vertices = np.repeat(mesh.vertices[None], 5, axis=0)
    vertices[:, :, 1] += rate_mps * (np.arange(5) * RADAR.frame_period_s - middle_s)[:, None]
    placement = Placement(range_m, radar_height_m=0.0)
    posed = posed_target(mesh, vertices.astype(np.float32), METAL)
    seen = observe(posed, RADAR, placement, "coherent")
    cube = cube_of(received_tracks(posed, RADAR, placement, seen))
    return np.abs(doppler_maps(cube.values[1:2])[0, :, 0])


def _echo_of(mesh: trimesh.Trimesh, first_face: int) -> tuple[float, float]:
    """Coherent and diffuse power of the faces from `first_face` on, summed without phase."""
    posed = posed_target(*_still(mesh), BOTH_PARTS, n_points=2000)
    seen = observe(posed, RADAR, Placement(4.0, radar_height_m=0.0), "both")
    assert seen.coherent is not None  # asked for
    facets = seen.coherent.face_ids >= first_face
    points = posed.scatterers.face_ids >= first_face
    coherent = float((np.abs(seen.coherent.root_rcs_m[facets]) ** 2).sum())
    return coherent, float((seen.tracks.amplitude[:, points].astype(np.float64) ** 2).sum())


SECTION = PhysicsSection(
    "targets",
    "Meshes through the whole chain",
    "Meshes seen by the default radar (mid sweep at 79.21 GHz), from rays and facets to a cell of the "
    "range-Doppler map. The "
    "sphere stands near enough for its curvature to count: geometrical optics puts R² between its surface "
    "and its centre. "
    "The level of a person is set, not derived: gamma and roughness of the default skin were chosen to "
    "reach it.",
    (mesh_levels, diffuse_levels, moving_sphere, occlusion, person),
)
