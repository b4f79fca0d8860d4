"""Which slices of a dataset version its models read wrong most, and which the data lack."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low
from typing import Any

from data_lake import VersionReader
from llm_prompts import AuthoringError, Gap, load_scenario
from llm_prompts.coverage import Coverage, coverage
from simulator import MotionScript

_Z_95 = 1.959963984540054  # standard normal quantile of a two-sided interval of 95 %
# Below this many judged items a slice's share of errors says next to nothing (its interval is wider than 0.6).
FEWEST_ITEMS = 5


@dataclass(frozen=True)
class Slice:
    """Items that have something in common, and how many of them the models read wrong.

    Attributes:
        kind: what the items are: activity, "activity in a view", "kind of question".
        name: the slice.
        n_items: judged items of the held-out split.
        n_wrong: of these read wrong.
        n_train: samples of the slice that the models were trained on; None where that is not told.
        instead: most frequent wrong reading, and how often.
    """

    kind: str
    name: tuple[str, ...]
    n_items: int
    n_wrong: int
    n_train: int | None
    instead: tuple[str, int] | None

    @property
    def surely_wrong(self) -> float:
        """Lower end of the share of wrong items, 95 %: what few items show counts little."""
        return wilson_interval(self.n_wrong, self.n_items)[0]


def wilson_interval(n_hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); the whole range where nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = n_hits / n, _Z_95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def read_wrong(answers: Iterable[Mapping[str, Any]], reader: VersionReader) -> list[Slice]:
    """Slices by how surely the models read them wrong, worst first; those with fewer than 5 items are left out.

    Args:
        answers: records of an answers file.
        reader: of the version that the models were trained on.
    """
    trained = reader.samples("train", ["activity", "view"]).to_pylist()
    n_train: Counter[tuple[str, ...]] = Counter()
    for row in trained:
        activity, view = _text(row["activity"]), _text(row["view"])
        n_train.update([("activity", activity), ("activity in a view", activity, view)])
    judged: dict[tuple[str, ...], list[str | None]] = defaultdict(list)
    for record in answers:
        for key, instead in _judgements(record):
            judged[key].append(instead)
    found = [_slice(key, items, n_train) for key, items in judged.items() if len(items) >= FEWEST_ITEMS]
    return sorted(found, key=lambda one: (-one.surely_wrong, one.kind, one.name))


def _judgements(record: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Slices that a sample belongs to, each with what was read instead of the truth, or None where it was right."""
    truth, said = record["activity"], record["predicted_activity"]
    if truth is not None and said is not None:
        wrong = None if said == truth else str(said)
        yield ("activity", truth), wrong
        yield ("activity in a view", truth, _text(record["view"])), wrong
    for asked in record["questions"]:
        yield ("kind of question", asked["kind"]), None if asked["correct"] else str(asked["predicted"])


def _slice(
    key: tuple[str, ...], items: Sequence[str | None], n_train: Mapping[tuple[str, ...], int]
) -> Slice:
    wrong = Counter(item for item in items if item is not None)
    most = min(wrong.items(), key=lambda one: (-one[1], one[0])) if wrong else None
    known = None if key[0] == "kind of question" else n_train.get(key, 0)
    return Slice(key[0], key[1:], len(items), wrong.total(), known, most)


def _text(value: object) -> str:
    return "not told" if value is None else str(value)


@dataclass(frozen=True)
class Holdings:
    """How many samples of each activity a version holds, by split, and which cells of its scenario it leaves empty."""

    by_activity: Mapping[str, Mapping[str, int]]
    cells: Coverage | None
    """None where the version is not made from a scenario that is known here."""


def held_by(reader: VersionReader) -> Holdings:
    """Count what a version holds beside what its scenario can ask for."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in reader.samples(columns=["activity", "split"]).to_pylist():
        counts[_text(row["activity"])][row["split"]] += 1
    cells = None
    name = reader.info.parameters.get("scenario")
    if name and not reader.info.parameters.get("motions"):
        try:
            scenario = load_scenario(str(name))
        except AuthoringError:  # a file of the machine that made the version
            return Holdings(counts, None)
        for activity in scenario.activity_labels:
            counts.setdefault(activity, Counter())
        rows = reader.scripts(["script"])["script"].to_pylist()
        cells = coverage(scenario, (MotionScript.model_validate_json(text) for text in rows))
    return Holdings(counts, cells)


def asked_for(wrong: Sequence[Slice], holdings: Holdings, longest: int, shown_by: str = "") -> list[Gap]:
    """What to make next as gaps: activities without anything to train on, the worst slices, then what is scarce.

    A slice that is read wrong asks for as many samples again as it has to train on (at least for what half of the
    activities have) times the share of it that is read wrong; an activity that has less than half of the activities
    have asks for the difference. Each slice is asked for once, for the larger of its reasons.

    Args:
        wrong: slices, worst first.
        holdings: what there is to train on.
        longest: most gaps.
        shown_by: scorecard that showed it, for the reasons.
    """
    usual = max(1, median_low([count["train"] for count in holdings.by_activity.values()] or [1]))
    scarce = [
        {
            "activity": activity,
            "n_samples": usual - n_train,
            "reason": f"{n_train} samples to train on, half of the activities have {usual} or more",
        }
        for n_train, activity in sorted((one["train"], name) for name, one in holdings.by_activity.items())
        if n_train < usual
    ]
    n_empty = sum(entry["n_samples"] == usual for entry in scarce)
    weak = [
        _weakness(one, usual, shown_by) for one in wrong if one.kind != "kind of question" and one.n_wrong
    ]
    found: dict[str, Gap] = {}
    for entry in (*scarce[:n_empty], *weak, *scarce[n_empty:]):
        try:
            gap = Gap.model_validate(entry)
        except ValueError:  # a label of recorded clips, which no script can be asked for
            continue
        known = found.setdefault(gap.content_hash, gap)
        if known is not gap:
            both = {
                "n_samples": max(known.n_samples, gap.n_samples),
                "reason": f"{known.reason}; {gap.reason}",
            }
            found[gap.content_hash] = known.model_copy(update=both)
    return list(found.values())[:longest]


def _weakness(one: Slice, usual: int, shown_by: str) -> dict[str, Any]:
    """A slice that is read wrong as the fields of a gap. The reason has no word that a model wrote."""
    lowest, highest = wilson_interval(one.n_wrong, one.n_items)
    views = {"views": one.name[1]} if one.kind == "activity in a view" else {}
    n_again = max(usual, one.n_train or 0)
    return {
        "activity": one.name[0],
        **views,
        "n_samples": math.ceil(n_again * one.n_wrong / one.n_items),
        "reason": f"{one.n_wrong} of {one.n_items} read wrong: share {one.n_wrong / one.n_items:.2f}, "
        f"95 % interval {lowest:.2f} to {highest:.2f}{f', {shown_by}' if shown_by else ''}",
    }


def read_records(path: Path) -> list[dict[str, Any]]:
    """Records of an answers file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
