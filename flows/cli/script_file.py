"""Motion scripts in files: what is wrong with one is said with its place, in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from simulator import MotionScript, validate_script
from simulator.errors import ScriptError
from simulator.motion.script import Layer, Start, Step, Style, Subject

MOST_PROBLEMS = 12
_STEPS: dict[str, type[BaseModel]] = {model.__name__: model for model in get_args(Step)}
_PARTS: dict[str, type[BaseModel]] = {"subject": Subject, "style": Style, "start": Start, "layers": Layer}
_LAYERED = tuple(model.__name__ for model in get_args(Layer.model_fields["primitive"].annotation))


def read_script_file(path: Path) -> MotionScript:
    """A valid script from a JSON file.

    Raises:
        ScriptError: no such file, not JSON, a field that a script has not or lacks (each problem with its
            place), or a script that the validator refuses; the message begins with the file's name.
    """
    if not path.is_file():
        raise ScriptError(f"{path}: no such file; give a motion script (.json) or a motion file")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptError(f"{path} cannot be read: {error}") from error
    try:
        raw = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        raise ScriptError(f"{where}: not JSON: {error.msg}") from error
    except ValueError as error:
        raise ScriptError(f"{path}: {error}") from error
    if not isinstance(raw, dict):
        raise ScriptError(f'{path}: a script is an object {{"title": ..., "steps": [...], ...}}')
    try:
        script = MotionScript.model_validate_json(text)
        validate_script(script)
    except ValidationError as error:
        problems = script_problems(raw, error)
        more = len(problems) - MOST_PROBLEMS
        listed = [*problems[:MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
        raise ScriptError(f"{path}: " + "; ".join(listed)) from error
    except ScriptError as error:
        raise ScriptError(f"{path}: {error}") from error
    return script


def script_problems(raw: Any, error: ValidationError) -> list[str]:
    """One line for each problem of the object `raw`; of a union only what concerns the kind that it says."""
    lines: dict[str, None] = {}
    for problem in error.errors(include_url=False):
        line = _in_words(raw, problem)
        if line is not None:
            lines[line] = None
    return list(lines)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the key {twice[0]!r} is given twice in one object")
    return dict(pairs)


def _in_words(raw: Any, problem: Any) -> str | None:
    place, value, model = "", raw, MotionScript
    kinds: tuple[str, ...] = ()
    for before, step in zip((None, *problem["loc"]), problem["loc"], strict=False):
        if step in _STEPS and (isinstance(before, int) or before == "primitive"):
            kinds = _LAYERED if before == "primitive" else tuple(_STEPS)
            model = _STEPS[step]
            wrong = _wrong_kind(place, value, kinds)
            if wrong is not None:
                return wrong
            if value["kind"] != _kind_of(model):
                return None
            continue
        place += f"[{step}]" if isinstance(step, int) else f".{step}" if place else step
        model = _PARTS.get(step, model) if isinstance(step, str) else model
        value = _inside(value, step)
    if problem["type"] == "missing":
        return f"{place} is missing"
    if problem["type"] == "extra_forbidden":
        noun = f"a {_kind_of(model)} step" if model in _STEPS.values() else f"a {model.__name__}"
        return f"{place} is no field of {noun}; it has {', '.join(model.model_fields)}"
    message = problem["msg"].removeprefix("Input ").replace("should be", "must be")
    return f"{place} is {json.dumps(problem['input'], default=str)}: it {message}"


def _wrong_kind(place: str, value: Any, kinds: tuple[str, ...]) -> str | None:
    names = ", ".join(_kind_of(_STEPS[kind]) for kind in kinds)
    if not isinstance(value, dict):
        return f"{place} is {json.dumps(value)}: it must be an object with a kind, one of {names}"
    if "kind" not in value:
        return f"{place}.kind is missing; it must be one of {names}"
    if value["kind"] not in [_kind_of(_STEPS[kind]) for kind in kinds]:
        return f"{place}.kind is {json.dumps(value['kind'])}; it must be one of {names}"
    return None


def _kind_of(model: type[BaseModel]) -> str:
    return str(get_args(model.model_fields["kind"].annotation)[0])


def _inside(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None
