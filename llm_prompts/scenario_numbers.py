"""Distances and angles of a free text: where people stand, how high the radar hangs, how it is tilted."""

from __future__ import annotations

from typing import Any

from .errors import InvalidScenario
from .unread_text import UnreadText

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_METRES = r" ?(?:m|met(?:er|re)s?)"
_DEGREES = r" ?(?:°|deg|degrees?)"
_TO = r" ?(?:-|–|to|and|\.\.\.?) ?"
NEAREST_M = 1.7
"""Nearest start: 0.7 m is where the field begins, and a motion needs 1 m."""


def read_numbers(unread: UnreadText, understood: list[tuple[str, str]]) -> dict[str, Any]:
    """Fields of a scenario for all numbers with a unit that are understood; (field, words) go to `understood`.

    Raises:
        InvalidScenario: a distance that is too near, or two of them in the wrong order.
    """
    fields: dict[str, Any] = {}
    _radar(unread, fields)
    _angles(unread, fields)
    _distance(unread, fields)
    units = {"range_m": "m", "radar_height_m": "m"}
    for name, (low, high) in fields.items():
        words = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        understood.append((name, f"{words} {units.get(name, 'degrees')}"))
    return fields


def _radar(unread: UnreadText, fields: dict[str, Any]) -> None:
    spans = rf"{_NUMBER}(?:{_METRES})?{_TO}{_NUMBER}{_METRES}|{_NUMBER}{_METRES}"
    hung = r"(?:mounted|installed|hung|hanging|fixed|placed)"
    where = rf"(?:{hung}(?: \w+){{0,4}}? at(?: a height of)?|at a height of|height of)"
    patterns = (
        rf"{where} (?:{spans})(?: (?:high|height|above the (?:floor|ground)))?",
        rf"(?:at |radar )?(?:{spans}) (?:high|height|above the (?:floor|ground))",
    )
    for pattern in patterns:
        for found in unread.take(pattern):
            low, high, single = found.groups
            fields["radar_height_m"] = _pair(low or single, high or single)
    way = r"(?:down|up)(?:wards?)?"
    for found in unread.take(rf"tilt(?:ed)?(?: {way})?(?: by)? {_NUMBER}{_DEGREES}(?: {way})?"):
        degrees = _value(found.groups[0])
        up = " up" in found.text
        fields["radar_tilt_deg"] = (degrees, degrees) if up else (-degrees, -degrees)


def _angles(unread: UnreadText, fields: dict[str, Any]) -> None:
    for found in unread.take(
        rf"(?:within )?(?:±|\+/?-|plus or minus) ?{_NUMBER}{_DEGREES}|within {_NUMBER}{_DEGREES}"
    ):
        degrees = _value(found.groups[0] or found.groups[1])
        fields["azimuth_deg"] = (-degrees, degrees)
    if unread.take(r"(?:from|in|facing) (?:all|any|every) (?:sides?|directions?|angles?)"):
        fields["heading_deg"] = (-180.0, 180.0)


def _distance(unread: UnreadText, fields: dict[str, Any]) -> None:
    for found in unread.take(rf"(?:from |between )?{_NUMBER}(?:{_METRES})?{_TO}{_NUMBER}{_METRES}"):
        fields["range_m"] = _pair(*found.groups)
    if "range_m" not in fields:
        for found in unread.take(rf"(?:up to|within|less than|closer than) {_NUMBER}{_METRES}"):
            fields["range_m"] = _pair("2.2", found.groups[0])
    if "range_m" not in fields:
        for found in unread.take(
            rf"(?:at |about |around |some )?{_NUMBER}{_METRES}(?: away| from the radar)?"
        ):
            middle = _value(found.groups[0])
            fields["range_m"] = (middle - 0.25, middle + 0.25)
    if "range_m" in fields and fields["range_m"][0] < NEAREST_M:
        raise InvalidScenario(
            f"a distance of {fields['range_m'][0]:g} m is too near: people start at {NEAREST_M:g} m or more, because "
            "they need 1 m to move and the simulated field begins at 0.7 m"
        )


def _pair(low: str, high: str) -> tuple[float, float]:
    pair = (_value(low), _value(high))
    if pair[0] > pair[1]:
        raise InvalidScenario(f"{low} to {high}: the lowest number comes first")
    return pair


def _value(text: str) -> float:
    return float(text.replace(",", "."))
