"""A versioned lake of Delta tables: idempotent commits, immutable versions, lineage of every sample."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "AppendReport": ".lake",
    "DEFAULT_CODEC": ".tensor_codec",
    "DatasetVersion": ".versions",
    "Lake": ".lake",
    "LakeError": ".errors",
    "Rejected": ".quality",
    "RowGroup": ".reader",
    "SPLIT_RULE": ".splits",
    "TABLES": ".schemas",
    "TensorCodec": ".tensor_codec",
    "VersionReader": ".reader",
    "canonical_json": ".identity",
    "check_rows": ".quality",
    "clip_shares": ".tensor_codec",
    "content_id": ".identity",
    "decode_db": ".tensor_codec",
    "decode_row": ".tensor_codec",
    "encode_db": ".tensor_codec",
    "pack_float32": ".tensor_codec",
    "seed_of": ".identity",
    "split_of": ".splits",
    "unpack_float32": ".tensor_codec",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that the package itself imports nothing heavy."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_PUBLIC[name], __name__), name)
