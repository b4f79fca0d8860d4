"""What the models read wrong and what the data lack: counted as by hand, ordered by what is sure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.find_gaps import Holdings, asked_for, held_by, read_wrong, wilson_interval
from flows.write_gaps import gaps_report
from llm_prompts import GrammarAuthor, draw_briefs, gap_quotas, gaps_from_text, load_scenario


class Version:
    """Just enough of a version's reader."""

    def __init__(self, rows: list[dict[str, Any]], scripts: tuple[str, ...] = (), **parameters: Any) -> None:
        self.rows, self._scripts = rows, scripts
        self.info = SimpleNamespace(name="little@1", parameters=parameters)

    def samples(self, split: str | None = None, columns: list[str] | None = None) -> pa.Table:
        rows = [row for row in self.rows if split in (None, row["split"])]
        return pa.Table.from_pylist([{name: row[name] for name in columns or ()} for row in rows])

    def scripts(self, columns: list[str]) -> pa.Table:
        return pa.table({"script": pa.array(self._scripts, pa.string())})


def samples(activity: str, split: str, n: int, view: str = "A") -> list[dict[str, Any]]:
    return [{"activity": activity, "split": split, "view": view}] * n


def answer(activity: str | None, said: str | None, view: str = "A", *correct: bool) -> Mapping[str, Any]:
    asked = [{"kind": "yes_no", "correct": right, "predicted": "no"} for right in correct]
    return {"activity": activity, "predicted_activity": said, "view": view, "questions": asked}


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_solves_its_own_equation(counts: tuple[int, int]) -> None:
    hits, n = counts
    share = hits / n
    low, high = wilson_interval(hits, n)
    assert 0.0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1.0
    for end in (low, high):
        assert (share - end) ** 2 == pytest.approx(1.959964**2 * end * (1 - end) / n, abs=1e-6)
    assert wilson_interval(n - hits, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_many_errors_come_before_few_that_look_worse() -> None:
    answers = [answer("kick", "punch")] * 40 + [answer("kick", "kick")] * 10
    answers += [answer("bow", "squat")] * 5  # all wrong, but five only
    answers += [answer("run", "walk")] * 4  # too few to say anything
    answers += [answer(None, "walk"), answer("run", None)]  # not judged
    reader = Version(
        samples("kick", "train", 7) + samples("kick", "train", 2, "B") + samples("bow", "test", 3)
    )
    found = [one for one in read_wrong(answers, reader) if one.kind == "activity"]  # type: ignore[arg-type]
    assert [(one.name, one.n_wrong, one.n_items, one.n_train) for one in found] == [
        (("kick",), 40, 50, 9),
        (("bow",), 5, 5, 0),
    ]
    assert found[0].instead == ("punch", 40)
    views = [one for one in read_wrong(answers, reader) if one.name == ("kick", "A")]  # type: ignore[arg-type]
    assert [one.n_train for one in views] == [7]


def test_questions_are_slices_too() -> None:
    answers = [answer("run", "run", "A", True, False)] * 6
    (kind,) = [
        one
        for one in read_wrong(answers, Version(samples("run", "train", 1)))  # type: ignore[arg-type]
        if one.kind == "kind of question"
    ]
    assert (kind.name, kind.n_wrong, kind.n_items, kind.n_train) == (("yes_no",), 6, 12, None)


def test_a_request_names_what_is_empty_first_and_leaves_out_what_no_script_can_do() -> None:
    answers = [answer("kick", "punch", "B")] * 6 + [answer("my-label", "kick")] * 6
    reader = Version(
        samples("kick", "train", 30, "B") + samples("run", "train", 8) + samples("bow", "test", 1)
    )
    wrong = read_wrong(answers, reader)  # type: ignore[arg-type]
    gaps = asked_for(wrong, held_by(reader), 10)  # type: ignore[arg-type]
    assert [(gap.activity, gap.views, gap.n_samples) for gap in gaps] == [
        ("bow", "ABCDEFGH", 8),
        ("kick", "ABCDEFGH", 30),
        ("kick", "B", 30),
    ]
    assert len(asked_for(wrong, held_by(reader), 1)) == 1  # type: ignore[arg-type]
    assert asked_for([], Holdings({}, None), 5) == []


def test_the_grid_of_a_scenario_is_held_against_its_scripts() -> None:
    scenario = load_scenario("daily-living")
    scripts = [GrammarAuthor(0).write(brief) for brief in draw_briefs(scenario, 5, 0)]
    rows = samples(scripts[0].title, "train", 1)
    reader = Version(rows, tuple(one.model_dump_json() for one in scripts), scenario="daily-living")
    holdings = held_by(reader)  # type: ignore[arg-type]
    assert set(scenario.activity_labels) <= set(holdings.by_activity)
    assert holdings.cells is not None
    assert 0 < holdings.cells.n_covered < holdings.cells.n_possible
    assert held_by(Version(rows, scenario="/gone.yaml")).cells is None  # type: ignore[arg-type]
    assert held_by(Version(rows, scenario="daily-living", motions="clips")).cells is None  # type: ignore[arg-type]


def test_words_of_models_cannot_become_markup(tmp_path: Any) -> None:
    bad = {**answer("kick", "<script>alert(1)</script> | ![x](http://a.b)"), "sample_id": "s"}
    (tmp_path / "answers.jsonl").write_text("\n".join([json.dumps(bad)] * 6))
    page = gaps_report(Version(samples("kick", "train", 1)), tmp_path)  # type: ignore[arg-type]
    assert "6 of 6" in page
    assert "<script>" not in page and "![x]" not in page and "http://a.b" not in page


def test_a_slice_that_is_wrong_and_scarce_is_asked_for_once() -> None:
    answers = [answer("kick", "punch")] * 6 + [answer("kick", "kick")] * 2 + [answer("bow", "bow")] * 9
    reader = Version(samples("kick", "train", 4) + samples("bow", "train", 10) + samples("run", "train", 10))
    wrong = read_wrong(answers, reader)  # type: ignore[arg-type]
    gaps = asked_for(wrong, held_by(reader), 10, "scorecard scr-1 of little@1")  # type: ignore[arg-type]
    whole, in_view = gaps
    assert (whole.activity, whole.n_samples, whole.views) == ("kick", 8, "ABCDEFGH")  # 6 of 8 of 10
    assert whole.reason == (
        "6 of 8 read wrong: share 0.75, 95 % interval 0.41 to 0.93, scorecard scr-1 of little@1; "
        "4 samples to train on, half of the activities have 10 or more"
    )
    assert (in_view.activity, in_view.views) == ("kick", "A")
    scenario = load_scenario("daily-living")
    assert gap_quotas(scenario, 40, gaps) == [8, 8]  # which no draw refuses


@given(st.dictionaries(st.sampled_from(["kick", "bow", "run", "my-label"]), st.integers(0, 9), min_size=1))
def test_what_is_asked_for_can_always_be_drawn(wrong: dict[str, int]) -> None:
    answers = [
        answer(name, "walk" if i < n else name, "AB"[i % 2]) for name, n in wrong.items() for i in range(10)
    ]
    rows = [
        row for name, n in wrong.items() for row in samples(name, "train", 3 * n) + samples(name, "test", 1)
    ]
    reader = Version(rows)
    slices = read_wrong(answers, reader)  # type: ignore[arg-type]
    gaps = asked_for(slices, held_by(reader), 10)  # type: ignore[arg-type]
    assert len({gap.content_hash for gap in gaps}) == len(gaps)
    scenario = load_scenario("daily-living")
    assert sum(gap_quotas(scenario, 10_000, gaps)) == sum(gap.n_samples for gap in gaps)
    weak = [gap for gap in gaps if "read wrong" in gap.reason]
    assert all(wrong[str(gap.activity)] for gap in weak)


def test_the_page_gives_a_request_that_its_own_command_takes(tmp_path: Any) -> None:
    bad = [{**answer("kick", "punch", view), "sample_id": "s"} for view in "AB"]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, bad * 6)))
    reader = Version(samples("kick", "train", 5) + samples("bow", "train", 20) + samples("run", "train", 20))
    page = gaps_report(reader, tmp_path)  # type: ignore[arg-type]
    gaps = gaps_from_text(page.partition("```json\n")[2].partition("```")[0])
    assert f"scorecard {tmp_path.name} of little@1" in gaps[0].reason
    n = int(page.partition("author --scenario daily-living --n ")[2].split()[0])
    assert sum(gap_quotas(load_scenario("daily-living"), n, gaps)) == n
    assert "mmflywheel run --dataset little --scenario daily-living --gaps last" in page
