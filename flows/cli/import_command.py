"""`mmflywheel import`: what became of every file, as tables or as one JSON document."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from simulator import SkippedFile

from ..import_motions import ImportedFile, ImportReport
from ..import_request import Imported, ImportSettings, run_import
from .console import console, fail, progress_bars, stderr_console

SHOWN_FILES = 40
SHOWN_NAMES = 3
SHOWN_NOTES = 12
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|\[[^\]]*\]|\([^()]*\d[^()]*\)|-?\d+(\.\d+)?(e[-+]?\d+)?")


def import_clips(as_json: bool, values: dict[str, Any]) -> None:
    """Import and print the summary; status 1 where not one file could be used.

    With `as_json` stdout holds one JSON document and nothing else.

    Raises:
        SimulatorError, LakeError: nothing could be imported at all.
    """
    settings = _settings(values)
    with progress_bars(on=stderr_console) as bars:
        imported = run_import(settings, bars)
    if as_json:
        print(json.dumps(summary(imported, settings), indent=1, ensure_ascii=False))
    else:
        _print_tables(imported, settings)
    if not imported.report.files:
        what = settings.folder or settings.captions
        if not imported.report.skipped:
            fail(
                f"{what}: there is no motion file in it; read are .bvh, .npy, .npz, .pkl and DeepMimic's text"
            )
        fail(f"{what}: no usable motion clip; the reasons are in the table of what was skipped")


def summary(imported: Imported, settings: ImportSettings) -> dict[str, Any]:
    """The JSON document: counts, every used file with its clips, every skipped file with its reason."""
    report = imported.report
    return {
        "folder": str(settings.folder) if settings.folder else None,
        "captions": str(settings.captions) if settings.captions else None,
        "workspace": str(settings.workspace),
        "run_id": imported.run_id,
        "import_version": imported.import_version,
        "body": imported.body_source,
        "n_files": len(report.files) + len({skip.path for skip in report.skipped} - _used(report)),
        "n_used": len(report.files),
        "n_imported": sum(file.is_new for file in report.files),
        "n_already_there": sum(not file.is_new for file in report.files),
        "n_skipped": len({skip.path for skip in report.skipped} - _used(report)),
        "n_not_listed": len(imported.unlisted),
        "n_clips": len(report.rows),
        "n_rows_added": report.n_added,
        "seconds": round(imported.seconds, 3),
        "used": [_used_file(file) for file in report.files],
        "skipped": [{"file": s.path, "kind": s.kind, "reason": s.reason} for s in report.skipped],
        "reasons": [
            {"kind": kind, "reason": reason, "n_files": len(files), "files": files}
            for kind, reason, files in reasons(report.skipped)
        ],
        "not_listed": list(imported.unlisted),
    }


def reasons(skipped: Sequence[SkippedFile]) -> list[tuple[str, str, list[str]]]:
    """Skipped files by reason, the most frequent first: kind, reason, files.

    Reasons that differ only in numbers, names or values count as one; the first file's wording stands for it.
    """
    groups: dict[tuple[str, str], list[SkippedFile]] = {}
    for skip in skipped:
        groups.setdefault((skip.kind, _VARYING.sub("", skip.reason)), []).append(skip)
    found = [
        (kind, _common_reason(alike), [skip.path for skip in alike]) for (kind, _), alike in groups.items()
    ]
    return sorted(found, key=lambda group: -len(group[2]))


def _common_reason(alike: Sequence[SkippedFile]) -> str:
    """The first file's wording, said to be its own where the others' differs."""
    first = alike[0]
    if all(skip.reason == first.reason for skip in alike):
        return first.reason
    return f"{first.reason} (so of {Path(first.path).name}; numbers differ)"


def _settings(values: dict[str, Any]) -> ImportSettings:
    folder, captions, generator = (values.get(name) for name in ("folder", "captions", "generator"))
    if (captions is None) != (generator is None):
        fail("--captions and --generator belong together: a command writes one motion for each caption")
    if (folder is None) == (captions is None):
        fail("give a folder of motion files (DIR), or --captions FILE.txt with --generator COMMAND")
    try:
        return ImportSettings(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        fail("\n".join(_problem(one) for one in error.errors()))


def _problem(error: Any) -> str:
    return f"--{'-'.join(map(str, error['loc'])).replace('_', '-')} {error['input']}: {error['msg']}"


def _used(report: ImportReport) -> set[str]:
    return {file.file for file in report.files}


def _used_file(file: ImportedFile) -> dict[str, Any]:
    first = file.rows[0]
    shared = (
        "format", "n_frames", "file_rate_hz", "recording_s", "sha256", "label", "captions", "source",
        "licence", "may_ship", "given_split",
    )  # fmt: skip
    own = ("clip_id", "motion_id", "name", "start_s", "duration_s", "fit_error_mm", "notes")
    return {
        "file": file.file,
        "status": "imported" if file.is_new else "already there",
        **{name: first[name] for name in shared},
        "generator": json.loads(first["generator"]) if first["generator"] else None,
        "n_windows": len(file.rows),
        "fit_error_mm": _mean_error_mm(file),
        "clips": [{name: row[name] for name in own} for row in file.rows],
    }


def _mean_error_mm(file: ImportedFile) -> float:
    """Mean over the windows, weighted by their durations."""
    total_s = sum(row["duration_s"] for row in file.rows)
    return float(sum(row["fit_error_mm"] * row["duration_s"] for row in file.rows) / total_s)


def _print_tables(imported: Imported, settings: ImportSettings) -> None:
    report = imported.report
    if report.files:
        console.print(_table_of_files(report.files))
    if len(report.files) > SHOWN_FILES:
        console.print(f"  ... and {len(report.files) - SHOWN_FILES} more files; --json lists all")
    if report.skipped:
        console.print(_table_of_reasons(report.skipped))
    for note, names in _notes(report.files):
        more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
        console.print(
            f"note on {escape(', '.join(names[:SHOWN_NAMES]))}{more}: {escape(note)}", soft_wrap=True
        )
    if imported.unlisted:
        console.print(_about_unlisted(imported.unlisted), soft_wrap=True)
    new = sum(file.is_new for file in report.files)
    seconds = sum(row["duration_s"] for row in report.rows)
    console.print(
        f"{len(report.files)} files used ({new} imported, {len(report.files) - new} already there): "
        f"{len(report.rows)} clips, {seconds:.0f} s of motion; "
        f"{len({skip.path for skip in report.skipped} - _used(report))} files skipped; "
        f"took {imported.seconds:.1f} s"
    )
    console.print(f"run {imported.run_id}; lake: {settings.workspace / 'lake'}", soft_wrap=True)


def _about_unlisted(files: Sequence[str]) -> str:
    more = f" and {len(files) - SHOWN_NAMES} more" if len(files) > SHOWN_NAMES else ""
    return (
        f"{len(files)} motion files here are not in its manifest.json, so they were left out "
        f"({escape(', '.join(files[:SHOWN_NAMES]))}{more}): list them there, or import their folder by itself"
    )


def _notes(files: Sequence[ImportedFile]) -> list[tuple[str, list[str]]]:
    """What was assumed on reading, and of which files; notes that differ only in numbers count as one."""
    groups: dict[str, tuple[str, list[str]]] = {}
    for file in files:
        for note in file.rows[0]["notes"]:
            groups.setdefault(_VARYING.sub("", note), (note, []))[1].append(Path(file.file).name)
    return sorted(groups.values(), key=lambda group: -len(group[1]))[:SHOWN_NOTES]


def _table_of_files(files: Sequence[ImportedFile]) -> Table:
    table = Table(title="used", title_justify="left", show_edge=False)
    for name in ("clip", "", "format"):
        table.add_column(name, overflow="fold")
    for name in ("frames", "rate Hz", "seconds", "windows", "fit mm"):
        table.add_column(name, justify="right")
    for file in files[:SHOWN_FILES]:
        first = file.rows[0]
        numbers = (
            str(first["n_frames"]),
            f"{first['file_rate_hz']:g}",
            f"{first['recording_s']:.2f}",
            str(len(file.rows)),
            f"{_mean_error_mm(file):.1f}",
        )
        state = "imported" if file.is_new else "already there"
        shown = first["captions"][0] if first["generator"] else first["name"]
        table.add_row(escape(shown), state, escape(first["format"]), *numbers)
    return table


def _table_of_reasons(skipped: Sequence[SkippedFile]) -> Table:
    table = Table(title="skipped", title_justify="left", show_edge=False)
    table.add_column("files", justify="right")
    for name in ("what", "why", "which"):
        table.add_column(name, overflow="fold")
    for kind, reason, files in reasons(skipped):
        more = f" and {len(files) - SHOWN_NAMES} more" if len(files) > SHOWN_NAMES else ""
        which = ", ".join(Path(file).name for file in files[:SHOWN_NAMES]) + more
        table.add_row(str(len(files)), kind, escape(reason), escape(which))
    return table
