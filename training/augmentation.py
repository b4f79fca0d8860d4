"""Training-time variation of a dB map; never used in evaluation.

Every draw comes from (seed, epoch, sample id), so one sample of one epoch can be made again alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from .preprocessing import (
    FRAMES,
    PATCH,
    PreprocessingOptions,
    check_map,
    place_on_canvas,
    scale_levels,
)


@dataclass(frozen=True)
class AugmentationOptions:
    """How much a training sample is varied.

    Attributes:
        max_crop_fraction: at most this share of the clip is cut off at its ends (time shift and crop).
        level_jitter_db: standard deviation of the level shift; with per-sample levels this is what gain is.
        noise_above_floor_db: added noise power, drawn uniformly in dB relative to the sample's own floor.
        noise_probability: how often noise is added.
        time_masks, max_time_mask_frames: SpecAugment time masks (Park et al., 2019).
        doppler_masks, max_doppler_mask_bins: SpecAugment frequency masks.
        max_stretch: time axis stretched by up to this fraction either way.
    """

    max_crop_fraction: float = 0.15
    level_jitter_db: float = 3.0
    noise_above_floor_db: tuple[float, float] = (-10.0, 6.0)
    noise_probability: float = 0.5
    time_masks: int = 1
    max_time_mask_frames: int = 24
    doppler_masks: int = 1
    max_doppler_mask_bins: int = 8
    max_stretch: float = 0.12


def sample_generator(seed: int, epoch: int, sample_id: str) -> np.random.Generator:
    """The random stream of one sample in one epoch."""
    digest = hashlib.sha256(f"{seed}|{epoch}|{sample_id}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def add_noise_power(db: np.ndarray, noise_db: float, rng: np.random.Generator) -> np.ndarray:
    """Add complex white noise of mean power `noise_db` to the signal behind a dB map, before the dB law.

    The phase of each cell is unknown and taken as uniform; |s + n|^2 with s real has the same law.
    """
    signal = np.power(np.float32(10.0), db * np.float32(0.05))
    scale = np.float32(np.sqrt(0.5 * 10.0 ** (noise_db / 10.0)))
    real = signal + scale * rng.standard_normal(db.shape, dtype=np.float32)
    imaginary = scale * rng.standard_normal(db.shape, dtype=np.float32)
    power = np.maximum(real * real + imaginary * imaginary, np.float32(1e-30))
    return np.float32(10.0) * np.log10(power)


def crop_and_stretch(db: np.ndarray, options: AugmentationOptions, rng: np.random.Generator) -> np.ndarray:
    """Cut both ends and resample the time axis, keeping at least 16 and at most 496 frames."""
    frames = db.shape[0]
    cut = int(rng.uniform(0.0, options.max_crop_fraction) * frames)
    start = int(rng.integers(0, cut + 1))
    kept = max(min(frames, PATCH), frames - cut)
    start = min(start, frames - kept)
    stretch = 1.0 + rng.uniform(-options.max_stretch, options.max_stretch)
    target = int(np.clip(round(kept * stretch), min(frames, PATCH), FRAMES))
    index = start + np.minimum(((np.arange(target) + 0.5) * kept / target).astype(np.int64), kept - 1)
    return db[index]


def mask_bands(values: np.ndarray, options: AugmentationOptions, rng: np.random.Generator) -> None:
    """Zero random time and Doppler bands in place."""
    frames, bins = values.shape
    for _ in range(options.time_masks):
        width = int(rng.integers(0, min(options.max_time_mask_frames, frames // 4) + 1))
        start = int(rng.integers(0, frames - width + 1))
        values[start : start + width] = 0.0
    for _ in range(options.doppler_masks):
        width = int(rng.integers(0, options.max_doppler_mask_bins + 1))
        start = int(rng.integers(0, bins - width + 1))
        values[:, start : start + width] = 0.0


def drop_patches(mask: np.ndarray, kept: int, rng: np.random.Generator) -> np.ndarray:
    """Keep at most `kept` random True entries of a patch mask (Li et al., 2023, FLIP).

    A fixed number, not a share: batches of short and long clips then need no padding.
    """
    valid = np.flatnonzero(mask)
    reduced = np.zeros_like(mask)
    reduced[rng.permutation(valid)[:kept]] = True
    return reduced


def to_augmented_input(
    db: np.ndarray,
    n_valid: int,
    preprocessing: PreprocessingOptions,
    options: AugmentationOptions,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """`preprocessing.to_model_input` with random crop, stretch, noise, level and masks: (496, 128), (248,)."""
    check_map(db, n_valid)
    valid = np.asarray(db[: min(n_valid, FRAMES)], dtype=np.float32)
    valid = crop_and_stretch(valid, options, rng)
    if rng.uniform() < options.noise_probability:
        floor_db = float(np.percentile(valid, preprocessing.floor_percentile))
        valid = add_noise_power(valid, floor_db + rng.uniform(*options.noise_above_floor_db), rng)
    shift_db = float(np.clip(rng.normal(0.0, options.level_jitter_db), -9.0, 9.0))
    scaled = scale_levels(valid, preprocessing, shift_db)
    mask_bands(scaled, options, rng)
    return place_on_canvas(scaled)
