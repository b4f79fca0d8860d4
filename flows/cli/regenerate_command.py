"""`mmflywheel regenerate`: a sample made again from its lineage, compared, or written with what is not stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape
from rich.table import Table

from data_lake import Lake, decode_row

from ..regenerate_sample import (
    Ingredients,
    MotionOf,
    Regenerated,
    explain_differences,
    gather_ingredients,
    regenerate_sample,
    result_record,
)
from ..settings import Workspace
from .adc_file import write_adc
from .console import console, fail, stderr_console
from .output_files import check_folder, written_whole

_COLOUR = {"identical": "green", "within tolerance": "green", "differs": "red"}


def regenerate(
    identity: str,
    workspace: Workspace,
    verify: bool,
    product: str,
    out: Path | None,
    body: Path | None,
    motion_of: MotionOf,
    as_json: bool,
) -> None:
    """Make a sample again; end with status 1 where it was to be verified and differs.

    Args:
        identity: the sample's id or its beginning.
        workspace: where the lake is.
        verify: compare with the stored sample.
        product: what `out` gets: "doppler_time" in dBm, or "adc", the raw cube.
        out: .npy file, its axes beside it; None: nothing is written.
        body: licensed body file, where the sample was made with one.
        motion_of: "script" performs the script again, "stored" takes the motion that the lake holds.
        as_json: print one JSON document.

    Raises:
        LakeError, SimulatorError: the sample is not there, or cannot be made again.
    """
    if not verify and out is None:
        fail("give --verify to compare with the stored sample, or --out FILE.npy to write it, or both")
    if out is not None:
        if out.suffix != ".npy":
            fail(f"--out {out}: a product is written as .npy, with its axes as .json beside it")
        check_folder(out.parent)
    lake = Lake.open(workspace.lake)
    ingredients = gather_ingredients(lake, identity, body, motion_of)
    record: dict[str, Any] = {"sample_id": ingredients.planned.sample_id}
    made = regenerate_sample(lake, ingredients) if verify or product == "doppler_time" else None
    if verify and made is not None:
        record = result_record(made)
        if not as_json:
            print_comparison(made)
    if out is not None:
        record["file"] = str(write_product(ingredients, product, out, made))
        record["other_makers"] = _other_makers(ingredients)
        if record["other_makers"]:
            why = "; ".join(record["other_makers"])
            stderr_console.print(
                f"[yellow]note:[/] this is not what the stored sample was made of: {escape(why)}; --verify tells how "
                "far it is from it",
                soft_wrap=True,
            )
        if not as_json:
            console.print(
                f"{product}: {escape(record['file'])}, axes in {escape(out.stem)}.json", soft_wrap=True
            )
    if as_json:
        print(json.dumps(record, indent=1))
    if verify and made is not None and made.verdict == "differs":
        raise SystemExit(1)


def print_comparison(made: Regenerated) -> None:
    """A table of the ancestors then and now, the verdict, and why it is so."""
    table = Table(
        "ancestor", "then", "now", "", show_edge=False, box=None, padding=(0, 2), header_style="bold"
    )
    for ancestor in made.ancestors:
        mark = (
            "[red]differs[/]"
            if ancestor.differs and ancestor.decides
            else "other"
            if ancestor.differs
            else "same"
        )
        if None in (ancestor.then, ancestor.now):
            mark = "[dim]not told[/]"
        table.add_row(
            ancestor.name, escape(str(ancestor.then or "-")), escape(str(ancestor.now or "-")), mark
        )
    console.print(table)
    colour = _COLOUR[made.verdict]
    if made.verdict == "identical":
        said = f"bit for bit, {made.n_codes} cells"
    else:
        said = f"{made.n_other_codes} of {made.n_codes} cells differ, by {made.max_error_db:.1f} dB at most"
    console.print(f"[bold {colour}]{made.verdict}[/]: {escape(made.sample_id)}, {said}")
    if made.max_motion_error is not None:
        motion = (
            "identical"
            if made.max_motion_error == 0.0
            else f"off by {made.max_motion_error:.3g} rad or m at most"
        )
        console.print(f"motion performed again from its script: {motion}")
    else:
        console.print("motion: as the lake holds it, not performed again")
    if made.other_words:
        console.print(f"words that differ: {', '.join(made.other_words)}")
    if made.verdict == "differs":
        console.print(escape(explain_differences(made)))


def write_product(ingredients: Ingredients, product: str, out: Path, made: Regenerated | None) -> Path:
    """Write a product and its axes, each whole or not at all, and return the product's file."""
    made_from = _made_from(ingredients)
    if product == "adc":
        frames = range(int(ingredients.sample["n_valid_frames"]))
        return write_adc(
            ingredients.posed(), ingredients.plan.radar, ingredients.planned.placement, ingredients.planned.options,
            frames, made_from, out.parent, out.name,
        )  # fmt: skip
    assert made is not None  # the caller made it for this product
    with written_whole(out) as partial, partial.open("wb") as file:
        np.save(file, decode_row(made.row))
    axes = {
        "file": out.name,
        "axes": ["frame", "doppler"],
        "shape": [int(length) for length in made.row["shape"]],
        "unit": "dBm",
        "n_valid_frames": int(made.row["n_valid_frames"]),
        "frame_rate_hz": made.row["frame_rate_hz"],
        "velocity_step_mps": made.row["velocity_step_mps"],
        "made_from": made_from,
    }
    with written_whole(out.with_suffix(".json")) as partial:
        partial.write_text(json.dumps(axes, indent=1) + "\n", encoding="utf-8")
    return out


def _other_makers(ingredients: Ingredients) -> list[str]:
    return [f"{one.name} was {one.then}, is {one.now}" for one in ingredients.other_makers]


def _made_from(ingredients: Ingredients) -> dict[str, Any]:
    planned = ingredients.planned
    return {
        "sample_id": planned.sample_id,
        "motion_id": ingredients.motion["motion_id"],
        "motion": "performed" if ingredients.performs_script else "as stored",
        "noise_seed": planned.noise_seed,
        "placement": planned.placement.to_dict(),
        "radar": ingredients.plan.radar.to_dict(),
        "options": planned.options.to_dict(),
        "other_makers": _other_makers(ingredients),
    }
