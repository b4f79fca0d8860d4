"""Checks of coherent scattering: cross sections of conducting bodies, and what finer meshes change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import trimesh
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from simulator import Placement
from simulator.radar.materials import CLOTHED_SKIN, METAL, Material
from simulator.radar.scattering import place_scatterers
from simulator.scene.observation import observe
from simulator.scene.posed_body import PosedBody, posed_mesh

from .physics_check import Drawing, PhysicsResult, PhysicsSection, within
from .physics_drawing import LAW_STYLE, SIMULATED_STYLE, new_axes
from .physics_forms import C_MPS, db
from .physics_points import RADAR

WAVELENGTH_M = C_MPS / 77e9
# The default chirp, its sampled middle moved to 77 GHz, where the table of closed forms is.
AT_77_GHZ = replace(RADAR, start_frequency_hz=77e9 - RADAR.slope_hz_per_s * RADAR.mid_sweep_s, band_hz=None)
FAR = Placement(100.0, radar_height_m=0.0)  # far field of all bodies here (2D^2 / lambda: at most 82 m)
PLATE_M = 0.1


def cross_section_m2(
    mesh: trimesh.Trimesh, turns: Rotation, material: Material = METAL, placement: Placement = FAR
) -> NDArray[np.float64]:
    """(turns,) cross section of a mesh, turned about its origin, as one antenna along -y sees it.

    It goes the way of every simulation: visibility by rays, facets by the exact integral, true distances.
    """
    # Rays are cast at every second pose; each turn is there twice, so that none is a mixture of two.
    rotations = np.repeat(turns.as_matrix(), 2, axis=0)
    rotations = np.concatenate([rotations, np.repeat(rotations[-1:], 2, axis=0)])
    vertices = np.ascontiguousarray(mesh.vertices @ np.swapaxes(rotations, 1, 2), dtype=np.float32)
    posed = posed_target(mesh, vertices, material)
    return observe(posed, AT_77_GHZ, placement, "coherent").rcs_m2[: 2 * len(turns) : 2]


def posed_target(
    mesh: trimesh.Trimesh, vertices: NDArray[np.float32], material: Material, n_points: int = 300
) -> PosedBody:
    """A mesh in all its poses, with the material points that light and the diffuse echo need."""
    faces = np.ascontiguousarray(mesh.faces, dtype=np.int32)
    scatterers = place_scatterers(faces, vertices[0], n_points, 1)
    return posed_mesh(vertices, faces, scatterers, RADAR, material=material)


def spheres() -> list[PhysicsResult]:
    """Mean over directions; a faceted sphere is not the same from all of them."""
    results = []
    for radius_m in (0.05, 0.10, 0.15):
        sections = cross_section_m2(
            trimesh.creation.icosphere(subdivisions=5, radius=radius_m), _directions(24)
        )
        results.append(
            within(
                f"rcs-sphere-{100 * radius_m:g}cm",
                f"sphere, r = {100 * radius_m:g} cm, mean of 24 directions",
                "πr²",
                expected=db(np.pi * radius_m**2),
                simulated=db(sections.mean()),
                tolerance=0.5,
                unit="dBsm",
            )
        )
    return results


def plate() -> list[PhysicsResult]:
    """A square plate broadside, tilted, and the angles at which it goes dark."""
    mesh = _flat([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)], PLATE_M)
    tilt_deg = np.linspace(0.0, 4.0, 801)
    section_db = 10.0 * np.log10(cross_section_m2(mesh, _tilts(tilt_deg)) + 1e-12)
    law_db = _plate_law_db(tilt_deg)
    drawing = Drawing(
        "plate_rcs.png",
        "Radar cross section of a conducting plate of 10 × 10 cm against tilt in one plane, 77 GHz: "
        "simulated (dots, two "
        "triangles) and physical optics in closed form (line).",
        lambda: _plate_figure(tilt_deg, section_db, law_db),
    )
    results = [
        within(
            f"rcs-plate-{tilt:g}",
            f"plate 10 × 10 cm, {'broadside' if tilt == 0 else f'tilted {tilt:g}°'}",
            "4πA²/λ² cos²θ sinc²(ka sin θ)",
            expected=expected,
            unit="dBsm",
            tolerance=0.5,
            simulated=section_db[np.abs(tilt_deg - tilt).argmin()],
            drawing=drawing if tilt == 0 else None,
        )
        for tilt, expected in ((0.0, 19.19), (0.5, 16.10), (1.0, 0.28), (2.0, -0.18))
    ]
    minima = tilt_deg[1:-1][(section_db[1:-1] < section_db[:-2]) & (section_db[1:-1] < section_db[2:])]
    for order, expected in enumerate((1.115, 2.231, 3.348), start=1):
        found = minima[np.abs(minima - expected).argmin()] if len(minima) else np.nan
        results.append(
            within(
                f"rcs-plate-null-{order}",
                f"null {order} of the tilted plate",
                "sin θ = nλ/2a",
                expected=expected,
                simulated=found,
                tolerance=0.01,
                unit="°",
            )
        )
    return results


def disc_and_cylinder() -> list[PhysicsResult]:
    """Broadside sections; the cylinder's curved side is the stationary-phase result."""
    angle = 2.0 * np.pi * np.arange(512) / 512
    disc = _flat(list(zip(np.cos(angle), np.sin(angle), strict=True)), 0.06)
    cylinder = trimesh.creation.cylinder(radius=0.05, height=0.40, sections=720)
    turns = _tilts(np.linspace(0.0, 11.0, 24))
    return [
        within(
            "rcs-disc",
            "disc of 12 cm diameter, broadside",
            "4πA²/λ²",
            unit="dBsm",
            tolerance=0.5,
            expected=20.25,
            simulated=db(cross_section_m2(disc, _tilts(np.zeros(4)))[0]),
        ),
        within(
            "rcs-cylinder",
            "cylinder r = 5 cm, L = 40 cm, broadside, mean of 24 sides",
            "2πrL²/λ",
            unit="dBsm",
            tolerance=0.5,
            expected=11.11,
            simulated=db(cross_section_m2(cylinder, turns).mean()),
        ),
    ]


def skin() -> list[PhysicsResult]:
    """A plate of skin against one of metal: Fresnel at normal incidence, and the loss by roughness."""
    mesh = _flat([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)], PLATE_M)
    metal, cloth = (float(cross_section_m2(mesh, _tilts(np.zeros(4)), m)[0]) for m in (METAL, CLOTHED_SKIN))
    index = np.sqrt(complex(CLOTHED_SKIN.permittivity, -CLOTHED_SKIN.loss))
    fresnel = abs((1.0 - index) / (1.0 + index)) ** 2
    rough = np.exp(-((4.0 * np.pi * CLOTHED_SKIN.rms_height_m / WAVELENGTH_M) ** 2))
    return [
        within(
            "rcs-skin",
            "plate of clothed skin relative to metal, broadside",
            "|(1−n)/(1+n)|² exp(−(4πh/λ)²)",
            unit="dB",
            expected=db(fresnel * rough),
            simulated=db(cloth / metal),
            tolerance=0.02,
        )
    ]


def refinement() -> list[PhysicsResult]:
    """Finer meshes of one sphere: the level settles, and the error falls with the square of the edge."""
    turns, exact_m2 = _directions(24), np.pi * 0.10**2
    meshes = [trimesh.creation.icosphere(subdivisions=n, radius=0.10) for n in (3, 4, 5, 6)]
    edges_mm = [1e3 * float(mesh.edges_unique_length.mean()) for mesh in meshes]
    sections = [cross_section_m2(mesh, turns) for mesh in meshes]
    deviations = [float(np.sqrt(np.mean((np.sqrt(section / exact_m2) - 1.0) ** 2))) for section in sections]
    order = float(np.log(deviations[0] / deviations[2]) / np.log(edges_mm[0] / edges_mm[2]))
    drawing = Drawing(
        "facet_order.png",
        "Amplitude error (rms over 24 directions) of a sphere's echo, r = 10 cm, 77 GHz, against the mean "
        "edge of its facets, "
        "and a line of second order.",
        lambda: _order_figure(edges_mm, deviations),
    )
    return [
        within(
            "mesh-refinement",
            "mean power of a sphere, 5120 against 20480 facets",
            "no change",
            unit="dB",
            expected=0.0,
            simulated=db(sections[1].mean() / sections[2].mean()),
            tolerance=0.5,
        ),
        within(
            "facet-order",
            "order of the amplitude error in the facets' edge, 15 to 3.8 mm",
            "2 (chord error L²/8r)",
            expected=2.0,
            simulated=order,
            tolerance=0.5,
            unit="1",
            drawing=drawing,
        ),
    ]


def _directions(n: int) -> Rotation:
    """Turns from a fixed seed."""
    return Rotation.random(n, random_state=np.random.RandomState(5))


def _tilts(degrees: NDArray[np.float64]) -> Rotation:
    """Turns about the vertical."""
    return Rotation.from_euler("z", np.asarray(degrees)[:, None], degrees=True)


def _flat(corners: Sequence[tuple[float, float]], scale_m: float) -> trimesh.Trimesh:
    """A flat convex polygon in the plane y = 0, front along -y, as a fan of triangles on either side."""
    points = np.array([(x * scale_m, 0.0, z * scale_m) for x, z in corners])
    n = len(points)
    front = [(0, i, i + 1) for i in range(1, n - 1)]
    faces = front + [(c, b, a) for a, b, c in front]
    return trimesh.Trimesh(points, faces, process=False)


def _plate_law_db(tilt_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Physical optics of the plate, dBsm."""
    theta = np.radians(tilt_deg)
    across = np.sinc(2.0 * PLATE_M * np.sin(theta) / WAVELENGTH_M)
    return np.asarray(
        10.0 * np.log10(4.0 * np.pi * PLATE_M**4 / WAVELENGTH_M**2 * np.cos(theta) ** 2 * across**2 + 1e-12)
    )


def _plate_figure(
    tilt_deg: NDArray[np.float64], section_db: NDArray[np.float64], law_db: NDArray[np.float64]
) -> Figure:
    figure, axes = new_axes("tilt in degrees", "radar cross section in dBsm")
    axes.plot(tilt_deg, law_db, **LAW_STYLE, label="closed form")
    axes.plot(tilt_deg[::8], section_db[::8], **SIMULATED_STYLE, label="simulated")
    axes.set_ylim(-30, 22)
    axes.legend(fontsize=8, frameon=False)
    return figure


def _order_figure(edges_mm: Sequence[float], deviations: Sequence[float]) -> Figure:
    figure, axes = new_axes("mean edge of the facets in mm", "rms amplitude error in %")
    law = 100.0 * deviations[2] * (np.array(edges_mm) / edges_mm[2]) ** 2
    axes.loglog(edges_mm, law, **LAW_STYLE, label="second order")
    axes.loglog(edges_mm, 100.0 * np.array(deviations), **SIMULATED_STYLE, label="simulated")
    axes.set_xticks([2, 4, 8, 15], ["2", "4", "8", "15"])
    axes.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    axes.minorticks_off()
    axes.legend(fontsize=8, frameon=False)
    return figure


SECTION = PhysicsSection(
    "rcs",
    "Radar cross sections",
    "Conducting bodies, mid sweep at 77 GHz, 100 m away (the far field of the closed forms; for the 40 cm "
    "cylinder its edge "
    "is at 82 m, which costs 0.2 dB). Each goes the way of every simulation: rays for visibility, "
    "physical optics with the "
    "exact integral on every triangle, true distances. The sources are optics: right to these tolerances "
    "for bodies of many "
    "wavelengths, and blind to edge diffraction and creeping waves, as the simulator is.",
    (spheres, plate, disc_and_cylinder, skin, refinement),
)
