"""A caption as what it says: activities in the order of time, each with what is claimed of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from .claims import CLAIM_WORDS, Claims
from .lexicon import Mention, find_mentions, tokens_of
from .lexicon_phrases import CAUSES, PACES, word_set

Relation = Literal["", "then", "comma", "and", "while"]

_CONNECTIVES: dict[str, Relation] = {
    ",": "comma", ".": "then", ";": "then", "then": "then", "finally": "then", "and": "and", "while": "while",
}  # fmt: skip
_STRONGER = ("", "comma", "and", "then", "while")
FUNCTION_WORDS = word_set(
    "a an the person man woman someone somebody human individual subject who he she they his her their "
    "himself herself themselves is are of with using to on in at by from for into onto it very carefully gently "
    "steadily smoothly immediately start starts starting begin begins beginning continue continues continuing "
    "keep keeps keeping stop stops stopping first second third last lastly next motion movement action direction "
    "moment short brief briefly same before after bypush seen performed does that own body also turn"
)
"""Words that claim nothing by themselves."""
_PEOPLE = word_set("person man woman someone somebody human individual subject he she they")
_OF_ONE = word_set("his her their")
_OWN_PARTS = word_set(
    "left right own upper both two one arm arms hand hands fist fists leg legs foot feet knee knees toes back side "
    "stomach face head shoulder shoulders body torso trunk balance footing"
)
_TO_RADAR, _FROM_RADAR = re.compile(r"\btowards? the radar\b"), re.compile(r"\baway from the radar\b")
_OBJECTS = word_set("something object item")
_MEN, _WOMEN = word_set("man he his him himself"), word_set("woman she her herself")


@dataclass
class Saying:
    """One activity that a caption names, what is claimed of it, and how it follows the one before."""

    mention: Mention
    claims: Claims = field(default_factory=Claims)
    relation: Relation = ""


@dataclass
class CaptionReading:
    """All that a caption says; `unread` holds words and constructions that nobody can check."""

    sayings: list[Saying]
    unread: list[str]
    sex: str
    objects: bool = False


def read_caption(text: str) -> CaptionReading:
    """Read one sentence (or several) about one person."""
    tokens = tokens_of(_TO_RADAR.sub("towardsradar", _FROM_RADAR.sub("awayfromradar", text.lower())))
    mentions = find_mentions(tokens)
    inside = {place for mention in mentions for place in range(mention.start, mention.end)}
    unread = [
        token
        for place, token in enumerate(tokens)
        if place not in inside
        and token not in FUNCTION_WORDS
        and token not in _OBJECTS
        and token not in CLAIM_WORDS
        and token not in _CONNECTIVES
        and not token[0].isdigit()
    ]
    unread += _other_people(tokens, inside)
    unread += _against_order(tokens, mentions, inside)
    parts, fault = _parts_in_time(tokens, mentions, inside)
    unread += fault
    sayings: list[Saying] = []
    for begin, end in parts:
        found, lost = _sayings(tokens, [m for m in mentions if begin <= m.start < end], inside, begin, end)
        if found and sayings:
            found[0].relation = "then"
        sayings += found
        unread += lost
    objects = any(token in _OBJECTS and place not in inside for place, token in enumerate(tokens))
    return CaptionReading(sayings, unread, _sex(tokens), objects)


def _other_people(tokens: Sequence[str], inside: set[int]) -> list[str]:
    """Words of somebody beside the one who moves: "waves at a person", "pushes her"."""
    found = []
    for place, token in enumerate(tokens):
        before = place - (1 if place and tokens[place - 1] in ("a", "the", "same") else 0)
        is_first = before == 0 or tokens[before - 1] in (*_CONNECTIVES, "before", "after")
        owned = [*tokens[place + 1 : place + 2], ""][0]
        if (token in _PEOPLE and not is_first and place not in inside) or (
            token in _OF_ONE and owned not in _OWN_PARTS
        ):
            found.append(token)
    return found


def _against_order(tokens: Sequence[str], mentions: Sequence[Mention], inside: set[int]) -> list[str]:
    """Words that put an activity elsewhere in time than its place in the sentence does.

    "bows last and kicks first", "bows and kicks at the same time".
    """
    starts = [mention.start for mention in mentions] or [0]
    links = [place for place, token in enumerate(tokens) if token in _CONNECTIVES and place not in inside]
    turned = {"before", "after"} & set(tokens)
    found = []
    for place, token in enumerate(tokens):
        if place in inside:
            continue
        if token == "first" and (turned or any(starts[0] < link < place for link in links)):
            found.append(token)
        if token in ("last", "lastly") and (turned or any(place < link < starts[-1] for link in links)):
            found.append(token)
        if token in ("second", "third") or (token == "same" and [*tokens[place + 1 : place + 2]] == ["time"]):
            found.append(token)
    return found


def _sex(tokens: Sequence[str]) -> str:
    said = {"male" for token in tokens if token in _MEN} | {"female" for token in tokens if token in _WOMEN}
    return said.pop() if len(said) == 1 else "both" if said else ""


def _parts_in_time(
    tokens: list[str], mentions: list[Mention], inside: set[int]
) -> tuple[list[tuple[int, int]], list[str]]:
    """Token ranges in the order of time: "before" and "after" are resolved."""
    turning = [
        place for place, token in enumerate(tokens) if token in ("before", "after") and place not in inside
    ]
    whole = (0, len(tokens))
    if not turning:
        return [whole], []
    if len(turning) > 1:
        return [whole], ["before and after more than once"]
    place = turning[0]
    earlier = sum(mention.start < place for mention in mentions)
    if not earlier:  # "after walking, a person waves"
        comma = next((at for at in range(place, len(tokens)) if tokens[at] == "," and at not in inside), None)
        if comma is None:
            return [whole], [f"{tokens[place]} without a comma"]
        first, second = (place + 1, comma), (comma + 1, len(tokens))
        return ([first, second] if tokens[place] == "after" else [second, first]), []
    first, second = (0, place), (place + 1, len(tokens))
    if tokens[place] == "before":
        return [first, second], []
    if earlier > 1:
        return [whole], ["after several actions"]
    return [second, first], []


def _sayings(
    tokens: list[str], mentions: list[Mention], inside: set[int], begin: int, end: int
) -> tuple[list[Saying], list[str]]:
    """The activities of one part, each with the claims of its clause."""
    if not mentions:
        return [], [" ".join(tokens[begin:end])] if begin or end < len(tokens) else ["no activity"]
    sayings = [Saying(mention) for mention in mentions]
    for saying in sayings:
        verb = saying.mention.verb
        if verb in CAUSES and "fall" in saying.mention.labels:
            saying.claims.causes.add(CAUSES[verb])
        if verb in PACES:
            saying.claims.paces.add(PACES[verb])
    owners = _owners(tokens, sayings, inside, begin, end)
    place = begin
    while place < end:
        token = tokens[place]
        if token in _CONNECTIVES and place not in inside:
            place += 1
            continue
        place += owners[place - begin].claims.add(tokens, place)
    return sayings, []


def _owners(tokens: list[str], sayings: list[Saying], inside: set[int], begin: int, end: int) -> list[Saying]:
    """Whose claim each token would be; fills in the relations between the activities on the way.

    Within a clause claims belong to the activity before them, those before the first activity to it; a clause
    without an activity belongs to the one before.
    """
    owners: list[Saying] = []
    current, pending, number = sayings[0], 0, 0
    relation: Relation = ""
    for place in range(begin, end):
        token = tokens[place]
        if token in _CONNECTIVES and place not in inside:
            owners += [current] * pending
            pending = 0
            relation = max(relation, _CONNECTIVES[token], key=_STRONGER.index)
            owners.append(current)
            continue
        if number < len(sayings) and place == sayings[number].mention.start:
            fresh = number == 0 or bool(relation)
            current = sayings[number]
            current.relation = relation if number else ""
            owners += [current if fresh else sayings[number - 1]] * pending
            pending, relation = 0, ""
            number += 1
        waiting = number == 0 or bool(relation)
        if waiting and number < len(sayings):
            pending += 1
        else:
            owners.append(current)
    return owners + [current] * pending
