"""The order of the suite: long files first, so that no worker is left alone with one at the end."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests are allowed the most time come first, then those with slow tests, then all others."""
    weights: dict[Path, tuple[float, bool]] = {}
    for item in items:
        limit = item.get_closest_marker("timeout")
        weight = (float(limit.args[0]) if limit else 0.0, item.get_closest_marker("slow") is not None)
        weights[item.path] = max(weight, weights.get(item.path, (0.0, False)))
    items.sort(key=lambda item: weights[item.path], reverse=True)
