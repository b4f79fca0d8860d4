"""From settings to shards: which motions are made, seen from where, and under which ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from data_lake import content_id, seed_of
from data_lake.tensor_codec import TENSOR_SHAPE
from llm_prompts import BUILTIN_SCENARIOS, TEXT_VERSION, load_scenario
from llm_prompts.errors import InvalidScenario
from simulator import (
    IMPORT_VERSION,
    SEXES,
    SIMULATOR_VERSION,
    SYNTHESIS_VERSION,
    VIEWS,
    BodyModel,
    MotionClip,
    MotionScript,
    Placement,
    RadarConfig,
    Room,
    SimulationOptions,
    activity_of,
    load_body,
    resolve_radar,
)
from simulator.errors import RadarConfigError

from .place_radar import Site, rooms_of
from .settings import AUTHORING_LIMITS, PLACE, TurnSettings, simulation_options

# Imported clips carry no placement of their own: a person in the middle of a room, seen from its wall.
CLIP_RANGE_M = 3.5
CLEARANCE_M = 1.5


@dataclass(frozen=True)
class ScriptSource:
    """A motion that the engine will make from a stored script, in front of the radar of its brief."""

    script_id: str
    author: str
    script: MotionScript
    site: Site = field(default_factory=Site)
    gap_id: str | None = None
    """The gap that asked for the script; it enters no id."""

    @property
    def source_id(self) -> str:
        """The script's id."""
        return self.script_id

    @property
    def family_key(self) -> str:
        """What must never be in two splits: all motions of one script."""
        return self.script_id

    @property
    def activity(self) -> str:
        """The label of the script's main step."""
        return activity_of(self.script)

    @property
    def sex(self) -> str:
        """The subject's, which chooses the body."""
        return self.script.subject.sex

    def motion_id(self, body: BodyModel) -> str:
        """Identity of the motion made from this script on this body."""
        return content_id(
            "mot", {"script_id": self.script_id, "synthesis": SYNTHESIS_VERSION, "body": body.content_hash}
        )

    def placement(self, view: str) -> Placement:
        """Where the script puts the person, turned for one view."""
        return self.site.placement(self.script.start, view)


@dataclass(frozen=True)
class ClipSource:
    """A motion that was recorded, or made by a text-to-motion model: a file, or a window of a long one.

    `reading` is what the reader was told beside the file's content, as `reading_of` gives it.
    """

    clip: MotionClip
    reading: Mapping[str, float] = field(default_factory=dict)

    @property
    def source_id(self) -> str:
        """The clip's id: what the file contains, not what it is called; how it was read, where a window starts."""
        return clip_id_of(self.clip.content_hash, self.clip.start_s, self.clip.family, self.reading)

    @property
    def family_key(self) -> str:
        """What must never be in two splits: all views of all windows of one file, or of its family of files."""
        return content_id("clp", {"content": self.clip.family or self.clip.content_hash})

    @property
    def activity(self) -> str | None:
        """The clip's own label, where its folder names one."""
        return self.clip.label

    @property
    def sex(self) -> str:
        """Clips are fitted to the neutral body: most say nothing of who moved."""
        return "neutral"

    def motion_id(self, body: BodyModel) -> str:
        """Identity of the clip fitted to this body."""
        return clip_motion_id(self.source_id, body)

    def placement(self, view: str) -> Placement:
        """In front of the radar, facing it, turned for one view, and so far away that it never walks into it."""
        placement = Placement(CLIP_RANGE_M, 0.0, 0.0, view=view)
        path = self.clip.motion.transl - self.clip.motion.transl[0]
        nearest_m = float(
            (path @ placement.rotation.T)[:, 1].min()
        )  # along the radar's axis, negative = towards it
        return replace(placement, range_m=max(CLIP_RANGE_M, CLEARANCE_M - nearest_m))


def clip_id_of(content_hash: str, start_s: float, family: str, reading: Mapping[str, float]) -> str:
    """Identity of a clip; what is at its default does not enter."""
    identity: dict[str, object] = {"content": content_hash}
    optional = {"start_s": start_s, "family": family, "reading": dict(reading)}
    return content_id("clp", identity | {name: value for name, value in optional.items() if value})


def clip_motion_id(clip_id: str, body: BodyModel) -> str:
    """Identity of a clip fitted to a body."""
    return content_id("mot", {"clip": clip_id, "import": IMPORT_VERSION, "body": body.content_hash})


MotionSource = ScriptSource | ClipSource


@dataclass(frozen=True)
class PlannedSample:
    """One capture that is to exist: its id is known before it is made."""

    sample_id: str
    placement: Placement
    noise_seed: int
    options: SimulationOptions


@dataclass(frozen=True)
class Shard:
    """One idempotent unit of work."""

    index: int
    sources: tuple[MotionSource, ...]
    activities: tuple[str, ...]

    @property
    def key(self) -> str:
        """Names the content, so that a changed plan is never mistaken for work already done."""
        return content_id("shd", {"sources": [source.source_id for source in self.sources]})


def split_into_shards(sources: Iterable[MotionSource], activities: tuple[str, ...], size: int) -> list[Shard]:
    """Consecutive shards of at most `size` motions; a motion listed twice is made once."""
    unique = list({source.source_id: source for source in sources}.values())
    return [
        Shard(index, tuple(unique[start : start + size]), activities)
        for index, start in enumerate(range(0, len(unique), size))
    ]


def choose_views(motion_id: str, count: int, allowed: str = VIEWS) -> str:
    """`count` of the allowed views, or all where they are fewer, evenly spaced from a start drawn from the motion's id.

    Over many motions every view is equally likely, so the model cannot lean on one aspect angle.
    """
    n = len(allowed)
    count = min(count, n)
    start = seed_of(motion_id, "views") % n
    return "".join(allowed[(start + i * n // count) % n] for i in range(count))


@dataclass(frozen=True)
class SamplePlan:
    """Everything that decides which captures a motion gets, and what is said of them.

    `bodies` holds a body for every sex; of a licensed file, the same one for all. `rooms` are those that briefs
    name; a room among the options comes first. `qa_roles` are the shares of the roles of questions, where asked for.
    """

    bodies: Mapping[str, BodyModel]
    radar: RadarConfig
    options: SimulationOptions
    views: int
    activities: tuple[str, ...]
    rooms: Mapping[str, Room | None] = field(default_factory=dict)
    qa_roles: Mapping[str, float] = field(default_factory=dict)

    def body_of(self, source: MotionSource) -> BodyModel:
        """The body that makes this motion."""
        return self.bodies[source.sex]

    def samples_of(self, source: MotionSource) -> list[PlannedSample]:
        """The captures of one motion. Their ids cover all that can change the tensor or its words."""
        motion_id = source.motion_id(self.body_of(source))
        options, views = (
            self.options_of(source),
            VIEWS if isinstance(source, ClipSource) else source.site.views,
        )
        planned = []
        for view in choose_views(motion_id, self.views, views):
            placement = source.placement(view)
            sample_id = self.sample_id(motion_id, placement, options)
            planned.append(PlannedSample(sample_id, placement, seed_of(sample_id, "noise"), options))
        return planned

    def sample_id(self, motion_id: str, placement: Placement, options: SimulationOptions) -> str:
        """Identity of one capture of a motion, with all that can change its tensor or its words."""
        roles = [dict(self.qa_roles)] if self.qa_roles else []
        identity: dict[str, Any] = {
            "motion_id": motion_id,
            "radar": self.radar.to_dict(),
            "placement": placement.to_dict(),
            "options": options.to_dict(),
            "simulator": SIMULATOR_VERSION,
            "words": [TEXT_VERSION, *self.activities, *roles],
        }
        return content_id("smp", identity)

    def options_of(self, source: MotionSource) -> SimulationOptions:
        """The plan's options, in the room of the motion's brief.

        Raises:
            InvalidScenario: the brief names a room that the plan's scenario does not have.
        """
        name = source.site.room if isinstance(source, ScriptSource) else None
        if name is None or self.options.room is not None:
            return self.options
        if name not in self.rooms:
            raise InvalidScenario(
                f"script {source.source_id} was written for room {name!r}, which the scenario of this run does not "
                f"have (it has {', '.join(self.rooms) or 'none'}): run it with the scenario that it was written for"
            )
        return replace(self.options, room=self.rooms[name])


def tensor_radar(name: str) -> RadarConfig:
    """A preset or a .cfg file as a radar whose doppler_time has the dataset's shape; frames as many as that needs.

    Raises:
        RadarConfigError: no such radar, or one with another number of Doppler bins.
    """
    n_frames, n_bins = TENSOR_SHAPE
    radar = resolve_radar(name, n_frames)
    if radar.n_chirps != n_bins:
        raise RadarConfigError(
            f"radar {radar.name!r} has {radar.n_chirps} chirps of a transmitter per frame, so as many Doppler bins; a "
            f"dataset's doppler_time is [{n_frames}, {n_bins}]: take a radar with {n_bins} loops per frame, or look at "
            "this one with `mmflywheel simulate`"
        )
    return radar


def load_bodies(path: Path | None) -> dict[str, BodyModel]:
    """A body for every sex that a script may name: the stand-ins, or one licensed file for all of them.

    Raises:
        SimulatorError: the file is no SMPL model.
    """
    if path is not None:
        return dict.fromkeys(SEXES, load_body(path))
    return {sex: load_body(sex=sex) for sex in SEXES}


def sample_plan(settings: TurnSettings, activities: tuple[str, ...]) -> SamplePlan:
    """The plan of these settings; `activities` are the answers that an activity question offers."""
    scenario = load_scenario(settings.scenario) if settings.motions is None else None
    return SamplePlan(
        load_bodies(settings.body),
        tensor_radar(settings.radar),
        simulation_options(settings.overrides),
        settings.views_per_motion,
        activities,
        rooms_of(scenario) if scenario is not None else {},
        scenario.qa_roles if scenario is not None else {},
    )


def configuration_id(settings: TurnSettings) -> str:
    """Identity of what is asked for: equal settings on equal code make the same dataset."""
    bodies, radar = load_bodies(settings.body), tensor_radar(settings.radar)
    asked = settings.model_dump(
        mode="json", exclude={*PLACE, "motions", "body", "overrides", "gaps", *AUTHORING_LIMITS}
    )
    return content_id(
        "cfg",
        {
            "settings": asked | _scenario_name(settings) | _gaps_content(settings),
            "motions": Path(settings.motions).name if settings.motions else None,
            **_scenario_content(settings),
            "bodies": {sex: body.content_hash for sex, body in bodies.items()},
            "radar": radar.to_dict(),
            "options": simulation_options(settings.overrides).to_dict(),
            "versions": [SIMULATOR_VERSION, SYNTHESIS_VERSION, IMPORT_VERSION, TEXT_VERSION],
        },
    )


def _scenario_name(settings: TurnSettings) -> dict[str, str]:
    """A file's scenario by its own name: where the file lies makes no other dataset."""
    named = settings.motions is not None or settings.scenario in BUILTIN_SCENARIOS
    return {} if named else {"scenario": load_scenario(settings.scenario).name}


def _gaps_content(settings: TurnSettings) -> dict[str, object]:
    """Slices and numbers, not the reasons: why it is asked for makes no other dataset. Nothing where none is given."""
    gaps = [[gap.content_hash, gap.n_samples] for gap in settings.gaps]
    return {"gaps": gaps} if gaps else {}


def _scenario_content(settings: TurnSettings) -> dict[str, str]:
    """What the scenario's name does not say: nothing for a built-in one in its first version."""
    if settings.motions is not None:
        return {}
    scenario = load_scenario(settings.scenario)
    first = settings.scenario in BUILTIN_SCENARIOS and scenario.version == "1"
    return {} if first else {"scenario": scenario.content_hash}
