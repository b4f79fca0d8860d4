"""`mmflywheel show`: one sample, its words, where it comes from, and its picture."""

from __future__ import annotations

import json
from typing import Any

from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from data_lake import Lake
from data_lake.errors import InvalidInput
from evaluation import draw_sample, draw_views

from ..draw_samples import spectrogram_of, stored_views, title_of
from ..settings import Workspace
from .console import console


def show_sample(beginning: str, workspace: Workspace) -> None:
    """Print all that the lake knows about a sample and write `shown/<id>.png`.

    Raises:
        LakeError: no lake, no such sample, or an id that begins several.
    """
    lake = Lake.open(workspace.lake)
    sample_id = _resolve(lake, beginning)
    row = lake.row("samples", sample_id)
    assert row is not None  # _resolve found it
    story = lake.lineage(sample_id)
    console.print(
        f"[bold]{sample_id}[/]  {escape(row['activity'] or 'unlabelled')}, view {escape(row['view'] or 'not stated')},"
        f" split {row['split']}"
    )
    _print_words(row)
    _print_origin(story)
    _print_versions(row, story)
    captions = [caption["text"] for caption in row["captions"]]
    picture = draw_sample(spectrogram_of(row), workspace.shown / f"{sample_id}.png", captions[:2])
    console.print(f"picture: {picture}", soft_wrap=True)
    if row["range_time"] is not None or row["azimuth_time"] is not None:
        maps, time_s = stored_views(row)
        views = draw_views(maps, time_s, title_of(row), workspace.shown / f"{sample_id}.views.png")
        console.print(f"all views: {views}", soft_wrap=True)


def _resolve(lake: Lake, beginning: str) -> str:
    found = sorted(identity for identity in lake.ids("samples") if identity.startswith(beginning))
    if len(found) == 1 or beginning in found:
        return beginning if beginning in found else found[0]
    if not found:
        raise InvalidInput(
            f"no sample id begins with {beginning!r}; ids look like smp-0123456789abcdef0123: `mmflywheel samples` "
            "lists them"
        )
    raise InvalidInput(f"{len(found)} sample ids begin with {beginning!r}: give more of it, e.g. {found[0]}")


def _print_words(row: dict[str, Any]) -> None:
    console.print("\n[bold]captions[/]")
    for caption in row["captions"]:
        console.print(f"  {escape(caption['text'])}")
    table = Table(
        "role", "kind", "question", "answer", title="questions", title_justify="left", show_edge=False
    )
    for pair in row["qa_pairs"]:
        table.add_row(*(escape(pair[name]) for name in ("role", "kind", "question", "answer")))
    console.print(Padding(table, (1, 0)))


def _print_origin(story: dict[str, Any]) -> None:
    motion, script, clip = story["motion"], story["script"], story["clip"]
    if script is not None:
        console.print(
            f"[bold]script[/] {script['script_id']} by {script['author']}"
            f"{' (' + script['author_model'] + ')' if script['author_model'] else ''}, scenario {script['scenario']}"
        )
        console.print_json(json.dumps(script["script"]))
    elif motion is not None:
        start_s = (motion["facts"] or {}).get("start_s") or 0.0
        console.print(
            f"[bold]source clip[/] {motion['clip_id']}: {escape(motion['source'])}"
            f"{f', from {start_s:.2f} s' if start_s else ''}"
        )
        licence = (clip or motion)["licence"]  # of a corrected import the newest counts
        console.print(
            f"  licence: {escape(licence or 'not stated')}; fit error {motion['fit_error_mm']:.1f} mm"
        )
        if clip is not None:
            console.print(f"  file: {escape(clip['file'])}, {escape(clip['format'])}", soft_wrap=True)
    else:
        _print_map_file(story["sample"])


def _print_map_file(sample: dict[str, Any]) -> None:
    """Where a map comes from that was recorded, or simulated, elsewhere."""
    facts = sample["facts"] or {}
    console.print(
        f"[bold]imported map[/] {escape(str(facts.get('file', sample['clip_id'])))}, origin {escape(sample['origin'])}",
        soft_wrap=True,
    )
    console.print(
        f"  licence: {escape(sample['licence'] or 'not stated')}; {escape(_reading(facts))}", soft_wrap=True
    )


def _reading(facts: dict[str, Any]) -> str:
    read = ", ".join(f"{name} {value}" for name, value in (facts.get("reading") or {}).items())
    reference = facts.get("reference_dbm")
    return "; ".join(
        [
            f"read as {read or 'stored'}",
            *([f"magnitude 1 is {reference} dBm"] if reference is not None else []),
        ]
    )


def _print_versions(row: dict[str, Any], story: dict[str, Any]) -> None:
    motion = story["motion"] or {}
    seeds = {"motion": motion.get("motion_seed"), "noise": row["noise_seed"]}
    lines = {
        "motion": "none: the map came without one"
        if row["motion_id"] is None
        else f"{row['motion_id']}, {motion.get('n_poses')} poses at {motion.get('rate_hz')} Hz",
        "body": row["body_source"] or "not stated",
        "radar": f"{row['radar_name']} ({row['radar_hash']}){_placement(row)}",
        "seeds": ", ".join(f"{name} {seed}" for name, seed in seeds.items() if seed is not None),
        "made with": f"simulator {row['simulator_version'] or 'of others, or none'}, "
        f"motion {row['synthesis_version'] or 'none'}, code {row['code_version']}",
        "run": row["run_id"],
        "dataset versions": ", ".join(version["name"] for version in story["versions"]) or "none yet",
        "trained on it": ", ".join(c["checkpoint_id"] for c in story["checkpoints"]) or "no model yet",
        "flags": ", ".join(row["quality_flags"]) or "none",
    }
    table = Table.grid(padding=(0, 2))
    for name, text in lines.items():
        table.add_row(f"[bold]{name}[/]", escape(str(text)))
    console.print(Padding(table, (1, 0)))


def _placement(row: dict[str, Any]) -> str:
    """Where the person was, as far as it is known: recordings of a real radar may not say."""
    parts = []
    if row["range_m"] is not None:
        parts.append(f"{row['range_m']:.2f} m")
    if row["azimuth_deg"] is not None:
        parts.append(f"{row['azimuth_deg']:+.0f} deg")
    if row["heading_deg"] is not None:
        parts.append(f"heading {row['heading_deg']:+.0f} deg")
    return "".join(f", {part}" for part in parts)
