"""Croissant 1.1 metadata of an export: what the files hold, in JSON-LD that dataset search engines read.

The specification: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html, with the Responsible-AI
vocabulary http://mlcommons.org/croissant/RAI/1.0. `mlcroissant validate` checks it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..licences import LedgerEntry, open_licences
from ..tensor_codec import TENSOR_SHAPE
from .huggingface import SPLIT_NAMES, WrittenShard

CROISSANT_FILE = "croissant.json"
CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_PARQUET = "application/x-parquet"
_FILE_SET = "parquet-files"
_RECORDS = "samples"
_HASH_BLOCK = 1 << 20


def croissant_document(
    about: Mapping[str, Any],
    rai: Mapping[str, Any],
    ledger: Sequence[LedgerEntry],
    folder: Path,
    shards: Sequence[WrittenShard],
    schema: pa.Schema,
) -> dict[str, Any]:
    """The metadata of Parquet shards that lie in `folder`.

    Args:
        about: schema.org properties of the dataset: name, description, version, datePublished, citeAs, keywords, ...
        rai: Responsible-AI properties without their prefix: dataCollection, dataLimitations, ...
        ledger: licences of the samples.
        folder: the export; every shard is read once for its hash.
        shards: its Parquet files.
        schema: their columns.
    """
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        **about,
        "license": licence_urls(ledger),
        **{f"rai:{name}": value for name, value in rai.items()},
        "distribution": [*(_file_object(folder, shard) for shard in shards), _file_set(shards)],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": _RECORDS,
                "name": _RECORDS,
                "description": "one record for each capture of a motion by a radar from one view",
                "key": {"@id": f"{_RECORDS}/sample_id"},
                "field": [_field(column) for column in schema],
            }
        ],
    }


def licence_urls(ledger: Sequence[LedgerEntry]) -> list[str]:
    """Pages of the open licences, and what is said of the others as it stands."""
    found: list[str] = []
    for entry in ledger:
        names = open_licences(entry.licence)
        found += [f"https://spdx.org/licenses/{name}.html" for name in names] or [
            entry.licence or "no licence stated"
        ]
    return list(dict.fromkeys(found))


def write_croissant(document: Mapping[str, Any], folder: Path) -> Path:
    """Write the metadata beside the data."""
    path = folder / CROISSANT_FILE
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def sha256_of(path: Path) -> str:
    """The hash of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _file_object(folder: Path, shard: WrittenShard) -> dict[str, Any]:
    path = folder / shard.path
    return {
        "@type": "cr:FileObject",
        "@id": shard.path,
        "name": path.name,
        "description": f"{shard.n_rows} samples of split {SPLIT_NAMES[shard.split]}",
        "contentUrl": shard.path,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": _PARQUET,
        "sha256": sha256_of(path),
    }


def _file_set(shards: Sequence[WrittenShard]) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": _FILE_SET,
        "name": _FILE_SET,
        "description": f"all {len(shards)} shards",
        "encodingFormat": _PARQUET,
        "includes": "data/*.parquet",
    }


def _field(column: pa.Field) -> dict[str, Any]:
    described = (column.metadata or {}).get(b"description", b"").decode()
    unit = (column.metadata or {}).get(b"unit", b"").decode()
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{_RECORDS}/{column.name}",
        "name": column.name,
        "description": f"{described} [{unit}]" if unit not in ("", "1") else described or column.name,
    }
    if column.name == "doppler_time":
        array = {"isArray": True, "arrayShape": ",".join(map(str, TENSOR_SHAPE))}
        return {**field, "dataType": "cr:UInt8", **array, "source": _source(column.name)}
    repeated = {"repeated": True} if pa.types.is_list(column.type) else {}
    kind = column.type.value_type if repeated else column.type
    if not pa.types.is_struct(kind):
        return {**field, "dataType": _data_type(kind), **repeated, "source": _source(column.name)}
    parts = [kind.field(i) for i in range(kind.num_fields)]
    return {**field, **repeated, "subField": [_part(column.name, part) for part in parts]}


def _part(column: str, part: pa.Field) -> dict[str, Any]:
    """A field of the structures in a list, such as the question of every pair."""
    return {
        "@type": "cr:Field",
        "@id": f"{_RECORDS}/{column}/{part.name}",
        "name": part.name,
        "description": f"{part.name} of each of the {column.replace('_', ' ')}",
        "dataType": _data_type(part.type.value_type if pa.types.is_list(part.type) else part.type),
        "source": {**_source(column), "transform": {"jsonPath": f"$.{part.name}"}},
    }


def _source(column: str) -> dict[str, Any]:
    return {"fileSet": {"@id": _FILE_SET}, "extract": {"column": column}}


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"
