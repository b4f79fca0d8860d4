"""What is wrong with the text of a scene, in words that name the place."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from pydantic import ValidationError

from ..errors import SceneError
from ..radar import materials
from ..radar.materials import Material

NAMED_MATERIALS = {value.name: value for value in vars(materials).values() if isinstance(value, Material)}


SCENE_LOOKS = 'a scene is an object {"duration_s": ..., "targets": [...]}'


def check_json(text: str, name: str, looks: str = SCENE_LOOKS) -> None:
    """Refuse what is not one JSON object, and keys that are given twice.

    Args:
        text: of the file.
        name: of the file, for messages.
        looks: what the object should look like, for messages.

    Raises:
        SceneError: with line and column where the text itself is at fault.
    """
    try:
        values = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise SceneError(
            f"{name}, line {error.lineno}, column {error.colno}: not JSON: {error.msg}"
        ) from error
    except ValueError as error:
        raise SceneError(f"{name}: {error}") from error
    if not isinstance(values, dict):
        raise SceneError(f"{name}: {looks}")


def named_problems(
    error: ValidationError, fields_of: Mapping[str, Sequence[str]], nouns: Mapping[str, str] | None = None
) -> list[str]:
    """One line for each problem: its place, what was given, what is allowed.

    Args:
        error: of the scene's model.
        fields_of: names of the fields of each kind of target, and of the scene under "".
        nouns: words for those kinds; None = the kinds themselves, and "scene".
    """
    nouns = {kind: kind or "scene" for kind in fields_of} if nouns is None else nouns
    return [_in_words(problem, fields_of, nouns) for problem in error.errors()]


def parsed_material(value: Any) -> Material:
    """A material by name, or from an object with the fields of Material.

    Raises:
        ValueError: no such name, no such field, or numbers that no surface has.
    """
    if isinstance(value, Material):
        return value
    if isinstance(value, str):
        if value not in NAMED_MATERIALS:
            raise ValueError(f"there is no such material; known are {', '.join(sorted(NAMED_MATERIALS))}")
        return NAMED_MATERIALS[value]
    known = [field.name for field in fields(Material)]
    if not isinstance(value, dict) or not value.keys() <= set(known):
        raise ValueError(f"a material is a name or an object with fields of {', '.join(known)}")
    if not isinstance(value.get("name"), str) or "permittivity" not in value:
        raise ValueError(
            "a material needs at least a name and its permittivity; loss null is a perfect conductor"
        )
    taper = value.get("specular_taper_deg")
    if taper is not None and not (isinstance(taper, list) and len(taper) == 2):
        raise ValueError("specular_taper_deg is [start, end] in degrees, or null")
    numbers = [number for key, number in value.items() if key not in ("name", "specular_taper_deg")]
    for number in [*numbers, *(taper or ())]:
        if number is not None and (type(number) not in (int, float) or not math.isfinite(number)):
            raise ValueError(f"{number!r} in a material is not a finite number")
    nulls = [
        key for key, number in value.items() if number is None and key not in ("loss", "specular_taper_deg")
    ]
    if nulls:
        raise ValueError(f"{nulls[0]} of a material cannot be null")
    return Material.from_dict(value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the key {twice[0]!r} is given twice in one object")
    return dict(pairs)


def _in_words(problem: Any, fields_of: Mapping[str, Sequence[str]], nouns: Mapping[str, str]) -> str:
    kinds = [name for name in fields_of if name]
    place, kind, message = _place(problem["loc"], kinds) or nouns[""], problem["type"], problem["msg"]
    if kind == "missing":
        return f"{place} is missing"
    if kind == "union_tag_not_found":
        return f"{place}.kind is missing; it is one of {', '.join(kinds)}"
    if kind == "union_tag_invalid":
        return f"{place}.kind is {problem['ctx']['tag']!r}; it must be one of {', '.join(kinds)}"
    if kind == "extra_forbidden":
        of = next((step for step in problem["loc"] if step in kinds), "")
        return f"{place} is no field of a {nouns[of]}; it has {', '.join(fields_of[of])}"
    if kind == "value_error":
        message = str(problem["ctx"]["error"])
    if isinstance(problem["input"], dict) and kind == "value_error":
        return f"{place}: {message}"
    message = message.removeprefix("Input ").replace("Input should", "it should")
    message = message if not message.startswith("should") else f"it {message}"
    return f"{place} is {json.dumps(problem['input'], default=str)}: {message}"


def _place(path: tuple[int | str, ...], kinds: Sequence[str]) -> str:
    # pydantic names the kind of a target as a step of the path, which is none in the file.
    text = ""
    for before, step in zip((None, *path), path, strict=False):
        if isinstance(step, int):
            text += f"[{step}]"
        elif not (isinstance(before, int) and step in kinds):
            text += f".{step}" if text else step
    return text
