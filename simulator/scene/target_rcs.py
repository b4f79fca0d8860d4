"""Closed forms of the radar cross sections of simple targets, in the far field, at the side that the radar sees.

Sources: M. Skolnik, Introduction to Radar Systems, chapter 2, and E. Knott, J. Shaeffer and M. Tuley, Radar Cross
Section, chapter 5: optical region (much larger than the wavelength), physical optics of one bounce.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import j1

from .target_meshes import edge_axes
from .targets import CylinderTarget, DiscTarget, PlateTarget, PointTarget, SolidTarget, SphereTarget

FIRST_NULL_OF_DISC = 3.8317  # of J1
SMALLEST_WAVELENGTHS = 1.0  # radius or edge; below it no optical formula holds


@dataclass(frozen=True)
class ClosedForm:
    """A radar cross section by formula.

    Attributes:
        rcs_m2: None where no formula applies.
        formula: which one, or why there is none.
    """

    rcs_m2: float | None
    formula: str


def closed_form(
    target: PointTarget | SolidTarget, to_radar: NDArray[np.float64], wavelength_m: float
) -> ClosedForm:
    """Radar cross section of a target by the formula that holds for it.

    Args:
        target: its size, its direction and what it is made of.
        to_radar: (3,) unit vector from it to the radar.
        wavelength_m: in the middle of the sampled sweep.
    """
    if isinstance(target, PointTarget):
        return ClosedForm(10.0 ** (target.rcs_dbsm / 10.0), "as given")
    material = target.material
    if material.diffuse_reflectivity > 0.0 or material.specular_taper_deg is not None:
        return ClosedForm(None, f"none for {material.name}: its echo is not that of a smooth surface alone")
    if min(_dimensions_m(target)) < SMALLEST_WAVELENGTHS * wavelength_m:
        return ClosedForm(None, "none: smaller than the wavelength")
    form, cosine = _of_conductor(target, to_radar, 2.0 * math.pi / wavelength_m)
    if form.rcs_m2 is None:
        return form
    response = material.coherent_response(wavelength_m)
    reflected = float(np.interp(cosine, np.linspace(0.0, 1.0, len(response)), response)) ** 2
    return ClosedForm(
        form.rcs_m2 * reflected, form.formula + (" x |reflection|^2" if reflected != 1.0 else "")
    )


def largest_dimension_m(target: SolidTarget) -> float:
    """D of the far field's distance 2 D^2 / lambda."""
    if isinstance(target, PlateTarget):
        return math.hypot(*target.size_m)
    if isinstance(target, CylinderTarget):
        return math.hypot(target.length_m, 2.0 * target.true_radius_m)
    return 2.0 * target.true_radius_m


def _dimensions_m(target: SolidTarget) -> tuple[float, ...]:
    if isinstance(target, PlateTarget):
        return target.size_m
    if isinstance(target, CylinderTarget):
        return target.true_radius_m, target.length_m
    return (target.true_radius_m,)


def _of_conductor(target: SolidTarget, to_radar: NDArray[np.float64], k: float) -> tuple[ClosedForm, float]:
    """The formula for a perfect conductor, and the cosine of incidence where the echo comes from."""
    if isinstance(target, SphereTarget):
        return ClosedForm(math.pi * target.true_radius_m**2, "pi r^2"), 1.0
    u, v, w = (float(part) for part in edge_axes(target) @ to_radar)
    if isinstance(target, PlateTarget):
        width, height = target.size_m
        lobes = _sinc(k * width * u) ** 2 * _sinc(k * height * v) ** 2
        formula = "4 pi A^2 / lambda^2"
        if lobes * w * w < 1.0 - 1e-6:
            formula += " cos^2 sinc^2 sinc^2"  # one sinc is 1 where the tilt is about an edge
        return ClosedForm(_flat(width * height, k) * w * w * lobes, formula), abs(w)
    r, sine = target.true_radius_m, math.hypot(u, v)
    if isinstance(target, DiscTarget):
        return _tilted_disc(r, sine, w, k), abs(w)
    return _cylinder(target, r, sine, w, k)


def _flat(area_m2: float, k: float) -> float:
    """4 pi A^2 / lambda^2."""
    return k**2 * area_m2**2 / math.pi


def _tilted_disc(r: float, sine: float, cosine: float, k: float) -> ClosedForm:
    x = 2.0 * k * r * sine
    lobe = 1.0 if x < 1e-6 else (2.0 * float(j1(x)) / x) ** 2
    formula = "4 pi A^2 / lambda^2" + ("" if x < 1e-3 else " cos^2 (2 J1(x) / x)^2")
    return ClosedForm(_flat(math.pi * r * r, k) * cosine**2 * lobe, formula)


def _cylinder(
    target: CylinderTarget, r: float, sine: float, along: float, k: float
) -> tuple[ClosedForm, float]:
    """The side near broadside, the cap near the axis; in between both add up and neither formula holds."""
    length = target.length_m
    turned = k * length * abs(along)
    if turned < 0.5 * math.pi:
        rcs_m2 = k * r * length**2 * sine * _sinc(turned) ** 2
        return ClosedForm(rcs_m2, "2 pi r L^2 / lambda" + ("" if turned < 1e-3 else " cos sinc^2")), sine
    if 2.0 * k * r * sine < 0.5 * FIRST_NULL_OF_DISC:
        return _tilted_disc(r, sine, along, k), abs(along)
    return ClosedForm(None, "none: a cylinder seen neither from its side nor from its end"), 0.0


def _sinc(x: float) -> float:
    return 1.0 if x == 0.0 else math.sin(x) / x
