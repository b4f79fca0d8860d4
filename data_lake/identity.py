"""Identities of everything that the project makes: hashes of content, and seeds derived from them.

An id depends on what a thing *is*, never on when, where or by whom it was made, so a run that is
started again finds what it made before. Random streams start from the id: one sample can be made again alone.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping

import numpy as np

from .errors import InvalidInput

ID_HEX_DIGITS = 20
_KIND = re.compile(r"[a-z][a-z0-9_]*")
_LARGEST_EXACT_INTEGER = 2.0**53


def content_id(kind: str, payload: Mapping[str, object]) -> str:
    """Name content by its hash.

    Numbers count by value (3 and 3.0 and `np.float64(3)` are one number, -0.0 is 0), tuples count as lists,
    the order of keys does not matter. Arrays and bytes enter by their own hash.

    Args:
        kind: what is named ("script", "motion", "sample", ...): lower-case letters, digits, underscores.
        payload: everything that decides the content; keys are strings at every level.

    Returns:
        `"{kind}-{20 hex digits}"`: 80 bits of SHA-256 over the canonical JSON of kind and payload.

    Raises:
        InvalidInput: the kind is no such word, or the payload holds NaN, infinity, a key that is no
            string, or a type without a canonical form.
    """
    if not _KIND.fullmatch(kind):
        raise InvalidInput(f"kind {kind!r} of an id must be lower-case letters, digits and underscores")
    text = canonical_json({"kind": kind, "payload": payload})
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:ID_HEX_DIGITS]}"


def seed_of(identity: str, purpose: str) -> int:
    """Return the 63-bit seed (0 <= seed < 2**63) of one random stream of one identity.

    Args:
        identity: the id of the thing made with the random numbers.
        purpose: names the stream ("noise", "placement", ...), so that streams of one id are independent.
    """
    digest = hashlib.sha256(f"{purpose}\0{identity}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def canonical_json(value: object) -> str:
    """Write a value as the one JSON text that all equal values share.

    Raises:
        InvalidInput: as `content_id`.
    """
    plain = _plain(value, "payload")
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(value: object, where: str) -> object:
    """Reduce a value to what JSON knows, one form for each content."""
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value)
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest = hashlib.sha256(array.tobytes()).hexdigest()
        return {"array": {"dtype": array.dtype.str, "shape": list(value.shape), "sha256": digest}}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, float):
        return _plain_number(value, where)
    if isinstance(value, bytes):
        return {"bytes": {"sha256": hashlib.sha256(value).hexdigest()}}
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise InvalidInput(f"{where} has the key {key!r} of type {type(key).__name__}; use strings")
        return {key: _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise InvalidInput(
        f"{where} is a {type(value).__name__}, which has no canonical form; "
        "give None, bool, int, float, str, bytes, arrays, lists or mappings of them"
    )


def _plain_number(value: float, where: str) -> int | float:
    if not math.isfinite(value):
        raise InvalidInput(f"{where} is {value}; an identity needs finite numbers")
    if value.is_integer() and abs(value) < _LARGEST_EXACT_INTEGER:
        return int(value)
    return value
