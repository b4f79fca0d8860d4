"""Make a sample again from what the lake knows of it, and compare it with what the lake holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from data_lake import Lake, content_id, unpack_float32
from data_lake.errors import InvalidInput, NotInLake
from data_lake.tensor_codec import MAPS, codes_of
from simulator import (
    BodyModel,
    BodyMotion,
    MotionScript,
    Placement,
    PosedBody,
    pose_body,
    synthesize,
)

from .make_shard import RowMaker
from .note_setup import VERSIONS, plan_of_setup
from .one_thread import in_one_thread
from .place_radar import Site
from .plan_dataset import ClipSource, MotionSource, PlannedSample, SamplePlan, ScriptSource, load_bodies
from .recall_setup import plan_of_run
from .record_run import code_version, environment_hash
from .store_clips import clips_in, motion_of_row

MotionOf = Literal["script", "stored"]

TOLERANCE_CODES = 1
"""Another processor or library rounds sums in another order: a level may fall on the other side of a step."""
MOTION_ENGINE = "motion engine"
LARGEST_CODE = 255
_WORDS = ("captions", "qa_pairs", "quality_flags")


class CannotRegenerate(NotInLake):
    """The lake lacks something that the sample was made from, or this release cannot make it."""


@dataclass(frozen=True)
class Ancestor:
    """Something that a sample was made from: what it was then, and what it is here; None: not known."""

    name: str
    then: str | None
    now: str | None
    decides: bool = True
    """Whether the sample is another one where this differs; code and environment may differ without effect."""

    @property
    def differs(self) -> bool:
        """Whether both are known and are not the same."""
        return None not in (self.then, self.now) and self.then != self.now


@dataclass(frozen=True)
class Ingredients:
    """All that a sample is made from, as the lake tells it."""

    sample: Mapping[str, Any]
    motion: Mapping[str, Any]
    plan: SamplePlan
    source: MotionSource
    planned: PlannedSample
    knows_words: bool
    """False for samples older than table setups: which answers were offered is not told."""
    ancestors: tuple[Ancestor, ...]
    stored_motion: BodyMotion | None = None
    """The motion as the lake holds it (float32), where the engine is not to perform the script again."""

    @property
    def body(self) -> BodyModel:
        """The body that moves."""
        return self.plan.body_of(self.source)

    @property
    def other_makers(self) -> tuple[Ancestor, ...]:
        """Ancestors that are not what they were, so that what is made now is not what the sample was made of."""
        return tuple(one for one in self.ancestors if one.differs and one.decides and one.name != "texts")

    @property
    def performs_script(self) -> bool:
        """Whether the engine performs the script again; else the motion is the one that the lake holds."""
        return self.stored_motion is None and isinstance(self.source, ScriptSource)

    def made_motion(self) -> BodyMotion:
        """The motion: as stored if so asked, else performed again from its script and seed, or the clip as stored."""
        if self.stored_motion is not None:
            return self.stored_motion
        if isinstance(self.source, ClipSource):
            return self.source.clip.motion
        return synthesize(self.source.script, int(self.motion["motion_seed"]), self.body)

    def posed(self) -> PosedBody:
        """The body in motion, ready to be seen by the radar."""
        options = self.planned.options
        return pose_body(
            self.made_motion(),
            self.body,
            self.plan.radar,
            n_scatterers=options.n_scatterers,
            surface_seed=options.surface_seed,
            material=options.material,
        )


@dataclass(frozen=True)
class Regenerated:
    """A sample that was made again, and how it compares.

    Attributes:
        row: of `samples`, made now.
        n_codes: cells of doppler_time, and of the other views where they are stored.
        n_other_codes: of them, how many differ from the stored ones.
        max_error_db: largest difference of a cell, dB.
        motion: "performed" again from its script, or "as stored".
        max_motion_error: largest difference of a motion array (rad or m); None: the motion was not performed again.
        other_words: of captions, questions and flags, which differ.
        verdict: "identical", "within tolerance" or "differs".
    """

    sample_id: str
    row: Mapping[str, Any]
    ancestors: tuple[Ancestor, ...]
    n_codes: int
    n_other_codes: int
    max_error_db: float
    motion: str
    max_motion_error: float | None
    other_words: tuple[str, ...]
    verdict: str

    @property
    def differing(self) -> tuple[Ancestor, ...]:
        """Ancestors that are not what they were."""
        return tuple(ancestor for ancestor in self.ancestors if ancestor.differs)


@in_one_thread
def gather_ingredients(
    lake: Lake, sample_id: str, body_path: Path | None = None, motion_of: MotionOf = "script"
) -> Ingredients:
    """Collect what a sample was made from.

    Args:
        lake: where it is.
        sample_id: its whole id, or the beginning of it.
        body_path: licensed body file, where the sample was made with one.
        motion_of: "script" performs the script again with this release's engine; "stored" takes the motion that the
            lake holds, so that an engine that has moved on changes nothing. Clips are always taken as stored.

    Raises:
        CannotRegenerate: it was recorded by a real radar, or something that it was made from is not in the lake.
        InvalidInput: the id is of something else than a sample.
        SimulatorError: the body file is unusable.
    """
    story = lake.lineage(sample_id)
    if story["kind"] != "sample":
        raise InvalidInput(f"{story['id']} is a {story['kind']}; only samples are made again")
    sample, motion = story["sample"], story["motion"]
    if sample["origin"] == "real" or motion is None:
        raise CannotRegenerate(
            f"sample {story['id']} cannot be made again: it was not simulated from a motion of this lake "
            f"(origin {sample['origin']!r}, motion {sample['motion_id']})"
        )
    bodies = load_bodies(body_path)
    plan = plan_of_setup(story["setup"], bodies) if story["setup"] else plan_of_run(story, bodies)
    source = _source(lake, story)
    placement = Placement(**sample["placement"]) if sample["placement"] else _placement_of_columns(sample)
    planned = PlannedSample(story["id"], placement, sample["noise_seed"], plan.options)
    as_stored = motion_of == "stored" and isinstance(source, ScriptSource)
    ancestors = _ancestors(story, plan, source, planned, as_stored)
    knows_words = story["setup"] is not None
    stored = motion_of_row(_motion_row(lake, motion)) if as_stored else None
    return Ingredients(sample, motion, plan, source, planned, knows_words, ancestors, stored)


@in_one_thread
def regenerate_sample(lake: Lake, ingredients: Ingredients) -> Regenerated:
    """Make a sample again and compare it with the stored one.

    Raises:
        CannotRegenerate: the simulator refuses what it once made.
    """
    sample_id = ingredients.planned.sample_id
    maker = _Remaker(ingredients)
    motions, samples = maker.rows_of(ingredients.source, [ingredients.planned])
    if not samples:
        reason = maker.refused[0].reasons[0]
        raise CannotRegenerate(f"sample {sample_id} cannot be made again by this release: {reason}")
    stored = lake.row("samples", sample_id)
    assert stored is not None  # its lineage was found
    made = samples[0]
    maps = [name for name in MAPS if stored[name] is not None]
    then, now = _codes(stored, maps), _codes(made, [name for name in maps if made.get(name) is not None])
    apart = np.abs(then - now) if then.size == now.size else np.full(then.size, LARGEST_CODE)
    same_law = all(stored[name] == made[name] for name in ("dtype", "db_offset", "db_step", "n_valid_frames"))
    verdict = "identical"
    if apart.any() or not same_law:
        verdict = "within tolerance" if same_law and int(apart.max()) <= TOLERANCE_CODES else "differs"
    words = _WORDS if ingredients.knows_words else ()
    error = _motion_error(lake, ingredients, motions[0])
    return Regenerated(
        sample_id=sample_id,
        row=made,
        ancestors=ingredients.ancestors,
        n_codes=int(apart.size),
        n_other_codes=int(np.count_nonzero(apart)),
        max_error_db=float(apart.max()) * float(stored["db_step"]),
        motion="as stored" if error is None else "performed",
        max_motion_error=error,
        other_words=tuple(name for name in words if _plain(stored[name]) != _plain(made[name])),
        verdict=verdict,
    )


class _Remaker(RowMaker):
    """Makes rows with the seed that the motion was made with, whatever today's versions would draw."""

    def __init__(self, ingredients: Ingredients) -> None:
        super().__init__(ingredients.plan, str(ingredients.sample["config_hash"]), "regenerate")
        self._ingredients = ingredients

    def _motion(self, source: MotionSource, motion_id: str) -> tuple[BodyMotion, int]:
        return self._ingredients.made_motion(), int(self._ingredients.motion["motion_seed"])


def _codes(row: Mapping[str, Any], maps: Sequence[str]) -> NDArray[np.int64]:
    return np.concatenate([codes_of(row, name).astype(np.int64).ravel() for name in maps])


def _source(lake: Lake, story: Mapping[str, Any]) -> MotionSource:
    sample = story["sample"]
    if sample["script_id"] is not None:
        if story["script"] is None:
            raise CannotRegenerate(f"script {sample['script_id']} of sample {story['id']} is not in the lake")
        try:
            script = MotionScript.model_validate(story["script"]["script"])
        except ValidationError as error:
            raise CannotRegenerate(
                f"script {sample['script_id']} of sample {story['id']} breaks a rule of this release's scripts "
                f"({error.errors()[0]['msg']}): use the release that made it, {sample['code_version']}"
            ) from error
        return ScriptSource(sample["script_id"], sample["author"], script, Site(), sample.get("gap_id"))
    if story["clip"] is None:
        raise CannotRegenerate(
            f"sample {story['id']} is of a clip that was imported before the lake kept imports (table clips): "
            "import its folder again"
        )
    row = lake.row("clips", story["clip"]["entry_id"])
    assert row is not None  # the story has it
    return clips_in(lake, [row])[0]


def _placement_of_columns(sample: Mapping[str, Any]) -> Placement:
    """Placement of a sample that is older than column `placement`: then no radar was tilted."""
    return Placement(
        sample["range_m"],
        sample["azimuth_deg"],
        sample["heading_deg"],
        sample["radar_height_m"],
        sample["view"],
    )


def _ancestors(
    story: Mapping[str, Any],
    plan: SamplePlan,
    source: MotionSource,
    planned: PlannedSample,
    motion_as_stored: bool,
) -> tuple[Ancestor, ...]:
    sample, motion, setup = story["sample"], story["motion"], story["setup"]
    body = plan.body_of(source)
    then = setup["versions"] if setup else {}
    is_script = isinstance(source, ScriptSource)
    engine = MOTION_ENGINE if is_script else "importer"
    runs = {run["run_id"]: run for run in story["runs"]}
    environment = runs.get(sample["run_id"], {}).get("environment_hash")
    motion_id = str(motion["motion_id"]) if motion_as_stored else source.motion_id(body)
    # the parts of an id that an older row does not tell cannot be compared
    made_id = plan.sample_id(motion_id, planned.placement, planned.options) if setup else None
    body_then, body_now = (
        (setup["body"]["content_hash"], body.content_hash) if setup else (sample["body_source"], body.source)
    )
    return (
        Ancestor("body", body_then, body_now),
        Ancestor(
            engine,
            sample["synthesis_version"],
            VERSIONS["synthesis" if is_script else "importer"],
            decides=not motion_as_stored,
        ),
        Ancestor("motion", motion["motion_id"], motion_id),
        Ancestor("radar", sample["radar_hash"], content_id("rad", plan.radar.to_dict())),
        Ancestor("simulator", sample["simulator_version"], VERSIONS["simulator"]),
        Ancestor("texts", then.get("texts"), VERSIONS["texts"]),
        Ancestor("sample", story["id"], made_id),
        Ancestor("code", sample["code_version"], code_version(), decides=False),
        Ancestor("environment", environment, environment_hash(), decides=False),
    )


def _motion_error(lake: Lake, ingredients: Ingredients, made: Mapping[str, Any]) -> float | None:
    """Largest difference between the stored motion and the one performed now, rad or m."""
    if not ingredients.performs_script:
        return None
    stored = _motion_row(lake, ingredients.motion)
    errors = [_error(stored[name], made[name]) for name in ("betas", "global_orient", "body_pose", "transl")]
    return max(errors)


def _motion_row(lake: Lake, motion: Mapping[str, Any]) -> Mapping[str, Any]:
    row = lake.row("motions", str(motion["motion_id"]))
    assert row is not None  # the story has it
    return row


def _error(then: bytes, now: bytes) -> float:
    if len(then) != len(now):
        return float("inf")
    apart: NDArray[np.float32] = np.abs(unpack_float32(then, (-1,)) - unpack_float32(now, (-1,)))
    return float(apart.max(initial=0.0))


def _plain(value: object) -> object:
    """A value as the lake gives it back: missing entries of records are None there."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in sorted(value.items()) if item is not None and item != []}
    return value


def explain_differences(made: Regenerated) -> str:
    """Say in a sentence why a sample came out otherwise, as far as its lineage tells."""
    deciding = [ancestor for ancestor in made.differing if ancestor.decides]
    if deciding:
        way_out = (
            "; the lake holds the motion that the sample was made of: --motion stored takes it instead of the engine's"
            if any(ancestor.name == MOTION_ENGINE for ancestor in deciding)
            else ""
        )
        named = "; ".join(f"{a.name} was {a.then}, is {a.now}" for a in deciding)
        return f"other ancestors: {named}{way_out}"
    others = [ancestor.name for ancestor in made.differing]
    if others:
        return (
            f"no ancestor that enters its id differs, but {' and '.join(others)} do: another release or other "
            "libraries, whose version number did not move"
        )
    return "no ancestor differs: the stored row or this machine's arithmetic is not what it was"


def result_record(made: Regenerated) -> dict[str, Any]:
    """The comparison as JSON values."""
    return {
        "sample_id": made.sample_id,
        "verdict": made.verdict,
        "codes": made.n_codes,
        "other_codes": made.n_other_codes,
        "max_error_db": made.max_error_db,
        "tolerance_codes": TOLERANCE_CODES,
        "motion": made.motion,
        "max_motion_error": made.max_motion_error,
        "other_words": list(made.other_words),
        "ancestors": [
            {"name": a.name, "then": a.then, "now": a.now, "differs": a.differs, "decides": a.decides}
            for a in made.ancestors
        ],
    }
