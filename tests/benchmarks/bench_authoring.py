"""Time and quality of embedded authoring: 1,000 samples of each built-in scenario, one core.

    python -m pytest -s tests/benchmarks/bench_authoring.py

Processor time, so that other work on the machine counts little; scenarios by `MMFLYWHEEL_BENCH_SCENARIOS=gym,office`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from flows.author_scripts import Draft, Order, Tally, Written, write_scripts
from flows.count_authoring import count_authoring
from flows.describe_scripts import measure_script, write_words
from flows.plan_dataset import load_bodies
from llm_prompts import BUILTIN_SCENARIOS, Brief, GrammarAuthor, Screener, load_scenario, write_captions
from llm_prompts.near_duplicates import ResemblanceIndex, resemblance, shingles_of

N_SAMPLES = 1000


def test_thousand_samples(table: Callable) -> None:
    chosen = os.environ.get("MMFLYWHEEL_BENCH_SCENARIOS", ",".join(BUILTIN_SCENARIOS)).split(",")
    bodies, rows = load_bodies(None), list[list]()
    for name in chosen:
        order, author, screener, tally = (
            Order(load_scenario(name), N_SAMPLES, 1),
            GrammarAuthor(1),
            Screener(),
            Tally(),
        )
        spent = dict.fromkeys(("motion", "words"), 0.0)

        def prepare(
            written: Sequence[Written], spent: dict[str, float] = spent, order: Order = order
        ) -> Iterator[tuple[Brief, Draft | str]]:
            for brief, script in written:
                began = time.process_time()
                measured = measure_script(script, "grammar", bodies)
                between = time.process_time()
                words = write_words(measured, order.scenario)
                spent["motion"] += between - began
                spent["words"] += time.process_time() - between
                yield brief, Draft(brief, script, words, measured)

        started = time.process_time()
        drafts = list(write_scripts(order, author, prepare, screener, tally))
        all_s = time.process_time() - started
        report = count_authoring(order, author, tally, screener, drafts, {})
        rows.append(
            [
                name, all_s, spent["motion"], spent["words"], all_s - sum(spent.values()), report.acceptance * 100,
                report.near_duplicate_share * 100, report.alike_captions_share * 100,
                report.coverage.fraction * 100, report.distinct_1, report.distinct_2,
            ]
        )  # fmt: skip
        print(f"{name}: {all_s:.1f} s", flush=True)
    header = [
        "scenario", "all s", "motion s", "words s", "rest s", "accepted %", "near dup %", "alike %", "covered %",
        "distinct-1", "distinct-2",
    ]  # fmt: skip
    table(f"{N_SAMPLES} samples by the grammar, CPU time", header, rows)
    for row in rows:
        assert row[header.index("accepted %")] >= 98.0 and row[header.index("covered %")] == 100.0, row[0]


def test_screening_against_comparing_all_with_all(table: Callable, measure: Callable) -> None:
    author = GrammarAuthor(1)
    briefs = Order(load_scenario("daily-living"), N_SAMPLES, 1).briefs()
    texts = [[c.text for c in write_captions(author.write(brief))] for brief in briefs]
    sets = [shingles_of(captions) for captions in texts]
    every = measure(lambda: sum(resemblance(a, b) >= 0.8 for a, b in combinations(sets, 2)), 1, False).cpu_s

    def by_index() -> None:
        index = ResemblanceIndex()
        for shingles in sets:
            index.similar(shingles, 0.8)
            index.add(shingles)

    rows = [["all pairs", every], ["MinHash index", measure(by_index, 1, False).cpu_s]]
    table(f"near duplicates among {N_SAMPLES} samples", ["how", "CPU s"], rows)
