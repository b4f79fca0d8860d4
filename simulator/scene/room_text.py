"""Rooms as JSON says them: which fields there are, and what each may hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from ..errors import SceneError
from ..radar.materials import Material
from .scene_text import check_json, named_problems, parsed_material


def _with_direction(vector: tuple[float, float, float]) -> tuple[float, float, float]:
    if not any(vector):
        raise ValueError("a normal must have a direction; [0, 0, 1] is that of a floor")
    return vector


_Vector = tuple[float, float, float]


class _Strict(BaseModel):
    """No extra keys, no conversions but whole numbers for others, no NaN, immutable."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class _PlaneFields(_Strict):
    name: str
    point_m: _Vector
    normal: Annotated[_Vector, AfterValidator(_with_direction)]
    material: Annotated[Material, PlainValidator(parsed_material)]


class _FurnitureFields(_Strict):
    name: str
    position_m: _Vector
    rcs_m2: Annotated[float, Field(gt=0.0)]


class _RoomFields(_Strict):
    """Fields of `Room`; those that are left out keep its defaults."""

    planes: tuple[_PlaneFields, ...] = ()
    furniture: tuple[_FurnitureFields, ...] = ()
    multipath: bool = True
    polarisation: Literal["vertical", "horizontal"] = "vertical"
    clutter_spacing_m: Annotated[float, Field(ge=0.05, le=10.0)] = 0.4
    clutter_seed: Annotated[int, Field(ge=0)] = 0


_FIELDS = {
    "": tuple(_RoomFields.model_fields),
    "planes": tuple(_PlaneFields.model_fields),
    "furniture": tuple(_FurnitureFields.model_fields),
}
_NOUNS = {"": "room", "planes": "plane", "furniture": "piece of furniture"}
_LOOKS = 'a room is an object {"planes": [...], "furniture": [...]}'


def checked_room(text: str, name: str) -> dict[str, Any]:
    """Fields of a room in JSON: planes and furniture as dictionaries, materials as Material; `name` for messages.

    Raises:
        SceneError: not JSON (with the line), or not a room (with the place, what was given and what is allowed).
    """
    check_json(text, name, _LOOKS)
    try:
        room = _RoomFields.model_validate_json(text)
    except ValidationError as error:
        raise SceneError(f"{name}: " + "; ".join(named_problems(error, _FIELDS, _NOUNS))) from error
    values = {field: getattr(room, field) for field in room.model_fields_set}
    for group in ("planes", "furniture"):
        values[group] = [dict(item) for item in getattr(room, group)]
    return values
