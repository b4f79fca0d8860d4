"""Columns of `samples` for the views beside doppler_time, which are null unless a capture made them."""

from __future__ import annotations

import pyarrow as pa

from .columns import column, float_column, since

VIEW_COLUMNS: tuple[pa.Field, ...] = (
    since(
        3,
        column(
            "range_time",
            pa.binary(),
            "codes [frame, range cell] by the law of doppler_time; null: not made",
            "code",
            null=True,
        ),
    ),
    since(3, float_column("range_time_start_m", "middle of its first cell", "m", null=True)),
    since(3, float_column("range_time_step_m", "from one cell to the next", "m", null=True)),
    since(
        3,
        column(
            "azimuth_time",
            pa.binary(),
            "codes [frame, azimuth cell] by the law of doppler_time: equal cells from -90 to 90 degrees, positive to "
            "the right; null: not made, or the radar cannot tell azimuths",
            "code",
            null=True,
        ),
    ),
)
