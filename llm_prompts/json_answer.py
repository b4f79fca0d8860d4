"""Finding the one JSON object in what a model wrote, and mending what is plainly a slip."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_END_OF_THOUGHTS = "</think>"
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_MOST_OBJECTS = 50
_MOST_CHARACTERS = 400_000


class NoObject(ValueError):
    """The text holds no JSON object, or more than one; the message says which and where."""


def find_object(text: str) -> dict[str, Any]:
    """The one JSON object of a text, with prose, code fences or thoughts around it.

    Only commas before a closing bracket and line breaks within strings are mended. A text that was cut off
    is never completed, and of several different objects none is chosen: both could turn into a lie.

    Raises:
        NoObject: there is none, several, or it holds numbers that are none.
    """
    if len(text) > _MOST_CHARACTERS:
        raise NoObject(f"the answer has {len(text)} characters, allowed are {_MOST_CHARACTERS}")
    plain = text.strip().removeprefix("\ufeff")
    try:
        content = _parsed(plain)
    except NoObject as error:
        first = error
    else:
        return _as_object(content)
    plain = plain.rpartition(_END_OF_THOUGHTS)[2]
    found: list[dict[str, Any]] = []
    for part in _outermost(plain):
        try:
            one = _object(part)
        except NoObject:
            continue
        if one not in found:
            found.append(one)
    if len(found) > 1:
        raise NoObject(f"the answer holds {len(found)} different JSON objects; give exactly one")
    if not found:
        raise first
    return found[0]


def _object(text: str) -> dict[str, Any]:
    """Read a text that is one object and nothing else."""
    try:
        content = _parsed(text)
    except NoObject:
        mended = _without_trailing_commas(text)
        if mended == text:
            raise
        content = _parsed(mended)
    return _as_object(content)


def _as_object(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise NoObject(f"the answer is a JSON {type(content).__name__}, not an object")
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NoObject("the answer holds half of a surrogate pair, which is no character") from None
    return content


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise NoObject("the answer is nested too deeply") from None
    except ValueError as error:
        raise NoObject(f"the answer is not JSON: {error}") from None


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def _without_trailing_commas(text: str) -> str:
    """Drop commas before a closing bracket, but not within strings."""
    pieces, end = [], 0
    for match in _STRING.finditer(text):
        pieces += [_TRAILING_COMMA.sub(r"\1", text[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*pieces, _TRAILING_COMMA.sub(r"\1", text[end:])])


def _outermost(text: str) -> list[str]:
    """Stretches of text between matching outermost braces; braces within strings do not count."""
    parts: list[str] = []
    start = text.find("{")
    while start >= 0 and len(parts) < _MOST_OBJECTS:
        end = _closing(text, start)
        if end < 0:
            return parts
        parts.append(text[start : end + 1])
        start = text.find("{", end + 1)
    return parts


def _closing(text: str, start: int) -> int:
    depth, in_string, escaped = 0, False, False
    for place in range(start, len(text)):
        character = text[place]
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "{}":
            depth += 1 if character == "{" else -1
            if depth == 0:
                return place
    return -1
