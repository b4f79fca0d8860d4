"""The command author."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..settings import AuthorName
from .application import BodyOption, WorkspaceOption, app
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


@app.command()
def author(
    out: Annotated[Path, typer.Option(help="file to write, a sample a line (.jsonl)")],
    scenario: Annotated[
        str, typer.Option(help="name of a built-in scenario, or a YAML or JSON file")
    ] = "daily-living",
    n: Annotated[int, typer.Option(help="samples to write")] = 100,
    seed: Annotated[int, typer.Option(help="root of every random stream")] = 0,
    author: Annotated[
        AuthorName, typer.Option(help="who writes the scripts; `model` is an LLM server")
    ] = "grammar",
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="show briefs, prompts and an estimate; ask nobody, write nothing"),
    ] = False,
    gaps: Annotated[Path | None, typer.Option(help="JSON file of gaps, whose samples come first")] = None,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="plain ASCII in all words")] = False,
    phrase: Annotated[
        bool, typer.Option("--phrase/--no-phrase", help="a model phrases captions and questions too")
    ] = True,
    sentence_vectors: Annotated[
        bool, typer.Option("--sentence-vectors", help="find near duplicates in other words too; takes longer")
    ] = False,
    concurrency: ConcurrencyOption = None,
    budget_usd: BudgetUsdOption = None,
    budget_tokens: BudgetTokensOption = None,
    budget_requests: BudgetRequestsOption = None,
    budget_minutes: BudgetMinutesOption = None,
    night_usd: NightUsdOption = None,
    night_tokens: NightTokensOption = None,
    night_requests: NightRequestsOption = None,
    night_minutes: NightMinutesOption = None,
    body: BodyOption = None,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Write motion scripts with measured facts, captions and questions, by a grammar or by a language model."""
    from .author_command import write_author_file

    values = {
        "out": out, "scenario": scenario, "n": n, "seed": seed, "author": author, "gaps": gaps,
        "ascii": ascii_only, "phrase": phrase, "sentence_vectors": sentence_vectors,
        "concurrency": concurrency, "budget_usd": budget_usd, "budget_tokens": budget_tokens,
        "budget_requests": budget_requests, "budget_minutes": budget_minutes, "night_usd": night_usd,
        "night_tokens": night_tokens, "night_requests": night_requests, "night_minutes": night_minutes,
        "body": body, "workspace": workspace,
    }  # fmt: skip
    write_author_file(values, dry_run)
