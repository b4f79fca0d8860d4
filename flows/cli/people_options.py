"""Who stands where, and in what room, as command-line options say it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simulator import Placement, Room, living_room
from simulator.errors import SceneError

LIVING_ROOM = "living-room"


@dataclass(frozen=True)
class Person:
    """One motion file and where it is played.

    Attributes:
        clip: the file.
        placement: of its body.
        start_s: where in a long recording the window starts that is played, seconds.
        file_rate_hz: poses per second of a file that states none; None = what is usual for its format.
    """

    clip: Path
    placement: Placement
    start_s: float = 0.0
    file_rate_hz: float | None = None

    @property
    def placement_in_words(self) -> str:
        """For the terminal."""
        place = self.placement
        return (
            f"at {place.range_m:g} m, azimuth {place.azimuth_deg:g} deg, heading {place.heading_deg:g} deg, "
            f"view {place.view}"
        )


def person_from_text(text: str, radar_height_m: float, radar_tilt_deg: float) -> Person:
    """A second mover from "CLIP,RANGE_M[,AZIMUTH_DEG[,HEADING_DEG]]".

    Raises:
        SceneError: the text has another form.
        SimulatorError: the placement is impossible.
    """
    clip, *numbers = text.split(",")
    try:
        values = [float(number) for number in numbers]
    except ValueError:
        values = []
    if not clip or not 1 <= len(values) <= 3:
        raise SceneError(
            f"--person {text!r} must read CLIP,RANGE_M[,AZIMUTH_DEG[,HEADING_DEG]], such as other.bvh,5.0,-20,90"
        )
    range_m, azimuth_deg, heading_deg = [*values, 0.0, 0.0][:3]
    placement = Placement(
        range_m, azimuth_deg, heading_deg, radar_height_m=radar_height_m, radar_tilt_deg=radar_tilt_deg
    )
    return Person(Path(clip), placement)


def room_from_text(text: str) -> Room:
    """A room by name, or from a JSON file with the fields of `Room`; materials may be names, such as "concrete".

    Raises:
        SceneError: no such file, or a file that does not say a room.
    """
    if text == LIVING_ROOM:
        return living_room()
    path = Path(text)
    if not path.is_file():
        raise SceneError(f"--room {text!r} is neither {LIVING_ROOM!r} nor a file")
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SceneError(f"{path} cannot be read: {error}") from error
    return Room.from_json(content, str(path))
