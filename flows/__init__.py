"""Steps of the wheel as plain functions, the Prefect flows that wrap them, and the command line."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "TurnSettings": ".settings",
    "Workspace": ".settings",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that the package itself imports nothing heavy."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_PUBLIC[name], __name__), name)
