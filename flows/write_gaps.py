"""The page of an evaluation that says what to make next: read wrong, missing, and both as a request for scripts."""

from __future__ import annotations

import shlex
from pathlib import Path

from data_lake import DatasetVersion, VersionReader
from evaluation import ANSWERS_FILE
from evaluation.markdown_escaping import escape_markdown, safe_table
from llm_prompts import Gap, gaps_text

from .find_gaps import FEWEST_ITEMS, Holdings, Slice, asked_for, held_by, read_records, read_wrong

LONGEST_TABLE = 15
LONGEST_REQUEST = 10


def gaps_report(reader: VersionReader, folder: Path) -> str:
    """The gap table of a version and the models that were trained and scored on it.

    Args:
        reader: of the version.
        folder: results of the evaluation.
    """
    wrong = read_wrong(read_records(folder / ANSWERS_FILE), reader)
    holdings = held_by(reader)
    return "\n".join(
        [
            f"# Gaps of {reader.info.name}",
            "",
            *_wrong_lines(wrong),
            *_held_lines(holdings),
            *_empty_cells(holdings),
            *_request(wrong, holdings, reader.info, folder.name),
        ]
    )


def _wrong_lines(wrong: list[Slice]) -> list[str]:
    title = ["## What the models read wrong most", ""]
    shown = [one for one in wrong if one.n_wrong][:LONGEST_TABLE]
    if not shown:
        return [*title, f"Nothing among slices of {FEWEST_ITEMS} judged items or more.", ""]
    header = ("slice", "of", "read wrong", "share", "at least (95 %)", "to train on", "read instead")
    rows = [
        (
            " · ".join(one.name).replace("_", " "),
            one.kind,
            f"{one.n_wrong} of {one.n_items}",
            f"{one.n_wrong / one.n_items:.2f}",
            f"{one.surely_wrong:.2f}",
            "" if one.n_train is None else one.n_train,
            "" if one.instead is None else f"{one.instead[0][:60]} ({one.instead[1]})",
        )
        for one in shown
    ]
    words = f"Ordered by the lower end of the interval; slices of fewer than {FEWEST_ITEMS} judged items are left out."
    return [*title, words, "", *safe_table(header, rows, left=(0, 1, 6)), ""]


def _held_lines(holdings: Holdings) -> list[str]:
    splits = ("train", "val", "test")
    counts = sorted(holdings.by_activity.items(), key=lambda item: (item[1].get("train", 0), item[0]))
    rows = [
        (activity.replace("_", " "), *(count.get(split, 0) for split in splits))
        for activity, count in counts[:LONGEST_TABLE]
    ]
    title = "## What the data have least of"
    return [title, "", *safe_table(("activity", *splits), rows), ""]


def _empty_cells(holdings: Holdings) -> list[str]:
    cells = holdings.cells
    if cells is None:
        return []
    lines = ["## Empty cells of the scenario", "", f"{cells}.", ""]
    missing: dict[str, list[str]] = {}
    for activity, attribute, value in cells.missing:
        missing.setdefault(activity, []).append(f"{attribute} {value}")
    if not missing:
        return lines
    most = sorted(missing.items(), key=lambda item: (-len(item[1]), item[0]))[:LONGEST_TABLE]
    rows = [(activity.replace("_", " "), len(found), ", ".join(found)) for activity, found in most]
    return [*lines, *safe_table(("activity", "empty cells", "which"), rows, left=(0, 2)), ""]


def gaps_of(wrong: list[Slice], holdings: Holdings, version: str, scorecard_id: str) -> list[Gap]:
    """The request of the page: what the models of a version read wrong most, and what it has least of."""
    return asked_for(wrong, holdings, LONGEST_REQUEST, name_of_scorecard(scorecard_id, version))


def name_of_scorecard(scorecard_id: str, version: str) -> str:
    """The scorecard as reasons name it; its id leads on by `mmflywheel lineage`."""
    return f"scorecard {scorecard_id} of {version}"


def _request(wrong: list[Slice], holdings: Holdings, info: DatasetVersion, scorecard_id: str) -> list[str]:
    gaps = gaps_of(wrong, holdings, info.name, scorecard_id)
    if not gaps:
        return []
    scenario = shlex.quote(str(info.parameters.get("scenario") or "daily-living"))
    dataset = shlex.quote(info.name.partition("@")[0])
    n = sum(gap.n_samples for gap in gaps)
    words = escape_markdown("; ".join(gap.in_words for gap in gaps[:3]))
    return [
        "## Ask for it",
        "",
        f"{n} samples, what is read wrong most first, then what is scarce ({words} …). `gaps: last` on the form makes "
        "the next version with them, as does",
        "",
        "```sh",
        f"mmflywheel run --dataset {dataset} --scenario {scenario} --gaps last",
        "```",
        "",
        "Or save this as `gaps.json`, change it, and give the file:",
        "",
        "```json",
        *gaps_text(gaps).rstrip().splitlines(),
        "```",
        "",
        "```sh",
        f"mmflywheel run --dataset {dataset} --scenario {scenario} --gaps gaps.json",
        f"mmflywheel author --scenario {scenario} --n {n} --seed 1 --gaps gaps.json --out scripts.jsonl",
        "```",
        "",
    ]
