"""Finding activities in a sentence: which words name which activity, and where they stand.

Reading is kept apart from writing: it knows many more words than `wording` writes, so that what a language
model phrased can be read, and what nobody can read is found out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .lexicon_phrases import MORE_VERBS, SYNONYMS, word_set
from .wording import VERBS, WORDINGS, activity_answer

_FORMS = {verb: (verb, *forms) for verb, forms in (VERBS | MORE_VERBS).items()}
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)?|\S")
_SPELLINGS = (
    (re.compile(r"[-‐-―]"), " "),
    (re.compile(r"’"), "'"),
    (re.compile(r"\b(for|back|to|up|down|side|left|right)wards\b"), r"\1ward"),
    (re.compile(r"\bmetres?\b"), "meters"),
    (re.compile(r"\bafter (?:a|being) push(?:ed)?\b"), "bypush"),
    (re.compile(r"\b(?:after that|afterwards?|next)\b"), "then"),
    (re.compile(r"\b(left|right) hand side\b"), r"\1"),
    (re.compile(r" in a row\b| in total\b"), ""),
    (re.compile(r"\bthree quarters?(?: of a(?= turn\b))?"), "threequarter"),
    (re.compile(r"\bin a straight line\b"), "straight"),
    (re.compile(r"\b(?:right|straight) away\b"), "immediately"),
    (re.compile(r"\b(?:counter|anti) ?clockwise\b"), "counterclockwise"),
)
# What may stand between the parts of a phrase: "lifts [the left] arm [slowly] up", never another verb.
_GAP_WORDS = (
    "a an the his her their one two three four five six seven eight nine ten eleven twelve both each some "
    "left right upper other slow quick fast big small little slight quarter threequarter half full complete single few "
    "slowly quickly hand hands arm arms leg legs fist fists up down high low forward backward out back "
    "straight carefully gently to rapid rapidly deep large very imaginary over degree themselves himself herself"
)
_OBJECT_WORDS = "something object item with from floor ground off"
_GAP = rf"(?: (?:{'|'.join(_GAP_WORDS.split())}|\d+))" + "{0,5}?"
_WIDE_GAP = rf"(?: (?:{'|'.join(f'{_GAP_WORDS} {_OBJECT_WORDS}'.split())}|\d+))" + "{0,6}?"
_GAPS = {"..": _GAP, "...": _WIDE_GAP}
_BEFORE_NOUNS = word_set("a an the full half quarter threequarter complete small large deep")


@dataclass(frozen=True)
class Mention:
    """Words that name an activity: tokens start..end (end not included) and the activities they may mean."""

    start: int
    end: int
    labels: frozenset[str]
    verb: str


def tokens_of(text: str) -> list[str]:
    """Words, numbers and punctuation of a sentence: lower case, hyphens opened, spellings made equal."""
    words = text.lower()
    for pattern, replacement in _SPELLINGS:
        words = pattern.sub(replacement, words)
    return _TOKEN.findall(words)


def find_mentions(tokens: list[str]) -> list[Mention]:
    """The activities that a sentence names, in the order of its words; the longest reading wins."""
    text = " ".join(tokens)
    offset, starts = 0, []
    for token in tokens:
        starts.append(offset)
        offset += len(token) + 1
    found: list[Mention] = []
    place, index = 0, _index()
    while place < len(tokens):
        mention = _longest(text, starts[place], place, index.get(tokens[place], ()))
        if mention is not None and not _is_noun(tokens, mention):
            found.append(mention)
            place = mention.end
        else:
            place += 1
    return found


def _is_noun(tokens: list[str], mention: Mention) -> bool:
    """Whether a single word names a thing and not a deed: "in a full circle"."""
    alone = mention.end == mention.start + 1 and tokens[mention.start] == mention.verb
    return alone and mention.start > 0 and tokens[mention.start - 1] in _BEFORE_NOUNS


@lru_cache(maxsize=1024)
def labels_said(text: str) -> frozenset[str]:
    """The activities that a short answer may mean, such as "doing squats"; empty if it names none or two."""
    words = text.strip().lower()
    exact = _answers().get(words)
    if exact is not None:
        return frozenset((exact,))
    if words.startswith("doing "):  # the label of a clip that no wording knows
        return frozenset((words.removeprefix("doing ").replace(" ", "_"),))
    mentions = find_mentions(tokens_of(text))
    return mentions[0].labels if len(mentions) == 1 else frozenset()


@lru_cache(maxsize=1)
def lexicon_words() -> frozenset[str]:
    """Every word that some reading of an activity holds, and those that may stand inside one."""
    words = {*_GAP_WORDS.split(), *_OBJECT_WORDS.split()}
    for _, phrase in _phrases():
        for part in phrase.replace(".", " ").split():
            bare = part.strip("[]")
            words.update(_FORMS[bare] if part.startswith("[") else (bare, bare + "s", bare + "es"))
    return frozenset(words)


def _longest(
    text: str, start: int, place: int, readings: tuple[tuple[re.Pattern[str], str, str], ...]
) -> Mention | None:
    best, labels, verb = -1, set[str](), ""
    for pattern, label, head in readings:
        match = pattern.match(text, start)
        if match is None:
            continue
        if match.end() > best:
            best, labels, verb = match.end(), {label}, head
        elif match.end() == best:
            labels.add(label)
    if best < 0:
        return None
    return Mention(place, place + text.count(" ", start, best) + 1, frozenset(labels), verb)


def _phrases() -> Iterator[tuple[str, str]]:
    """(activity, phrase) of all that is written and of all synonyms, limbs and numbers opened."""
    for label, wording in WORDINGS.items():
        for phrase in (*wording.cores, *wording.limb_cores, *wording.counted):
            yield label, phrase.replace("{limb}", "..").replace("{n}", "..").replace("{s}", "")
    for label, phrases in SYNONYMS.items():
        for phrase in phrases:
            yield label, phrase


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[tuple[re.Pattern[str], str, str], ...]]:
    """First word -> (pattern, activity, verb) of every phrase that begins with it."""
    index: dict[str, list[tuple[re.Pattern[str], str, str]]] = {}
    for label, phrase in dict.fromkeys(_phrases()):
        parts = phrase.split()
        head = parts[0].strip("[]")
        firsts = _FORMS[head] if parts[0].startswith("[") else (head, head + "s")
        pattern = re.compile(_regex(parts))
        for first in firsts:
            index.setdefault(first, []).append((pattern, label, head))
    return {first: tuple(readings) for first, readings in index.items()}


def _regex(parts: list[str]) -> str:
    text = ""
    while parts and parts[-1] in _GAPS:  # nothing follows that a gap could lead to
        parts = parts[:-1]
    for number, part in enumerate(parts):
        if part in _GAPS:
            text += _GAPS[part]
            continue
        word = part.strip("[]")
        one = "|".join(_FORMS[word]) if part.startswith("[") else rf"{re.escape(word)}(?:e?s)?"
        text += f"{' ' if number else ''}(?:{one})"
    return text + r"(?![\w'])"


@lru_cache(maxsize=1)
def _answers() -> dict[str, str]:
    return {activity_answer(label): label for label in WORDINGS}
