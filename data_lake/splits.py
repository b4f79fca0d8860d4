"""Which split a family of samples belongs to: a pure function of the family's key.

A family is everything that must never be torn apart between training and testing: all views, seeds and
radars of one script or of one source clip. The rule needs no table, so adding samples moves nobody.
"""

from __future__ import annotations

import hashlib
from typing import Literal, get_args

from .errors import InvalidInput

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_BUCKETS = 10_000
_TRAIN_BELOW = 7_000
_VAL_BELOW = 7_800

SPLIT_RULE: dict[str, object] = {
    "name": "sha256-of-family-key",
    "version": 1,
    "train": _TRAIN_BELOW / _BUCKETS,
    "val": (_VAL_BELOW - _TRAIN_BELOW) / _BUCKETS,
    "test": (_BUCKETS - _VAL_BELOW) / _BUCKETS,
}
"""The rule as it is recorded in every dataset version; a change of the rule is a new `version`."""


def split_of(family_key: str) -> Split:
    """Return the split of a family: "train" (70 %), "val" (8 %) or "test" (22 %).

    Raises:
        InvalidInput: the key is empty.
    """
    if not family_key:
        raise InvalidInput("family_key is empty; give the id of the script or of the source clip")
    digest = hashlib.sha256(f"split:{family_key}".encode()).digest()
    bucket = int.from_bytes(digest[:8], "big") % _BUCKETS
    if bucket < _TRAIN_BELOW:
        return "train"
    return "val" if bucket < _VAL_BELOW else "test"
