"""`mmflywheel samples`: which samples the lake holds, for people and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rich.markup import escape
from rich.table import Table

from data_lake import TABLES, Lake, parse_where
from data_lake.lineage_terms import comparable_columns

from ..settings import Workspace
from .console import console

_SHOWN = (
    "sample_id",
    "activity",
    "view",
    "split",
    "origin",
    "range_m",
    "azimuth_deg",
    "n_valid_frames",
    "frame_rate_hz",
)

_WIDTHS = {
    "sample": 24,
    "activity": 14,
    "view": 4,
    "split": 5,
    "origin": 6,
    "range m": 7,
    "az deg": 6,
    "s": 4,
}


def list_samples(
    workspace: Workspace, version: str | None, where: str | None, limit: int, as_json: bool
) -> None:
    """Print samples in the order of their ids.

    Args:
        workspace: where the lake is.
        version: only those of this dataset version.
        where: terms on the columns of table samples, see `data_lake.parse_where`.
        limit: how many are printed at most; how many there are is said.
        as_json: print one document with all comparable columns and the captions.

    Raises:
        LakeError: no lake, no such version, or a term that cannot be read.
    """
    spec = TABLES["samples"]
    condition = None if where is None else parse_where(spec, where)
    lake = Lake.open(workspace.lake)
    name, ids = None, None
    if version is not None:
        reader = lake.open_version(version)
        name, ids = reader.info.name, pa.array(reader.sample_ids())
    if ids is not None:
        among = pc.field("sample_id").isin(ids)
        condition = among if condition is None else among & condition
    keys = lake.table("samples").read(["sample_id"], condition)["sample_id"].to_pylist()
    shown = sorted(keys)[:limit]
    columns = [*comparable_columns(spec), "captions"] if as_json else [*_SHOWN, "captions"]
    found = lake.table("samples").read(columns, pc.field("sample_id").isin(pa.array(shown, pa.string())))
    rows = found.sort_by("sample_id").to_pylist()
    if as_json:
        print(json.dumps({"version": name, "n_found": len(keys), "samples": rows}, indent=1, default=str))
        return
    if rows:
        _print_table(rows)
    said = (
        f"{len(keys)} samples" if len(rows) == len(keys) else f"{len(rows)} of {len(keys)} samples (--limit)"
    )
    hint = "; one of them: mmflywheel lineage SAMPLE_ID" if rows else ""
    console.print(f"{said}{f' of {name}' if name else ''}{hint}")


def _print_table(rows: list[dict[str, Any]]) -> None:
    table = Table(show_edge=False, box=None, padding=(0, 1), header_style="bold")
    for name, width in _WIDTHS.items():
        right = name in ("range m", "az deg", "s")
        table.add_column(name, no_wrap=True, min_width=width, justify="right" if right else "left")
    room = max(console.width - sum(_WIDTHS.values()) - 2 * (len(_WIDTHS) + 1), 16)
    table.add_column("caption", no_wrap=True, overflow="ellipsis", min_width=room, max_width=room)
    for row in rows:
        captions = row["captions"] or [{"text": ""}]
        table.add_row(
            row["sample_id"],
            escape(row["activity"] or "-"),
            row["view"] or "-",
            row["split"],
            row["origin"],
            "-" if row["range_m"] is None else f"{row['range_m']:.2f}",
            "-" if row["azimuth_deg"] is None else f"{row['azimuth_deg']:+.0f}",
            f"{row['n_valid_frames'] / row['frame_rate_hz']:.1f}",
            escape(captions[0]["text"]),
        )
    console.print(table)
