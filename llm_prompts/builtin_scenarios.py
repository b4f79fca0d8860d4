"""The scenarios that ship with the project: YAML files in the folder `scenarios`."""

from __future__ import annotations

from pathlib import Path

SCENARIO_FOLDER = Path(__file__).with_name("scenarios")

BUILTIN_SCENARIOS: tuple[str, ...] = tuple(sorted(file.stem for file in SCENARIO_FOLDER.glob("*.yaml")))
"""Names of the scenarios, sorted."""


def builtin_path(name: str) -> Path:
    """The file of a built-in scenario."""
    return SCENARIO_FOLDER / f"{name}.yaml"
