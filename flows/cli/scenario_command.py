"""`mmflywheel scenario`: built-in scenarios as a table, one in full, as a file, or made of a description."""

from __future__ import annotations

import json
import os
from pathlib import Path

from rich.console import Group
from rich.table import Table
from rich.text import Text

from llm_prompts import BUILTIN_SCENARIOS, Scenario, ScenarioReading, load_scenario, read_scenario
from llm_prompts.builtin_scenarios import builtin_path

from ..place_radar import rooms_of
from ..settings import AuthorName, Workspace
from .console import console, fail
from .output_files import check_folder, written_whole

BAR_WIDTH = 24
LABEL_WIDTH = 14


def list_scenarios(as_json: bool) -> None:
    """Print the built-in scenarios, one a row."""
    scenarios = [load_scenario(name) for name in BUILTIN_SCENARIOS]
    if as_json:
        print(json.dumps([one.model_dump(mode="json", exclude_defaults=True) for one in scenarios], indent=2))
        return
    table = Table(show_header=False, show_edge=False, box=None, pad_edge=False, padding=(0, 2, 1, 0))
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for one in scenarios:
        radar = "1 m" if one.radar_height_m is None else f"{_span(one.radar_height_m)} m"
        facts = (
            f"{len(one.activities)} activities, at {_span(one.range_m)} m, radar {radar} high, "
            f"{', '.join(one.rooms) or 'free space'}, version {one.version}"
        )
        table.add_row(Text(one.name), Text.assemble(one.description, "\n", (facts, "dim")))
    console.print(table)
    console.print("\nlook at one:   mmflywheel scenario show bathroom-falls")
    console.print(
        'make your own: mmflywheel scenario describe "falls of old people in a bathroom" --out mine.yaml'
    )


def show_scenario(name: str, as_json: bool) -> None:
    """Print one scenario in full.

    Raises:
        InvalidScenario: no such scenario, or a file that breaks a rule.
    """
    scenario = load_scenario(name)
    rooms_of(scenario)
    if as_json:
        print(json.dumps(scenario.model_dump(mode="json"), indent=2))
        return
    console.print(_page(scenario))
    console.print(Text(f"\nmake data of it: mmflywheel run --scenario {name}"), soft_wrap=True)


def write_scenario(name: str, out: Path, force: bool) -> None:
    """Write a scenario to a YAML file; a built-in one with its comments.

    Raises:
        InvalidScenario: no such scenario, or a file that breaks a rule.
    """
    text = (
        builtin_path(name).read_text(encoding="utf-8")
        if name in BUILTIN_SCENARIOS
        else load_scenario(name).yaml
    )
    _write(out, text, force, "file")
    console.print(Text(f"look at it: mmflywheel scenario show {out}"), soft_wrap=True)


def describe_scenario(
    text: str, out: Path | None, author: AuthorName, seed: int, workspace: Path, force: bool, as_json: bool
) -> None:
    """Turn a description into a scenario; print what was understood, and write it where `out` names a file.

    Raises:
        InvalidScenario: no activity was understood, or the model gave nothing usable.
        AuthoringError: the model cannot be asked.
    """
    if out is not None:
        _check_out(out, force, "--out")
    reading = read_scenario(text) if author == "grammar" else _by_model(text, seed, workspace)
    rooms_of(reading.scenario)
    if as_json:
        said = {"scenario": reading.scenario.model_dump(mode="json", exclude_defaults=True)}
        words = {
            "understood": [list(pair) for pair in reading.understood],
            "not_understood": reading.not_understood,
        }
        print(json.dumps({**said, **words}, indent=2))
    else:
        _print_reading(reading, author)
    if out is not None:
        _write(out, reading.scenario.yaml, force, "--out", quiet=as_json)
    elif not as_json:
        console.print("\nnothing was written: add --out FILE.yaml, then mmflywheel run --scenario FILE.yaml")


def _by_model(text: str, seed: int, workspace: Path) -> ScenarioReading:
    from data_lake import Lake
    from llm_prompts import open_model_client

    from ..record_run import new_ulid

    lake = Lake.create(Workspace(workspace).lake)
    with open_model_client(os.environ, lake, new_ulid()) as client:
        return read_scenario(text, client, seed)


def _print_reading(reading: ScenarioReading, author: AuthorName) -> None:
    who = "keywords of the embedded author (no language model)" if author == "grammar" else "a language model"
    table = Table(show_header=False, show_edge=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="cyan")
    table.add_column(overflow="fold")
    for name, what in reading.understood:
        table.add_row("[green]+[/]", Text(name), Text(what))
    for what in reading.not_understood:
        table.add_row("[yellow]?[/]", Text("not understood"), Text(what))
    console.print(f"read by {who}\n")
    console.print(table)
    console.print()
    console.print(_page(reading.scenario))


def _page(scenario: Scenario) -> Group:
    hashed = (f"  {scenario.content_hash[:12]}", "dim")
    head = Text.assemble((scenario.name, "bold"), f"  version {scenario.version}", hashed)
    parts: list[Text | Table] = [head]
    if scenario.description:
        parts.append(Text(scenario.description))
    parts += [Text(""), _activities(scenario), Text(""), _facts(scenario)]
    return Group(*parts)


def _activities(scenario: Scenario) -> Table:
    """Shares as bars, widest first, with what may be asked of each activity."""
    table = Table(show_header=False, show_edge=False, box=None, pad_edge=False)
    table.add_column(min_width=LABEL_WIDTH, no_wrap=True, style="cyan")
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", style="dim")
    total, most = sum(scenario.activities.values()), max(scenario.activities.values())
    for name, share in sorted(scenario.activities.items(), key=lambda item: (-item[1], item[0])):
        plan = scenario.plan_of(name)
        said = [
            f"{word} {', '.join(map(str, values))}"
            for word, values in (("counts", plan.counts), ("sides", plan.sides), ("ways", plan.directions))
            if values
        ]
        bar = "█" * max(1, round(BAR_WIDTH * share / most))
        table.add_row(
            Text(name), Text(bar, style="green"), f"{100 * share / total:.1f} %", Text("; ".join(said))
        )
    return table


def _facts(scenario: Scenario) -> Table:
    table = Table(show_header=False, show_edge=False, box=None, pad_edge=False)
    table.add_column(min_width=LABEL_WIDTH, no_wrap=True, style="cyan")
    table.add_column(overflow="fold")
    tilt, height = scenario.radar_tilt_deg, scenario.radar_height_m
    radar = f"{_span(height)} m high" if height is not None else "1 m high"
    looks = ", level" if tilt is None else f", looks {_tilt(tilt)}"
    walls = f", {scenario.side_limit_m:g} m to each side" if scenario.side_limit_m is not None else ""
    english = "" if scenario.languages == ("en",) else " (only English can be written today)"
    rows = {
        "setting": scenario.setting,
        "people": "; ".join(map(_shares, (scenario.sexes, scenario.age_groups, scenario.builds))),
        "moods": _shares(scenario.emotions),
        "actions": _shares(dict(zip(("one", "two", "three"), scenario.sequence_weights, strict=True))),
        "paces": _shares(dict(zip(("slow", "ordinary", "fast"), scenario.pace_weights, strict=True))),
        "place": f"start {_span(scenario.range_m)} m, azimuth {_span(scenario.azimuth_deg)}, heading "
        f"{_span(scenario.heading_deg)} degrees; path {scenario.near_limit_m:g} to {scenario.far_limit_m:g} m{walls}",
        "radar": f"{radar}{looks}; views {scenario.views}",
        "rooms": _shares({name: room.share for name, room in scenario.rooms.items()}) or "free space",
        "questions": _shares(scenario.qa_roles) or "all roles, as they come",
        "languages": ", ".join(scenario.languages) + english,
        "wording": "; ".join(scenario.wording) or "no hints",
    }
    for name, what in rows.items():
        table.add_row(name, Text(what))
    return table


def _shares(weights: dict[str, float]) -> str:
    total = sum(weights.values())
    return ", ".join(f"{name} {100 * share / total:.0f} %" for name, share in weights.items() if share > 0)


def _span(pair: tuple[float, float]) -> str:
    return f"{pair[0]:g}" if pair[0] == pair[1] else f"{pair[0]:g} to {pair[1]:g}"


def _tilt(pair: tuple[float, float]) -> str:
    if pair[1] <= 0.0:
        return f"{_span((-pair[1], -pair[0]))} degrees down"
    return f"{_span(pair)} degrees up" + ("" if pair[0] >= 0.0 else " (below 0: down)")


def _check_out(out: Path, force: bool, option: str) -> None:
    if out.suffix not in (".yaml", ".yml"):
        fail(f"{option} {out}: a scenario is written as YAML; give a name that ends in .yaml")
    check_folder(out.parent)
    if out.is_dir() or (out.exists() and not force):
        fail(f"{option} {out}: is there already; give another name, or --force to write over it")


def _write(out: Path, text: str, force: bool, option: str, quiet: bool = False) -> None:
    _check_out(out, force, option)
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as partial:
        partial.write_text(text, encoding="utf-8")
    if not quiet:
        console.print(Text(f"scenario: {out}"), soft_wrap=True)
