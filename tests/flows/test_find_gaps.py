"""What the models read wrong and what the data lack: counted as by hand, ordered by what is sure."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.find_gaps import Holdings, asked_for, held_by, read_wrong, wilson_interval
from flows.write_gaps import gaps_report
from llm_prompts import GrammarAuthor, draw_briefs, load_scenario


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
    import json

    bad = {**answer("kick", "<script>alert(1)</script> | ![x](http://a.b)"), "sample_id": "s"}
    (tmp_path / "answers.jsonl").write_text("\n".join([json.dumps(bad)] * 6))
    page = gaps_report(Version(samples("kick", "train", 1)), tmp_path)  # type: ignore[arg-type]
    assert "6 of 6" in page
    assert "<script>" not in page and "![x]" not in page and "http://a.b" not in page
