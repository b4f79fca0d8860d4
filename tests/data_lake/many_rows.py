"""Rows by the thousand: maps that compress as simulated ones do (noise floor, a moving body), or tiny ones."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator

import numpy as np
from lake_rows import ACTIVITIES, motion_row, sample_row

from data_lake.identity import content_id
from data_lake.lake import Lake
from data_lake.splits import split_of
from data_lake.tensor_codec import DB_OFFSET, DB_STEP, DEFAULT_CODEC, TENSOR_SHAPE

NOISE_DBM, NOISE_DB = -116.0, 0.8
"""Level and spread of thermal noise in simulated maps (see `data_lake.tensor_codec`)."""
BASE_MAPS = 32


@functools.cache
def base_codes(index: int) -> np.ndarray:
    """Codes [496, 128] of noise and of a body whose velocity swings, with limbs around its line."""
    rng = np.random.default_rng(index)
    frames, bins = np.arange(TENSOR_SHAPE[0])[:, None], np.arange(TENSOR_SHAPE[1])[None, :]
    level = rng.normal(NOISE_DBM, NOISE_DB, TENSOR_SHAPE)
    for part in range(5):
        rate, phase = rng.uniform(0.005, 0.03), rng.uniform(0, 6.28)
        centre = 64 + rng.uniform(4, 30) * np.sin(6.28 * rate * frames + phase)
        loud = -62.0 - 6.0 * part - ((bins - centre) / rng.uniform(1.5, 4.0)) ** 2 * 3.0
        level = np.maximum(level, loud + rng.normal(0, 2.0, TENSOR_SHAPE))
    return np.clip(np.rint((level - DB_OFFSET) / DB_STEP), 0, 255).astype(np.uint8)


@functools.cache
def _template(motion: bool) -> dict:
    return motion_row(0) if motion else sample_row(0)


def many_samples(indices: Iterable[int], tiny: bool = False) -> Iterator[dict]:
    """Samples rows, two views to a motion; tiny ones hold silence but for one cell."""
    for index in indices:
        motion = index // 2
        script_id = content_id("script", {"many": motion})
        codes = np.zeros(TENSOR_SHAPE, np.uint8)
        if tiny:
            codes[index % 400, 64] = 1 + index % 255
        else:
            codes[:] = np.roll(base_codes(index % BASE_MAPS), index // BASE_MAPS % TENSOR_SHAPE[0], axis=0)
            codes[480:] = 0
        yield {
            **_template(False),
            "sample_id": content_id("sample", {"many": index}),
            "motion_id": content_id("motion", {"many": motion}),
            "script_id": script_id,
            "family_key": script_id,
            "split": split_of(script_id),
            "activity": ACTIVITIES[motion % 3],
            "view": "AB"[index % 2],
            "noise_seed": index,
            "n_valid_frames": 480,
            **DEFAULT_CODEC.columns(codes),
            "captions": [{"text": f"person {motion} walks away", "style": "short"}],
        }


def many_motions(indices: Iterable[int]) -> Iterator[dict]:
    """The motions behind samples with these indices."""
    for motion in sorted({index // 2 for index in indices}):
        yield {
            **_template(True),
            "motion_id": content_id("motion", {"many": motion}),
            "script_id": content_id("script", {"many": motion}),
            "source_hash": content_id("script", {"many": motion}),
            "motion_seed": motion,
        }


def many_scripts(indices: Iterable[int]) -> Iterator[dict]:
    """The scripts behind samples with these indices."""
    for motion in sorted({index // 2 for index in indices}):
        yield {
            "script_id": content_id("script", {"many": motion}),
            "scenario": "daily-living",
            "brief": "{}",
            "author": "grammar",
            "activity": ACTIVITIES[motion % 3],
            "title": f"clip {motion}",
            "script": json.dumps({"steps": [{"kind": "locomote", "index": motion}]}),
            "seed": motion,
        }


def many_ids(indices: Iterable[int]) -> list[str]:
    """Ids of the samples with these indices."""
    return [content_id("sample", {"many": index}) for index in indices]


def fill(lake: Lake, n_samples: int, shard_size: int = 64, first: int = 0, tiny: bool = False) -> None:
    """Store samples with motions and scripts, shard by shard."""
    for start in range(first, first + n_samples, shard_size):
        indices = range(start, min(start + shard_size, first + n_samples))
        lake.append("scripts", list(many_scripts(indices)), f"many-{start}", "run-1")
        lake.append("motions", list(many_motions(indices)), f"many-{start}", "run-1")
        lake.append("samples", list(many_samples(indices, tiny)), f"many-{start}", "run-1")
