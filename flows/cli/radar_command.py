"""`mmflywheel radar`: presets, one radar's numbers, a .cfg file held against its own header, .cfg files written."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from .application import app
from .console import console, fail

if TYPE_CHECKING:
    from simulator import RadarConfig


@app.command()
def radar(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[RADAR]", help="radar preset, or path of a TI .cfg file; none lists the presets"
        ),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="write this radar as a TI .cfg file (front end only)")
    ] = None,
    grammar: Annotated[
        Literal["standard", "low-power"],
        typer.Option(help="of --write: xWR14xx to 68xx and 294x, or xWRL64xx and xWRL14xx"),
    ] = "standard",
) -> None:
    """Tell a radar's numbers and what follows from them, and hold a .cfg file against its own header."""
    from simulator import resolve_radar

    if name is None:
        if write is not None:
            fail("--write needs a RADAR: a preset or a .cfg file")
        _list_presets()
        return
    found = resolve_radar(name)
    _print_numbers(found)
    if name.lower().endswith(".cfg"):
        _tell_of_file(Path(name))
    if write is not None:
        _write(found, grammar, write)


def _list_presets() -> None:
    from simulator import radar_names, resolve_radar

    table = Table(show_edge=False)
    table.add_column("radar")
    table.add_column("board")
    for column in ("TX", "RX", "f0 GHz", "range bin cm", "span m", "v max m/s", "v bin m/s", "frame ms"):
        table.add_column(column, justify="right")
    for name in radar_names():
        one = resolve_radar(name)
        table.add_row(
            name,
            one.board or "-",
            str(len(one.tx_order)),
            str(len(one.array.rx)),
            f"{one.start_frequency_hz * 1e-9:.4g}",
            f"{100.0 * one.range_bin_m:.2f}",
            f"{one.range_span_m:.2f}",
            f"{one.max_velocity_mps:.2f}",
            f"{one.velocity_bin_mps:.4f}",
            f"{1e3 * one.frame_period_s:g}",
        )
    console.print(table)


def _print_numbers(found: RadarConfig) -> None:
    from simulator import cell_noise_mw, start_wavelength_max_velocity_mps

    from .radar_words import derived_numbers, raw_numbers

    derived = derived_numbers(
        found, 10.0 * math.log10(cell_noise_mw(found)), start_wavelength_max_velocity_mps(found)
    )
    for title, rows in ((f"{found.name} {found.board}".rstrip(), raw_numbers(found)), ("follows", derived)):
        table = Table(title=escape(title), title_justify="left", show_edge=False, show_header=False)
        table.add_column(min_width=34)
        table.add_column(overflow="fold")
        for row in rows:
            table.add_row(*row)
        console.print(table)


def _tell_of_file(path: Path) -> None:
    """Where the board comes from, and each figure of the header beside what the commands imply."""
    from simulator import check_cfg_header, parse_ti_cfg

    cfg = parse_ti_cfg(path)
    frames = "; frameCfg is endless: 9.92 s are simulated" if cfg.endless else ""
    real = "; real samples, held as half as many complex ones" if cfg.real_adc else ""
    console.print(
        f"{escape(path.name)}: {cfg.grammar} grammar, board {cfg.board} by {cfg.board_source}{frames}{real}",
        soft_wrap=True,
    )
    for check in check_cfg_header(cfg):
        verdict = "agrees" if check.agrees else f"DIFFERS by more than {check.tolerance:.2g}"
        console.print(
            f"  header {escape(check.quantity)}: {check.stated:g}, its commands say {check.derived:.4g}: {verdict}",
            soft_wrap=True,
        )
    if cfg.ignored:
        console.print(
            f"  not of the front end, left aside: {', '.join(map(escape, cfg.ignored))}", soft_wrap=True
        )


def _write(found: RadarConfig, grammar: Literal["standard", "low-power"], path: Path) -> None:
    from simulator import write_ti_cfg

    from .output_files import written_whole

    if path.suffix.lower() != ".cfg" or not path.parent.is_dir():
        fail(f"--write {path}: give a file that ends in .cfg, in a folder that exists")
    text = write_ti_cfg(found, grammar)
    with written_whole(path) as partial:
        partial.write_text(text)
    console.print(f"written: {escape(str(path))}", soft_wrap=True)
