"""Table of what samples are made with: all that, beside motion and placement, decides a tensor and its words."""

from __future__ import annotations

import pyarrow as pa

from .columns import json_column, made_columns, text_column
from .table_spec import TableSpec

SETUPS = TableSpec(
    "setups",
    "what samples were made with; with it a sample can be made again, whatever became of settings and files",
    ("setup_id",),
    pa.schema(
        [
            text_column("setup_id", "content hash of the other columns but run_id and created_at"),
            json_column("radar", "the whole radar configuration; its hash is radar_hash of the samples"),
            json_column("options", "the whole options of the simulation, its room among them"),
            json_column("body", "name, source, licence and content hash of the body that made the motion"),
            json_column(
                "words",
                "activities: the answers of the activity question; roles: shares of the roles of questions",
            ),
            json_column("versions", "of simulator, synthesis, importer and texts"),
            *made_columns(),
        ]
    ),
    added_later=True,
)
