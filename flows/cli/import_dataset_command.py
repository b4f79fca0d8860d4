"""`mmflywheel dataset import`: radar maps of others, and what became of each."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from ..import_dataset import DatasetImport, DatasetImported, import_dataset
from .console import console, fail, progress_bars, stderr_console

SHOWN_REASONS = 20


def import_version(values: dict[str, Any], as_json: bool) -> None:
    """Import and print the summary; with `as_json` stdout holds one JSON document and nothing else.

    Raises:
        LakeError, SimulatorError: nothing usable, no such radar, or the lake cannot be written.
    """
    try:
        settings = DatasetImport(**values)
    except ValidationError as error:
        fail(
            "\n".join(
                f"--{str(one['loc'][0]).replace('_', '-')} {one['input']}: {one['msg']}"
                for one in error.errors()
            )
        )
    with progress_bars(on=stderr_console) as bars:
        imported = import_dataset(settings, bars)
    if as_json:
        print(json.dumps(_summary(imported), indent=1, ensure_ascii=False))
    else:
        _print(imported)


def _summary(imported: DatasetImported) -> dict[str, Any]:
    return {
        "version": imported.version.name,
        "n_samples": imported.version.n_samples,
        "n_new": imported.n_new,
        "n_already_there": imported.n_reused,
        "reference_dbm": imported.reference_dbm,
        "calibrated": imported.calibrated,
        "counts": {name: dict(counts) for name, counts in imported.version.counts.items()},
        "refused": [{"what": what, "reason": reason} for what, reason in imported.refused],
    }


def _print(imported: DatasetImported) -> None:
    version = imported.version
    if imported.refused:
        table = Table(title="refused (table quarantine)", title_justify="left", show_edge=False)
        table.add_column("maps", justify="right")
        table.add_column("why", overflow="fold")
        table.add_column("such as", overflow="fold")
        first = {reason: what for what, reason in reversed(imported.refused)}
        for reason, number in Counter(reason for _, reason in imported.refused).most_common(SHOWN_REASONS):
            table.add_row(str(number), escape(reason), escape(first[reason]))
        console.print(table)
    if not imported.calibrated:
        console.print(
            f"levels: nobody said what magnitude 1 is in dBm, so {imported.reference_dbm:g} dBm was chosen; give "
            f"--reference-dbm {imported.reference_dbm:g} with later imports of the same radar, or what was measured"
        )
    splits = ", ".join(f"{split} {number}" for split, number in sorted(version.counts["split"].items()))
    console.print(
        f"dataset: {version.name}, {version.n_samples} samples ({splits}); {imported.n_new} new, "
        f"{imported.n_reused} already there, {len(imported.refused)} refused"
        f"{' (this content was published before)' if version.reused else ''}"
    )
    console.print(
        f"next: mmflywheel dataset train {version.name}; mmflywheel score {version.dataset} --trained-on mmwave-sim",
        soft_wrap=True,
    )
