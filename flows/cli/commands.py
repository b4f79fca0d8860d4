"""The commands run, score, simulate, validate-physics, show, doctor; those on motion stand in motion_commands."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ..settings import Scale, TurnSettings, Workspace, simulation_options
from .application import FileRateOption, WorkspaceOption, app
from .budget_options import (
    BudgetMinutesOption,
    BudgetRequestsOption,
    BudgetTokensOption,
    BudgetUsdOption,
    ConcurrencyOption,
    NightMinutesOption,
    NightRequestsOption,
    NightTokensOption,
    NightUsdOption,
)
from .console import console, fail
from .turn_options import (
    AuthorOption,
    CountOption,
    DatasetOption,
    FailureQuotaOption,
    GapsOption,
    MotionsOption,
    OneBodyOption,
    OverridesOption,
    RadarOption,
    ScaleOption,
    ScenarioOption,
    SeedOption,
    ViewsOption,
    WorkersOption,
)

if TYPE_CHECKING:
    from simulator import SimulationOptions

GATE_OPTION = "simulation.spectrogram.gate_width_m="
ClipArgument = Annotated[
    Path | None,
    typer.Argument(help="one motion file of 1 s or more: BVH, joints (T,22,3) .npy, AMASS or SMPL .npz/.pkl"),
]
AnyRadarOption = Annotated[str, typer.Option(help="radar preset, or path of a TI .cfg file")]
StartOption = Annotated[
    float, typer.Option(help="where in a CLIP longer than 9.92 s the simulated window starts, in s")
]
ViewOption = Annotated[
    str, typer.Option(help="side of the body that is seen: A (front) to H, 45 degrees apart")
]
HeadingOption = Annotated[
    float, typer.Option(help="0 = the body faces the radar at the start, positive turns it left")
]
PersonOption = Annotated[
    list[str] | None,
    typer.Option(help="another mover: CLIP,RANGE_M[,AZIMUTH_DEG[,HEADING_DEG]]; repeatable"),
]
AdcOption = Annotated[
    str | None,
    typer.Option(help="write adc.npy and adc.json too: frames FIRST:END, such as 0:10, or all"),
]
MapsOption = Annotated[
    str | None,
    typer.Option(
        help="write range-Doppler maps of channel 0 too (range_doppler_dbm): frames FIRST:END, such as 0:10, or all"
    ),
]


def settings_of(**values: Any) -> TurnSettings:
    """Settings of a command's options; those that are wrong are named as options are, and end the command."""
    from pydantic import ValidationError

    try:
        return TurnSettings(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            option = "-".join(map(str, problem["loc"])).replace("_", "-")
            option = "set" if option.startswith("overrides") else option
            given = problem["input"]
            given = " ".join(map(str, given)) if isinstance(given, tuple | list) else given
            lines.append(f"--{option} {given}: {problem['msg'].removeprefix('Value error, ')}")
        fail("\n".join(lines))


def _options(overrides: list[str] | None, parts: bool, room: str | None) -> SimulationOptions:
    """Simulation options of `--set`, by the rules of `run`, then of the options with names of their own."""
    from .people_options import room_from_text

    wrong = [text for text in overrides or () if not text.startswith("simulation.")]
    if wrong:
        fail(f"--set {wrong[0]}: `simulate` has options of the simulator only, simulation.NAME=VALUE")
    settings = settings_of(overrides=tuple(overrides or ()))
    if any(re.fullmatch(r"simulation\.all_views=\s*false\s*", text) for text in settings.overrides):
        fail("--set simulation.all_views=false: `simulate` always makes all views; leave it out")
    options = simulation_options(settings.overrides)
    return replace(
        options,
        by_part=parts or options.by_part,
        room=room_from_text(room) if room else options.room,
    )


@app.command()
def run(
    scale: ScaleOption = "smoke",
    scenario: ScenarioOption = "daily-living",
    author: AuthorOption = "grammar",
    motions: MotionsOption = None,
    dataset: DatasetOption = None,
    seed: SeedOption = 0,
    n_motions: CountOption = None,
    views: ViewsOption = None,
    gaps: GapsOption = "",
    radar: RadarOption = "mmexpert-iwr1843",
    body: OneBodyOption = None,
    overrides: OverridesOption = None,
    workers: WorkersOption = None,
    failure_quota: FailureQuotaOption = None,
    concurrency: ConcurrencyOption = None,
    budget_usd: BudgetUsdOption = None,
    budget_tokens: BudgetTokensOption = None,
    budget_requests: BudgetRequestsOption = None,
    budget_minutes: BudgetMinutesOption = None,
    night_usd: NightUsdOption = None,
    night_tokens: NightTokensOption = None,
    night_requests: NightRequestsOption = None,
    night_minutes: NightMinutesOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    prefect: Annotated[
        bool | None,
        typer.Option("--prefect/--no-prefect", help="as a flow; default: if PREFECT_API_URL is set"),
    ] = None,
) -> None:
    """Turn the wheel once: motions, radar, dataset version, two trained models, scorecard."""
    settings = settings_of(
        scale=scale, scenario=scenario, author=author, motions=motions, seed=seed, n_motions=n_motions,
        views=views, radar=radar, body=body, workers=workers, workspace=workspace,
        overrides=tuple(overrides or ()), concurrency=concurrency, budget_usd=budget_usd,
        budget_tokens=budget_tokens, budget_requests=budget_requests, budget_minutes=budget_minutes,
        night_usd=night_usd, night_tokens=night_tokens, night_requests=night_requests,
        night_minutes=night_minutes, failure_quota=failure_quota,
        dataset=dataset or ("mocap-sim" if motions else None),
    )  # fmt: skip
    from ..choose_gaps import with_gaps
    from .console import announce
    from .run_command import run_wheel

    run_wheel(with_gaps(settings, gaps, announce), prefect)


@app.command()
def score(
    dataset: Annotated[
        str | None, typer.Argument(help="the evaluated dataset, its newest version; with --motions: its name")
    ] = None,
    trained_on: Annotated[str, typer.Option(help="dataset whose models are scored")] = "mmwave-sim",
    motions: Annotated[
        Path | None, typer.Option(help="folder of real clips: make the dataset of them")
    ] = None,
    scale: Annotated[Scale, typer.Option(help="the one dial for size")] = "smoke",
    seed: Annotated[int, typer.Option(help="root of every random stream")] = 0,
    views: Annotated[int | None, typer.Option(help="radar views of each motion, 1 to 8")] = None,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Score trained models on all of another dataset, such as simulated recordings of real motion."""
    if dataset is None and motions is None:
        fail("give a DATASET of this workspace, or --motions FOLDER to make one of real clips")
    from .score_command import score_dataset

    settings = settings_of(
        dataset=dataset or "mocap-sim",
        motions=motions,
        scale=scale,
        seed=seed,
        views=views,
        workspace=workspace,
    )
    score_dataset(settings, trained_on)


@app.command()
def simulate(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="folder for capture.npz and capture.png")],
    clip: ClipArgument = None,
    scene: Annotated[Path | None, typer.Option(help="JSON file of simple targets, instead of CLIP")] = None,
    start_s: StartOption = 0.0,
    file_rate_hz: FileRateOption = None,
    radar: AnyRadarOption = "mmexpert-iwr1843-8rx",
    view: ViewOption = "A",
    range_m: Annotated[float, typer.Option(help="distance of the motion's start in m")] = 4.0,
    azimuth_deg: Annotated[
        float, typer.Option(help="direction of the motion's start, positive to the right")
    ] = 0.0,
    heading_deg: HeadingOption = 0.0,
    radar_height_m: Annotated[float, typer.Option(help="height of the antennas over the floor in m")] = 1.0,
    radar_tilt_deg: Annotated[float, typer.Option(help="by how much the radar looks up")] = 0.0,
    person: PersonOption = None,
    room: Annotated[
        str | None, typer.Option(help="clutter and multipath: living-room, or a JSON file of a room")
    ] = None,
    parts: Annotated[bool, typer.Option(help="doppler_time of each part of the body too")] = False,
    threads: Annotated[int, typer.Option(min=1, help="threads; they change nothing but the time")] = 2,
    body: Annotated[
        Path | None, typer.Option(help="licensed SMPL file, instead of the stand-in body")
    ] = None,
    seed: Annotated[int, typer.Option(help="root of the receiver noise")] = 0,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="an option, e.g. simulation.receiver.iq_gain_imbalance_db=0.5; repeatable"
        ),
    ] = None,
    adc: AdcOption = None,
    maps: MapsOption = None,
) -> None:
    """Simulate a recording of motion, or simple targets: three views with axes (and range-Doppler maps), a picture."""
    if (clip is None) == (scene is None):
        fail("give a motion file (CLIP) or --scene SCENE.json, one of them")
    if scene is not None:
        from .scene_command import refuse_options_of_clips, simulate_targets

        refuse_options_of_clips(context)
        simulate_targets(scene, radar, seed, out, threads)
        return
    assert clip is not None
    _refuse_script(clip)
    from simulator import Placement

    from .people_options import Person, person_from_text
    from .simulate_command import simulate_clips

    placement = Placement(range_m, azimuth_deg, heading_deg, radar_height_m, view, radar_tilt_deg)
    others = [person_from_text(text, radar_height_m, radar_tilt_deg) for text in person or []]
    options = _options(overrides, parts, room)
    people = [Person(clip, placement, start_s, file_rate_hz), *others]
    keeps_gate = any(text.startswith(GATE_OPTION) for text in overrides or ())
    simulate_clips(people, radar, body, seed, out, options, adc, maps, threads, keeps_gate)


def _refuse_script(clip: Path) -> None:
    if clip.suffix.lower() == ".json":
        fail(
            f"{clip}: CLIP is a file of motion; `mmflywheel export {clip} {clip.stem}.npz` makes one of a motion "
            "script, and simple targets go to --scene"
        )


@app.command()
def validate_physics(
    out: Annotated[
        Path | None,
        typer.Option(help="folder of the page; default: docs in the project's checkout, else validation"),
    ] = None,
) -> None:
    """Hold the simulator against closed forms and recordings, and write validation.md with figures."""
    from .validate_command import default_folder, validate_physics

    validate_physics(out or default_folder())


@app.command()
def show(
    sample_id: Annotated[str, typer.Argument(help="a sample's id, or the beginning of one")],
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Print a sample's words, origin, seeds and versions, and write its picture."""
    from .show_command import show_sample

    show_sample(sample_id, Workspace(workspace))


@app.command()
def doctor(workspace: WorkspaceOption = Path("workspace")) -> None:
    """Tell what is installed, what is missing and what it would be for."""
    from ..check_machine import examine_machine

    table = Table(title="mmflywheel doctor", title_justify="left", show_edge=False)
    for column in ("", "what", "found", "used for", "to get it"):
        table.add_column(column, overflow="fold")
    marks = {"ok": "[green]ok[/]", "optional": "[yellow]--[/]", "problem": "[red]!![/]"}
    findings = examine_machine(workspace)
    for finding in findings:
        words = (finding.name, finding.found, finding.used_for, finding.remedy)
        table.add_row(marks[finding.verdict], *map(escape, words))
    console.print(table)
    problems = [finding.name for finding in findings if finding.verdict == "problem"]
    if problems:
        fail(f"to be mended before a run: {', '.join(problems)}")
    console.print("ready: mmflywheel run")


# Last, so that its commands are listed after these.
from . import authoring_commands as _authoring_commands  # noqa: E402, F401
from . import dataset_commands as _dataset_commands  # noqa: E402, F401
from . import generate_commands as _generate_commands  # noqa: E402, F401
from . import lake_commands as _lake_commands  # noqa: E402, F401
from . import motion_commands as _motion_commands  # noqa: E402, F401
from . import radar_command as _radar_command  # noqa: E402, F401
from . import sample_commands as _sample_commands  # noqa: E402, F401
from . import scenario_commands as _scenario_commands  # noqa: E402, F401
from . import service_commands as _service_commands  # noqa: E402, F401
