"""Commands that make a dataset in parts: what a cluster's job array calls, and the one that publishes at its end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .application import WorkspaceOption, app
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


@app.command()
def generate(
    shard: Annotated[
        str | None, typer.Option(help="part I of N as I/N, I from 0: nothing is published; all if not given")
    ] = None,
    only_motions: Annotated[
        bool, typer.Option("--only-motions", help="write the scripts (or import the clips) and stop")
    ] = False,
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
    concurrency: ConcurrencyOption = None,
    budget_usd: BudgetUsdOption = None,
    budget_tokens: BudgetTokensOption = None,
    budget_requests: BudgetRequestsOption = None,
    budget_minutes: BudgetMinutesOption = None,
    night_usd: NightUsdOption = None,
    night_tokens: NightTokensOption = None,
    night_requests: NightRequestsOption = None,
    night_minutes: NightMinutesOption = None,
    failure_quota: FailureQuotaOption = None,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Make the samples of a dataset, or one part of them; what is there already is found, not made again."""
    from .commands import settings_of
    from .generate_command import generate_part

    settings = settings_of(
        scale=scale, scenario=scenario, author=author, motions=motions, seed=seed, n_motions=n_motions, views=views,
        radar=radar, body=body, workers=workers, workspace=workspace, overrides=tuple(overrides or ()),
        dataset=dataset or ("mocap-sim" if motions else None), failure_quota=failure_quota, concurrency=concurrency,
        budget_usd=budget_usd, budget_tokens=budget_tokens, budget_requests=budget_requests,
        budget_minutes=budget_minutes, night_usd=night_usd, night_tokens=night_tokens, night_requests=night_requests,
        night_minutes=night_minutes,
    )  # fmt: skip
    generate_part(settings, gaps, shard, only_motions)


@app.command()
def publish(
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
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Publish what `generate --shard` has made, with the same options: a version, or what is still missing."""
    from ..choose_gaps import with_gaps_of_parts
    from .commands import settings_of
    from .generate_command import publish_parts

    settings = settings_of(
        scale=scale, scenario=scenario, author=author, motions=motions, seed=seed, n_motions=n_motions, views=views,
        radar=radar, body=body, workers=workers, workspace=workspace, overrides=tuple(overrides or ()),
        dataset=dataset or ("mocap-sim" if motions else None),
    )  # fmt: skip
    publish_parts(with_gaps_of_parts(settings, gaps))
