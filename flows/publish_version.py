"""Gather what the shards committed into an immutable dataset version."""

from __future__ import annotations

from dataclasses import dataclass

from data_lake import DatasetVersion, Lake, content_id
from data_lake.errors import LakeError

from .gather_motions import Gathered
from .open_lake import refused_samples
from .plan_dataset import sample_plan, tensor_radar
from .record_run import RunRecord, code_version, environment_hash
from .settings import PLACE, TurnSettings

START_TRAINING = "start_training"


class IncompleteDataset(LakeError):
    """Some planned samples are neither in the lake nor refused by simulator or quality gate."""


@dataclass(frozen=True)
class Coverage:
    """Which of the planned samples the lake holds, which were refused on the way, and which were not made."""

    present: tuple[str, ...]
    refused: tuple[str, ...]
    missing: tuple[str, ...] = ()


def cover_plan(settings: TurnSettings, lake: Lake, gathered: Gathered, may_miss: int = 0) -> Coverage:
    """Compare the plan with the lake; up to `may_miss` samples may be neither made nor refused.

    Raises:
        IncompleteDataset: more are missing; nothing is published from half a dataset.
    """
    plan = sample_plan(settings, gathered.activities)
    wanted = {planned.sample_id for source in gathered.sources for planned in plan.samples_of(source)}
    present = lake.known("samples", wanted)
    refused = refused_samples(lake, wanted - present)
    missing = wanted - present - refused
    if len(missing) > may_miss:
        raise IncompleteDataset(
            f"{len(missing)} of {len(wanted)} planned samples of {settings.dataset!r} are not in the lake; "
            "nothing is published. Make them with the same options (`mmflywheel generate`, or the run that was to): "
            "only what is missing is made"
        )
    return Coverage(tuple(sorted(present)), tuple(sorted(refused)), tuple(sorted(missing)))


def publish_version(
    settings: TurnSettings, lake: Lake, coverage: Coverage, run: RunRecord, start_training: bool = True
) -> DatasetVersion:
    """Publish the covered samples as `name@N`; content that has a version gives that version back.

    Where nobody is to train on it unasked, its parameters say so.

    Raises:
        LakeError: no sample passed the quality gate, or the lake is busy.
    """
    radar = tensor_radar(settings.radar)
    return lake.publish(
        settings.dataset,
        coverage.present,
        run_id=run.run_id,
        parameters={
            **settings.model_dump(mode="json", exclude=set(PLACE)),
            # a .cfg file may be gone when somebody asks what the radar was
            "radars": {content_id("rad", radar.to_dict()): radar.to_dict()},
            **({"n_missing": len(coverage.missing)} if coverage.missing else {}),
            **({} if start_training else {START_TRAINING: False}),
        },
        code_commit=code_version(),
        environment_hash=environment_hash(),
    )
