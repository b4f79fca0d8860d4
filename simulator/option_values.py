"""Options by dotted name, as a command line gives them: `receiver.adc_bits` = 12."""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import RadarConfigError

Options = TypeVar("Options")


def with_option_values(options: Options, values: Mapping[str, Any]) -> Options:
    """A copy of frozen options with some of them changed; dotted names reach into groups of options.

    All values of a group are set at once, so options that are only allowed together can be given together. A
    group whose options all have defaults starts from those (a projection then brings its own gate).

    Args:
        options: a dataclass, such as SimulationOptions.
        values: JSON values by name.

    Raises:
        RadarConfigError: a name that does not exist (the nearest one is named), a value of another kind, or one
            that the options themselves refuse.
    """
    kind = type(options).__name__
    hints = get_type_hints(type(options))
    changes: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        head, _, rest = name.partition(".")
        if head not in hints:
            near = difflib.get_close_matches(head, hints, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(hints)}"
            raise RadarConfigError(f"{kind} has no option {head!r}; {hint}")
        is_group = is_dataclass(getattr(options, head))
        if rest and not is_group:
            raise RadarConfigError(f"option {head!r} of {kind} has no parts; {name!r} was given")
        if is_group and not rest:
            parts = ", ".join(f"{head}.{field.name}" for field in fields(getattr(options, head)))
            raise RadarConfigError(f"{head!r} of {kind} is a group of options; set one of {parts}")
        if rest:
            groups.setdefault(head, {})[rest] = value
        else:
            changes[head] = _as_declared(hints[head], value, name)
    for head, inner in groups.items():
        changes[head] = with_option_values(_fresh(getattr(options, head)), inner)
    return replace(options, **changes)  # type: ignore[type-var]


def _fresh(group: Any) -> Any:
    """A group whose options stand at what the class declares, if it declares all of them."""
    declared = {field.name: field.default for field in fields(group)}
    if MISSING in declared.values():
        return group
    fresh = object.__new__(type(group))  # not yet filled in by its own __post_init__
    for name, value in declared.items():
        object.__setattr__(fresh, name, value)
    return fresh


def _as_declared(declared: Any, value: Any, name: str) -> Any:
    """The value as its field holds it: whole numbers may stand for others, lists for tuples."""
    is_union = get_origin(declared) in (Union, types.UnionType)
    kinds = get_args(declared) if is_union else (declared,)
    allowed = []
    for kind in kinds:
        origin = get_origin(kind) or kind
        if origin is type(None):
            if value is None:
                return None
            allowed.append("null")
        elif origin is Literal:
            if value in get_args(kind):
                return value
            allowed += [repr(one) for one in get_args(kind)]
        elif origin is float and type(value) in (int, float):
            return float(value)
        elif origin is tuple and isinstance(value, list | tuple):
            return tuple(value)
        elif type(value) is origin:
            return value
        else:
            allowed.append({"float": "a number", "int": "a whole number", "bool": "true or false"}.get(
                origin.__name__, f"a {origin.__name__}"
            ))  # fmt: skip
    raise RadarConfigError(f"option {name!r} is {value!r}, must be {' or '.join(allowed)}")
