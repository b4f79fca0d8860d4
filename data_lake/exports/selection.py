"""Which samples of a version an export holds, and streaming them by row groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from ..errors import InvalidInput
from ..licences import LICENCE_COLUMNS, LedgerEntry, ledger_of, verdict_of
from ..reader import VersionReader
from ..rows import some
from ..splits import SPLITS

Restricted = Literal["refuse", "include", "leave-out"]
RESTRICTED_CHOICES: tuple[Restricted, ...] = ("refuse", "include", "leave-out")


class NotRedistributable(InvalidInput):
    """Some samples may not be passed on, or nobody has said that they may."""


@dataclass(frozen=True)
class Selection:
    """The samples of an export.

    Attributes:
        reader: the version.
        left_out: ids of samples that the version has and the export has not.
        split_counts: samples of the export by split; splits without samples are left out.
        ledger: licences of what is exported.
    """

    reader: VersionReader
    left_out: frozenset[str]
    split_counts: dict[str, int]
    ledger: tuple[LedgerEntry, ...]

    @property
    def n_samples(self) -> int:
        """Samples of the export."""
        return sum(self.split_counts.values())

    def batches(self, split: str | None, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The samples (of one split), one row group at a time, in the order of the lake's files."""
        names = list(columns) if "sample_id" in columns else [*columns, "sample_id"]
        for rows in self.reader.iter_samples(split, names):
            if self.left_out:
                kept = pc.invert(pc.is_in(rows["sample_id"], pa.array(sorted(self.left_out), pa.string())))
                rows = rows.filter(kept)
            if rows.num_rows:
                yield rows.select(list(columns))

    def rows(self, split: str | None, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The same one by one, as mappings."""
        for batch in self.batches(split, columns):
            yield from batch.to_pylist()


def select_samples(reader: VersionReader, restricted: Restricted = "refuse") -> Selection:
    """Choose what of a version is exported.

    Args:
        reader: the version.
        restricted: what to do where samples may not be passed on: refuse the export, include them (for use within
            the walls of whoever holds their licence), or leave them out.

    Raises:
        NotRedistributable: there are some, and they shall not be included; or nothing else is left.
        InvalidInput: an unknown choice.
    """
    if restricted not in RESTRICTED_CHOICES:
        raise InvalidInput(f"restricted {restricted!r}; allowed: {', '.join(RESTRICTED_CHOICES)}")
    rows = reader.samples(columns=["sample_id", "split", "family_key", *LICENCE_COLUMNS]).to_pylist()
    held_back = [row for row in rows if verdict_of(row["licence"], row["may_ship"]) != "free"]
    if held_back and restricted == "refuse":
        raise NotRedistributable(
            f"{len(held_back)} of {len(rows)} samples of {reader.info.name} may not be passed on: "
            f"{_reasons(ledger_of(held_back))}; --leave-out-restricted exports the others, --include-restricted all "
            "of them, for use where their licences allow it"
        )
    left_out = {row["sample_id"] for row in held_back} if restricted == "leave-out" else set()
    kept = [row for row in rows if row["sample_id"] not in left_out]
    if not kept:
        raise NotRedistributable(
            f"no sample of {reader.info.name} may be passed on: {_reasons(ledger_of(held_back))}"
        )
    counts = Counter(row["split"] for row in kept)
    split_counts: dict[str, int] = {split: counts[split] for split in SPLITS if counts[split]}
    return Selection(reader, frozenset(left_out), split_counts, ledger_of(kept))


def _reasons(entries: Sequence[LedgerEntry]) -> str:
    return some(
        (
            f"{entry.n_samples} under {entry.licence or 'no stated licence'!r}"
            f" ({'said to stay' if entry.verdict == 'restricted' else 'nobody said that they may'})"
            for entry in entries
        ),
        3,
    )
