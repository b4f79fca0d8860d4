"""What is wrong with a text that an author wrote: its length, language, characters, or what it is about.

The lists lie in data/screening.json, which says what each is for.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

LISTS_FILE = Path(__file__).with_name("data") / "screening.json"
MIN_CAPTION_WORDS, MAX_CAPTION_WORDS = 2, 60
MAX_TEXT_CHARACTERS = 600
MIN_WORDS_FOR_LANGUAGE = 4
MAX_FOREIGN_LETTERS = 0.1

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_TYPOGRAPHIC = str.maketrans({
    "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "…": "...", "\u00a0": " ", "\u2009": " ",
    "°": " degrees", "×": "x", "ß": "ss", "æ": "ae", "ø": "o",
})  # fmt: skip


@lru_cache(maxsize=8192)
def text_problems(text: str, is_sentence: bool = True) -> tuple[str, ...]:
    """Reasons why a text of an author is not kept: any of `characters`, `length`, `language`, `banned_*`.

    Titles and tags are no sentences: they are asked for no language.
    """
    problems = []
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") for letter in text):
        problems.append("characters")  # terminal escapes, invisible marks, reversed writing
    if not text.strip() or len(text) > MAX_TEXT_CHARACTERS:
        problems.append("length")
    if is_sentence and not is_english(text):
        problems.append("language")
    # compatibility forms are folded first, so that full-width letters hide nothing
    folded = unicodedata.normalize("NFKC", text).casefold()
    problems += [f"banned_{name}" for name, pattern in _patterns() if pattern.search(folded)]
    if any(_digest(word) in _slurs() for word in _WORD.findall(folded)):
        problems.append("banned_slurs")
    return tuple(problems)


def caption_length_problems(captions: Sequence[str]) -> list[str]:
    """`length` where a caption has too few or too many words."""
    lengths = [len(text.split()) for text in captions]
    fits = all(MIN_CAPTION_WORDS <= length <= MAX_CAPTION_WORDS for length in lengths)
    return [] if captions and fits else ["length"]


def is_english(text: str) -> bool:
    """Whether a text can be English: Latin letters, and no other language with more of its small words in it.

    Too short a text has no language; then only its letters count.
    """
    letters = [letter for letter in text if letter.isalpha()]
    foreign = sum(not letter.isascii() for letter in letters)
    if letters and foreign > MAX_FOREIGN_LETTERS * len(letters):
        return False
    words = [word.casefold() for word in _WORD.findall(text)]
    if len(words) < MIN_WORDS_FOR_LANGUAGE:
        return True
    lists = _lists()
    english = sum(word in lists["english"] for word in words)
    return english > max(sum(word in small for word in words) for small in lists["others"].values())


def to_ascii(text: str) -> str:
    """Typographic quotes, dashes and accents as plain ASCII; what has no plain form stays as it is."""
    plain = unicodedata.normalize("NFKD", text.translate(_TYPOGRAPHIC))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=1)
def _lists() -> dict[str, Any]:
    raw = json.loads(LISTS_FILE.read_text(encoding="utf-8"))
    others = {name: frozenset(words) for name, words in raw["others"].items()}
    return {**raw, "english": frozenset(raw["english"]), "others": others}


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile("|".join(parts))) for name, parts in _lists()["patterns"].items()]


@lru_cache(maxsize=1)
def _slurs() -> frozenset[str]:
    return frozenset(_lists()["slurs"])


@lru_cache(maxsize=4096)
def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()[:16]
