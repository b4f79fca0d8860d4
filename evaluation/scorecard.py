"""The scorecard: every number with its interval, its counts, its metric version and what it must beat."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .errors import ScorecardError
from .statistics import Interval

__all__ = ["Baseline", "Confusion", "Measure", "Scorecard", "read_scorecard", "write_scorecard"]

Section = Literal["retrieval", "zero-shot", "captions", "questions"]


class _Record(BaseModel):
    """Frozen, closed and finite: a scorecard holds no NaN and no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Baseline(_Record):
    """What a trivial method scores on the same items."""

    name: str
    value: float
    note: str = ""


class Measure(_Record):
    """One number of a scorecard.

    Attributes:
        section: part of the scorecard.
        name: metric, for example "R@1".
        of: what it is taken over, for example {"direction": "text to wave"}.
        value: the number; None exactly where `not_run` says why there is none.
        scale: "share", "score": larger is better; "rank", "error": smaller is better; "count": neither.
        interval: bootstrap interval over groups; None where it is undefined.
        n_items: items that were scored.
        n_groups: independent groups (script families or motions) among them.
        n_references: references or gallery items that they were scored against.
        chance: expectation of a uniform random answer.
        baselines: trivial methods on the same items.
        version: of the metric's implementation.
        headline: whether it belongs to the short table.
        note: protocol in words.
    """

    section: Section
    name: str
    of: dict[str, str] = Field(default_factory=dict)
    value: float | None
    scale: Literal["share", "score", "rank", "error", "count"]
    interval: Interval | None = None
    n_items: int
    n_groups: int
    n_references: int | None = None
    chance: float | None = None
    baselines: tuple[Baseline, ...] = ()
    version: str
    headline: bool = False
    note: str = ""
    not_run: str | None = None

    @model_validator(mode="after")
    def _value_or_reason(self) -> Measure:
        if (self.value is None) != bool(self.not_run):
            raise ValueError(
                f"measure {self.name!r}: give a value, or the reason why it was not run, not both"
            )
        return self

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger value is the better one."""
        return self.scale in ("share", "score")

    @property
    def strongest(self) -> Baseline | None:
        """The hardest of chance and baselines to beat."""
        rivals = list(self.baselines)
        if self.chance is not None:
            rivals.insert(0, Baseline(name="chance", value=self.chance))
        if not rivals or self.scale == "count":
            return None
        return (max if self.higher_is_better else min)(rivals, key=lambda rival: rival.value)

    def ratio_to(self, reference: float | None) -> float | None:
        """How many times better than ``reference``; None where that is undefined."""
        if self.value is None or reference is None or self.scale == "count":
            return None
        over, under = (self.value, reference) if self.higher_is_better else (reference, self.value)
        return over / under if under > 0 else None

    def to_record(self) -> dict[str, Any]:
        """As stored: the fields and the derived comparison."""
        strongest = self.strongest
        derived = {
            "ratio_to_chance": self.ratio_to(self.chance),
            "strongest_baseline": strongest.name if strongest else None,
            "ratio_to_strongest_baseline": self.ratio_to(strongest.value) if strongest else None,
        }
        return {**self.model_dump(mode="json"), "derived": derived}


class Confusion(_Record):
    """Counts of samples by true label (rows) and predicted class (columns)."""

    labels: tuple[str, ...]
    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Scorecard(_Record):
    """What one pair of checkpoints scored on one split of one dataset version.

    It holds no time and no path, so that two evaluations of the same thing give the same bytes.
    """

    schema_version: Literal[1] = 1
    dataset: str
    split: str
    encoder: str
    wavellm: str | None
    config: dict[str, Any]
    versions: dict[str, str]
    measures: tuple[Measure, ...]
    confusion: Confusion | None = None
    notes: tuple[str, ...] = ()

    def select(self, section: str | None = None, name: str | None = None, **of: str) -> list[Measure]:
        """Measures of a section, of a name, and with the given entries of `Measure.of`."""
        return [
            measure
            for measure in self.measures
            if section in (None, measure.section)
            and name in (None, measure.name)
            and all(measure.of.get(key) == value for key, value in of.items())
        ]

    def one(self, section: str, name: str, **of: str) -> Measure:
        """The single measure that fits.

        Raises:
            ScorecardError: none or several fit.
        """
        found = self.select(section, name, **of)
        if len(found) != 1:
            names = sorted({f"{m.section}/{m.name}" for m in self.measures})
            raise ScorecardError(
                f"{len(found)} measures fit {section}/{name} {of}; there are: {', '.join(names)}"
            )
        return found[0]

    def headline(self) -> list[Measure]:
        """The measures of the short table."""
        return [measure for measure in self.measures if measure.headline]

    def to_json(self) -> str:
        """The scorecard as JSON text, keys in a fixed order."""
        record = {
            **self.model_dump(mode="json"),
            "measures": [measure.to_record() for measure in self.measures],
        }
        return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Scorecard:
        """Read what `to_json` wrote.

        Raises:
            ScorecardError: the text is not a scorecard of this schema.
        """
        try:
            record = json.loads(text)
            for measure in record["measures"]:
                measure.pop("derived", None)
            return cls.model_validate(record)
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError, ValidationError) as error:
            raise ScorecardError(f"not a scorecard of schema 1: {error}") from error


def write_text(path: Path, text: str) -> Path:
    """Write a file so that a reader sees the old or the new text, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
    return path


def write_scorecard(scorecard: Scorecard, folder: Path) -> tuple[Path, Path]:
    """Write ``scorecard.json`` and ``scorecard.md`` into ``folder`` and return their paths."""
    from .scorecard_rendering import to_markdown  # it needs Scorecard from here

    return (
        write_text(folder / "scorecard.json", scorecard.to_json()),
        write_text(folder / "scorecard.md", to_markdown(scorecard)),
    )


def read_scorecard(path: Path) -> Scorecard:
    """Read a ``scorecard.json``."""
    return Scorecard.from_json(path.read_text(encoding="utf-8"))


def jsonl(records: Iterable[dict[str, Any]]) -> str:
    """Records as JSON lines."""
    return "".join(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records)
