from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from evaluation import realism_fidelity
from evaluation.errors import EvaluationError
from evaluation.realism_drawing import fidelity_figure
from evaluation.realism_fidelity import (
    ScriptOutcome,
    draw_scripts,
    measure_fidelity,
    perform_scripts,
    summary_of,
)
from simulator import validate_script

N_SCRIPTS = 22


def outcome(
    activity: str, facts: dict[str, bool], violations: tuple[str, ...] = (), failure: str = ""
) -> ScriptOutcome:
    return ScriptOutcome(
        activity=activity,
        caption=f"a person does {activity}",
        facts=list(facts.items()),
        disagreements=[f"{name}: off" for name, agrees in facts.items() if not agrees],
        violations=list(violations),
        failure=failure,
    )


def test_scripts_are_valid_spread_and_the_same_again() -> None:
    scripts = draw_scripts(N_SCRIPTS, seed=3)
    assert len(scripts) == N_SCRIPTS and scripts == draw_scripts(N_SCRIPTS, seed=3)
    assert scripts != draw_scripts(N_SCRIPTS, seed=4)
    for script in scripts:
        validate_script(script)
    assert len({step.kind for script in scripts for step in script.steps}) > 4


def test_fidelity_counts_every_script_and_does_not_depend_on_the_pool() -> None:
    seen: list[tuple[int, int]] = []
    alone = measure_fidelity(N_SCRIPTS, seed=3, progress=lambda what, done, total: seen.append((done, total)))
    with ThreadPoolExecutor(2) as pool:
        assert measure_fidelity(N_SCRIPTS, seed=3, pool=pool) == alone
    assert alone.scripts == N_SCRIPTS and seen[-1] == (N_SCRIPTS, N_SCRIPTS)
    assert alone.whole_share > 0.7 and alone.fact_share > 0.9
    assert {"duration", "count"} <= {row.fact for row in alone.facts}


def test_facts_of_another_script_are_found_to_disagree(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: the motion of one script under the words of another."""
    walk, *_, other = (script for script in draw_scripts(60, seed=5) if len(script.steps) < 4)
    performed = realism_fidelity.synthesize
    monkeypatch.setattr(
        realism_fidelity, "synthesize", lambda script, seed, body: performed(other, seed, body)
    )
    found = perform_scripts([walk.model_dump_json()], seed=0)[0]
    assert found.disagreements and not all(agrees for _, agrees in found.facts)


def test_the_summary_counts_scripts_facts_and_limits() -> None:
    found = summary_of(
        [
            outcome("walk", {"speed": True, "turn": True}),
            outcome("walk", {"speed": False, "turn": True}, ("left knee flexion",)),
            outcome("wave", {"count": True}),
            outcome("wave", {}, failure="the engine gave up"),
        ]
    )
    assert (found.scripts, found.whole, found.limit_scripts) == (4, 2, 1)
    assert found.whole_share == 0.5 and found.fact_share == pytest.approx(4 / 5)
    speed = next(row for row in found.facts if row.fact == "speed")
    assert (speed.compared, speed.agree, speed.share) == (2, 1, 0.5)
    assert speed.examples == ["speed: off (a person does walk)"]
    assert found.failures == ["wave: the engine gave up"]
    assert found.limit_examples == ["left knee flexion (walk): 1 scripts"]
    assert ("walk", 1, 2) in found.worst_activities
    assert fidelity_figure(found).axes[0].get_xlim()[0] < 0.5


def test_no_script_is_no_measure() -> None:
    with pytest.raises(EvaluationError, match="at least one"):
        measure_fidelity(0)
