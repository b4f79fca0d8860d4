"""The numbers in the metrics of a scorecard, by name: those of its headline, or all where it marks none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard


def scores_of(metrics: object) -> dict[str, float]:
    """Return the scores in the metrics of a scorecard.

    Of a list of `measures` those of the headline, named as "section: name, what of"; of any other metrics every
    number, named by its path.
    """
    measures = _measures(metrics)
    return _numbers(metrics) if measures is None else _headline(measures)


def summary_of(metrics: object) -> dict[str, float]:
    """Return the same without what is told of one kind of question only: a line of scores, where not a table fits."""
    return _headline(one for one in _measures(metrics) or () if "kind" not in _what_of(one))


def scored_split(metrics: object) -> str | None:
    """Return which split a scorecard is about; None: it does not say."""
    split = metrics.get("split") if isinstance(metrics, Mapping) else None
    return None if split is None else str(split)


def _measures(metrics: object) -> list[Mapping[str, Any]] | None:
    found = metrics.get("measures") if isinstance(metrics, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else None


def _headline(measures: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    return {
        _name(one): one["value"] for one in measures if one.get("headline") and _is_number(one.get("value"))
    }


def _name(measure: Mapping[str, Any]) -> str:
    return ", ".join(
        (f"{measure.get('section')}: {measure.get('name')}", *map(str, _what_of(measure).values()))
    )


def _what_of(measure: Mapping[str, Any]) -> Mapping[str, Any]:
    found = measure.get("of")
    return found if isinstance(found, Mapping) else {}


def _numbers(value: object, name: str = "") -> dict[str, float]:
    """The numbers in nested metrics, named by their path."""
    if isinstance(value, Mapping):
        parts = (_numbers(item, f"{name}.{key}" if name else str(key)) for key, item in value.items())
        return {key: number for part in parts for key, number in part.items()}
    return {name: value} if _is_number(value) else {}


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
