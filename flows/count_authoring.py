"""The report of a run of an author, from what the run has left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from llm_prompts import Author, AuthoringReport, ModelAuthor, Outcome, Screener, Spending, report_authoring

from .author_scripts import Draft, Order, Tally

PURPOSES = ("script", "captions", "questions")


def count_authoring(
    order: Order,
    author: Author,
    tally: Tally,
    screener: Screener,
    drafts: Sequence[Draft],
    seconds: Mapping[str, float],
) -> AuthoringReport:
    """Count and measure.

    Args:
        order: what was asked for.
        author: who wrote, with its own counts.
        tally: what became of the briefs.
        screener: who kept the drafts.
        drafts: what was accepted, in order.
        seconds: what the parts of the run took.
    """
    rejected, repaired, spent, reused = Counter(tally.rejected), 0, Spending(), 0
    examples: dict[str, str] = {}
    if isinstance(author, ModelAuthor):
        counts = author.counts
        rejected.update(counts.rejected)
        examples = counts.examples
        repaired, spent = counts.repaired, author.client.budget.spent
        reused = sum(author.client.tally(purpose).reused for purpose in PURPOSES)
    outcome = Outcome(
        scenario=order.scenario,
        requested=order.n,
        asked=tally.asked,
        briefs=tally.briefs,
        accepted=tally.accepted,
        scripts=[draft.script for draft in drafts],
        captions=[caption.text for draft in drafts for caption in draft.words.captions],
        roles=Counter(f"{pair.role} {pair.kind}" for draft in drafts for pair in draft.words.pairs),
        answers=_answers(drafts),
        n_answered=tally.n_answered,
        rejected=rejected,
        alike_captions_share=screener.alike_share,
        exchanges=[exchange for draft in drafts for exchange in draft.words.exchanges],
    )
    return report_authoring(
        outcome,
        author.name,
        author.model,
        repaired,
        spent,
        reused,
        {name: round(value, 3) for name, value in seconds.items()},
        str(tally.stopped) if tally.stopped else None,
        examples,
    )


def _answers(drafts: Sequence[Draft]) -> dict[str, Counter[str]]:
    """Kind of question -> answer -> how often."""
    found: dict[str, Counter[str]] = {}
    for draft in drafts:
        for pair in draft.words.pairs:
            found.setdefault(pair.kind, Counter())[pair.answer] += 1
    return found
