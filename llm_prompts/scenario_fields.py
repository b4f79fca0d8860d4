"""The fields of a scenario: ranges, shares, words, rooms, each with its own limits."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from simulator.motion.script import (
    AGE_GROUPS,
    BUILDS,
    EMOTIONS,
    SEXES,
    START_AZIMUTH_DEG,
    START_RANGE_M,
    SUBJECT_HEIGHT_M,
)

from .plans import PLANS
from .qa_items import ROLES
from .scenario_problems import known_weights

RADAR_HEIGHT_M = (0.0, 10.0)
RADAR_TILT_DEG = (-89.0, 89.0)


def _pair(value: Any) -> Any:
    """One number is a range without width."""
    return (value, value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _ascending(pair: tuple[float, float]) -> tuple[float, float]:
    if not pair[0] <= pair[1]:
        raise ValueError(f"range {pair} must be (lowest, highest)")
    return pair


def _inside(lowest: float, highest: float) -> Callable[[tuple[float, float]], tuple[float, float]]:
    def check(pair: tuple[float, float]) -> tuple[float, float]:
        if pair[0] < lowest or pair[1] > highest:
            raise ValueError(f"is {pair}, allowed is within {(lowest, highest)}")
        return pair

    return check


def _equal_shares(value: Any) -> Any:
    """A plain list of names gives each the same share."""
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
        if len(set(value)) < len(value):
            raise ValueError(f"names an entry twice: {', '.join(value)}")
        return dict.fromkeys(value, 1.0)
    return value


def _any_shares(weights: tuple[float, float, float]) -> tuple[float, float, float]:
    if min(weights) < 0 or sum(weights) <= 0:
        raise ValueError(f"{weights} must not be negative and not all zero")
    return weights


def _printable(text: str) -> str:
    bad = next((sign for sign in text if unicodedata.category(sign) == "Cc" and sign not in "\n\t"), None)
    if bad is not None:
        raise ValueError(f"holds the control character {bad!r}; write plain text")
    return text


def _known(name: str, allowed: tuple[str, ...]) -> Callable[[dict[str, float]], dict[str, float]]:
    def check(weights: dict[str, float]) -> dict[str, float]:
        known_weights(name, weights, allowed)
        return weights

    return check


def _known_roles(weights: dict[str, float]) -> dict[str, float]:
    if weights:
        known_weights("qa_roles", weights, tuple(ROLES))
    return weights


Words = Annotated[str, AfterValidator(_printable)]
Version = Annotated[
    str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)
]
Range = Annotated[tuple[float, float], BeforeValidator(_pair), AfterValidator(_ascending)]
Unit = Annotated[Range, AfterValidator(_inside(0.0, 1.0))]
Height = Annotated[Range, AfterValidator(_inside(*SUBJECT_HEIGHT_M))]
Placed = Annotated[Range, AfterValidator(_inside(*START_RANGE_M))]
Azimuth = Annotated[Range, AfterValidator(_inside(*START_AZIMUTH_DEG))]
Heading = Annotated[Range, AfterValidator(_inside(-180.0, 180.0))]
RadarHeight = Annotated[Range, AfterValidator(_inside(*RADAR_HEIGHT_M))]
RadarTilt = Annotated[Range, AfterValidator(_inside(*RADAR_TILT_DEG))]
Weights = Annotated[dict[str, float], BeforeValidator(_equal_shares)]
Activities = Annotated[Weights, AfterValidator(_known("activities", tuple(PLANS)))]
Sexes = Annotated[Weights, AfterValidator(_known("sexes", SEXES))]
Builds = Annotated[Weights, AfterValidator(_known("builds", BUILDS))]
AgeGroups = Annotated[Weights, AfterValidator(_known("age_groups", AGE_GROUPS))]
Emotions = Annotated[Weights, AfterValidator(_known("emotions", EMOTIONS))]
QaRoles = Annotated[Weights, AfterValidator(_known_roles)]
Shares3 = Annotated[tuple[float, float, float], AfterValidator(_any_shares)]


class Only(BaseModel):
    """What of an activity is asked for, where not all of it; None leaves an attribute as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    counts: tuple[int, ...] | None = Field(default=None, min_length=1)
    sides: tuple[str, ...] | None = Field(default=None, min_length=1)
    directions: tuple[str, ...] | None = Field(default=None, min_length=1)


class RoomShare(BaseModel):
    """A room and its share of the motions; fields beside the share are the simulator's description of it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    share: float = Field(default=1.0, gt=0, allow_inf_nan=False)

    @property
    def content(self) -> dict[str, Any]:
        """Planes, furniture and the rest, as the simulator's rooms say them; empty: known by its name."""
        return dict(self.model_extra or {})


def _room_share(value: Any) -> Any:
    return {"share": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


Rooms = dict[str, Annotated[RoomShare, BeforeValidator(_room_share)]]
