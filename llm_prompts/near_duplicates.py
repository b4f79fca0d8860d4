"""Texts that say nearly the same: MinHash finds the few that might, their shingles decide.

MinHash: Broder, "On the resemblance and containment of documents" (1997); the banding that turns it into an index:
Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SHINGLE_WORDS = 3
N_BANDS, ROWS_PER_BAND = 32, 4
"""Two texts of Jaccard similarity s meet in a band with probability 1 - (1 - s^4)^32: 0.8 is missed once in 4e7."""

_WORD = re.compile(r"[^\W_]+")
_HASH_SEED = 20_261_123

Shingles = NDArray[np.uint64]


def shingles_of(texts: Iterable[str]) -> Shingles:
    """Hashes of all runs of three words of some texts, sorted and distinct; beginning and end count as words."""
    runs: set[str] = set()
    for text in texts:
        words = ["^", *_WORD.findall(text.casefold()), "$"]
        last = max(1, len(words) - SHINGLE_WORDS + 1)
        runs.update(" ".join(words[start : start + SHINGLE_WORDS]) for start in range(last))
    return np.array(sorted(_hash(run) for run in runs), np.uint64)


def resemblance(first: Shingles, second: Shingles) -> float:
    """Jaccard similarity of two sets of shingles, 0 to 1; of two empty ones 1."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    together = len(first) + len(second) - shared
    return shared / together if together else 1.0


class ResemblanceIndex:
    """Texts seen so far, asked for those that resemble a new one; answers do not depend on luck.

    What the bands propose is compared exactly, so nothing is called near that is not.
    """

    def __init__(self) -> None:
        self._shingles: list[Shingles] = []
        self._bands: dict[tuple[int, bytes], list[int]] = defaultdict(list)

    def __len__(self) -> int:
        """Number of texts added."""
        return len(self._shingles)

    def similar(self, shingles: Shingles, threshold: float) -> list[tuple[int, float]]:
        """Numbers of the texts added before whose resemblance reaches the threshold, the nearest first."""
        proposed = {place for key in _bands_of(shingles) for place in self._bands.get(key, ())}
        near = [(place, resemblance(shingles, self._shingles[place])) for place in proposed]
        return sorted([pair for pair in near if pair[1] >= threshold], key=lambda pair: (-pair[1], pair[0]))

    def add(self, shingles: Shingles) -> int:
        """Add a text and return its number."""
        place = len(self._shingles)
        self._shingles.append(shingles)
        for key in _bands_of(shingles):
            self._bands[key].append(place)
        return place


@lru_cache(maxsize=1 << 16)
def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=1)
def _multipliers() -> NDArray[np.uint64]:
    rng = np.random.default_rng(_HASH_SEED)
    return rng.integers(1, 2**63, (2, N_BANDS * ROWS_PER_BAND), dtype=np.uint64) | np.uint64(1)


def _bands_of(shingles: Shingles) -> list[tuple[int, bytes]]:
    """The signature in bands; every row of it is the least of the shingles' hashes by one random function."""
    factor, offset = _multipliers()
    # multiply-shift hashing: the product wraps at 64 bits, its upper half is as good as random
    hashed = (shingles[:, None] * factor + offset) >> np.uint64(32)
    signature = hashed.min(axis=0, initial=np.uint64(2**32)).reshape(N_BANDS, ROWS_PER_BAND)
    return [(band, rows.tobytes()) for band, rows in enumerate(signature)]
