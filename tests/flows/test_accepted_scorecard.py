"""Which scorecard a new one is compared with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from flows.write_reports import previous_scorecard


class Scored:
    """A lake with scorecards, and tags of versions."""

    def __init__(self, promoted: str | None, *names: str) -> None:
        self.promoted = promoted
        self.rows = [
            {
                "scorecard_id": f"{name}/{hour}",
                "dataset_version": name,
                "metrics": "{}",
                "created_at": datetime(2026, 1, 1, hour, tzinfo=UTC),
            }
            for hour, name in enumerate(names)
        ]

    def read(self, table: str, columns: list[str]) -> pa.Table:
        return pa.Table.from_pylist(self.rows)

    def tags(self, dataset: str) -> dict[str, str]:
        return {"published": self.promoted} if self.promoted else {}


@pytest.mark.parametrize(
    ("promoted", "expected"),
    [
        (None, "a@3/4"),  # the last one
        ("a@1", "a@1/2"),  # the newest of the promoted version
        ("a@9", "a@3/4"),  # promoted, and never scored
        ("a@4", "a@3/4"),  # the new one itself is promoted
    ],
)
def test_a_promoted_version_goes_before_the_last_one(promoted: str | None, expected: str) -> None:
    lake: Any = Scored(promoted, "a@1", "b@1", "a@1", "b@2", "a@3", "a@4")
    found = previous_scorecard(lake, "a@4", "a@4/5")
    assert found is not None and found["scorecard_id"] == expected


def test_the_first_scorecard_has_none_before_it() -> None:
    lake: Any = Scored("a@1", "a@1", "a@2")
    assert previous_scorecard(lake, "a@1", "a@1/0") is None
