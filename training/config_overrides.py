"""Changing single options of a frozen configuration by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from .errors import ConfigurationError

Config = TypeVar("Config")
_COUNTS = {"epochs", "batch_size", "width", "depth", "heads", "embed_dim", "max_patches", "learning_rate"} | {
    f"base_{size}" for size in ("width", "depth", "heads")
}


def with_overrides(config: Config, options: Mapping[str, Any]) -> Config:
    """A copy of a dataclass with some options changed; dotted names reach into nested ones.

    Example: `with_overrides(config, {"epochs": 5, "augmentation.time_masks": 0})`.

    Raises:
        ConfigurationError: a name that does not exist (the nearest one is named), or a value of another kind.
    """
    for name, value in options.items():
        head, _, rest = name.partition(".")
        known = {field.name for field in fields(config)}  # type: ignore[arg-type]
        if head not in known:
            near = difflib.get_close_matches(head, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {sorted(known)}"
            raise ConfigurationError(f"{type(config).__name__} has no option {head!r}; {hint}")
        present = getattr(config, head)
        if rest:
            if not is_dataclass(present):
                raise ConfigurationError(
                    f"option {head!r} of {type(config).__name__} has no parts; got {name!r}"
                )
            value = with_overrides(present, {rest: value})
        config = replace(config, **{head: _as_kind_of(present, value, name)})  # type: ignore[type-var]
    return config


def _as_kind_of(present: Any, value: Any, name: str) -> Any:
    """`value` if it can stand in for `present`: whole numbers may be floats, lists tuples, and None anything."""
    if isinstance(present, tuple) and isinstance(value, list):
        return tuple(value)
    if isinstance(present, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if present is not None and value is not None and type(present) is not type(value):
        raise ConfigurationError(
            f"option {name!r} is {present!r}, a {type(present).__name__}; {value!r} is a {type(value).__name__}"
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        counts = name.rpartition(".")[2] in _COUNTS
        if value < 0 or (counts and value == 0):
            raise ConfigurationError(
                f"option {name!r} is {value!r}; it must {'be above 0' if counts else 'not be negative'}"
            )
    return value
