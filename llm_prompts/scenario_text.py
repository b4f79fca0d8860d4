"""A free text as a scenario, read by keywords: it says what it understood and what not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .briefs import draw_briefs
from .builtin_scenarios import BUILTIN_SCENARIOS
from .errors import BriefNotWritable, InvalidScenario
from .grammar_author import GrammarAuthor
from .plans import PLANS
from .scenario import Scenario, checked_scenario, load_scenario
from .scenario_numbers import read_numbers
from .scenario_words import (
    ACTIVITY_WORDS,
    FILLERS,
    GROUP_WORDS,
    IMPOSSIBLE,
    LANGUAGE_WORDS,
    OTHER_PLACES,
    PACE_WORDS,
    PEOPLE_WORDS,
    PLACE_WORDS,
    WAY_WORDS,
)
from .unread_text import Found, UnreadText

MOST_CHARACTERS = 2000
MOSTLY, RARELY = 3.0, 0.5
_NOT = r"\b(?:no|not|without|never|except|excluding|but not)(?: any)?(?: \w+ing)?\s*$"
_MOSTLY = r"\b(?:mostly|mainly|mainly of|many|especially|above all|most)\s*$"
_RARELY = r"\b(?:some|few|a few|rarely|rare|sometimes|occasional(?:ly)?)\s*$"
_WITH_A = r"(?: \w+){0,2} with an? "
_NAMELY = r"^[^.;]*?(?::|\b(?:such as|like|namely|for example)\b)"
_SIDE = r"(left|right)(?:[ -](?:hand|arm|leg|foot|side)(?:ed)?s?)?"
# What a built-in scenario says of its place; the rest is what happens there.
_PLACE_FIELDS = (
    "rooms", "radar_height_m", "radar_tilt_deg", "views", "side_limit_m", "far_limit_m", "near_limit_m",
    "range_m", "azimuth_deg", "heading_deg",
)  # fmt: skip
# The simulator's living room is 5 m wide and 7 m deep.
_LIVING_ROOM: dict[str, Any] = {
    "rooms": {"living-room": {"share": 1.0}},
    "far_limit_m": 6.6,
    "side_limit_m": 2.3,
    "azimuth_deg": (-8.0, 8.0),
}
_N_TRIED = 60


@dataclass
class ScenarioReading:
    """A scenario made of a text, with (field, what was understood) and what was not."""

    scenario: Scenario
    understood: tuple[tuple[str, str], ...]
    not_understood: tuple[str, ...]


@dataclass
class _Draft:
    content: dict[str, Any] = field(default_factory=dict)
    understood: list[tuple[str, str]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    name_parts: list[str] = field(default_factory=list)


def read_scenario_text(text: str) -> ScenarioReading:
    """Read a description by its keywords, without a language model.

    Activities, ages, sexes, builds, moods, paces, sides, ways, places, distances, angles, the radar's height and
    tilt, shares in percent and languages are understood; everything else is listed as not understood.

    Raises:
        InvalidScenario: no activity was understood, or the numbers are impossible.
    """
    words = " ".join(text.split())
    if not words or len(words) > MOST_CHARACTERS:
        raise InvalidScenario(
            f"the description has {len(words)} characters; give 1 to {MOST_CHARACTERS}, such as "
            '"falls of elderly people in a bathroom at 2-4 m"'
        )
    unread, draft = UnreadText(words), _Draft()
    for pattern, why in IMPOSSIBLE.items():
        draft.missed += [f"{found.text!r} ({why})" for found in unread.take(pattern)]
    numbers = read_numbers(unread, draft.understood)
    place = _place(unread, draft)
    activities = _activities(unread, draft)
    _people(unread, draft)
    _manner(unread, draft, activities)
    draft.missed += [repr(word) for word in unread.left(FILLERS)]
    if not activities:
        raise InvalidScenario(_nothing_to_do(words, draft, place))
    draft.content |= {"activities": activities, "setting": words[:500], "description": words, **numbers}
    draft.content["name"] = _name(activities, draft)
    _set_limits(draft.content, numbers)
    scenario = _placed(draft, place, numbers)
    return ScenarioReading(scenario, tuple(draft.understood), tuple(dict.fromkeys(draft.missed)))


def _activities(unread: UnreadText, draft: _Draft) -> dict[str, float]:
    """Shares of the activities that the text names, and not those that it excludes."""
    shares: dict[str, float] = {}
    percent: dict[str, float] = {}
    excluded: set[str] = set()
    said: dict[str, str] = {}
    for activity, pattern in ACTIVITY_WORDS.items():
        for found in unread.take(pattern):
            if activity == "walk" and "limp" in shares and re.match(_WITH_A, found.after):
                continue  # "walks with a limp" is one activity
            if re.search(_NOT, found.before):
                excluded.add(activity)
                draft.understood.append(("without", f"{activity} ({found.text!r})"))
                continue
            shares[activity] = max(shares.get(activity, 0.0), _share(found))
            said.setdefault(activity, found.text)
            given = _percent(found, unread)
            if given is not None:
                percent[activity] = given
    for name, pattern in GROUP_WORDS.items():
        for found in unread.take(pattern):
            if shares and re.search(_NAMELY, found.after):
                draft.understood.append(("activities", f"of {name} those that are named ({found.text!r})"))
                continue
            group = load_scenario(name).activities
            draft.understood.append(("activities", f"those of scenario {name} ({found.text!r})"))
            rest = {label: share for label, share in group.items() if label not in shares}
            most = MOSTLY * max(1.0, sum(rest.values()))  # "mostly" of a group are three of four, as of two
            shares = {
                **rest,
                **{label: most if share == MOSTLY else share for label, share in shares.items()},
            }
    shares = {name: share for name, share in shares.items() if name not in excluded}
    if percent:
        shares = _by_percent(shares, percent)
    for activity, text in said.items():
        if activity in shares:
            draft.understood.append(("activities", f"{activity}, share {shares[activity]:g} ({text!r})"))
    return shares


def _share(found: Found) -> float:
    if re.search(_MOSTLY, found.before):
        return MOSTLY
    return RARELY if re.search(_RARELY, found.before) else 1.0


def _percent(found: Found, unread: UnreadText) -> float | None:
    before = re.search(
        r"(\d+(?:\.\d+)?) ?(?:%|per ?cent)(?: of)?(?: (?:them|all))?(?: are)?\s*$", found.before
    )
    after = re.match(r"\s*\(?(\d+(?:\.\d+)?) ?(?:%|per ?cent)\)?", found.after)
    match = before or after
    if match is None:
        return None
    unread.forget(match.group(0).strip())
    return float(match.group(1))


def _by_percent(shares: dict[str, float], percent: dict[str, float]) -> dict[str, float]:
    """Activities with a percentage get it; the others share what is left to 100 by their own shares."""
    given = sum(percent.values())
    others = {name: share for name, share in shares.items() if name not in percent}
    if given <= 0 or given > 100 or (others and given >= 100):
        listed = ", ".join(f"{name} {share:g} %" for name, share in percent.items())
        raise InvalidScenario(
            f"the shares {listed} make {given:g} %; they must be at most 100 %"
            f"{', and leave something for ' + ', '.join(others) if others else ''}"
        )
    total = sum(others.values())
    return {**percent, **{name: round((100.0 - given) * share / total, 2) for name, share in others.items()}}


def _people(unread: UnreadText, draft: _Draft) -> None:
    for (name, value), pattern in PEOPLE_WORDS.items():
        found = unread.take(pattern)
        if found:
            draft.content.setdefault(name, {})[value] = 1.0
            draft.understood.append((name, f"{value} ({found[0].text!r})"))
            if name == "age_groups":
                draft.name_parts.append(value)
    if draft.content.get("emotions"):
        draft.content["emotions"].setdefault("neutral", 1.0)


def _manner(unread: UnreadText, draft: _Draft, activities: Iterable[str]) -> None:
    paces = {pace: unread.take(pattern) for pace, pattern in PACE_WORDS.items()}
    if any(paces.values()):
        draft.content["pace_weights"] = (float(bool(paces["slow"])), 0.5, float(bool(paces["fast"])))
        draft.understood.append(("pace_weights", ", ".join(pace for pace, found in paces.items() if found)))
    sides = list(dict.fromkeys(found.groups[0] for found in unread.take(_SIDE)))
    sided = [name for name in activities if set(sides) & set(PLANS[name].sides)]
    if sides and sided:
        draft.content["only"] = {name: {"sides": sides} for name in sided}
        draft.understood.append(("only", f"{' and '.join(sides)} side of {', '.join(sided)}"))
    elif sides:
        draft.missed += [f"{side!r} (none of the activities has a side)" for side in sides]
    _ways(unread, draft, activities)
    languages = [code for code, pattern in LANGUAGE_WORDS.items() if unread.take(pattern)]
    if languages:
        draft.content["languages"] = tuple(languages)
        only = "" if languages == ["en"] else " (only English can be written today)"
        draft.understood.append(("languages", ", ".join(languages) + only))


def _ways(unread: UnreadText, draft: _Draft, activities: Iterable[str]) -> None:
    """Where an action leads: for those activities that the plans know to lead there."""
    ways: dict[str, str] = {}
    for way, pattern in WAY_WORDS.items():
        for found in unread.take(pattern):
            ways.setdefault(way, found.text)
    only: dict[str, dict[str, Any]] = draft.content.setdefault("only", {}) if ways else {}
    for way, text in ways.items():
        led = [name for name in activities if way in PLANS[name].directions]
        for name in led:
            only.setdefault(name, {}).setdefault("directions", []).append(way)
        if led:
            draft.understood.append(("only", f"{way.replace('_', ' ')} of {', '.join(led)} ({text!r})"))
        else:
            draft.missed.append(f"{text!r} (none of the activities can be asked for so)")


def _place(unread: UnreadText, draft: _Draft) -> str | None:
    """Name of the built-in scenario or known room whose place it is."""
    place = None
    for name, pattern in PLACE_WORDS.items():
        for found in unread.take(pattern):
            if place is None:
                place = name
                draft.name_parts.append(found.text.replace(" ", "-"))
            elif place != name:
                draft.missed.append(f"{found.text!r} (one place a scenario; {place} was taken)")
    for found in unread.take(OTHER_PLACES):
        draft.understood.append(
            ("setting", f"{found.text} (in words only: there is no such room to simulate)")
        )
        draft.name_parts.append(found.text.replace(" ", "-"))
    return place


def _placed(draft: _Draft, place: str | None, numbers: dict[str, Any]) -> Scenario:
    """The scenario in its room; without walls where they leave no room for what was asked."""
    free = checked_scenario(draft.content, "the description")
    if place is None:
        return free
    built_in = place in BUILTIN_SCENARIOS
    there = _site_of(load_scenario(place), draft.content) if built_in else _LIVING_ROOM
    try:
        furnished = checked_scenario({**draft.content, **there, **numbers}, "the description")
    except InvalidScenario:
        fits = False
    else:
        fits = is_writable(furnished)
    if fits:
        draft.understood.append(("rooms", f"that of {place}, with its radar"))
        return furnished
    draft.understood.append(
        ("setting", f"{place}, in words only: between its walls there is no room for all that is asked")
    )
    return free


def _site_of(place: Scenario, content: dict[str, Any]) -> dict[str, Any]:
    """Room, radar and placement of a built-in scenario, and what its walls leave of the same activities."""
    narrowed = place.model_dump()["only"]
    only = {
        name: {**narrowed.get(name, {}), **content.get("only", {}).get(name, {})}
        for name in content["activities"]
        if name in narrowed or name in content.get("only", {})
    }
    return {**place.model_dump(include=set(_PLACE_FIELDS)), "only": only}


def is_writable(scenario: Scenario) -> bool:
    """Whether the embedded author finds room for the scenario's first briefs: walls may leave too little."""
    author = GrammarAuthor()
    english = scenario.model_copy(update={"languages": ("en",)})
    try:
        for brief in draw_briefs(english, _N_TRIED, 0):
            author.write(brief)
    except BriefNotWritable:
        return False
    return True


def _set_limits(content: dict[str, Any], numbers: dict[str, Any]) -> None:
    """Limits of the path that leave 1 m around the asked distances."""
    if "range_m" in numbers:
        nearest, farthest = numbers["range_m"]
        limits = {"near_limit_m": min(1.2, nearest - 1.0), "far_limit_m": max(8.0, farthest + 1.0)}
        content |= limits
        numbers["near_limit_m"] = limits["near_limit_m"]


def _name(activities: Iterable[str], draft: _Draft) -> str:
    parts = [*list(activities)[:3], *draft.name_parts[:3]]
    return re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")[:60].strip("-")


def _nothing_to_do(words: str, draft: _Draft, place: str | None) -> str:
    understood = "; ".join(f"{name}: {what}" for name, what in draft.understood) or "nothing"
    missed = ", ".join(dict.fromkeys(draft.missed)) or "nothing"
    examples = ", ".join(sorted(PLANS)[::6])
    there = f"; scenario {place!r} is built in" if place in BUILTIN_SCENARIOS else ""
    return (
        f"no activity was understood in {words!r}. Understood: {understood}. Not understood: {missed}. Name what "
        f"people do, such as {examples}; or let a language model read it (--author model){there}"
    )
