"""Random streams that derive from what they are for, so that one item can be drawn again alone."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


def derived_seed(*parts: object) -> int:
    """A 63-bit seed named by the parts (strings and integers), equal on every platform."""
    text = "\0".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def stream(*parts: object) -> random.Random:
    """An independent random stream named by the parts."""
    return random.Random(derived_seed(*parts))


def stratified(choices: Sequence[Choice], position: int, *parts: object) -> Choice:
    """The `position`-th element of an endless row in which every block holds each choice once, shuffled.

    Counts of the choices never differ by more than one, and a longer row begins as a shorter one does.
    """
    block, place = divmod(position, len(choices))
    order = list(choices)
    stream("stratified", block, *parts).shuffle(order)
    return order[place]
