"""What a dataset should cover: activities with shares, people, places, radar and words."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .builtin_scenarios import BUILTIN_SCENARIOS, builtin_path
from .errors import InvalidScenario
from .plans import PLANS, Plan
from .scenario_fields import (
    Activities,
    AgeGroups,
    Azimuth,
    Builds,
    Emotions,
    Heading,
    Height,
    Only,
    Placed,
    QaRoles,
    RadarHeight,
    RadarTilt,
    Rooms,
    Sexes,
    Shares3,
    Unit,
    Version,
    Words,
)
from .scenario_files import parsed_file, yaml_text
from .scenario_problems import Place, problems_in_words, scenario_problem, unknown_scenario

ALL_VIEWS = "ABCDEFGH"
FREE_SPACE = "free-space"
# What names and explains a scenario asks for nothing, so it seeds nothing.
_NAMES_ONLY = ("version", "description")


class Scenario(BaseModel):
    """Weighted activities, the people who do them, where they stand, what the radar sees, and the words.

    Shares are relative and positive; a plain list gives equal ones. Angles in degrees, positive turns left;
    lengths in metres; the style ranges are 0-1 as in the script. `sequence_weights` are the relative
    numbers of scripts with one, two and three actions, `pace_weights` of slow, ordinary and fast ones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    version: Version = Field(default="1", pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]*$", max_length=20)
    description: Words = Field(default="", max_length=2000, description="for people: what it is for")
    setting: Words = Field(
        min_length=1, max_length=500, description="where this happens, for a language model"
    )
    wording: tuple[Annotated[Words, Field(min_length=1, max_length=200)], ...] = Field(
        default=(), max_length=12, description="hints for a language model: words to prefer, how people speak"
    )
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...] = Field(default=("en",), min_length=1)
    qa_roles: QaRoles = Field(
        default={}, description="share of each role of questions; empty: all as they come"
    )
    activities: Activities
    only: dict[str, Only] = {}
    sequence_weights: Shares3 = (0.6, 0.28, 0.12)
    pace_weights: Shares3 = (1.0, 1.0, 1.0)
    sexes: Sexes = {"female": 1.0, "male": 1.0}
    builds: Builds = {"slim": 1.0, "average": 2.0, "heavy": 1.0, "muscular": 1.0}
    age_groups: AgeGroups = {"young": 1.0, "adult": 2.0, "elderly": 1.0}
    emotions: Emotions = {"neutral": 4.0, "happy": 1.0, "tired": 1.0}
    energy: Unit = (0.35, 0.75)
    amplitude: Unit = (0.35, 0.7)
    smoothness: Unit = (0.35, 0.75)
    hesitation: Unit = (0.0, 0.2)
    female_height_m: Height = (1.52, 1.78)
    male_height_m: Height = (1.62, 1.92)
    range_m: Placed = (2.8, 4.6)
    azimuth_deg: Azimuth = (-20.0, 20.0)
    heading_deg: Heading = (-22.5, 22.5)
    near_limit_m: float = Field(default=1.2, description="no view of the path comes nearer to the radar")
    far_limit_m: float = Field(default=8.0, description="no view of the path goes farther from the radar")
    side_limit_m: float | None = Field(
        default=None,
        gt=0.3,
        description="no view of path or fallen body goes farther from the radar's axis; None: as far as the path may",
    )
    views: str = Field(default=ALL_VIEWS, description="the views that may be simulated, letters A to H")
    radar_height_m: RadarHeight | None = None
    radar_tilt_deg: RadarTilt | None = None
    rooms: Rooms = {}

    @model_validator(mode="after")
    def _possible(self) -> Self:
        self._check_only()
        self._check_place()
        return self

    def _check_only(self) -> None:
        for activity, only in self.only.items():
            if activity not in self.activities:
                listed = ", ".join(self.activity_labels)
                raise scenario_problem(
                    ("only", activity), f"{activity!r} is none of this scenario's activities ({listed})"
                )
            plan = PLANS[activity]
            for name in ("counts", "sides", "directions"):
                asked, there = getattr(only, name), getattr(plan, name)
                strangers = [str(value) for value in asked or () if value not in there]
                if strangers:
                    can = ", ".join(map(str, there)) or "nothing: it has none"
                    raise scenario_problem(
                        ("only", activity, name),
                        f"{activity} cannot have {', '.join(strangers)}; allowed are {can}",
                    )

    def _check_place(self) -> None:
        lowest, highest = self.near_limit_m + 1.0, self.far_limit_m - 1.0
        if not lowest <= self.range_m[0] <= self.range_m[1] <= highest:
            raise scenario_problem(
                ("range_m",),
                f"range_m is {self.range_m}, allowed is within {(lowest, highest)}: 1 m from near_limit_m "
                f"{self.near_limit_m} and from far_limit_m {self.far_limit_m}, so that there is room to move",
            )
        if not self.views or set(self.views) - set(ALL_VIEWS) or len(set(self.views)) < len(self.views):
            raise scenario_problem(
                ("views",), f"views is {self.views!r}, must be different letters of {ALL_VIEWS}, such as AE"
            )

    @property
    def content_hash(self) -> str:
        """Hash of everything that the scenario asks for; what is at its default since version 1 stays out.

        Name and numbers seed the draws; version and description ask for nothing and do not enter.
        """
        content = self.model_dump(mode="json", exclude=set(_NAMES_ONLY))
        for name in _LATER_FIELDS:
            if getattr(self, name) == type(self).model_fields[name].default:
                del content[name]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def activity_labels(self) -> tuple[str, ...]:
        """The activities, sorted."""
        return tuple(sorted(self.activities))

    @property
    def yaml(self) -> str:
        """The scenario as the YAML text of a file; what is at its default is left out."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        first = {"name": self.name, "version": self.version, "description": self.description, "setting": ""}
        return yaml_text({**first, **content})

    def require_english(self) -> None:
        """Refuse a scenario whose words nobody could check: every caption and question is read in English.

        Raises:
            InvalidScenario: it asks for other languages as well.
        """
        others = [language for language in self.languages if language != "en"]
        if others:
            raise InvalidScenario(
                f"scenario {self.name} asks for {', '.join(others)}; captions and questions are written, and checked "
                "word by word, in English only, whoever the author is: set languages: [en]"
            )

    def plan_of(self, activity: str) -> Plan:
        """What may be asked of an activity here: its plan, narrowed by `only`."""
        plan, only = PLANS[activity], self.only.get(activity)
        if only is None:
            return plan
        narrowed = {name: value for name, value in only.model_dump().items() if value is not None}
        return Plan(
            plan.shape,
            **{"counts": plan.counts, "sides": plan.sides, "directions": plan.directions} | narrowed,
        )


_LATER_FIELDS = (
    "wording",
    "languages",
    "qa_roles",
    "only",
    "side_limit_m",
    "views",
    "radar_height_m",
    "radar_tilt_deg",
    "rooms",
)


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A built-in scenario by name, or one from a YAML or JSON file.

    Raises:
        InvalidScenario: no such name or file, or the content breaks a rule; all problems are named, with
            their lines.
    """
    name = str(name_or_path)
    path = builtin_path(name) if name in BUILTIN_SCENARIOS else Path(name_or_path)
    if name not in BUILTIN_SCENARIOS and (
        path.suffix not in (".yaml", ".yml", ".json") or not path.is_file()
    ):
        raise InvalidScenario(unknown_scenario(name, BUILTIN_SCENARIOS))
    parsed = parsed_file(path)
    return checked_scenario(parsed.content, str(path), parsed.lines)


def checked_scenario(
    content: object, source: str, lines: dict[tuple[str | int, ...], int] | None = None
) -> Scenario:
    """A scenario from plain values; `lines` says where each of them stands in the file `source`.

    Raises:
        InvalidScenario: naming every problem, one a line.
    """
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        fields: dict[Place, tuple[str, ...]] = {
            (): tuple(Scenario.model_fields),
            ("only",): tuple(Only.model_fields),
        }
        raise InvalidScenario(problems_in_words(source, error, lines or {}, fields)) from error
