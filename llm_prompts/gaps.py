"""Gaps: slices of what a model gets wrong or a dataset lacks, and how many samples each asks for."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from simulator.motion.script import AGE_GROUPS, BUILDS, EMOTIONS, SEXES

from .errors import InvalidScenario
from .plans import LONGEST_MAIN_S, PLANS, repetitions_fit
from .scenario import ALL_VIEWS, Scenario
from .scenario_fields import Range
from .scenario_problems import nearest, problems_in_words, scenario_problem

PACES = ("slow", "ordinary", "fast")
ATTRIBUTES = ("count", "side", "direction", "pace", "sex", "build", "age_group", "emotion")
_PEOPLE = {"sex": SEXES, "build": BUILDS, "age_group": AGE_GROUPS, "emotion": EMOTIONS}
Value = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


def _views(views: str) -> str:
    if not views or set(views) - set(ALL_VIEWS) or len(set(views)) < len(views):
        raise ValueError(f"{views!r} must be different letters of {ALL_VIEWS}, such as AE")
    return views


class Gap(BaseModel):
    """A slice activity x attribute values x views x ranges, and how many samples it asks for.

    What is left out is not narrowed: a gap without an activity is drawn from all of the scenario's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    n_samples: int = Field(gt=0, le=1_000_000)
    activity: str | None = None
    attributes: dict[str, Value] = {}
    views: Annotated[str, AfterValidator(_views)] = ALL_VIEWS
    range_m: Range | None = None
    reason: str = Field(default="", max_length=500, description="for people: why it is asked for")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.activity is not None and self.activity not in PLANS:
            listed = ", ".join(sorted(PLANS))
            raise scenario_problem(
                ("activity",),
                f"unknown {self.activity!r}{nearest(self.activity, tuple(PLANS))} Allowed are {listed}",
            )
        for name, value in self.attributes.items():
            if name not in ATTRIBUTES:
                raise scenario_problem(
                    ("attributes", name),
                    f"unknown attribute{nearest(name, ATTRIBUTES)} Allowed are {', '.join(ATTRIBUTES)}",
                )
            allowed = {"pace": PACES, **_PEOPLE}.get(name)
            if allowed is None:
                allowed = tuple(map(str, self._plan_values(name)))
            if value not in allowed:
                of = f"of {self.activity} " if self.activity else ""
                raise scenario_problem(
                    ("attributes", name),
                    f"no {name} {of}is {value!r}; there are {', '.join(allowed) or 'none'}",
                )
        return self

    def _plan_values(self, name: str) -> list[object]:
        plans = [PLANS[self.activity]] if self.activity else PLANS.values()
        return list(dict.fromkeys(value for plan in plans for value in getattr(plan, f"{name}s")))

    @property
    def content_hash(self) -> str:
        """Hash of the slice; how many are asked for and why does not enter, so that more can be asked later."""
        content = self.model_dump(mode="json", exclude={"n_samples", "reason"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def in_words(self) -> str:
        """The slice on one line, such as `kick, side left, views C, 4-6 m`."""
        parts = [
            self.activity or "any activity",
            *(f"{name} {value}" for name, value in self.attributes.items()),
        ]
        if self.views != ALL_VIEWS:
            parts.append(f"view{'s' if len(self.views) > 1 else ''} {self.views}")
        if self.range_m is not None:
            parts.append(f"{self.range_m[0]:g}-{self.range_m[1]:g} m")
        return ", ".join(parts)

    def n_briefs(self, views_per_motion: int = 1, allowed: str = ALL_VIEWS) -> int:
        """How many motions make the samples, where each motion is seen in so many of the allowed views at most."""
        return math.ceil(self.n_samples / self.n_views(views_per_motion, allowed))

    def n_views(self, views_per_motion: int, allowed: str = ALL_VIEWS) -> int:
        """In how many views each motion is seen; 1 where none is allowed, which `within` refuses."""
        return max(1, min(views_per_motion, len(set(allowed) & set(self.views))))

    def within(self, scenario: Scenario) -> Scenario:
        """The scenario narrowed to this slice.

        Raises:
            InvalidScenario: the scenario has nothing of that kind.
        """
        activities = [name for name in scenario.activities if self._has(scenario, name)]
        if not activities:
            raise InvalidScenario(
                f"gap {self.in_words!r}: scenario {scenario.name} has no such activity, or not so many repetitions at "
                f"this pace fit into the {LONGEST_MAIN_S:g} s of a main action; it has "
                f"{', '.join(scenario.activity_labels)}"
            )
        views = "".join(view for view in scenario.views if view in self.views)
        if not views:
            raise InvalidScenario(
                f"gap {self.in_words!r}: scenario {scenario.name} is seen in {scenario.views} only"
            )
        changes: dict[str, object] = {
            "activities": {name: scenario.activities[name] for name in activities},
            "views": views,
            "only": self._only(scenario, activities),
        }
        if "pace" in self.attributes:
            changes["pace_weights"] = tuple(float(pace == self.attributes["pace"]) for pace in PACES)
        for name, field in (
            ("sex", "sexes"),
            ("build", "builds"),
            ("age_group", "age_groups"),
            ("emotion", "emotions"),
        ):
            if name in self.attributes:
                changes[field] = {self.attributes[name]: 1.0}
        if self.range_m is not None:
            changes["range_m"] = self.range_m
        try:
            return Scenario.model_validate({**scenario.model_dump(), **changes})
        except ValidationError as error:
            raise InvalidScenario(
                problems_in_words(f"gap {self.in_words!r} in scenario {scenario.name}", error, {}, {})
            ) from error

    def _has(self, scenario: Scenario, activity: str) -> bool:
        if self.activity not in (None, activity):
            return False
        plan = scenario.plan_of(activity)
        if {"count", "pace"} <= set(self.attributes) and not repetitions_fit(
            activity, int(self.attributes["count"]), self.attributes["pace"]
        ):
            return False
        return all(
            self.attributes[name] in map(str, getattr(plan, f"{name}s"))
            for name in ("count", "side", "direction")
            if name in self.attributes
        )

    def _only(self, scenario: Scenario, activities: Sequence[str]) -> dict[str, object]:
        narrowed: dict[str, object] = {}
        for activity in activities:
            there = scenario.only.get(activity)
            only = there.model_dump() if there is not None else {}
            for name in ("side", "direction"):
                if name in self.attributes:
                    only[f"{name}s"] = (self.attributes[name],)
            if "count" in self.attributes:
                only["counts"] = (int(self.attributes["count"]),)
            if only:
                narrowed[activity] = only
        return narrowed


def load_gaps(path: Path) -> tuple[Gap, ...]:
    """Read gaps from a JSON file: a list of them.

    Raises:
        InvalidScenario: no such file, not JSON, or a gap that does not exist, named by its place in the list.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidScenario(f"{path} cannot be read: {error}") from error
    return gaps_from_text(text, str(path))


def gaps_from_text(text: str, source: str = "gaps") -> tuple[Gap, ...]:
    """Read gaps from JSON: a list of them; `source` names it in errors.

    Raises:
        InvalidScenario: not JSON, or a gap that does not exist, named by its place in the list.
    """
    try:
        return tuple(TypeAdapter(tuple[Gap, ...]).validate_json(text))
    except ValidationError as error:
        raise InvalidScenario(problems_in_words(source, error, {}, {(): tuple(Gap.model_fields)})) from error


def gaps_text(gaps: Iterable[Gap]) -> str:
    """Gaps as the JSON that `load_gaps` reads."""
    return json.dumps([gap.model_dump(mode="json", exclude_defaults=True) for gap in gaps], indent=2) + "\n"
