"""Where the radar of a scenario hangs and in what room: from the words of a brief to the simulator's objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llm_prompts import Scenario
from llm_prompts.errors import InvalidScenario
from simulator import VIEWS, Placement, Room, living_room
from simulator.errors import SceneError
from simulator.motion.script import Start

# Rooms that a scenario may name without describing them; None is free space.
KNOWN_ROOMS: dict[str, Callable[[], Room] | None] = {"free-space": None, "living-room": living_room}


@dataclass(frozen=True)
class Site:
    """Radar and room of one motion, as its brief has drawn them; None and all views where it says nothing."""

    views: str = VIEWS
    radar_height_m: float | None = None
    radar_tilt_deg: float | None = None
    room: str | None = None

    @classmethod
    def of_brief(cls, brief: str) -> Site:
        """The site in a brief's JSON text, as table `scripts` holds it; briefs of older versions have none."""
        said = json.loads(brief)
        names = ("views", "radar_height_m", "radar_tilt_deg", "room")
        return cls(**{name: said[name] for name in names if said.get(name) is not None})

    def placement(self, start: Start, view: str) -> Placement:
        """A script's start in front of this radar, turned for one view."""
        radar = {"radar_height_m": self.radar_height_m, "radar_tilt_deg": self.radar_tilt_deg}
        given = {name: value for name, value in radar.items() if value is not None}
        return Placement(start.range_m, start.azimuth_deg, start.heading_deg, view=view, **given)


def rooms_of(scenario: Scenario) -> Mapping[str, Room | None]:
    """The rooms that a scenario names, ready to simulate; None is free space.

    Raises:
        InvalidScenario: a room that is neither described nor known by its name, or that is no room; all of
            its problems are named.
    """
    rooms: dict[str, Room | None] = {}
    for name, asked in scenario.rooms.items():
        if asked.content:
            try:
                rooms[name] = Room.from_dict(asked.content)
            except SceneError as error:
                raise InvalidScenario(f"scenario {scenario.name}, rooms.{name}: {error}") from error
        elif name in KNOWN_ROOMS:
            make = KNOWN_ROOMS[name]
            rooms[name] = make() if make is not None else None
        else:
            raise InvalidScenario(
                f"scenario {scenario.name}, rooms.{name}: this room is not described; give it planes and furniture as "
                f"in docs/scenarios.md, or name one of {', '.join(KNOWN_ROOMS)}"
            )
    return rooms
