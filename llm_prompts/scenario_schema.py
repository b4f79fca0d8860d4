"""The form in which a language model gives a scenario, and the way from there to a scenario."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from simulator.motion.script import AGE_GROUPS, BUILDS, EMOTIONS, SEXES

from .builtin_scenarios import BUILTIN_SCENARIOS
from .gaps import PACES
from .plans import PLANS
from .qa_items import ROLES
from .scenario import ALL_VIEWS, FREE_SPACE, Scenario, load_scenario

SCHEMA_NAME = "scenario"
_GROUPS: dict[str, tuple[str, ...]] = {
    "sexes": SEXES,
    "builds": BUILDS,
    "age_groups": AGE_GROUPS,
    "emotions": EMOTIONS,
    "paces": PACES,
    "qa_roles": tuple(ROLES),
}
_RANGES = ("range_m", "azimuth_deg", "heading_deg")
_RADAR_RANGES = ("radar_height_m", "radar_tilt_deg")
# What walls and the length of a room decide, whatever the text says.
_LIMITS = ("rooms", "far_limit_m", "side_limit_m", "views")


@lru_cache(maxsize=1)
def scenario_schema() -> dict[str, Any]:
    """A strict JSON schema: every field required, no others, no bounds and no defaults."""
    words = {"type": "array", "items": {"type": "string"}}
    activity = _object(
        activity={"type": "string", "enum": sorted(PLANS)},
        share={"type": "number"},
        sides=words,
        counts={"type": "array", "items": {"type": "integer"}},
        directions=words,
    )
    number = {"type": "number"}
    groups = {name: _object(**{value: number for value in values}) for name, values in _GROUPS.items()}
    pair = _object(lowest={"type": "number"}, highest={"type": "number"})
    return _object(
        name={"type": "string"},
        description={"type": "string"},
        setting={"type": "string"},
        wording=words,
        languages=words,
        activities={"type": "array", "items": activity},
        **groups,
        **{name: pair for name in _RANGES},
        **{name: {"anyOf": [pair, {"type": "null"}]} for name in _RADAR_RANGES},
        room={"type": "string", "enum": list(model_rooms())},
        not_possible=words,
    )


@lru_cache(maxsize=1)
def model_rooms() -> dict[str, str | None]:
    """room -> the built-in scenario that describes it; None: known by its name."""
    rooms: dict[str, str | None] = {FREE_SPACE: None, "living-room": None}
    for name in BUILTIN_SCENARIOS:
        rooms |= {room: name for room in load_scenario(name).rooms if room not in rooms}
    return rooms


def content_of_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """Fields of a scenario from an answer of the schema's form; whether they are possible is for the rules to say.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the answer is not of that form.
    """
    content: dict[str, Any] = {
        name: answer[name] for name in ("name", "description", "setting", "wording", "languages")
    }
    content["activities"] = {entry["activity"]: entry["share"] for entry in answer["activities"]}
    only = {entry["activity"]: _narrowed(entry) for entry in answer["activities"]}
    content["only"] = {name: limits for name, limits in only.items() if limits}
    for name in _GROUPS:
        shares = {value: share for value, share in answer[name].items() if share != 0}
        if name == "paces":
            content["pace_weights"] = [answer[name][pace] for pace in PACES]
        elif name != "qa_roles" or shares:
            content[name] = shares
    for name in (*_RANGES, *_RADAR_RANGES):
        if answer[name] is not None:
            content[name] = [answer[name]["lowest"], answer[name]["highest"]]
    return content | _room(answer["room"], content)


def _narrowed(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("sides", "counts", "directions") if entry[name]}


def _room(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """The room with the limits of its walls, and near and far limits that leave room for the distances."""
    near = {"near_limit_m": max(0.7, min(1.2, float(content["range_m"][0]) - 1.0))}
    far = {"far_limit_m": max(8.0, float(content["range_m"][1]) + 1.0)}
    if name == FREE_SPACE:
        return near | far
    source = model_rooms()[name]
    if source is None:
        return {**near, "far_limit_m": 6.6, "side_limit_m": 2.3, "rooms": {name: {"share": 1.0}}}
    there: Scenario = load_scenario(source)
    limits = there.model_dump(include=set(_LIMITS))
    if limits["views"] == ALL_VIEWS:
        del limits["views"]
    return near | limits


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
