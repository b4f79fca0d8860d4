"""What `mmflywheel author` would ask and cost: an estimate before every run, with `--dry-run` the prompts too."""

from __future__ import annotations

import json
from collections import Counter

from rich.markup import escape
from rich.table import Table

from llm_prompts import Brief, Spending

from ..author_samples import AuthoringSettings
from ..plan_authoring import AuthoringPlan, plan_authoring
from .console import console

SHOWN_BRIEFS = 10
SHOWN_PROMPTS = 2


def show_plan(settings: AuthoringSettings) -> None:
    """Print what a run of these settings would ask, and what that would cost.

    Raises:
        AuthoringError: such a run would not even begin.
    """
    plan = plan_authoring(settings)
    console.print(_briefs_table(plan.briefs))
    activities = Counter(brief.activity for brief in plan.briefs)
    listed = ", ".join(f"{name} {count}" for name, count in sorted(activities.items()))
    console.print(f"{len(plan.briefs)} briefs: {escape(listed)}", soft_wrap=True)
    _print_prompts(plan)
    _print_estimate(plan, settings)
    console.print("dry run: nobody was asked, nothing was written")


def show_estimate(settings: AuthoringSettings) -> None:
    """Print what a run that is about to begin can cost; nothing where it cannot begin, which it tells itself."""
    plan = plan_authoring(settings)
    if plan.most is not None and not plan.not_configured:
        _print_estimate(plan, settings)


def _briefs_table(briefs: tuple[Brief, ...]) -> Table:
    table = Table(title=f"the first briefs of {len(briefs)}", title_justify="left", show_edge=False)
    for name in ("", "activity", "actions", "pace", "count", "side", "direction", "who", "from the radar"):
        table.add_column(name, overflow="fold")
    for brief in briefs[:SHOWN_BRIEFS]:
        subject, start = brief.subject, brief.start
        words = (
            str(brief.index), brief.activity, str(brief.n_actions), brief.pace, str(brief.count or ""),
            brief.side or "", brief.direction or "",
            f"{brief.style.age_group} {subject.sex}, {subject.height_m:.2f} m, {subject.build}",
            f"{start.range_m:.1f} m, {start.azimuth_deg:+.0f} deg",
        )  # fmt: skip
        table.add_row(*map(escape, words))
    return table


def _print_prompts(plan: AuthoringPlan) -> None:
    for number, request in enumerate(plan.requests[:SHOWN_PROMPTS]):
        for message in request.messages:
            if number and message["role"] == "system":
                continue  # the same for all
            console.print(f"\n[bold]prompt {number}, {escape(message['role'])}[/]")
            console.print(escape(message["content"]), soft_wrap=True)
    if plan.requests:
        schema = json.dumps(plan.requests[0].schema)
        versions = ", ".join(f"{name} {value}" for name, value in plan.requests[0].templates.items())
        console.print(
            f"\nschema of the answer: {escape(plan.requests[0].schema_name)}, {len(schema)} characters, sha256 "
            f"{plan.requests[0].schema_hash[:12]} (docs/authoring.md); templates: {escape(versions)}",
            soft_wrap=True,
        )


def _print_estimate(plan: AuthoringPlan, settings: AuthoringSettings) -> None:
    own = f"about {plan.own_s:.0f} s for motion, facts and words on one core of this machine"
    if plan.most is None:
        console.print(f"estimate: no tokens, no money (the grammar asks no server); {own}", soft_wrap=True)
        return
    console.print(
        f"estimate of the first round, {plan.n_stored} of {len(plan.requests)} scripts are in the lake already and "
        "cost nothing:",
        soft_wrap=True,
    )
    _print_spending("scripts", plan.most, plan.likely)
    if plan.most_words is not None:
        name = "captions and questions in the model's words (--no-phrase leaves them out)"
        _print_spending(name, plan.most_words, plan.likely_words)
    console.print(
        f"  then {own}; repairs (at most two rounds) and further briefs for rejected answers come on top",
        soft_wrap=True,
    )
    if plan.not_configured:
        console.print(f"not ready to be asked: {escape(plan.not_configured)}", soft_wrap=True)


def _print_spending(name: str, most: Spending, likely: Spending | None) -> None:
    money = "unknown (no price of the model: see docs/authoring.md)"
    if most.usd is not None:
        money = f"{most.usd:.4f} USD"
    told = "unknown: this model has answered no such call yet" if likely is None else str(likely)
    console.print(
        f"  {name}: at most {most.requests} calls, {most.prompt_tokens} + {most.completion_tokens} tokens, money "
        f"{money}\n    likely, by earlier answers: {escape(told)}",
        soft_wrap=True,
    )
