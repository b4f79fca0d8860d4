"""What a dataset should cover: activities with weights, and ranges of place, person and manner."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.motion.script import (
    ACTIVITIES,
    AGE_GROUPS,
    BUILDS,
    EMOTIONS,
    SEXES,
    START_AZIMUTH_DEG,
    START_RANGE_M,
    SUBJECT_HEIGHT_M,
)

from .builtin_scenarios import BUILTIN_SCENARIOS
from .errors import InvalidScenario
from .plans import PLANS


def _ascending(pair: tuple[float, float]) -> tuple[float, float]:
    if not pair[0] <= pair[1]:
        raise ValueError(f"range {pair} must be (lowest, highest)")
    return pair


Range = Annotated[tuple[float, float], AfterValidator(_ascending)]
Weights = dict[str, float]


class Scenario(BaseModel):
    """Weighted activities, the people who do them, and where they stand relative to the radar.

    Weights are relative and positive. Angles in degrees, positive turns left; lengths in metres; the
    style ranges are 0-1 as in the script. `sequence_weights` are the relative numbers of scripts with
    one, two and three actions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    setting: str = Field(min_length=1, description="where this happens, in words for a language model")
    activities: Weights = Field(min_length=1)
    sequence_weights: tuple[float, float, float] = (0.6, 0.28, 0.12)
    pace_weights: tuple[float, float, float] = (1.0, 1.0, 1.0)
    sexes: Weights = {"female": 1.0, "male": 1.0}
    builds: Weights = {"slim": 1.0, "average": 2.0, "heavy": 1.0, "muscular": 1.0}
    age_groups: Weights = {"young": 1.0, "adult": 2.0, "elderly": 1.0}
    emotions: Weights = {"neutral": 4.0, "happy": 1.0, "tired": 1.0}
    energy: Range = (0.35, 0.75)
    amplitude: Range = (0.35, 0.7)
    smoothness: Range = (0.35, 0.75)
    hesitation: Range = (0.0, 0.2)
    female_height_m: Range = (1.52, 1.78)
    male_height_m: Range = (1.62, 1.92)
    range_m: Range = (2.8, 4.6)
    azimuth_deg: Range = (-20.0, 20.0)
    heading_deg: Range = (-22.5, 22.5)
    near_limit_m: float = Field(default=1.2, description="no view of the path comes nearer to the radar")
    far_limit_m: float = Field(default=8.0, description="no view of the path goes farther from the radar")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _known("activities", self.activities, tuple(PLANS))
        for name, allowed in (
            ("sexes", SEXES),
            ("builds", BUILDS),
            ("age_groups", AGE_GROUPS),
            ("emotions", EMOTIONS),
        ):
            _known(name, getattr(self, name), allowed)
        for name, share in (("sequence", self.sequence_weights), ("pace", self.pace_weights)):
            if min(share) < 0 or sum(share) <= 0:
                raise ValueError(f"{name}_weights {share} must not be negative and not all zero")
        for name in ("energy", "amplitude", "smoothness", "hesitation"):
            _inside(name, getattr(self, name), (0.0, 1.0))
        _inside("female_height_m", self.female_height_m, SUBJECT_HEIGHT_M)
        _inside("male_height_m", self.male_height_m, SUBJECT_HEIGHT_M)
        _inside("azimuth_deg", self.azimuth_deg, START_AZIMUTH_DEG)
        _inside("heading_deg", self.heading_deg, (-180.0, 180.0))
        _inside("range_m", self.range_m, START_RANGE_M)
        _inside("range_m", self.range_m, (self.near_limit_m + 1.0, self.far_limit_m - 1.0))
        return self

    @property
    def content_hash(self) -> str:
        """Hash of everything that the scenario asks for."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def activity_labels(self) -> tuple[str, ...]:
        """The activities, sorted."""
        return tuple(sorted(self.activities))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A built-in scenario by name, or one from a JSON file.

    Raises:
        InvalidScenario: no such name or file, or the content breaks a rule (all problems are named).
    """
    name = str(name_or_path)
    content: object = BUILTIN_SCENARIOS.get(name)
    if content is None:
        path = Path(name_or_path)
        if path.suffix != ".json" or not path.is_file():
            raise InvalidScenario(
                f"no scenario {name!r}: built-in are {', '.join(sorted(BUILTIN_SCENARIOS))}; "
                "else give the path of a .json file"
            )
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InvalidScenario(f"{path} is not JSON: {error}") from error
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        raise InvalidScenario(f"scenario {name!r}: {error}") from error


def _known(name: str, weights: Weights, allowed: tuple[str, ...]) -> None:
    strangers = sorted(set(weights) - set(allowed))
    if strangers:
        also = sorted(set(ACTIVITIES) - set(allowed)) if name == "activities" else []
        hint = f" (never the main action: {', '.join(also)})" if also else ""
        raise ValueError(
            f"{name} names {', '.join(strangers)}; allowed are {', '.join(sorted(allowed))}{hint}"
        )
    if not weights or min(weights.values()) <= 0:
        raise ValueError(f"{name} needs at least one entry, all weights above 0, not {weights}")


def _inside(name: str, pair: tuple[float, float], limits: tuple[float, float]) -> None:
    if pair[0] < limits[0] or pair[1] > limits[1]:
        raise ValueError(f"{name} is {pair}, allowed is within {limits}")
