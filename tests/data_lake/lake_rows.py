"""Rows for the tests of the lake: small, deterministic, complete."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np

from data_lake.identity import content_id
from data_lake.lake import Lake
from data_lake.splits import split_of
from data_lake.tensor_codec import DEFAULT_CODEC, TENSOR_SHAPE, encode_db, pack_float32

ACTIVITIES = ("walk", "wave", "fall")
N_POSES = 20


def noise_amplitude(seed: int, n_valid: int = 400, level_dbm: float = -133.0) -> np.ndarray:
    """Rayleigh amplitude [496, 128], sqrt(mW), with frames after n_valid at 0."""
    rng = np.random.default_rng(seed)
    amplitude = rng.rayleigh(10 ** (level_dbm / 20) / np.sqrt(2), TENSOR_SHAPE)
    amplitude[n_valid:] = 0.0
    return amplitude


def script_row(motion: int) -> dict:
    """The script behind a motion."""
    return {
        "script_id": content_id("script", {"index": motion}),
        "scenario": "daily-living",
        "brief": json.dumps({"activity": ACTIVITIES[motion % 3]}),
        "author": "grammar",
        "activity": ACTIVITIES[motion % 3],
        "title": f"clip {motion}",
        "script": json.dumps({"steps": [{"kind": "locomote", "index": motion}]}),
        "captions": [{"text": "a person moves", "style": "plain"}],
        "seed": motion,
    }


def motion_row(motion: int) -> dict:
    """A motion of 20 poses."""
    rng = np.random.default_rng(motion)
    return {
        "motion_id": content_id("motion", {"index": motion}),
        "script_id": script_row(motion)["script_id"],
        "source": "script",
        "source_hash": script_row(motion)["script_id"],
        "licence": "Apache-2.0",
        "may_ship": True,
        "motion_seed": motion,
        "synthesis_version": "1",
        "body_source": "standin",
        "rate_hz": 50.0,
        "n_poses": N_POSES,
        "betas": pack_float32(np.zeros(10)),
        "global_orient": pack_float32(rng.normal(size=(N_POSES, 3))),
        "body_pose": pack_float32(rng.normal(size=(N_POSES, 23, 3))),
        "transl": pack_float32(rng.normal(size=(N_POSES, 3))),
        "facts": json.dumps({"duration_s": 0.4}),
    }


def sample_row(index: int, **changes: object) -> dict:
    """Sample `index`: view A or B of motion index // 2."""
    motion, view = index // 2, "AB"[index % 2]
    script_id = script_row(motion)["script_id"]
    codes = encode_db(noise_amplitude(index), 400)
    return {
        "sample_id": content_id("sample", {"index": index}),
        "motion_id": motion_row(motion)["motion_id"],
        "script_id": script_id,
        "family_key": script_id,
        "split": split_of(script_id),
        "origin": "script",
        "activity": ACTIVITIES[motion % 3],
        "view": view,
        "range_m": 3.0,
        "azimuth_deg": 0.0,
        "heading_deg": 0.0,
        "radar_height_m": 1.0,
        "radar_name": "mmexpert-iwr1843",
        "radar_hash": content_id("radar", {"name": "mmexpert-iwr1843"}),
        "body_source": "standin",
        "noise_seed": index,
        "simulator_version": "1",
        "synthesis_version": "1",
        "config_hash": "config-0",
        "n_valid_frames": 400,
        **DEFAULT_CODEC.columns(codes),
        "frame_rate_hz": 50.0,
        "velocity_step_mps": 0.05,
        "captions": [{"text": "a person walks away", "style": "short"}],
        "qa_pairs": [
            {
                "role": "category",
                "kind": "activity",
                "question": "what?",
                "answer": "walk",
                "options": ["walk"],
            }
        ],
        "facts": json.dumps({"duration_s": 8.0}),
        "quality_flags": [],
        "licence": "Apache-2.0",
        "may_ship": True,
        "author": "grammar",
        "code_version": "0.1.0",
        **changes,
    }


def sample_ids(indices: Iterable[int]) -> list[str]:
    """Ids of the samples with these indices."""
    return [content_id("sample", {"index": index}) for index in indices]


def store(lake: Lake, indices: Iterable[int], shard: str, run_id: str = "run-1") -> int:
    """Store samples with their motions and scripts; return how many samples were new."""
    indices = list(indices)
    motions = sorted({index // 2 for index in indices})
    lake.append("scripts", [script_row(motion) for motion in motions], shard, run_id)
    lake.append("motions", [motion_row(motion) for motion in motions], shard, run_id)
    return lake.append("samples", [sample_row(index) for index in indices], shard, run_id)


def run_row(run_id: str) -> dict:
    """What a run says of itself when it starts."""
    return {
        "run_id": run_id,
        "command": "mmflywheel run",
        "parameters": json.dumps({"scale": "smoke"}),
        "code_commit": "0" * 40,
        "dirty": False,
        "environment_hash": "env-0",
        "seeds": json.dumps({"root": 0}),
    }
