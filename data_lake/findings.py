"""One thing that a check found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where."""

    where: str
    """The table, or the published version."""
    kind: str
    """In a few words: missing file, damaged log, dangling ids ..."""
    detail: str
    is_damage: bool = True
    """False: it can be made again, or nothing is lost by it."""
