"""Does a motion do what its script says? Random scripts are performed, measured, and held against their words.

Scripts come from the grammar author over the built-in scenarios, facts are measured on the motion alone, and
`compare_with_script` lays them side by side with its tolerances. The same motions are checked for joint limits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from llm_prompts import AuthoringError, GrammarAuthor, draw_briefs, load_scenario
from llm_prompts.builtin_scenarios import BUILTIN_SCENARIOS
from simulator import (
    BodyModel,
    MotionScript,
    SimulatorError,
    activity_of,
    compare_with_script,
    load_body,
    measure_facts,
    synthesize,
)

from .errors import EvaluationError
from .realism_limits import limit_violations

__all__ = ["FactShare", "Fidelity", "ScriptOutcome", "draw_scripts", "measure_fidelity", "perform_scripts"]

Progress = Callable[[str, int, int], None]
_CHUNK = 20
_EXAMPLES = 3


class ScriptOutcome(BaseModel):
    """What came of one script.

    Attributes:
        facts: (name of the fact, whether it agrees) of every comparison.
        disagreements: each comparison that fails, in words.
        violations: joint angles beyond their limits, in words.
        failure: why the engine could not perform it; empty where it could.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    activity: str
    caption: str
    facts: list[tuple[str, bool]]
    disagreements: list[str]
    violations: list[str]
    failure: str = ""


class FactShare(BaseModel):
    """How often one kind of fact agrees, with examples of disagreement."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fact: str
    compared: int
    agree: int
    examples: list[str]

    @property
    def share(self) -> float:
        """Of the comparisons."""
        return self.agree / self.compared


class Fidelity(BaseModel):
    """Agreement of scripted and measured facts over random scripts.

    Attributes:
        scripts: how many were performed or failed.
        whole: scripts of which every fact agrees.
        limit_scripts: scripts with a joint beyond its limit.
        limit_examples: the angles seen beyond their limits, most frequent first, with an activity.
        worst_activities: activities with most scripts that disagree: (name, disagreeing, all).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scripts: int
    whole: int
    failures: list[str]
    facts: list[FactShare]
    limit_scripts: int
    limit_examples: list[str]
    worst_activities: list[tuple[str, int, int]]

    @property
    def whole_share(self) -> float:
        """Share of scripts of which every fact agrees."""
        return self.whole / self.scripts

    @property
    def fact_share(self) -> float:
        """Share of comparisons that agree."""
        compared = sum(row.compared for row in self.facts)
        return sum(row.agree for row in self.facts) / compared if compared else 0.0


def measure_fidelity(
    n_scripts: int,
    seed: int = 0,
    pool: Executor | None = None,
    body_file: Path | None = None,
    progress: Progress | None = None,
) -> Fidelity:
    """Draw scripts, perform them and compare.

    Args:
        n_scripts: how many, spread over the built-in scenarios.
        seed: of the scripts and of the people who perform them.
        pool: where they are performed; in this process unless given. Results do not depend on it.
        body_file: a licensed SMPL body; the stand-in unless given.
        progress: called as (what, done, total).

    Raises:
        EvaluationError: fewer than one script.
    """
    if n_scripts < 1:
        raise EvaluationError(f"{n_scripts} scripts: script fidelity needs at least one")
    texts = [script.model_dump_json() for script in draw_scripts(n_scripts, seed)]
    starts = range(0, len(texts), _CHUNK)
    chunks = {start: texts[start : start + _CHUNK] for start in starts}
    outcomes: dict[int, list[ScriptOutcome]] = {}

    def add(start: int, found: list[ScriptOutcome]) -> None:
        outcomes[start] = found
        if progress is not None:
            progress("scripts", sum(map(len, outcomes.values())), len(texts))

    if pool is None:
        for start, chunk in chunks.items():
            add(start, perform_scripts(chunk, seed + start, body_file))
    else:
        jobs = {
            pool.submit(perform_scripts, c, seed + start, body_file): start for start, c in chunks.items()
        }
        for job in as_completed(jobs):
            add(jobs[job], job.result())
    return summary_of([outcome for start in starts for outcome in outcomes[start]])


def draw_scripts(count: int, seed: int) -> list[MotionScript]:
    """Scripts of the grammar author, an equal share for each built-in scenario; unwritable briefs are left out."""
    author = GrammarAuthor(seed)
    names = sorted(BUILTIN_SCENARIOS)
    scripts: list[MotionScript] = []
    for place, name in enumerate(names):
        share = count // len(names) + (place < count % len(names))
        briefs = iter(draw_briefs(load_scenario(name), 2 * share + 20, seed))
        wanted = len(scripts) + share
        while len(scripts) < wanted:
            try:
                scripts.append(author.write(next(briefs)))
            except AuthoringError:
                continue
            except StopIteration as error:
                raise EvaluationError(f"scenario {name}: half of its briefs cannot be written") from error
    return scripts


def perform_scripts(texts: Sequence[str], seed: int, body_file: Path | None = None) -> list[ScriptOutcome]:
    """Perform scripts (JSON), seeds counting up, and compare their facts; runs in worker processes."""
    body = _body(body_file)
    return [
        _outcome(MotionScript.model_validate_json(text), seed + index, body)
        for index, text in enumerate(texts)
    ]


def summary_of(outcomes: Sequence[ScriptOutcome]) -> Fidelity:
    """Counts over scripts."""
    names = list(dict.fromkeys(fact for outcome in outcomes for fact, _ in outcome.facts))
    rows = []
    for name in names:
        agreements = [agrees for outcome in outcomes for fact, agrees in outcome.facts if fact == name]
        examples = [
            f"{text} ({outcome.caption})"
            for outcome in outcomes
            for text in outcome.disagreements
            if text.startswith(f"{name}: ")
        ]
        rows.append(
            FactShare(
                fact=name, compared=len(agreements), agree=sum(agreements), examples=examples[:_EXAMPLES]
            )
        )
    beyond = Counter(f"{text} ({outcome.activity})" for outcome in outcomes for text in outcome.violations)
    bad = [outcome for outcome in outcomes if outcome.disagreements or outcome.failure]
    per_activity = Counter(outcome.activity for outcome in bad)
    total = Counter(outcome.activity for outcome in outcomes)
    return Fidelity(
        scripts=len(outcomes),
        whole=len(outcomes) - len(bad),
        failures=[f"{outcome.activity}: {outcome.failure}" for outcome in outcomes if outcome.failure],
        facts=rows,
        limit_scripts=sum(bool(outcome.violations) for outcome in outcomes),
        limit_examples=[f"{text}: {times} scripts" for text, times in beyond.most_common(12)],
        worst_activities=[(name, times, total[name]) for name, times in per_activity.most_common(8)],
    )


def _outcome(script: MotionScript, seed: int, body: BodyModel) -> ScriptOutcome:
    activity = activity_of(script)
    try:
        motion = synthesize(script, seed, body)
        rows = compare_with_script(script, measure_facts(motion, body))
    except SimulatorError as error:
        return ScriptOutcome(
            activity=activity,
            caption=script.caption,
            facts=[],
            disagreements=[],
            violations=[],
            failure=str(error),
        )
    return ScriptOutcome(
        activity=activity,
        caption=script.caption,
        facts=[(row.fact, row.agrees) for row in rows],
        disagreements=[f"{row.fact}: {row.text}" for row in rows if not row.agrees],
        violations=[each.angle for each in limit_violations(motion.body_pose)],
    )


@lru_cache(maxsize=2)
def _body(body_file: Path | None) -> BodyModel:
    return load_body(body_file)
