"""Rooms in JSON: what may be said, and what is answered to the rest."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest

from simulator.errors import RadarConfigError, SceneError
from simulator.radar.materials import CONCRETE, METAL
from simulator.scene.room import Room, living_room

WALL: dict[str, Any] = {
    "name": "wall",
    "point_m": [0, 6, 0],
    "normal": [0, -2, 0],
    "material": "concrete",
}
SHELF: dict[str, Any] = {"name": "shelf", "position_m": [1, 4, 1], "rcs_m2": 0.5}


def test_materials_have_names_and_the_rest_its_defaults() -> None:
    room = Room.from_json(json.dumps({"planes": [WALL, {**WALL, "material": "metal"}]}), "mine.json")
    assert [plane.material for plane in room.planes] == [CONCRETE, METAL]
    assert room.planes[0].normal == (0.0, -1.0, 0.0)
    assert room == Room(room.planes)
    assert Room.from_dict({}) == Room()
    assert Room.from_dict(MappingProxyType(living_room().to_dict())) == living_room()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", r'mine.json: a room is an object \{"planes"'),
        ('{"planes": [],\n', "mine.json, line 2, column 1: not JSON"),
        ('{"multipath": true, "multipath": false}', "the key 'multipath' is given twice"),
    ],
)
def test_text_that_is_no_room(text: str, message: str) -> None:
    with pytest.raises(SceneError, match=message):
        Room.from_json(text, "mine.json")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "room: a room is an object"),
        ({"clutter_seed": -1}, "clutter_seed is -1: it should be greater than or equal to 0"),
        ({"clutter_seed": True}, "clutter_seed is true: it should be a valid integer"),
        ({"clutter_spacing_m": "a"}, 'clutter_spacing_m is "a": it should be a valid number'),
        (
            {"clutter_spacing_m": 0.01},
            "clutter_spacing_m is 0.01: it should be greater than or equal to 0.05",
        ),
        ({"polarisation": "round"}, "polarisation is \"round\": it should be 'vertical' or 'horizontal'"),
        ({"walls": []}, "walls is no field of a room; it has planes, furniture, multipath"),
        ({"planes": {}}, "planes is {}: it should be a valid array"),
        (
            {"planes": [{**WALL, "material": "wood"}]},
            r"planes\[0\].material is \"wood\": .*known are .*concrete",
        ),
        (
            {"planes": [{**WALL, "colour": 1}]},
            r"planes\[0\].colour is no field of a plane; it has name, point_m",
        ),
        ({"planes": [{**WALL, "normal": [0, 0, 0]}]}, r"planes\[0\].normal is .*must have a direction"),
        (
            {"planes": [WALL, {k: v for k, v in WALL.items() if k != "material"}]},
            r"planes\[1\].material is missing",
        ),
        ({"furniture": [{**SHELF, "rcs_m2": 0}]}, r"furniture\[0\].rcs_m2 is 0: it should be greater than 0"),
        ({"furniture": [{**SHELF, "size": 1}]}, r"furniture\[0\].size is no field of a piece of furniture"),
        ({"furniture": [SHELF, 3]}, r"furniture\[1\] is 3: it should be an object"),
    ],
)
def test_values_that_no_room_has(values: Any, message: str) -> None:
    with pytest.raises(SceneError, match=message):
        Room.from_dict(values)


@pytest.mark.parametrize("seed", [-1, 1.5, True])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    with pytest.raises(RadarConfigError, match=f"clutter_seed is {seed}, must be a whole number"):
        Room(clutter_seed=seed)
