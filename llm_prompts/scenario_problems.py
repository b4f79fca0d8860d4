"""What is wrong with a scenario, in words: the line, the field, what was given, what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from simulator.motion.script import ACTIVITIES

Place = tuple[str | int, ...]
MOST_PROBLEMS = 12


def scenario_problem(place: Place, message: str) -> PydanticCustomError:
    """An error of the rules that concern more than one value, with the place to look at."""
    return PydanticCustomError("scenario", "{message}", {"message": message, "place": place})


def nearest(word: str, known: Sequence[str]) -> str:
    """`; did you mean "walk"?`, or a full stop where no known word is near."""
    found = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f'; did you mean "{found[0]}"?' if found else "."


def known_weights(name: str, weights: Mapping[str, float], allowed: tuple[str, ...]) -> None:
    """Refuse shares of what does not exist, and shares that are not above 0.

    Raises:
        PydanticCustomError: the first of them, with its place.
    """
    for word in weights:
        if word in allowed:
            continue
        if name == "activities" and word in ACTIVITIES:
            never = ", ".join(sorted(set(ACTIVITIES) - set(allowed)))
            raise scenario_problem(
                (name, word), f"{word!r} is never the main action of a script (nor are: {never})"
            )
        near = nearest(word, allowed)
        listed = "" if near.endswith("?") else f" Allowed are {', '.join(sorted(allowed))}"
        raise scenario_problem((name, word), f"unknown {word!r}{near}{listed}")
    if not weights:
        raise scenario_problem((name,), f"{name} needs at least one entry")
    wrong = {word: share for word, share in weights.items() if share <= 0}
    for word, share in wrong.items():
        raise scenario_problem(
            (name, word), f"the share is {share:g}, must be above 0; leave out what is not wanted"
        )


def unknown_scenario(name: str, builtin: Sequence[str]) -> str:
    """That there is no such scenario, and which there are."""
    if name.endswith((".yaml", ".yml", ".json")):
        return (
            f"there is no file {name}; `mmflywheel scenario write NAME FILE` writes a scenario to begin with"
        )
    return (
        f"no scenario {name!r}{nearest(name, builtin)} Built-in are {', '.join(builtin)}; else give the path of a "
        ".yaml or .json file (`mmflywheel scenario write NAME FILE` writes one to begin with)"
    )


def problems_in_words(
    source: str, error: ValidationError, lines: Mapping[Place, int], fields: Mapping[Place, Sequence[str]]
) -> str:
    """All problems, one a line, each with the line of the file and the field.

    Args:
        source: file or name, for the first line.
        error: what the model found.
        lines: place of a value -> its line, from 1; empty where there is no file.
        fields: place of an object -> the names of its fields, for misspelt ones.
    """
    found = sorted(error.errors(include_url=False), key=lambda problem: _line(_place(problem), lines) or 0)
    told = [_in_words(problem, lines, fields) for problem in found[:MOST_PROBLEMS]]
    if len(found) > MOST_PROBLEMS:
        told.append(f"and {len(found) - MOST_PROBLEMS} more")
    if len(told) == 1:
        return f"{source}, {told[0]}"
    return "\n".join([f"{source}: {len(found)} problems", *(f"  {text}" for text in told)])


def _in_words(
    problem: ErrorDetails, lines: Mapping[Place, int], fields: Mapping[Place, Sequence[str]]
) -> str:
    place = _place(problem)
    line = _line(place, lines)
    where = f"line {line}, " if line is not None else ""
    return f"{where}{'.'.join(map(str, place)) or 'scenario'}: {_said(problem, place, fields)}"


def _place(problem: ErrorDetails) -> Place:
    return problem.get("ctx", {}).get("place", problem["loc"])


def _line(place: Place, lines: Mapping[Place, int]) -> int | None:
    """That of the value, or of the nearest thing around it."""
    return next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), None)


def _said(problem: ErrorDetails, place: Place, fields: Mapping[Place, Sequence[str]]) -> str:
    given = problem["input"]
    short = repr(given) if len(repr(given)) <= 60 else f"{repr(given)[:57]}..."
    match problem["type"]:
        case "extra_forbidden":
            known = fields.get(place[:-1], fields.get(place[:1], ()))
            near = nearest(str(place[-1]), known)
            return f"unknown field{near}" + ("" if near.endswith("?") else f" Allowed are {', '.join(known)}")
        case "missing":
            return "this field must be there"
        case "value_error" | "scenario":
            return problem["msg"].removeprefix("Value error, ")
        case _:
            return f"{problem['msg'][:1].lower()}{problem['msg'][1:]}; given was {short}"
