"""Which samples of an author are kept: none twice, none nearly twice, no text that does not belong here.

Two samples are near duplicates where their captions say nearly the same (shared runs of words, or sentence vectors
where somebody brings them) and the same steps take nearly the same time by nearly the same person. Captions that
repeat another sample's almost word for word are refused whoever moves.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulator.motion.script import MotionScript, plan_path, script_duration_s, step_duration_s

from .near_duplicates import ResemblanceIndex, Shingles, shingles_of
from .step_details import read_steps
from .text_screening import caption_length_problems, text_problems, to_ascii

ALIKE_HEIGHT_M = 0.05
ALIKE_DURATION = 0.1
ALIKE_PLACE_M = 0.3
ALIKE_TURN_DEG = 15.0
_WORDS_OF_SCRIPT = {"title", "caption", "alt_captions", "tags"}


@dataclass(frozen=True)
class ScreeningRules:
    """Limits of the screening; resemblances are Jaccard similarities of runs of three words, 0 to 1."""

    ascii_only: bool = False
    alike_words: float = 0.8
    """Captions of at least this resemblance are alike; with a motion alike it is a near duplicate."""
    same_words: float = 0.9
    """Captions of at least this resemblance are a near duplicate whatever the motion."""
    alike_vectors: float = 0.97
    """Cosine from which sentence vectors count as words alike."""


@dataclass(frozen=True)
class Candidate:
    """A sample that may be kept: its script, its sentences, and a sentence vector if there is one (L2-normalised)."""

    script: MotionScript
    captions: tuple[str, ...]
    questions: tuple[str, ...] = ()
    vector: NDArray[np.float32] | None = None


@dataclass
class Screener:
    """Judges samples one after another against those kept before."""

    rules: ScreeningRules = field(default_factory=ScreeningRules)

    def __post_init__(self) -> None:
        """Nothing is kept yet."""
        self._hashes: set[str] = set()
        self._index = ResemblanceIndex()
        self._kept: list[MotionScript] = []
        self._vectors: list[NDArray[np.float32]] = []
        self.n_alike = 0

    def __len__(self) -> int:
        """Number of samples kept."""
        return len(self._kept)

    @property
    def alike_share(self) -> float:
        """Share of the kept samples whose captions are alike those of one kept before; the motions differ."""
        return self.n_alike / len(self._kept) if self._kept else 0.0

    def screen(self, candidate: Candidate) -> tuple[str, ...]:
        """Keep a sample, or say why not; the reasons are words to count, the first is the gravest."""
        reasons = [*self._text_reasons(candidate)]
        identity = motion_hash(candidate.script)
        if identity in self._hashes:
            reasons.append("exact_duplicate")
        if reasons:
            return tuple(dict.fromkeys(reasons))
        shingles = shingles_of(candidate.captions)
        alike = self._alike(shingles, candidate.vector)
        for place, resemblance in alike:
            near = resemblance >= self.rules.same_words or motions_alike(candidate.script, self._kept[place])
            if near:
                return ("near_duplicate",)
        self.n_alike += bool(alike)
        self._hashes.add(identity)
        self._index.add(shingles)
        self._kept.append(candidate.script)
        if candidate.vector is not None:
            self._vectors.append(candidate.vector)
        return ()

    def _alike(self, shingles: Shingles, vector: NDArray[np.float32] | None) -> list[tuple[int, float]]:
        """Kept samples with captions alike, and the resemblance of their words."""
        found = self._index.similar(shingles, self.rules.alike_words)
        if vector is not None and len(self._vectors) == len(self._kept) and self._vectors:
            near = np.flatnonzero(np.stack(self._vectors) @ vector >= self.rules.alike_vectors)
            known = {place for place, _ in found}
            found += [(int(place), 0.0) for place in near if int(place) not in known]
        return found

    def _text_reasons(self, candidate: Candidate) -> list[str]:
        script = candidate.script
        sentences = (*candidate.captions, *candidate.questions)
        names = (script.title, *script.tags)
        reasons = [reason for text in sentences for reason in text_problems(text)]
        reasons += [reason for text in names if text for reason in text_problems(text, is_sentence=False)]
        reasons += caption_length_problems(candidate.captions)
        if self.rules.ascii_only and not all(text.isascii() for text in (*sentences, *names)):
            reasons.append("not_ascii")
        return sorted(set(reasons), key=_gravity)


def motion_hash(script: MotionScript) -> str:
    """Hash of everything in a script that moves: scripts that differ in words only have the same."""
    content = script.model_dump(mode="json", exclude=_WORDS_OF_SCRIPT)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def motions_alike(first: MotionScript, second: MotionScript) -> bool:
    """Whether nearly the same person does the same steps in nearly the same time, along nearly the same way."""
    if _steps_key(first) != _steps_key(second) or first.subject.sex != second.subject.sex:
        return False
    if abs(first.subject.height_m - second.subject.height_m) > ALIKE_HEIGHT_M:
        return False
    if _differ(script_duration_s(first), script_duration_s(second)):
        return False
    for one, other in zip(first.steps, second.steps, strict=True):
        seconds = (step_duration_s(one, first.style), step_duration_s(other, second.style))
        if one.kind != "idle" and _differ(*seconds):
            return False
    end, other_end = plan_path(first)[-1], plan_path(second)[-1]
    apart_m = np.hypot(end.x_m - other_end.x_m, end.y_m - other_end.y_m)
    return bool(apart_m <= ALIKE_PLACE_M and abs(end.facing_deg - other_end.facing_deg) <= ALIKE_TURN_DEG)


def ascii_script(script: MotionScript) -> MotionScript:
    """The script with its words in plain ASCII, as far as they have such a form."""
    words = {
        "title": to_ascii(script.title),
        "caption": to_ascii(script.caption),
        "alt_captions": [to_ascii(text) for text in script.alt_captions],
        "tags": [to_ascii(text) for text in script.tags],
    }
    return script.model_copy(update=words)


def _steps_key(script: MotionScript) -> tuple[tuple[object, ...], ...]:
    return tuple(
        (detail.activity, detail.side, detail.direction, detail.count, len(detail.layers))
        for detail in read_steps(script)
    )


def _differ(first_s: float, second_s: float) -> bool:
    return abs(first_s - second_s) > ALIKE_DURATION * max(first_s, second_s)


def _gravity(reason: str) -> tuple[int, str]:
    order = ("banned", "characters", "language", "not_ascii", "length")
    return next((place for place, word in enumerate(order) if reason.startswith(word)), len(order)), reason
