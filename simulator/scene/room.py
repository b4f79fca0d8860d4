"""What stands around the people: reflecting planes and furniture, in the radar's world.

A plane is endless and flat. It does two things. It sends back an echo of its own: at its foot, the point nearest to
the radar, that of a mirror, whose radar cross section at distance R is pi R^2 |Gamma|^2 (the radar sees its image
at 2 R: P G^2 lambda^2 |Gamma|^2 / ((4 pi)^2 (2 R)^2)); and from patches all over it the diffuse echo of its
material. And it gives every lit point of a body three more ways to the radar: out over the plane and straight back,
straight out and back over the plane, and both over the plane, made with the antennas' image behind the plane (W. C.
Jakes et al., image theory). Coherent facets and furniture are seen directly only; rays bounce off one plane at a
time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.materials import CONCRETE, PLASTERBOARD, WOODEN_FLOOR, Material
from .room_text import checked_room

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Plane:
    """An endless reflecting plane.

    Attributes:
        name: as errors and notes say it, e.g. "floor".
        point_m: any point of it.
        normal: towards the side where radar and people are; of any length.
        material: what it is made of.

    Raises:
        RadarConfigError: the normal has no direction.
    """

    name: str
    point_m: Vector
    normal: Vector
    material: Material

    def __post_init__(self) -> None:
        """Make the normal a unit vector."""
        point, normal = np.asarray(self.point_m, float), np.asarray(self.normal, float)
        length = float(np.linalg.norm(normal))
        if (
            point.shape != (3,)
            or normal.shape != (3,)
            or not np.isfinite(point).all()
            or not 0 < length < math.inf
        ):
            raise RadarConfigError(
                f"plane {self.name!r}: point_m {self.point_m} and normal {self.normal} must each be three finite "
                "numbers, the normal not all 0"
            )
        object.__setattr__(self, "point_m", tuple(float(x) for x in point))
        object.__setattr__(self, "normal", tuple(float(x) for x in normal / length))

    def height_m(self, points_m: NDArray[np.floating]) -> NDArray[np.float64]:
        """(...) signed distance of points (..., 3) from the plane; above 0 on the side of the room."""
        return (np.asarray(points_m, np.float64) - np.array(self.point_m)) @ np.array(self.normal)

    def mirrored(self, points_m: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 3) images of points behind the plane."""
        return points_m - 2.0 * self.height_m(points_m)[..., None] * np.array(self.normal)


@dataclass(frozen=True)
class Furniture:
    """Something that stands still, as a point.

    Raises:
        RadarConfigError: a radar cross section that is not above 0.
    """

    name: str
    position_m: Vector
    rcs_m2: float

    def __post_init__(self) -> None:
        """Check the numbers."""
        position = np.asarray(self.position_m, float)
        if position.shape != (3,) or not np.isfinite(position).all() or not 0.0 < self.rcs_m2 < math.inf:
            raise RadarConfigError(
                f"furniture {self.name!r}: position_m {self.position_m} must be three finite numbers and rcs_m2 "
                f"{self.rcs_m2} above 0"
            )
        object.__setattr__(self, "position_m", tuple(float(x) for x in position))


@dataclass(frozen=True)
class Room:
    """Planes and furniture around the scene; without any, free space.

    World: z up, floor at z = 0, the radar over the origin, looking along +y, +x to its right.

    Attributes:
        planes: floor, ceiling, walls.
        furniture: points that stand still.
        multipath: let the planes reflect the echoes of people.
        polarisation: direction of the antennas' electric field.
        clutter_spacing_m: distance between the patches of a plane's diffuse echo.
        clutter_seed: of the patches' phases.

    Raises:
        RadarConfigError: a value outside its limits.
    """

    planes: tuple[Plane, ...] = ()
    furniture: tuple[Furniture, ...] = ()
    multipath: bool = True
    polarisation: Literal["vertical", "horizontal"] = "vertical"
    clutter_spacing_m: float = 0.4
    clutter_seed: int = 0

    def __post_init__(self) -> None:
        """Check what nothing else checks."""
        if self.polarisation not in ("vertical", "horizontal"):
            raise RadarConfigError(f"polarisation is {self.polarisation!r}, must be vertical or horizontal")
        if not 0.05 <= self.clutter_spacing_m <= 10.0:
            raise RadarConfigError(
                f"clutter_spacing_m is {self.clutter_spacing_m}, must lie between 0.05 and 10 m"
            )
        if type(self.clutter_seed) is not int or self.clutter_seed < 0:
            raise RadarConfigError(
                f"clutter_seed is {self.clutter_seed!r}, must be a whole number of at least 0"
            )

    def to_dict(self) -> dict[str, Any]:
        """JSON values; equal dictionaries mean equal rooms."""
        planes = [{**asdict(plane), "material": plane.material.to_dict()} for plane in self.planes]
        return {**asdict(self), "planes": planes}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Room:
        """Inverse of `to_dict`; materials may be names.

        Raises:
            SceneError: not a room; the message names the place, what was given and what is allowed.
        """
        return cls._of(checked_room(json.dumps(values, default=dict), "room"))

    @classmethod
    def from_json(cls, text: str, name: str) -> Room:
        """A room of a JSON text with the fields of `to_dict`, all of them optional; `name` is for messages.

        Raises:
            SceneError: as in `from_dict`, or not JSON (with the line).
        """
        return cls._of(checked_room(text, name))

    @classmethod
    def _of(cls, values: Mapping[str, Any]) -> Room:
        planes = tuple(Plane(**plane) for plane in values["planes"])
        furniture = tuple(Furniture(**item) for item in values["furniture"])
        return cls(**{**values, "planes": planes, "furniture": furniture})


def living_room(width_m: float = 5.0, depth_m: float = 7.0, height_m: float = 2.6) -> Room:
    """A furnished room with the radar in the middle of its front wall."""
    half = 0.5 * width_m
    planes = (
        Plane("floor", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), WOODEN_FLOOR),
        Plane("ceiling", (0.0, 0.0, height_m), (0.0, 0.0, -1.0), PLASTERBOARD),
        Plane("left wall", (-half, 0.0, 0.0), (1.0, 0.0, 0.0), PLASTERBOARD),
        Plane("right wall", (half, 0.0, 0.0), (-1.0, 0.0, 0.0), PLASTERBOARD),
        Plane("back wall", (0.0, depth_m, 0.0), (0.0, -1.0, 0.0), CONCRETE),
    )
    furniture = (
        Furniture("table", (half - 0.8, 0.6 * depth_m, 0.7), 0.1),
        Furniture("shelf", (-half + 0.3, 0.8 * depth_m, 1.2), 0.5),
        Furniture("radiator", (0.3 * width_m, depth_m - 0.1, 0.4), 1.0),
    )
    return Room(planes, furniture)


def plane_reflection(
    plane: Plane,
    direction: NDArray[np.float64],
    polarisation: Literal["vertical", "horizontal"],
    wavelength_m: float,
) -> NDArray[np.float64]:
    """Amplitude that a plane reflects like a mirror, negative where the field turns over.

    Fresnel coefficients for the field across and within the plane of incidence, in the shares of the antennas'
    polarisation, times what roughness leaves in phase. Its phase is taken as 0 or pi: the loss of building
    materials turns it by a few degrees.

    Args:
        plane: where the wave is reflected.
        direction: (..., 3) unit vectors along which the wave comes to the plane.
        polarisation: of the antennas.
        wavelength_m: of the wave.

    Returns:
        (...) float64 in -1 ... 1.
    """
    normal = np.array(plane.normal)
    field = np.array([0.0, 0.0, 1.0] if polarisation == "vertical" else [1.0, 0.0, 0.0])
    cosine = np.abs(direction @ normal)
    s_wave, p_wave = _fresnel(plane.material, cosine)
    away = direction - 2.0 * (direction @ normal)[..., None] * normal
    across = _unit(np.cross(direction, normal), _tangent(normal, field))
    e_in, e_out = _transverse(field, direction), _transverse(field, away)
    # The field within the plane of incidence turns with the wave: its direction after reflection is another.
    within_in, within_out = np.cross(across, direction), np.cross(across, away)
    gamma = s_wave * _dot(e_in, across) * _dot(e_out, across) + p_wave * _dot(e_in, within_in) * _dot(
        e_out, within_out
    )
    phase_rms = 4.0 * np.pi / wavelength_m * plane.material.rms_height_m * cosine
    return gamma * np.exp(-0.5 * phase_rms**2)


def _fresnel(
    material: Material, cosine: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients of the field across and within the plane of incidence."""
    if math.isinf(material.loss):
        return -np.ones_like(cosine), np.ones_like(cosine)
    epsilon = complex(material.permittivity, material.loss)
    inside = np.sqrt(epsilon - (1.0 - cosine**2))
    return _signed((cosine - inside) / (cosine + inside)), _signed(
        (epsilon * cosine - inside) / (epsilon * cosine + inside)
    )


def _tangent(normal: NDArray[np.float64], field: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) unit vector in the plane, along the field where that is possible: for waves straight onto the plane."""
    flat = field - (field @ normal) * normal
    if flat @ flat < 0.25:
        flat = np.cross(normal, [0.0, 1.0, 0.0] if abs(normal[1]) < 0.9 else [1.0, 0.0, 0.0])
    return np.asarray(flat / np.linalg.norm(flat))


def _transverse(field: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 3) unit vector of the antenna's field across a direction."""
    along = field - (direction @ field)[..., None] * direction
    return _unit(along, np.zeros(3))


def _unit(vectors: NDArray[np.float64], otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 3) vectors of length 1; `otherwise` where there is no direction."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.where(length > 1e-9, vectors / np.maximum(length, 1e-9), otherwise)


def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.einsum("...k,...k->...", a, b))


def _signed(coefficient: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Magnitude with the sign of the real part."""
    return np.abs(coefficient) * np.where(coefficient.real < 0.0, -1.0, 1.0)
