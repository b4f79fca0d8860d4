"""One shard: motions become captures, captures become rows with words, rows become a commit.

A shard needs no server and no other shard. Running it again makes nothing twice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from data_lake import (
    DEFAULT_CODEC,
    Lake,
    Rejected,
    canonical_json,
    content_id,
    encode_db,
    seed_of,
    split_of,
)
from llm_prompts import SampleFacts, caption_clip, write_captions, write_clip_qa, write_qa
from simulator import (
    IMPORT_VERSION,
    SIMULATOR_VERSION,
    SYNTHESIS_VERSION,
    BodyMotion,
    Capture,
    MotionFacts,
    SimulatorError,
    capture_view,
    measure_facts,
    pose_body,
    synthesize,
)

from .note_setup import setup_row
from .one_thread import in_one_thread
from .open_lake import refused_samples
from .plan_dataset import (
    ClipSource,
    MotionSource,
    PlannedSample,
    SamplePlan,
    ScriptSource,
    Shard,
    sample_plan,
)
from .record_run import code_version
from .settings import TurnSettings, Workspace
from .store_clips import motion_row, pose_columns
from .store_views import view_columns


@dataclass(frozen=True)
class ShardReport:
    """What one shard added to the lake, and each sample that the simulator refused, with its reason."""

    index: int
    n_made: int
    n_reused: int
    refused: tuple[str, ...]
    seconds: float


@in_one_thread
def make_shard(settings: TurnSettings, shard: Shard, config_hash: str, run_id: str) -> ShardReport:
    """Make what is missing of a shard and commit it."""
    started = time.monotonic()
    lake = Lake.open(Workspace(settings.workspace).lake)
    plan = sample_plan(settings, shard.activities)
    planned = {source.source_id: plan.samples_of(source) for source in shard.sources}
    wanted = [sample.sample_id for samples_of_one in planned.values() for sample in samples_of_one]
    known = lake.known("samples", wanted) | refused_samples(lake, wanted)
    motions: list[dict[str, Any]] = []
    samples: list[dict[str, Any]] = []
    maker = RowMaker(plan, config_hash, run_id)
    for source in shard.sources:
        missing = [sample for sample in planned[source.source_id] if sample.sample_id not in known]
        if missing:
            motion_rows, sample_rows = maker.rows_of(source, missing)
            motions += motion_rows
            samples += sample_rows
    lake.quarantine(maker.refused, shard.key, run_id)
    if samples:
        lake.append("motions", motions, shard.key, run_id)  # first: no sample without what it refers to
        lake.append("setups", list(maker.setups.values()), shard.key, run_id)
        lake.append("samples", samples, shard.key, run_id)
    n_wanted = sum(len(samples_of_one) for samples_of_one in planned.values())
    return ShardReport(
        index=shard.index,
        n_made=len(samples),
        n_reused=n_wanted - len(samples) - len(maker.refused),
        refused=tuple(f"{one.row['sample_id']}: {one.reasons[0]}" for one in maker.refused),
        seconds=time.monotonic() - started,
    )


class RowMaker:
    """Turns motion sources into rows of the tables `motions` and `samples`; gathers what cannot be made."""

    def __init__(self, plan: SamplePlan, config_hash: str, run_id: str) -> None:
        self.plan = plan
        self.radar = plan.radar
        self.config_hash = config_hash
        self.run_id = run_id
        self.refused: list[Rejected] = []
        self.setups: dict[str, dict[str, Any]] = {}
        """Rows of `setups` that the samples made so far refer to, by their id."""

    def rows_of(
        self, source: MotionSource, planned: list[PlannedSample]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The row of a motion and those of its captures; the body is posed once for all views.

        A view that the simulator refuses (a body that walks into the radar) has no row, and a motion without
        views has none; `refused` tells why.
        """
        body = self.plan.body_of(source)
        motion_id = source.motion_id(body)
        try:
            motion, motion_seed = self._motion(source, motion_id)
            facts = measure_facts(motion, body)
            posed = pose_body(
                motion,
                body,
                self.radar,
                n_scatterers=self.plan.options.n_scatterers,
                surface_seed=self.plan.options.surface_seed,
                material=self.plan.options.material,
            )
        except SimulatorError as error:
            self._refuse(source, planned, error)
            return [], []
        samples = []
        for sample in planned:
            try:
                capture = capture_view(posed, self.radar, sample.placement, sample.noise_seed, sample.options)
            except SimulatorError as error:
                self._refuse(source, [sample], error)
                continue
            samples.append(self._sample_row(source, motion_id, facts, sample, capture))
        motions = [self._motion_row(source, motion_id, motion, motion_seed, facts)] if samples else []
        return motions, samples

    def _refuse(self, source: MotionSource, planned: list[PlannedSample], error: SimulatorError) -> None:
        for sample in planned:
            known = {
                "sample_id": sample.sample_id,
                "motion_id": source.motion_id(self.plan.body_of(source)),
                "script_id": source.source_id if isinstance(source, ScriptSource) else None,
                "clip_id": source.source_id if isinstance(source, ClipSource) else None,
                "activity": source.activity,
                "placement": canonical_json(sample.placement.to_dict()),
            }
            self.refused.append(Rejected(known, (f"{type(error).__name__}: {error}",)))

    def _motion(self, source: MotionSource, motion_id: str) -> tuple[BodyMotion, int]:
        if isinstance(source, ClipSource):
            return source.clip.motion, 0
        seed = seed_of(motion_id, "motion")
        return synthesize(source.script, seed, self.plan.body_of(source)), seed

    def _motion_row(
        self, source: MotionSource, motion_id: str, motion: BodyMotion, motion_seed: int, facts: MotionFacts
    ) -> dict[str, Any]:
        body = self.plan.body_of(source)
        made = {"run_id": self.run_id, "created_at": datetime.now(UTC)}
        if isinstance(source, ClipSource):
            return {**motion_row(source, facts.to_dict(), body), **made}
        columns = ("script_id", "clip_id", "licence", "may_ship", "synthesis_version")
        provenance = self._provenance(source)
        return {
            "motion_id": motion_id,
            "source": "script",
            "source_hash": None,
            **{name: provenance[name] for name in columns},
            "motion_seed": motion_seed,
            "body_source": body.source,
            **pose_columns(motion),
            "facts": canonical_json({**facts.to_dict(), "body": body.name}),
            "fit_error_mm": None,
            **made,
        }

    def _sample_row(
        self,
        source: MotionSource,
        motion_id: str,
        facts: MotionFacts,
        planned: PlannedSample,
        capture: Capture,
    ) -> dict[str, Any]:
        placement = planned.placement
        setup = setup_row(self.plan, source, planned.options)
        self.setups[setup["setup_id"]] = setup
        codes = encode_db(capture.doppler_time, capture.n_valid_frames)
        return {
            "sample_id": planned.sample_id,
            "motion_id": motion_id,
            "family_key": source.family_key,
            "split": split_of(source.family_key),
            "activity": source.activity,
            "view": placement.view,
            "range_m": placement.range_m,
            "azimuth_deg": placement.azimuth_deg,
            "heading_deg": placement.heading_deg,
            "radar_height_m": placement.radar_height_m,
            "placement": canonical_json(placement.to_dict()),
            "setup_id": setup["setup_id"],
            "radar_name": self.radar.name,
            "radar_hash": content_id("rad", self.radar.to_dict()),
            "body_source": self.plan.body_of(source).source,
            "noise_seed": planned.noise_seed,
            "simulator_version": SIMULATOR_VERSION,
            "config_hash": self.config_hash,
            "n_valid_frames": capture.n_valid_frames,
            **DEFAULT_CODEC.columns(codes),
            **view_columns(capture),
            "frame_rate_hz": self.radar.frame_rate_hz,
            "velocity_step_mps": float(capture.velocity_mps[1] - capture.velocity_mps[0]),
            **self._words(source, facts, planned, capture),
            "quality_flags": list(capture.flags),
            **self._provenance(source),
            "code_version": code_version(),
            "run_id": self.run_id,
            "created_at": datetime.now(UTC),
        }

    def _words(
        self, source: MotionSource, facts: MotionFacts, planned: PlannedSample, capture: Capture
    ) -> dict[str, Any]:
        """Captions, questions and the measurements behind them."""
        measured = facts.to_dict()
        known = SampleFacts.from_measurements(measured, capture.radial_displacement_m, capture.mean_range_m)
        seed = seed_of(planned.sample_id, "words")
        if isinstance(source, ScriptSource):
            captions = write_captions(source.script, known, seed_of(source.script_id, "captions"))
            roles = self.plan.qa_roles or None
            pairs = write_qa(source.script, known, seed, self.plan.activities, roles)
        else:
            captions = caption_clip(
                source.clip.label, source.clip.captions, known, seed_of(source.source_id, "captions")
            )
            pairs = write_clip_qa(source.clip.label, known, seed, self.plan.activities)
        seen = {
            "wrapped_fraction": capture.wrapped_fraction,
            "mean_range_m": capture.mean_range_m,
            "radial_displacement_m": capture.radial_displacement_m,
            "min_range_rate_mps": capture.min_range_rate_mps,
            "mean_range_rate_mps": capture.mean_range_rate_mps,
            "max_range_rate_mps": capture.max_range_rate_mps,
            "mean_rcs_m2": capture.mean_rcs_m2,
            "noise_floor_db": capture.noise_floor_db,
        }
        return {
            "captions": [caption.model_dump() for caption in captions],
            "qa_pairs": [pair.model_dump() for pair in pairs],
            "facts": canonical_json({**measured, **seen}),
        }

    def _provenance(self, source: MotionSource) -> dict[str, Any]:
        """Columns that tell script-made from recorded motion."""
        if isinstance(source, ScriptSource):
            return {
                "script_id": source.script_id,
                "gap_id": source.gap_id,
                "clip_id": None,
                "origin": "script",
                "author": source.author,
                "synthesis_version": SYNTHESIS_VERSION,
                "licence": self.plan.body_of(source).licence,
                "may_ship": None,
            }
        return {
            "script_id": None,
            "gap_id": None,
            "clip_id": source.source_id,
            "origin": "mocap",
            "author": "clip",
            "synthesis_version": IMPORT_VERSION,
            "licence": source.clip.licence,
            "may_ship": source.clip.may_ship,
        }
