"""What came of asking an author for n samples: counted, measured, and compared with what was asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.motion.script import MotionScript

from .briefs import Brief
from .budget import NOTHING, Spending
from .coverage import Coverage, coverage
from .phrasing import Exchange
from .scenario import Scenario

MAX_EXAMPLES = 8
_NESTED = ("coverage", "spent", "phrased", "answers")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Outcome:
    """Everything that a report is computed from, as one run of an author left it.

    `briefs` were put to the author; `accepted` are those whose sample is kept, in the order of `scripts`.
    """

    scenario: Scenario
    requested: int
    asked: Sequence[Brief]
    briefs: Sequence[Brief]
    accepted: Sequence[Brief]
    scripts: Sequence[MotionScript]
    captions: Sequence[str]
    roles: Mapping[str, int]
    n_answered: int
    rejected: Mapping[str, int]
    alike_captions_share: float
    exchanges: Sequence[Exchange] = ()
    answers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Kind of question -> answer -> how often."""


@dataclass(frozen=True)
class AnswerBalance:
    """How evenly the questions of one kind are answered: a guesser who knows `common` is right in `majority`."""

    n: int
    common: str
    majority: float

    @classmethod
    def of(cls, answers: Mapping[str, int]) -> AnswerBalance:
        """Balance of some answers with their counts; there is at least one."""
        common = min(answers, key=lambda answer: (-answers[answer], answer))
        n = sum(answers.values())
        return cls(n, common, answers[common] / n)


@dataclass(frozen=True)
class Phrased:
    """Sentences that a language model phrased for the accepted samples, and why others were not taken."""

    requested: int = 0
    accepted: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    examples: list[tuple[str, str]] = field(default_factory=list)
    """Some sentences that were not taken, each with what is wrong: a model wrote them, escape where shown."""

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> Phrased:
        """Sum of some exchanges."""
        requested, accepted, rejected = 0, 0, Counter[str]()
        examples: list[tuple[str, str]] = []
        for exchange in exchanges:
            requested += exchange.requested
            accepted += exchange.accepted
            rejected.update(exchange.rejected)
            examples += exchange.examples[:1]
        return cls(requested, accepted, dict(sorted(rejected.items())), examples[:MAX_EXAMPLES])


@dataclass(frozen=True)
class AuthoringReport:
    """One run of an author.

    `briefs` were put to the author: more than `requested` where further briefs took the places of rejected answers.
    `answered` + the author's rejections = `briefs`; `accepted` + the screening's rejections = `answered`; both kinds
    are in `rejected`. Money is None where the price of the model is not known.
    """

    scenario: str
    author: str
    model: str | None
    requested: int
    briefs: int
    answered: int
    repaired: int
    accepted: int
    rejected: dict[str, int]
    near_duplicate_share: float
    """Near and exact duplicates / answered; all of them were rejected."""
    alike_captions_share: float
    """Accepted samples whose captions are alike another one's while the motions differ / accepted."""
    distinct_1: float
    distinct_2: float
    coverage: Coverage
    activities: dict[str, int]
    imbalance: float
    """Total variation distance between the activities asked for and those accepted: 0 = alike."""
    questions: dict[str, int]
    answers: dict[str, AnswerBalance]
    """Kind of question -> share of its most common answer."""
    spent: Spending
    """In this run; what the lake held already cost nothing."""
    calls_reused: int
    phrased: Phrased = field(default_factory=Phrased)
    examples: dict[str, str] = field(default_factory=dict)
    """Reason -> what was wrong with the first answer that was rejected for it; may quote a model."""
    seconds: dict[str, float] = field(default_factory=dict)
    stopped: str | None = None

    @property
    def acceptance(self) -> float:
        """Accepted samples / briefs put to the author."""
        return self.accepted / self.briefs if self.briefs else 0.0

    @property
    def cost_per_accepted_usd(self) -> float | None:
        """Money for one sample that was kept; None where the price is unknown or nothing was kept."""
        if self.spent.usd is None or not self.accepted:
            return None
        return self.spent.usd / self.accepted

    def to_dict(self) -> dict[str, Any]:
        """JSON values, the computed ones among them."""
        plain = {name: value for name, value in vars(self).items() if name not in _NESTED}
        plain["phrased"] = vars(self.phrased)
        plain["answers"] = {kind: vars(balance) for kind, balance in self.answers.items()}
        cells, spent = self.coverage, self.spent
        plain["coverage"] = {
            "n_cells": cells.n_possible,
            "n_covered": cells.n_covered,
            "share": cells.fraction,
            "missing": [f"{activity}: {attribute} {value}" for activity, attribute, value in cells.missing],
        }
        plain["spent"] = {
            "requests": spent.requests,
            "prompt_tokens": spent.prompt_tokens,
            "completion_tokens": spent.completion_tokens,
            "cost_usd": spent.usd,
        }
        return plain | {"acceptance": self.acceptance, "cost_per_accepted_usd": self.cost_per_accepted_usd}


def report_authoring(
    outcome: Outcome,
    author: str,
    model: str | None = None,
    repaired: int = 0,
    spent: Spending = NOTHING,
    calls_reused: int = 0,
    seconds: Mapping[str, float] | None = None,
    stopped: str | None = None,
    examples: Mapping[str, str] | None = None,
) -> AuthoringReport:
    """Count and measure one run of an author."""
    twice = sum(outcome.rejected.get(name, 0) for name in ("exact_duplicate", "near_duplicate"))
    return AuthoringReport(
        scenario=outcome.scenario.name,
        author=author,
        model=model,
        requested=outcome.requested,
        briefs=len(outcome.briefs),
        answered=outcome.n_answered,
        repaired=repaired,
        accepted=len(outcome.accepted),
        rejected=dict(sorted(outcome.rejected.items())),
        near_duplicate_share=twice / outcome.n_answered if outcome.n_answered else 0.0,
        alike_captions_share=outcome.alike_captions_share,
        distinct_1=distinct_n(outcome.captions, 1),
        distinct_2=distinct_n(outcome.captions, 2),
        coverage=coverage(outcome.scenario, outcome.scripts),
        activities=dict(sorted(Counter(brief.activity for brief in outcome.accepted).items())),
        imbalance=imbalance_of(outcome.asked, outcome.accepted),
        questions=dict(sorted(outcome.roles.items())),
        answers={kind: AnswerBalance.of(given) for kind, given in sorted(outcome.answers.items()) if given},
        spent=spent,
        calls_reused=calls_reused,
        phrased=Phrased.of(outcome.exchanges),
        examples=dict(sorted((examples or {}).items())),
        seconds=dict(seconds or {}),
        stopped=stopped,
    )


def distinct_n(texts: Iterable[str], n: int) -> float:
    """Distinct runs of n words / all runs of n words, over all texts; 0 where there are none.

    Source: Li et al., "A diversity-promoting objective function for neural conversation models" (2016).
    """
    runs: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        words = _WORD.findall(text.casefold())
        runs.update(tuple(words[start : start + n]) for start in range(len(words) - n + 1))
    return len(runs) / runs.total() if runs else 0.0


def imbalance_of(asked: Sequence[Brief], accepted: Sequence[Brief]) -> float:
    """Total variation distance between the activities asked for and those accepted: 0 = alike, 1 = disjoint."""
    if not asked or not accepted:
        return 0.0 if len(asked) == len(accepted) else 1.0
    wanted, got = (Counter(brief.activity for brief in briefs) for briefs in (asked, accepted))
    names = set(wanted) | set(got)
    return sum(abs(wanted[name] / len(asked) - got[name] / len(accepted)) for name in names) / 2.0
