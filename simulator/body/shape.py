"""Heights, volumes and builds: from what a script asks for to betas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import BodyShapeError
from .skeleton import Array

if TYPE_CHECKING:
    from .model import BodyModel

BUILDS: tuple[str, ...] = ("slim", "average", "heavy", "muscular")
HEIGHT_RANGE_M = (1.35, 2.10)
BODY_DENSITY_KG_PER_M3 = 1010.0
"""Mean density of a living body with half-filled lungs (about 0.98-1.06 in the literature)."""

BMI_KG_PER_M2 = {"slim": 18.5, "average": 22.0, "heavy": 29.0, "muscular": 25.0}
"""Body-mass index that each build stands for (WHO: 18.5-25 normal, 25-30 overweight)."""


def height_m(body: BodyModel, betas: Array) -> float:
    """Standing height of the rest pose, metres."""
    rough = body.v_template[:, 1] + body.shapedirs[:, 1] @ betas
    ends = np.flatnonzero((rough > rough.max() - 1e-9) | (rough < rough.min() + 1e-9))
    # As `rest_vertices` rounds, but for the vertices that count.
    y = (body.v_template[ends] + body.shapedirs[ends] @ betas)[:, 1]
    return float(y.max() - y.min())


def volume_m3(vertices: Array, faces: np.ndarray) -> float:
    """Volume that a closed mesh encloses, cubic metres (sum of signed tetrahedra)."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def mass_kg(body: BodyModel, betas: Array) -> float:
    """Mass of the shaped body at the mean density of a living body, kilograms."""
    return volume_m3(body.rest_vertices(betas), body.faces) * BODY_DENSITY_KG_PER_M3


def betas_for(body: BodyModel, height: float, build: str) -> Array:
    """(10,) betas of a body `height` metres tall with that build.

    A body whose file brings fitted builds uses them, then is stretched along them to the exact height.
    Another body gets the smallest betas that meet the height and the build's body-mass index.

    Raises:
        BodyShapeError: unknown build, or a height outside `HEIGHT_RANGE_M`.
    """
    if build not in BUILDS:
        raise BodyShapeError(f"build {build!r} is unknown: use one of {', '.join(BUILDS)}")
    low, high = HEIGHT_RANGE_M
    if not low <= height <= high:
        raise BodyShapeError(f"height {height} m: bodies are {low} to {high} m tall; ask for one of those")
    if build in body.build_betas:
        return _along_builds(body, height, body.build_betas[build])
    return _smallest_betas(body, height, BMI_KG_PER_M2[build] * height**2)


def _along_builds(body: BodyModel, height: float, line: Array) -> Array:
    """Walk the build's line to the exact height: the line is fitted, so its height is off by millimetres."""
    asked = height
    for _ in range(4):
        betas = line[0] + line[1] * asked
        asked += height - height_m(body, betas)
    return line[0] + line[1] * asked


def _smallest_betas(body: BodyModel, height: float, mass: float) -> Array:
    """Least-norm betas with that height and mass, by Newton's method with minimum-norm steps."""
    betas = np.zeros(10)
    target = np.array([height, mass])
    for _ in range(12):
        here = np.array([height_m(body, betas), mass_kg(body, betas)])
        if np.all(np.abs(target - here) < [1e-4, 0.05]):
            return betas
        jacobian = np.empty((2, 10))
        for k in range(10):
            step = np.zeros(10)
            step[k] = 0.01
            moved = np.array([height_m(body, betas + step), mass_kg(body, betas + step)])
            jacobian[:, k] = (moved - here) / 0.01
        # Solve for the smallest betas on the linearised constraints, not the smallest step.
        betas = np.linalg.pinv(jacobian, rcond=1e-6) @ (target - here + jacobian @ betas)
    raise BodyShapeError(
        f"body {body.name!r} reaches no shape of {height:.2f} m and {mass:.0f} kg: "
        "ask for another height or build, or use another body"
    )
