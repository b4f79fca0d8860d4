"""Scenarios in files: YAML or JSON in, with the line of every value; YAML out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import InvalidScenario
from .scenario_problems import Place

MOST_BYTES, DEEPEST = 1_000_000, 20
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class ParsedFile:
    """Plain values of a file, and the line (from 1) at which each of them stands."""

    content: Any
    lines: dict[Place, int]


def parsed_file(path: Path) -> ParsedFile:
    """Read a YAML or JSON file as plain values.

    Raises:
        InvalidScenario: it cannot be read, is no YAML or JSON (with line and column), gives a key twice, or
            refers to itself by anchors, which no scenario needs.
    """
    try:
        raw = path.read_bytes()
        if len(raw) > MOST_BYTES:
            raise InvalidScenario(f"{path} has {len(raw)} bytes; a scenario has at most {MOST_BYTES}")
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidScenario(f"{path} cannot be read: {error}") from error
    return parsed_text(text, str(path), is_json=path.suffix == ".json")


def parsed_text(text: str, source: str, *, is_json: bool = False) -> ParsedFile:
    """The same for a text; `source` is for messages."""
    if is_json:
        try:
            json.loads(text)  # YAML takes more than JSON does
        except (ValueError, RecursionError) as error:
            raise InvalidScenario(f"{source} is not JSON: {error}") from error
    try:
        _check_events(text, source)
        root = yaml.compose(text.replace("\t", " ") if is_json else text, _Loader)
        content = json.loads(text) if is_json else yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise InvalidScenario(f"{source}{_place_of(error)} is not YAML: {_first_words(error)}") from error
    if not isinstance(content, dict):
        raise InvalidScenario(
            f"{source}: a scenario is a mapping with fields such as name, setting and activities"
        )
    return ParsedFile(content, dict(_lines(root, (), source)))


def _check_events(text: str, source: str) -> None:
    """Refuse what would make a small file a large scenario, before anything is built of it."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1
            raise InvalidScenario(
                f"{source}, line {line}: *{event.anchor} repeats another part; write it out"
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise InvalidScenario(
                f"{source}, line {event.start_mark.line + 1}: nested too deep to be a scenario"
            )


def yaml_text(content: dict[str, Any]) -> str:
    """Plain values as YAML: fields in the given order, what is short and flat on one line."""
    # PyYAML writes line separators of Unicode raw, and reads them back as line breaks.
    is_plain = not any(mark in _all_text(content) for mark in ("\x85", "\u2028", "\u2029"))
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=is_plain)


def _all_text(content: object) -> str:
    """All texts of nested plain values, joined."""
    if isinstance(content, dict):
        return "".join(_all_text(part) for pair in content.items() for part in pair)
    if isinstance(content, list | tuple):
        return "".join(map(_all_text, content))
    return str(content)


class _Dumper(yaml.SafeDumper):
    """Ranges, vectors and shares on one line, everything else a line each."""

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        """Flow style for a list of plain values."""
        return super().represent_sequence(tag, sequence, _is_flat(sequence))

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        """Flow style for a mapping of plain values that is not the whole."""
        whole = "setting" in mapping
        short = not whole and len(str(mapping)) <= 110
        flat = all(
            _is_flat(value) if isinstance(value, list) else _is_plain(value) for value in mapping.values()
        )
        return super().represent_mapping(tag, mapping, short and flat)


def _is_plain(value: Any) -> bool:
    return not isinstance(value, list | tuple | dict)


def _is_flat(values: Any) -> bool:
    return all(_is_plain(value) for value in values)


def _lines(node: Any, place: Place, source: str) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                raise InvalidScenario(f"{source}, line {line}: {name!r} is given twice")
            seen.add(name)
            yield (*place, name), line
            yield from _lines(value, (*place, name), source)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*place, index), item.start_mark.line + 1
            yield from _lines(item, (*place, index), source)


def _place_of(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", line {mark.line + 1}, column {mark.column + 1}," if mark is not None else ""


def _first_words(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0]
