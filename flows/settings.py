"""What one turn of the wheel is made of: the dial for size, the workspace, and the resolved settings."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer, field_validator

from data_lake.errors import InvalidInput
from llm_prompts import Gap, gaps_from_text, gaps_text
from llm_prompts.errors import InvalidScenario

if TYPE_CHECKING:
    from simulator import SimulationOptions

Scale = Literal["smoke", "small", "paper"]
AuthorName = Literal["grammar", "model"]
EngineName = Literal["processes", "dask"]

# Fields that say where, how fast and how patiently a turn works, never what it makes: they enter no id.
PLACE = ("workspace", "workers", "engine", "dask_address", "failure_quota")

DATASET_NAME_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class ScalePreset(BaseModel):
    """How much is made at one setting of the dial."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_motions: int = Field(gt=0, description="scripts written, one motion each")
    views_per_motion: int = Field(ge=1, le=8, description="radar views of each script-made motion")
    views_per_clip: int = Field(ge=1, le=8, description="radar views of each imported clip")
    motions_per_shard: int = Field(gt=0, description="motions in one unit of work")


SCALES: dict[Scale, ScalePreset] = {
    "smoke": ScalePreset(n_motions=320, views_per_motion=2, views_per_clip=8, motions_per_shard=8),
    "small": ScalePreset(n_motions=2_000, views_per_motion=8, views_per_clip=8, motions_per_shard=16),
    "paper": ScalePreset(n_motions=14_616, views_per_motion=8, views_per_clip=8, motions_per_shard=32),
}


class AuthorSettings(BaseModel):
    """Who writes, and what it may cost at most: a run, and a night (all runs of one date in UTC).

    The limits say how far a run gets and never what it makes: they enter no id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    author: AuthorName = "grammar"
    concurrency: int | None = Field(None, ge=1, le=256, description="calls of the model under way at once")
    budget_usd: float | None = Field(None, ge=0, description="of this run, in USD")
    budget_tokens: int | None = Field(None, ge=0, description="of this run, read and written")
    budget_requests: int | None = Field(None, ge=0, description="of this run")
    budget_minutes: float | None = Field(None, ge=0, description="of this run's authoring")
    night_usd: float | None = Field(None, ge=0, description="of all runs of a date (UTC), in USD")
    night_tokens: int | None = Field(None, ge=0, description="of all runs of a date (UTC)")
    night_requests: int | None = Field(None, ge=0, description="of all runs of a date (UTC)")
    night_minutes: float | None = Field(None, ge=0, description="of all runs of a date (UTC)")


AUTHORING_LIMITS = tuple(name for name in AuthorSettings.model_fields if name != "author")
"""Fields that say how far authoring goes, and nothing of what it makes."""


class TurnSettings(AuthorSettings):
    """Everything that decides what a turn makes; equal settings make equal ids.

    `workers` and `workspace` say where and how fast, never what, as the limits do: they enter no id.
    """

    dataset: str = Field("mmwave-sim", pattern=DATASET_NAME_PATTERN)
    scale: Scale = "smoke"
    scenario: str = "daily-living"
    motions: Path | None = Field(None, description="folder of real motion clips instead of scripts")
    body: Path | None = Field(None, description="licensed SMPL file; None is the stand-in body")
    radar: str = "mmexpert-iwr1843"
    seed: int = Field(0, ge=0)
    n_motions: int | None = Field(None, gt=0, description="overrides the scale's number of scripts")
    views: int | None = Field(None, ge=1, le=8, description="overrides the scale's views per motion")
    gaps: tuple[Gap, ...] = Field((), description="slices that are asked for first; `choose_gaps` finds them")
    overrides: tuple[str, ...] = Field(
        (),
        description="single options, such as encoder.epochs=5, wavellm.seed=1 or "
        "simulation.receiver.iq_gain_imbalance_db=0.5",
    )
    engine: EngineName = Field("processes", description="what the shards of a flow run on")
    dask_address: str = Field("", description="of a Dask cluster that exists; empty: one of this machine")
    failure_quota: float = Field(
        0.1, ge=0, le=1, description="share of shards that may fail before a run stops"
    )
    workspace: Path = Path("workspace")
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)

    @field_validator("scenario")
    @classmethod
    def _whole_path(cls, scenario: str) -> str:
        # a worker may have another current folder
        return (
            str(Path(scenario).resolve()) if Path(scenario).suffix in (".yaml", ".yml", ".json") else scenario
        )

    @field_validator("motions", "body")
    @classmethod
    def _exists(cls, path: Path | None) -> Path | None:
        if path is not None and not path.exists():
            raise ValueError(f"{path} does not exist; give the path of an existing folder or file")
        return path.resolve() if path is not None else None

    @field_validator("gaps", mode="before")
    @classmethod
    def _read(cls, gaps: object) -> object:
        if not isinstance(gaps, str):
            return gaps
        try:
            return gaps_from_text(gaps) if gaps.strip() else ()  # the text of a flow's form
        except InvalidScenario as error:
            raise ValueError(str(error)) from error

    @field_serializer("gaps")
    def _briefly(self, gaps: tuple[Gap, ...]) -> list[dict[str, Any]]:
        return [gap.model_dump(mode="json", exclude_defaults=True) for gap in gaps]

    @field_validator("overrides")
    @classmethod
    def _well_formed(cls, overrides: tuple[str, ...]) -> tuple[str, ...]:
        for text in overrides:
            if not re.fullmatch(r"(encoder|wavellm|simulation)(\.\w+)+=.+", text):
                raise ValueError(
                    f"{text!r} is not of the form encoder.epochs=5, wavellm.tune.epochs=2 or "
                    "simulation.scattering=diffuse"
                )
        if any(text.startswith("simulation.") for text in overrides):
            simulation_options(overrides)  # refused at the door, not in the middle of a turn
        return overrides

    def options_for(self, model: Literal["encoder", "wavellm"]) -> dict[str, Any]:
        """The overrides of one model's training, values read as JSON where they are JSON."""
        return _values_of(model, self.overrides)

    @property
    def preset(self) -> ScalePreset:
        """The scale's sizes, before overrides."""
        return SCALES[self.scale]

    @property
    def views_per_motion(self) -> int:
        """Radar views of each motion after overrides."""
        if self.views is not None:
            return self.views
        return self.preset.views_per_clip if self.motions else self.preset.views_per_motion


def simulation_options(overrides: Sequence[str]) -> SimulationOptions:
    """The simulator's default options with those changed that begin with "simulation.".

    Raises:
        SimulatorError: an option does not exist, or its value is impossible.
    """
    from simulator import SimulationOptions, with_option_values

    return with_option_values(SimulationOptions(), _values_of("simulation", overrides))


def _values_of(what: str, overrides: Sequence[str]) -> dict[str, Any]:
    """Overrides that begin with `what` and a dot: name to value."""
    chosen = (text.split(".", 1)[1] for text in overrides if text.startswith(f"{what}."))
    return {name: _value(text) for name, text in (item.split("=", 1) for item in chosen)}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text  # a name or a path


class Workspace:
    """The folder that holds the lake, the checkpoints and the results of all turns."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def lake(self) -> Path:
        """Root of the Delta tables."""
        return self.root / "lake"

    def checkpoint(self, checkpoint_id: str) -> Path:
        """Folder of one trained model; it exists only when training has finished."""
        return self.root / "checkpoints" / checkpoint_id

    def results(self, scorecard_id: str) -> Path:
        """Folder with the scorecard and pictures of one evaluation."""
        return self.root / "results" / scorecard_id

    @property
    def generated(self) -> Path:
        """Files that text-to-motion commands wrote, one for each caption and seed."""
        return self.root / "generated"

    @property
    def caption_vectors(self) -> Path:
        """Sentence vectors of captions that were searched, kept from one search to the next."""
        return self.root / "caption_vectors.npz"

    @property
    def shown(self) -> Path:
        """Folder for the pictures that `mmflywheel show` writes."""
        return self.root / "shown"


def settings_from_flow(**parameters: object) -> TurnSettings:
    """Flat form values to settings: empty texts and zeros mean `not given`.

    Raises:
        InvalidInput: a value cannot be; the page of the run shows the words, so they name the field and what is wrong.
    """
    optional = ("n_motions", "views", "workers", "motions", "body", *AUTHORING_LIMITS)
    given = {name: value for name, value in parameters.items() if value or name not in optional}
    try:
        return TurnSettings.model_validate(given)
    except ValidationError as error:
        problems = ((".".join(map(str, one["loc"])), one["input"], one["msg"]) for one in error.errors())
        raise InvalidInput(
            "; ".join(
                f"{field} {value!r}: {said.removeprefix('Value error, ')}" for field, value, said in problems
            )
        ) from None


def flow_parameters(
    settings: TurnSettings, *, with_training: bool, with_limits: bool = True
) -> dict[str, Any]:
    """The inverse of `settings_from_flow`: what the form would have sent to a flow.

    Args:
        settings: of the run.
        with_training: whether the flow trains.
        with_limits: whether it makes anything, so that budgets and engine concern it.
    """
    left_out = set() if with_limits else {*AUTHORING_LIMITS, "engine", "dask_address", "failure_quota"}
    parameters = settings.model_dump(mode="json", exclude_none=True, exclude=left_out)
    parameters["gaps"] = gaps_text(settings.gaps) if settings.gaps else ""
    if not with_training:
        parameters["overrides"] = [text for text in settings.overrides if text.startswith("simulation.")]
    return parameters
