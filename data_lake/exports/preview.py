"""A small PNG of a doppler_time map, for browsers of datasets: time to the right, receding up."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from PIL import Image

from ..tensor_codec import codes_of

SPAN_DB = 50.0
FLOOR_PERCENTILE = 30.0
_STOPS = ((0, 0, 4), (81, 18, 124), (183, 55, 121), (252, 137, 97), (252, 253, 191))  # dark to light


def preview_png(row: Mapping[str, object]) -> bytes:
    """Draw the valid frames of a samples row.

    Dark is the sample's own noise floor (the 30th percentile of its cells), light its strongest cell, or 50 dB above
    the floor. One pixel a cell: frames to the right, Doppler bins upwards, zero Doppler in the middle.

    Args:
        row: with n_valid_frames, doppler_time, shape, dtype and db_step.

    Returns:
        A PNG with a palette, n_valid_frames x 128 pixels.

    Raises:
        InvalidInput: the bytes do not fill the shape.
    """
    codes = codes_of(row)[: int(row["n_valid_frames"])].astype(np.float32)  # type: ignore[call-overload]
    floor = float(np.percentile(codes, FLOOR_PERCENTILE))
    span = max(1.0, min(float(codes.max()) - floor, SPAN_DB / float(row["db_step"])))  # type: ignore[arg-type]
    shades = np.clip((codes - floor) * (255.0 / span), 0.0, 255.0).astype(np.uint8)
    picture = Image.fromarray(np.ascontiguousarray(shades.T[::-1]), mode="P")
    picture.putpalette(_palette())
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", compress_level=2)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _palette() -> bytes:
    places = np.linspace(0.0, 255.0, len(_STOPS))
    channels = [np.interp(np.arange(256), places, [stop[i] for stop in _STOPS]) for i in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8).tobytes()
