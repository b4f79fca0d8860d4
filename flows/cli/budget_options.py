"""Options of every command that may ask a language model: how much at once, and what it may cost at most."""

from __future__ import annotations

from typing import Annotated

import typer

ConcurrencyOption = Annotated[
    int | None, typer.Option(help="calls of the model under way at once; 16 if not given")
]
BudgetUsdOption = Annotated[float | None, typer.Option(help="at most so much money in this run, USD")]
BudgetTokensOption = Annotated[int | None, typer.Option(help="at most so many tokens in this run")]
BudgetRequestsOption = Annotated[int | None, typer.Option(help="at most so many calls in this run")]
BudgetMinutesOption = Annotated[float | None, typer.Option(help="ask for at most so long in this run")]
NightUsdOption = Annotated[
    float | None, typer.Option(help="at most so much money in all runs of a date (UTC), USD")
]
NightTokensOption = Annotated[int | None, typer.Option(help="at most so many tokens in all runs of a date")]
NightRequestsOption = Annotated[int | None, typer.Option(help="at most so many calls in all runs of a date")]
NightMinutesOption = Annotated[
    float | None, typer.Option(help="ask for at most so long in all runs of a date")
]
