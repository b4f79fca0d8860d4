"""The report of a run of an author, by closed forms."""

from __future__ import annotations

import json

import pytest

from llm_prompts.authoring_report import AnswerBalance, Outcome, distinct_n, imbalance_of, report_authoring
from llm_prompts.briefs import draw_briefs
from llm_prompts.budget import Spending
from llm_prompts.grammar_author import GrammarAuthor
from llm_prompts.phrasing import Exchange
from llm_prompts.scenario import load_scenario


def test_distinct_n_is_the_share_of_runs_that_differ() -> None:
    texts = ["a person walks", "A person runs!"]
    assert distinct_n(texts, 1) == pytest.approx(4 / 6)
    assert distinct_n(texts, 2) == pytest.approx(3 / 4)
    assert distinct_n(["word"], 2) == 0.0 and distinct_n([], 1) == 0.0


def test_imbalance_is_half_the_sum_of_differing_shares() -> None:
    briefs = draw_briefs(load_scenario("daily-living"), 28, 0)  # two of each of 14 activities
    assert imbalance_of(briefs, briefs) == 0.0
    assert imbalance_of(briefs, list(reversed(briefs))) == 0.0
    first = briefs[0].activity
    kept = [brief for brief in briefs if brief.activity != first]
    assert imbalance_of(briefs, kept) == pytest.approx(2 / 28)
    assert imbalance_of(briefs, []) == 1.0 and imbalance_of([], []) == 0.0


def test_the_report_adds_up_and_is_json() -> None:
    scenario = load_scenario("daily-living")
    briefs = draw_briefs(scenario, 20, 0)
    scripts = [GrammarAuthor(0).write(brief) for brief in briefs[:14]]
    exchanges = [Exchange(requested=4, accepted=3), Exchange(requested=8, accepted=8)]
    exchanges[0].reject("contradicts_facts", "a person flies", "nobody flies")
    rejected = {"near_duplicate": 2, "exact_duplicate": 1, "rules": 3}
    outcome = Outcome(
        scenario, 14, briefs[:14], briefs, briefs[:14], scripts, ["a person walks"], {"QA01 activity": 14}, 17,
        rejected, 0.5, exchanges, {"on_floor": {"yes": 1, "no": 3}, "side": {"right": 2, "left": 2}, "speed": {}},
    )  # fmt: skip
    spent = Spending(usd_known=0.7, prompt_tokens=10, completion_tokens=5, requests=9)
    report = report_authoring(outcome, "model", "m", repaired=1, spent=spent, calls_reused=2)
    assert report.briefs - report.answered == rejected["rules"]
    assert report.answered - report.accepted == 3
    assert report.acceptance == pytest.approx(14 / 20)
    assert report.near_duplicate_share == pytest.approx(3 / 17)
    assert report.cost_per_accepted_usd == pytest.approx(0.05)
    assert (report.phrased.requested, report.phrased.accepted) == (12, 11)
    assert report.phrased.rejected == {"contradicts_facts": 1}
    assert report.phrased.examples == [("a person flies", "nobody flies")]
    assert report.answers == {"on_floor": AnswerBalance(4, "no", 0.75), "side": AnswerBalance(4, "left", 0.5)}
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert document["spent"]["cost_usd"] == 0.7 and document["coverage"]["n_covered"] > 0
    assert document["answers"]["on_floor"] == {"n": 4, "common": "no", "majority": 0.75}
    assert len(document["coverage"]["missing"]) == (
        document["coverage"]["n_cells"] - document["coverage"]["n_covered"]
    )


def test_unknown_money_stays_unknown() -> None:
    scenario = load_scenario("daily-living")
    outcome = Outcome(scenario, 1, [], [], [], [], [], {}, 0, {}, 0.0)
    report = report_authoring(outcome, "model", "m", spent=Spending(unpriced=1, requests=1))
    assert report.to_dict()["spent"]["cost_usd"] is None and report.cost_per_accepted_usd is None
    assert report.acceptance == 0.0
