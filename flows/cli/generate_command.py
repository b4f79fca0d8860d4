"""`mmflywheel generate` and `publish`: the plain functions of a turn's first half, whole or in parts."""

from __future__ import annotations

import re

from simulator import load_body

from ..choose_gaps import with_gaps, with_gaps_of_parts
from ..gather_motions import gather_motions
from ..make_dataset import (
    describe_gathered,
    describe_shards,
    describe_version,
    make_shards,
    may_miss,
    plan_shards,
)
from ..open_lake import open_lake, recorded_run
from ..publish_version import cover_plan, publish_version
from ..settings import TurnSettings
from .console import announce, fail, progress_bars


def part_of(text: str) -> tuple[int, int]:
    """Part and number of parts from "I/N".

    Ends with an error where it is not of that form or I is not below N.
    """
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if found is None or not int(found[1]) < int(found[2]):
        fail(f"--shard {text!r}: give part I of N as I/N with I from 0 to N - 1, such as 7/64")
    return int(found[1]), int(found[2])


def generate_part(settings: TurnSettings, gaps: str, shard: str | None, only_motions: bool) -> None:
    """Gather the motions, make the samples of one part (or of all), and publish where it was all.

    Parts ask no language model, because each of them would ask for the same scripts: `only_motions` comes first.
    """
    part, n_parts = part_of(shard) if shard else (0, 1)
    settings = with_gaps_of_parts(settings, gaps) if shard else with_gaps(settings, gaps, announce)
    if shard and not only_motions:
        settings = settings.model_copy(update={"budget_requests": 0})
    lake = open_lake(settings)
    with recorded_run(lake, "generate", settings) as run, progress_bars() as bars:
        gathered = gather_motions(settings, lake, load_body(settings.body), run, bars)
        announce(describe_gathered(gathered))
        if only_motions:
            return
        shards = [one for one in plan_shards(settings, gathered) if one.index % n_parts == part]
        made = make_shards(settings, shards, run, bars)
        announce(describe_shards(made))
    if shard is None:
        publish_parts(settings, may_miss(settings, made.failed))
    elif made.failed:
        fail(f"{len(made.failed)} of {len(shards)} shards of this part failed: run the same again for them")


def publish_parts(settings: TurnSettings, missing: int = 0) -> None:
    """Publish the samples of these settings; up to `missing` of them may have failed.

    Raises:
        IncompleteDataset: more are missing; nothing is published.
    """
    settings = settings.model_copy(update={"budget_requests": 0})
    lake = open_lake(settings)
    with recorded_run(lake, "publish", settings) as run:
        gathered = gather_motions(settings, lake, load_body(settings.body), run)
        coverage = cover_plan(settings, lake, gathered, missing)
        announce(describe_version(publish_version(settings, lake, coverage, run), coverage))
