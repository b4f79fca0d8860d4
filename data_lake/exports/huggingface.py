"""Parquet shards that `datasets.load_dataset` reads with their features, previews among them.

Written with pyarrow alone: what Hugging Face's `datasets` wants to know of the columns is JSON in the files' schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..authoring_tables import CAPTION
from ..errors import InvalidInput, LakeCorrupt
from ..schemas import QA_PAIR, SAMPLES
from ..tensor_codec import codes_of
from .preview import preview_png
from .sample_record import DESCRIPTION, EXPORTED_COLUMNS
from .selection import Selection

ROWS_PER_SHARD = 2_000
ROWS_PER_GROUP = 64
SPLIT_NAMES = {"train": "train", "val": "validation", "test": "test"}
"""Our split -> the name that Hugging Face gives it."""
_HF_TYPES = {"string": "string", "int64": "int64", "int32": "int32", "double": "float64", "bool": "bool"}


@dataclass(frozen=True)
class WrittenShard:
    """One Parquet file of an export; `path` is relative to the export's folder, `split` has our name."""

    path: str
    split: str
    n_rows: int


def write_parquet_shards(
    selection: Selection, folder: Path, *, previews: bool = True, rows_per_shard: int = ROWS_PER_SHARD
) -> list[WrittenShard]:
    """Write `data/SPLIT-00000-of-00003.parquet` ..., one row group of the lake in memory at a time.

    Column doppler_time holds the codes uint8 [496, 128]; level in dBm = db_offset + db_step * code.

    Raises:
        InvalidInput: the version's codes are not uint8.
    """
    dtype = str(selection.reader.info.codec["dtype"])
    if dtype != "uint8":
        raise InvalidInput(f"codes of {selection.reader.info.name} are {dtype}; this export writes uint8")
    schema = parquet_schema(selection, previews)
    written = []
    (folder / "data").mkdir()
    for split, n_rows in selection.split_counts.items():
        n_shards = -(-n_rows // rows_per_shard)
        rows = selection.rows(split, EXPORTED_COLUMNS)
        for index in range(n_shards):
            name = f"data/{SPLIT_NAMES[split]}-{index:05d}-of-{n_shards:05d}.parquet"
            wanted = min(rows_per_shard, n_rows - index * rows_per_shard)
            _write_shard(folder / name, schema, rows, wanted, previews)
            written.append(WrittenShard(name, split, wanted))
    return written


def parquet_schema(selection: Selection, previews: bool) -> pa.Schema:
    """Columns of a shard: the meaning and unit of each, and Hugging Face's features for the whole.

    Previews, and an array type for the codes, are for Hugging Face's `datasets`; without them the columns are plain.
    """
    shape = tuple(int(length) for length in selection.reader.info.codec["shape"])  # type: ignore[attr-defined]
    fields = [_plain_field(name) for name in DESCRIPTION]
    fields += [
        _tensor_field(shape, marked=previews),
        _field("db_offset", pa.float64()),
        _field("db_step", pa.float64()),
        _field("captions", pa.list_(CAPTION)),
        _field("qa_pairs", pa.list_(QA_PAIR)),
        _field("facts", pa.string()),
    ]
    if previews:
        kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        fields.insert(1, pa.field("preview", kind, metadata={"description": "picture for browsers"}))
    features = {field.name: _feature(field.type) for field in fields}
    if previews:
        features["doppler_time"] = {"shape": list(shape), "dtype": "uint8", "_type": "Array2D"}
        features["preview"] = {"_type": "Image"}
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def _plain_field(name: str) -> pa.Field:
    return _field(name, SAMPLES.schema.field(name).type)


def _field(name: str, kind: pa.DataType) -> pa.Field:
    described = SAMPLES.schema.field(name)
    return pa.field(name, kind, metadata=described.metadata)  # nullable: `datasets` knows no required columns


def _tensor_field(shape: tuple[int, ...], marked: bool) -> pa.Field:
    """The codes as list<list<uint8>>; marked, `datasets` gives a sample back as one array, not as a list of lists.

    Only shards for `datasets` are marked: once it is imported, pandas (and so mlcroissant) cannot read such columns.
    """
    mark = {
        "ARROW:extension:name": "datasets.features.features.Array2DExtensionType",
        "ARROW:extension:metadata": json.dumps([list(shape), "uint8"]),
    }
    described = {k.decode(): v.decode() for k, v in SAMPLES.schema.field("doppler_time").metadata.items()}
    metadata = {**described, **mark} if marked else described
    return pa.field("doppler_time", pa.list_(pa.list_(pa.uint8())), metadata=metadata)


def _feature(kind: pa.DataType) -> Any:
    """Hugging Face's word for a column type; a list is [element], which old and new releases read."""
    if pa.types.is_list(kind):
        return [_feature(kind.value_type)]
    if pa.types.is_struct(kind):
        return {kind.field(i).name: _feature(kind.field(i).type) for i in range(kind.num_fields)}
    return {"dtype": _HF_TYPES.get(str(kind), "string"), "_type": "Value"}


def _write_shard(
    path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]], wanted: int, previews: bool
) -> None:
    with _parquet_writer(path, schema) as writer:
        left = wanted
        while left:
            group = list(islice(rows, min(left, ROWS_PER_GROUP)))
            if not group:
                raise LakeCorrupt(f"{left} samples fewer than were published could be read for {path.name}")
            writer.write_table(_group(group, schema, previews))
            left -= len(group)


@contextmanager
def _parquet_writer(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    # statistics of texts and of pixels would only make the footer large
    with pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, write_statistics=["sample_id", "activity"]
    ) as writer:
        yield writer


def _group(rows: list[dict[str, Any]], schema: pa.Schema, previews: bool) -> pa.Table:
    columns = []
    for field in schema:
        if field.name == "preview" and previews:
            values = [{"bytes": preview_png(row), "path": f"{row['sample_id']}.png"} for row in rows]
            columns.append(pa.array(values, type=field.type))
        elif field.name == "doppler_time":
            columns.append(_nested_codes(rows))
        else:
            columns.append(pa.array([row[field.name] for row in rows], type=field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _nested_codes(rows: list[dict[str, Any]]) -> pa.Array:
    """Codes as list<list<uint8>> without a Python object for every cell."""
    frames, bins = (int(length) for length in rows[0]["shape"])
    data = pa.py_buffer(b"".join(codes_of(row).tobytes() for row in rows))
    flat = pa.Array.from_buffers(pa.uint8(), len(rows) * frames * bins, [None, data])
    inner = pa.ListArray.from_arrays(pa.array(np.arange(0, len(flat) + 1, bins, dtype=np.int32)), flat)
    return pa.ListArray.from_arrays(pa.array(np.arange(0, len(inner) + 1, frames, dtype=np.int32)), inner)
