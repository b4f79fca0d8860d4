"""From a caption to the user's own clip that shows it: nearest sentence embedding, or a refusal.

The embeddings are those of the packaged sentence encoder (all-MiniLM-L6-v2). It hears what is done, but hardly
which way or with which hand, so words for these are compared as words.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_lake import Lake
from data_lake.errors import NotInLake

from .store_clips import newest_clips

DEFAULT_THRESHOLD = 0.75
"""Cosine similarity under which no clip is taken.

Calibrated on 300 captions of the embedded author (scenario daily-living, seed 0) against the 31 captions of the
project's real clips, which show six of the scenario's fourteen activities. Share of captions whose nearest clip
reaches the threshold, and share of these clips that show the caption's main action: 0.60: 46 %, 66 %; 0.70: 26 %,
90 %; 0.75: 16 %, 98 %; 0.80: 5 %, 100 %. Without the comparison of words it is 85 % at 0.75 (walks for walks
backward). 95 % of the paraphrases of a script reach 0.73 with it.
"""

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
_DIRECTIONS = {"backward": "back", "backwards": "back", "sideways": "side", "sideway": "side"}
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Match:
    """A clip whose caption is near to the one asked for; `row` is its row of `clips`."""

    row: dict[str, Any]
    caption: str
    score: float


def rank_clips(caption: str, rows: Sequence[dict[str, Any]], embed: Embed, top: int = 5) -> list[Match]:
    """The nearest clips, best first: of each recording (or captioned part) its first window and best caption.

    Clips whose captions contradict the wanted one in direction or side are left out.

    Args:
        caption: what the motion should show.
        rows: rows of table `clips`; without captions the label speaks for a clip.
        embed: texts to L2-normalised vectors.
        top: how many at most.
    """
    texts = [(row, text) for row in rows for text in row["captions"] or [row["label"]] if text]
    texts = [(row, text) for row, text in texts if not contradicts(caption, text)]
    if not texts:
        return []
    scores = embed([text for _, text in texts]) @ embed([caption])[0]
    best: dict[tuple[str, str | None], Match] = {}
    for index in np.argsort(-scores, kind="stable"):
        row, text = texts[index]
        best.setdefault((row["sha256"], row["part"]), Match(row, text, float(scores[index])))
    return list(best.values())[:top]


def nearest_clip(
    caption: str, rows: Sequence[dict[str, Any]], embed: Embed, threshold: float = DEFAULT_THRESHOLD
) -> Match:
    """The nearest clip.

    Raises:
        NotInLake: none is near enough; the message names the nearest.
    """
    ranked = rank_clips(caption, rows, embed, top=1)
    if not ranked:
        raise NotInLake(f'no clip fits "{caption}": there are none with captions, or all contradict it')
    if ranked[0].score < threshold:
        raise NotInLake(
            f'no clip is near enough to "{caption}": the nearest, "{ranked[0].caption}" '
            f"({ranked[0].row['name']}), has {ranked[0].score:.2f}, the threshold is {threshold:.2f}; import more "
            "clips, or lower --threshold"
        )
    return ranked[0]


def contradicts(caption: str, other: str) -> bool:
    """Tell whether one goes backward or sideways and the other does not, or they name different sides."""
    words, others = (set(re.findall(r"[a-z]+", text.lower())) for text in (caption, other))
    ways, other_ways = ({_DIRECTIONS[word] for word in some & set(_DIRECTIONS)} for some in (words, others))
    sides, other_sides = (some & set(_SIDES) for some in (words, others))
    return ways != other_ways or bool(sides and other_sides and not sides & other_sides)


def clips_with_words(lake: Lake) -> list[dict[str, Any]]:
    """Rows of all clips that say what they show, the newest of each.

    Raises:
        NotInLake: there are none.
    """
    rows = [row for row in newest_clips(lake.read("clips").to_pylist()) if row["captions"] or row["label"]]
    if not rows:
        raise NotInLake(
            "the lake has no clips with captions or labels: give them in a manifest.json or in texts/ID.txt beside the "
            "clips, and `mmflywheel import` the folder (again)"
        )
    return rows


class CaptionVectors:
    """Sentence vectors kept in a file, since a large collection takes minutes to embed; call it with texts."""

    def __init__(self, path: Path) -> None:
        """Read what the file holds; one that is damaged or of another encoder counts as empty."""
        from training.text_encoder import SentenceEncoder

        self._path = path
        self._encoder = SentenceEncoder()
        self._made_by = f"{self._encoder.name} {self._encoder.fingerprint}"
        self._known: dict[str, Vectors] = {}
        if path.is_file():
            self._known = _read(path, self._made_by)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """L2-normalised vectors, float32 (len(texts), 384); new ones are kept."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if missing:
            vectors = self._encoder.embed(list(missing.values()))
            self._known.update(zip(missing, vectors, strict=True))
            self._write()
        return np.stack([self._known[key] for key in keys])

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_name(f"{self._path.stem}.unfinished-{os.getpid()}.npz")
        vectors = np.stack(list(self._known.values()))
        np.savez(unfinished, keys=np.array(list(self._known)), vectors=vectors, made_by=self._made_by)
        unfinished.replace(self._path)


def _read(path: Path, made_by: str) -> dict[str, Vectors]:
    import zipfile

    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["made_by"]) != made_by:
                return {}
            return dict(zip(file["keys"].tolist(), file["vectors"], strict=True))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return {}  # a cache: what cannot be read is made again
