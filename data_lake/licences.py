"""The licence ledger: what of a dataset version may be passed on, and by whose word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # versions, and so readers, pin what is worked out here
    from .reader import VersionReader

Verdict = Literal["free", "restricted", "unknown"]
LICENCE_COLUMNS = ("licence", "may_ship")
LEDGER_COLUMNS = (*LICENCE_COLUMNS, "family_key")

# SPDX names of licences that let anybody pass the work on, also changed and also for money.
OPEN_LICENCES = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0",
        "CC-BY-SA-4.0", "CC0-1.0", "CDLA-Permissive-2.0", "ISC", "MIT", "ODC-By-1.0", "PDDL-1.0", "Unlicense",
    }
)  # fmt: skip
_COUNTED = ("licence", "may_ship", "n_samples", "n_families")
_OPEN = {name.casefold(): name for name in OPEN_LICENCES}


@dataclass(frozen=True)
class LedgerEntry:
    """Samples under one licence and one word on passing them on."""

    licence: str | None
    may_ship: bool | None
    n_samples: int
    n_families: int

    @property
    def verdict(self) -> Verdict:
        """Whether they may be passed on; see `verdict_of`."""
        return verdict_of(self.licence, self.may_ship)


def verdict_of(licence: str | None, may_ship: bool | None) -> Verdict:
    """Whether a sample may be passed on.

    What its source was imported with counts first (`may_ship`). Where nothing was said, its licence decides: free if
    every part of it is the SPDX name of an open licence. Anything else is unknown, which is treated as no.
    """
    if may_ship is not None:
        return "free" if may_ship else "restricted"
    return "free" if open_licences(licence) else "unknown"


def open_licences(licence: str | None) -> tuple[str, ...]:
    """SPDX names in a licence text such as "Apache-2.0 (body); CC0-1.0 (mesh)"; none where a part is no such name."""
    parts = [re.sub(r"\([^()]*\)", "", part).strip() for part in re.split(r";| AND ", licence or "")]
    names = [_OPEN.get(part.casefold(), "") for part in parts]
    return tuple(dict.fromkeys(names)) if all(names) else ()


def licence_ledger(reader: VersionReader) -> tuple[LedgerEntry, ...]:
    """The licences of a version's samples, the most frequent first: as pinned, or counted where nothing was."""
    pinned = reader.info.licences
    if pinned is None:
        return ledger_of(reader.samples(columns=LEDGER_COLUMNS).to_pylist())
    return counted(pinned)


def counted(pinned: Iterable[Mapping[str, object]]) -> tuple[LedgerEntry, ...]:
    """The entries of a pinned ledger; their verdict is this release's again."""
    return tuple(LedgerEntry(**{name: entry[name] for name in _COUNTED}) for entry in pinned)  # type: ignore[arg-type]


def pinned_ledger(rows: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """The ledger as a version keeps it, each entry with the verdict of this release."""
    return [{**asdict(entry), "verdict": entry.verdict} for entry in ledger_of(rows)]


def ledger_of(rows: Iterable[Mapping[str, object]]) -> tuple[LedgerEntry, ...]:
    """The ledger of rows with licence, may_ship and family_key."""
    counts: Counter[tuple[str | None, bool | None]] = Counter()
    families: dict[tuple[str | None, bool | None], set[object]] = {}
    for row in rows:
        key: tuple[str | None, bool | None] = (row["licence"], row["may_ship"])  # type: ignore[assignment]
        counts[key] += 1
        families.setdefault(key, set()).add(row["family_key"])
    entries = [LedgerEntry(*key, number, len(families[key])) for key, number in counts.items()]
    return tuple(sorted(entries, key=lambda entry: (-entry.n_samples, str(entry.licence))))
