"""Scenes of simple targets with known echoes, as JSON says them: points, spheres, plates, discs, cylinders.

The radar is at the origin and looks along +y; x is to its right and z up. Targets move in straight lines and do
not turn.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    model_validator,
)

from ..errors import SceneError
from ..radar.materials import METAL, Material
from .scene_text import check_json, named_problems, parsed_material

LARGEST_RCS_DBSM = 150.0  # either way: beyond it float32 amplitudes end


def _with_length(vector: tuple[float, float, float]) -> tuple[float, float, float]:
    if not 1e-9 < math.hypot(*vector) < 1e9:
        raise ValueError("a direction must have a length; [0, -1, 0] faces the radar")
    return vector


Vector = tuple[float, float, float]
Direction = Annotated[Vector, AfterValidator(_with_length)]
Size = Annotated[float, Field(gt=0.0, le=100.0)]
SurfaceMaterial = Annotated[
    Material, PlainValidator(parsed_material), PlainSerializer(lambda material: material.to_dict())
]


class _Strict(BaseModel):
    """No extra keys, no conversions but whole numbers for others, no NaN, immutable."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class _Target(_Strict):
    position_m: Vector
    velocity_mps: Vector = (0.0, 0.0, 0.0)


class _Solid(_Target):
    material: SurfaceMaterial = METAL


class _Round(_Solid):
    """Given by its radius or by its diameter."""

    radius_m: Size | None = None
    diameter_m: Size | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> _Round:
        if (self.radius_m is None) == (self.diameter_m is None):
            raise ValueError("give radius_m or diameter_m, one of them")
        return self

    @property
    def true_radius_m(self) -> float:
        """Whichever way it was given."""
        return self.radius_m if self.radius_m is not None else 0.5 * (self.diameter_m or 0.0)


class PointTarget(_Target):
    """The same radar cross section from every side."""

    kind: Literal["point"]
    rcs_dbsm: Annotated[float, Field(ge=-LARGEST_RCS_DBSM, le=LARGEST_RCS_DBSM)]


class SphereTarget(_Round):
    """`position_m` is the centre."""

    kind: Literal["sphere"]


class PlateTarget(_Solid):
    """A flat rectangle, both sides alike; `position_m` is its middle.

    The first of `size_m` lies level, across the normal; the second across both. Where the normal points straight
    up or down the first lies along x.
    """

    kind: Literal["plate"]
    size_m: tuple[Size, Size]
    normal: Direction


class DiscTarget(_Round):
    """A flat circle, both sides alike; `position_m` is its middle."""

    kind: Literal["disc"]
    normal: Direction


class CylinderTarget(_Round):
    """A closed cylinder; `position_m` is its middle."""

    kind: Literal["cylinder"]
    length_m: Size
    axis: Direction


SolidTarget = SphereTarget | PlateTarget | DiscTarget | CylinderTarget
Target = Annotated[PointTarget | SolidTarget, Field(discriminator="kind")]


def _some(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    if not targets:
        raise ValueError("a scene needs at least one target")
    return targets


class TargetScene(_Strict):
    """What a scene file holds.

    Attributes:
        duration_s: length of the capture; whole radar frames of it are simulated.
        targets: at least one.
        noise: add thermal noise.
        seed: of the noise and of rough surfaces; None = the caller's.
        wavefront: "plane": each target is met by a plane wave, with the distance of its `position_m` in the radar
            equation, so that it has the radar cross section of the textbooks, which is that of the far field, at
            every distance. "spherical": true distances to every facet, the echo that a target really has there.
    """

    duration_s: Annotated[float, Field(gt=0.0)]
    targets: Annotated[tuple[Target, ...], AfterValidator(_some)]
    noise: bool = False
    seed: Annotated[int, Field(ge=0)] | None = None
    wavefront: Literal["plane", "spherical"] = "plane"

    def to_dict(self) -> dict[str, Any]:
        """JSON values with all defaults filled in; equal dictionaries mean equal scenes."""
        return self.model_dump(mode="json")


_FIELDS = {
    "": tuple(TargetScene.model_fields),
    "point": tuple(PointTarget.model_fields),
    "sphere": tuple(SphereTarget.model_fields),
    "plate": tuple(PlateTarget.model_fields),
    "disc": tuple(DiscTarget.model_fields),
    "cylinder": tuple(CylinderTarget.model_fields),
}


def read_scene(path: Path) -> TargetScene:
    """The scene of a JSON file; all that can be told without a radar is checked.

    Raises:
        SceneError: unreadable, not JSON (with the line), or not a scene (with the place, what was given and what is
            allowed).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SceneError(f"{path} cannot be read: {error}") from error
    return parse_scene(text, str(path))


def parse_scene(text: str, name: str = "scene") -> TargetScene:
    """`read_scene` of a text; `name` stands for the file in messages."""
    check_json(text, name)
    try:
        return TargetScene.model_validate_json(text)
    except ValidationError as error:
        raise SceneError(f"{name}: " + "; ".join(named_problems(error, _FIELDS))) from error
