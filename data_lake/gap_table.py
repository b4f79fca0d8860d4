"""Table of gaps: slices that a run was asked to fill, because a model is weak there or a dataset has too little."""

from __future__ import annotations

import pyarrow as pa

from .columns import float_column, int_column, json_column, made_columns, text_column
from .table_spec import TableSpec

GAPS = TableSpec(
    "gaps",
    "slices of a scenario that runs were asked to fill, and how many samples each asked for",
    ("entry_id",),
    pa.schema(
        [
            text_column(
                "entry_id", "content hash of the slice, the scenario, and what was asked for and why"
            ),
            text_column("gap_id", "hash of the slice: what scripts and samples name"),
            text_column("slice", "the slice in words"),
            text_column("activity", "activity of the slice; null: all of the scenario's", null=True),
            json_column("attributes", "attribute -> the value that it is narrowed to"),
            text_column("views", "views of the slice, letters of A ... H"),
            float_column("nearest_m", "nearest distance of the slice; null: the scenario's", "m", null=True),
            float_column(
                "farthest_m", "farthest distance of the slice; null: the scenario's", "m", null=True
            ),
            int_column("n_samples", "samples that were asked for"),
            text_column("reason", "why it was asked for, as its file says; null: it does not say", null=True),
            text_column("scenario_id", "the scenario that it is a slice of: its row in scenarios"),
            int_column("n_scripts", "scripts that the run was to write for it"),
            *made_columns(),
        ]
    ),
    added_later=True,
    lookup=("gap_id",),
)
