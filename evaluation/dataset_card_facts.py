"""What a dataset card says, read from the lake: counts, coverage, radar, costs, quality, licences."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data_lake import Lake, LedgerEntry, Selection, VersionReader, ledger_of
from simulator import RadarConfig

__all__ = ["AuthorCosts", "CardFacts", "QuarantineReason", "SplitCount", "gather_card_facts"]

RANGE_STEP_M = 1.0
NOT_STATED = "not stated"
_COLUMNS = [
    "sample_id", "family_key", "motion_id", "script_id", "clip_id", "split", "origin", "activity", "view", "range_m",
    "azimuth_deg", "radar_name", "radar_hash", "body_source", "simulator_version", "synthesis_version",
    "n_valid_frames", "frame_rate_hz", "velocity_step_mps", "quality_flags", "licence", "may_ship", "author", "run_id",
]  # fmt: skip
_VARYING = re.compile(
    r"'[^']*'|\"[^\"]*\"|\[[^\]]*\]|\b(smp|mot|scp|clp)-[0-9a-f]+|-?\d+(\.\d+)?(e[-+]?\d+)?"
)


@dataclass(frozen=True)
class SplitCount:
    """One split in numbers."""

    split: str
    n_samples: int
    n_families: int
    n_motions: int
    duration_s: float


@dataclass(frozen=True)
class AuthorCosts:
    """What the scripts behind a version cost: the calls of language models that wrote them and their words.

    `cost_usd` is None where the price of one of them is not known; tokens count what servers stated.
    """

    author: str
    model: str | None
    n_scripts: int
    n_requests: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None


@dataclass(frozen=True)
class QuarantineReason:
    """Samples refused for like reasons; those that differ in numbers and names only count as one."""

    reason: str
    n_samples: int


@dataclass(frozen=True)
class CardFacts:
    """All that a card says of one version.

    Attributes:
        coverage: samples by (activity, view, range bin in m, such as "3-4").
        radars: by hash; None where the configuration is not known any more.
        radar_samples: samples by (radar name, hash).
        stored: frame rate (Hz) and velocity step (m/s) that samples state, by radar hash.
        flags: samples by quality flag.
        made_with: versions of simulator and motion, bodies, authors -> samples.
        captions_by_style, questions_by_role: how many of each.
    """

    reader: VersionReader
    splits: tuple[SplitCount, ...]
    origins: Mapping[str, int]
    coverage: Mapping[tuple[str, str, str], int]
    radars: Mapping[str, RadarConfig | None]
    radar_samples: Mapping[tuple[str, str], int]
    stored: Mapping[str, tuple[float, float]]
    flags: Mapping[str, int]
    quarantine: tuple[QuarantineReason, ...]
    costs: tuple[AuthorCosts, ...]
    ledger: tuple[LedgerEntry, ...]
    made_with: Mapping[str, Mapping[str, int]]
    captions_by_style: Mapping[str, int]
    questions_by_role: Mapping[str, int]

    @property
    def n_samples(self) -> int:
        """Samples of the version."""
        return sum(split.n_samples for split in self.splits)


def gather_card_facts(
    lake: Lake, reader: VersionReader, radars: Mapping[str, RadarConfig | None], selection: Selection
) -> CardFacts:
    """Read everything but the tensors; captions and questions are counted a row group at a time.

    Args:
        lake: where quarantine and requests are read from.
        reader: the version.
        radars: configurations by hash, as far as known.
        selection: which of its samples the card speaks of.
    """
    rows = list(selection.rows(None, _COLUMNS))
    styles, roles = _count_texts(selection)
    return CardFacts(
        reader=reader,
        splits=tuple(_split_counts(rows)),
        origins=_counted(row["origin"] for row in rows),
        coverage=Counter(_cell(row) for row in rows),
        radars={row["radar_hash"]: radars.get(row["radar_hash"]) for row in rows},
        radar_samples=Counter((row["radar_name"], row["radar_hash"]) for row in rows),
        stored={row["radar_hash"]: (row["frame_rate_hz"], row["velocity_step_mps"]) for row in rows},
        flags=_counted(flag for row in rows for flag in row["quality_flags"]),
        quarantine=tuple(_quarantine_reasons(lake, reader, rows)),
        costs=tuple(_author_costs(lake, reader)),
        ledger=ledger_of(rows),
        made_with={
            name: _counted(row[name] or NOT_STATED for row in rows)
            for name in ("author", "body_source", "simulator_version", "synthesis_version")
        },
        captions_by_style=styles,
        questions_by_role=roles,
    )


def range_bin(range_m: float | None) -> str:
    """The metre in which a range lies, such as "3-4"; not stated where there is none."""
    if range_m is None:
        return NOT_STATED
    low = int(range_m // RANGE_STEP_M)
    return f"{low}-{low + 1}"


def _cell(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return (row["activity"] or NOT_STATED, row["view"] or NOT_STATED, range_bin(row["range_m"]))


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _split_counts(rows: Sequence[Mapping[str, Any]]) -> Iterable[SplitCount]:
    for split in ("train", "val", "test"):
        mine = [row for row in rows if row["split"] == split]
        yield SplitCount(
            str(split),
            len(mine),
            len({row["family_key"] for row in mine}),
            len({row["motion_id"] or row["clip_id"] for row in mine}),
            float(sum(row["n_valid_frames"] / row["frame_rate_hz"] for row in mine)),
        )


def _count_texts(selection: Selection) -> tuple[dict[str, int], dict[str, int]]:
    styles: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    for row in selection.rows(None, ["captions", "qa_pairs"]):
        styles.update(caption["style"] or NOT_STATED for caption in row["captions"] or ())
        roles.update(pair["role"] or NOT_STATED for pair in row["qa_pairs"] or ())
    return dict(styles.most_common()), dict(sorted(roles.items()))


def _quarantine_reasons(
    lake: Lake, reader: VersionReader, rows: Sequence[Mapping[str, Any]]
) -> Iterable[QuarantineReason]:
    """Refused samples of the same scripts, clips and motions, or of the runs that made this version's samples."""
    known = {row[name] for row in rows for name in ("motion_id", "script_id", "clip_id") if row[name]}
    runs = {row["run_id"] for row in rows} | {reader.info.run_id}
    groups: dict[str, list[str]] = {}
    for refused in lake.read("quarantine", columns=["reasons", "row", "run_id"]).to_pylist():
        said = json.loads(refused["row"])
        related = {said.get(name) for name in ("motion_id", "script_id", "clip_id")} & known
        if refused["run_id"] in runs or related:
            for reason in refused["reasons"]:
                groups.setdefault(_VARYING.sub("", reason), []).append(reason)
    for reasons in sorted(groups.values(), key=len, reverse=True):
        yield QuarantineReason(reasons[0], len(reasons))


def _author_costs(lake: Lake, reader: VersionReader) -> Iterable[AuthorCosts]:
    scripts = reader.scripts(["author", "author_model", "request_hash", "request_ids"]).to_pylist()
    groups: dict[tuple[str, str | None], list[Mapping[str, Any]]] = {}
    for script in scripts:
        groups.setdefault((script["author"], script["author_model"]), []).append(script)
    for (author, model), members in sorted(groups.items(), key=lambda item: str(item[0])):
        wanted = {one for member in members for one in _request_ids(member)}
        paid = _requests(lake, sorted(wanted))
        prices = [request["cost_usd"] for request in paid]
        known = len(paid) == len(wanted) and None not in prices
        yield AuthorCosts(
            author,
            model,
            len(members),
            len(wanted),
            sum(request["prompt_tokens"] or 0 for request in paid),
            sum(request["completion_tokens"] or 0 for request in paid),
            float(sum(prices)) if known else None,
        )


def _request_ids(script: Mapping[str, Any]) -> list[str]:
    """The calls behind a script; those of older lakes name the first one only, and the grammar's name its brief."""
    if script["request_ids"] is not None:
        return list(script["request_ids"])
    return [script["request_hash"]] if script["author_model"] and script["request_hash"] else []


def _requests(lake: Lake, ids: list[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    columns = ["request_id", "cost_usd", "prompt_tokens", "completion_tokens"]
    return lake.read("requests", columns=columns, where={"request_id": ids}).to_pylist()
