"""A versioned lake of Delta tables: idempotent commits, immutable versions, lineage of every sample."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "AppendReport": ".lake",
    "CROISSANT_FILE": ".exports.croissant",
    "CheckReport": ".check",
    "CallClaims": ".request_journal",
    "DEFAULT_CODEC": ".tensor_codec",
    "DatasetVersion": ".versions",
    "IMPORT_FLAGS": ".imports.sample_rows",
    "JOURNAL_FOLDER": ".request_journal",
    "KEY_OF_KIND": ".lineage_graph",
    "Finding": ".findings",
    "Garbage": ".garbage",
    "Lake": ".lake",
    "LakeBusy": ".errors",
    "LakeError": ".errors",
    "LedgerEntry": ".licences",
    "LineageEdge": ".lineage_graph",
    "LineageGraph": ".lineage_graph",
    "LineageNode": ".lineage_graph",
    "MapReading": ".imports.wave_maps",
    "MmExpertListing": ".imports.mmexpert_records",
    "MmExpertReport": ".exports.mmexpert",
    "NotRedistributable": ".exports.selection",
    "OtherJournals": ".request_journal",
    "Rejected": ".quality",
    "RequestJournal": ".request_journal",
    "RowGroup": ".reader",
    "SPLIT_RULE": ".splits",
    "SampleStream": ".stream",
    "Selection": ".exports.selection",
    "SCHEMA_VERSION": ".schemas",
    "TABLES": ".schemas",
    "TagMove": ".version_tags",
    "TensorCodec": ".tensor_codec",
    "UnusableMap": ".imports.wave_maps",
    "VersionReader": ".reader",
    "WaveOrigin": ".imports.sample_rows",
    "WaveRecord": ".imports.mmexpert_records",
    "canonical_json": ".identity",
    "check_new_folder": ".exports.whole_folder",
    "check_lake": ".check",
    "check_rows": ".quality",
    "clip_shares": ".tensor_codec",
    "content_id": ".identity",
    "croissant_document": ".exports.croissant",
    "decode_db": ".tensor_codec",
    "decode_row": ".tensor_codec",
    "encode_db": ".tensor_codec",
    "facts_of": ".lineage_text",
    "file_sha256": ".imports.sample_rows",
    "imported_sample_id": ".imports.sample_rows",
    "imported_sample_row": ".imports.sample_rows",
    "ledger_of": ".licences",
    "licence_ledger": ".licences",
    "list_mmexpert": ".imports.mmexpert_records",
    "open_licences": ".licences",
    "pack_float32": ".tensor_codec",
    "parquet_schema": ".exports.huggingface",
    "parse_where": ".lineage_terms",
    "read_levels_db": ".imports.wave_maps",
    "seed_of": ".identity",
    "select_samples": ".exports.selection",
    "short_title": ".lineage_text",
    "split_of": ".splits",
    "story_graph": ".lineage_graph",
    "to_mermaid": ".lineage_graph",
    "unpack_float32": ".tensor_codec",
    "whole_folder": ".exports.whole_folder",
    "write_croissant": ".exports.croissant",
    "write_mmexpert": ".exports.mmexpert",
    "write_parquet_shards": ".exports.huggingface",
    "write_tar_shards": ".exports.webdataset",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that the package itself imports nothing heavy."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_PUBLIC[name], __name__), name)
