"""The one way from a doppler_time map to the model's input, for synthetic and real samples alike.

The dB law itself belongs to the lake; what happens here is relative to the sample: the level is taken from the
sample's own strong cells, the span below it is fixed, and cells at the noise floor become zero. A constant gain
(another antenna, another range) therefore changes nothing, and limbs 30 dB under the torso stay visible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from .errors import ConfigurationError, TrainingInputError

FRAMES = 496
DOPPLER_BINS = 128
PATCH = 16
PATCH_ROWS = FRAMES // PATCH
PATCH_COLUMNS = DOPPLER_BINS // PATCH
PATCHES = PATCH_ROWS * PATCH_COLUMNS


@dataclass(frozen=True)
class PreprocessingOptions:
    """Options of `to_model_input`; stored with every model that was trained on its output.

    Attributes:
        span_db: how far below the sample's level a cell may lie before it becomes 0.
        level_percentile: the sample's level is this percentile of its valid cells' dB (robust against one cell).
        floor_percentile: the sample's noise floor is this percentile of its valid cells' dB. A body moves through
            a minority of the 128 Doppler bins, so a low percentile sees noise only.
        floor_margin_db: cells less than this above the noise floor become 0. A map summed over range bins has noise
            within about 2 dB; single-look noise reaches higher and then stays as faint speckle.
        min_span_db: a sample without a signal is not stretched more than this.
    """

    span_db: float = 45.0
    level_percentile: float = 99.5
    floor_percentile: float = 30.0
    floor_margin_db: float = 6.0
    min_span_db: float = 12.0

    def __post_init__(self) -> None:
        """Refuse spans and percentiles that cannot be meant."""
        if not 0.0 < self.min_span_db <= self.span_db:
            raise ConfigurationError(
                f"span_db {self.span_db} and min_span_db {self.min_span_db}: need 0 < min_span_db <= span_db"
            )
        if not 0.0 <= self.floor_percentile < self.level_percentile <= 100.0:
            raise ConfigurationError(
                f"floor_percentile {self.floor_percentile} and level_percentile {self.level_percentile}: "
                "need 0 <= floor < level <= 100"
            )

    def to_dict(self) -> dict[str, float]:
        """The options as plain numbers, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PreprocessingOptions:
        """The options from `to_dict`; an unknown name is an error, so that an old reader never guesses."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigurationError(f"unknown preprocessing options {unknown}; known are {sorted(known)}")
        return cls(**values)


DEFAULT_PREPROCESSING = PreprocessingOptions()


def whole_rows(n_valid: int) -> int:
    """Patch rows of a map with `n_valid` valid frames: whole multiples of 16, at least one, at most 31."""
    return max(1, min(n_valid, FRAMES) // PATCH)


def patch_mask(n_valid: int) -> np.ndarray:
    """Which of the 248 patches hold data: bool (248,), patch index = time row * 8 + Doppler column."""
    mask = np.zeros(PATCHES, dtype=bool)
    mask[: whole_rows(n_valid) * PATCH_COLUMNS] = True
    return mask


def check_map(db: np.ndarray, n_valid: int) -> None:
    """Refuse what is not a [T, 128] map with 1..T valid, finite frames."""
    if db.ndim != 2 or db.shape[1] != DOPPLER_BINS:
        raise TrainingInputError(
            f"a doppler_time map of shape {db.shape}: expected [frames, {DOPPLER_BINS}]; "
            "another Doppler size needs resampling on its velocity axis first"
        )
    if not 1 <= n_valid <= db.shape[0]:
        raise TrainingInputError(
            f"n_valid {n_valid} of a map with {db.shape[0]} frames: expected 1..{db.shape[0]}"
        )
    if not np.isfinite(db[:n_valid]).all():
        raise TrainingInputError(
            "the valid frames hold NaN or infinite dB values; clip to the lake's dB floor before training"
        )


def scale_levels(db: np.ndarray, options: PreprocessingOptions, level_shift_db: float = 0.0) -> np.ndarray:
    """Map dB to 0..1 relative to the sample's own level and noise floor.

    Args:
        db: valid cells only, any shape.
        options: see `PreprocessingOptions`.
        level_shift_db: moves the level (augmentation); 0 in evaluation.

    Returns:
        float32 of the same shape in 0..1.
    """
    floor, level = np.percentile(db, [options.floor_percentile, options.level_percentile])
    level += level_shift_db
    bottom = max(level - options.span_db, floor + options.floor_margin_db)
    top = max(
        level, bottom + options.min_span_db
    )  # anchored at the floor: a sample of noise alone stays dark
    scaled = (db - np.float32(bottom)) * np.float32(1.0 / (top - bottom))
    return np.clip(scaled, 0.0, 1.0).astype(np.float32, copy=False)


def place_on_canvas(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Crop scaled frames to a multiple of 16 and pad them to 496: float32 (496, 128) and the mask bool (248,)."""
    n_valid = min(values.shape[0], FRAMES)
    kept = min(n_valid, whole_rows(n_valid) * PATCH)
    canvas = np.zeros((FRAMES, DOPPLER_BINS), dtype=np.float32)
    canvas[:kept] = values[:kept]
    return canvas, patch_mask(n_valid)


def to_model_input(
    db: np.ndarray, n_valid: int, options: PreprocessingOptions = DEFAULT_PREPROCESSING
) -> tuple[np.ndarray, np.ndarray]:
    """Turn a dB map into the model's input; deterministic, the same for every origin of data.

    Args:
        db: float32 (T, 128) in dB, frame by Doppler bin. More than 496 frames are cut at 496.
        n_valid: how many leading frames hold data; the rest is padding and is never looked at.
        options: the recorded options.

    Returns:
        float32 (496, 128) in 0..1 and the patch mask, bool (248,), True where a 16 x 16 patch holds data. Valid
        frames are cropped to a multiple of 16 (a clip shorter than 16 frames fills one padded row).

    Raises:
        TrainingInputError: wrong shape, n_valid out of range, or non-finite valid cells.
    """
    check_map(db, n_valid)
    valid = np.asarray(db[: min(n_valid, FRAMES)], dtype=np.float32)
    return place_on_canvas(scale_levels(valid, options))
