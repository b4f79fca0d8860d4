"""Finding the one JSON object in what a model wrote."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_prompts.answers import Problem, read_json

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)
objects = st.dictionaries(st.text(), values, min_size=1, max_size=5)


@given(
    objects,
    st.text(alphabet=st.characters(exclude_characters='{}[]"')),
    st.sampled_from(["", "```", "```json\n"]),
)
def test_an_object_is_found_whatever_stands_around_it(
    content: dict[str, Any], prose: str, fence: str
) -> None:
    for indent in (None, 2):
        text = json.dumps(content, indent=indent)
        assert read_json(text) == content
        assert read_json(f"{prose}\n{fence}{text}\n{fence[:3]}{prose}") == content


@given(objects, st.data())
def test_a_cut_object_is_never_completed(content: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(content)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    outcome = read_json(cut)
    # At most a whole object within the cut one is found, and never the cut one itself.
    assert isinstance(outcome, Problem) or outcome != content or json.dumps(outcome) in cut


@given(st.text(max_size=300))
def test_any_text_is_an_object_or_a_problem(text: str) -> None:
    outcome = read_json(text)
    assert isinstance(outcome, (dict, Problem))
    if isinstance(outcome, Problem):
        assert outcome.reason == "not_json"


MENDED = {
    '{"a": [1, 2,], "b": {"c": 3,},}': {"a": [1, 2], "b": {"c": 3}},
    '{"a": "one,}", "b": "two,]",}': {"a": "one,}", "b": "two,]"},
    '{"a": "line\nbreak"}': {"a": "line\nbreak"},
    '\ufeff{"a": 1}': {"a": 1},
    '<think>{"a": 2}</think>{"a": 1}': {"a": 1},
    '{"a": "</think>"}': {"a": "</think>"},
    'first {"a": 1} and again {"a": 1}': {"a": 1},
    'a set {x} and {"a": 1}': {"a": 1},
    '{"a": "{not a brace}"}': {"a": "{not a brace}"},
}


@pytest.mark.parametrize("text", MENDED)
def test_plain_slips_are_mended(text: str) -> None:
    assert read_json(text) == MENDED[text]


REFUSED = {
    "": "not JSON",
    "[1, 2]": "a JSON list",
    '"words"': "a JSON str",
    "null": "a JSON NoneType",
    '{"a": 1} or {"a": 2}': "2 different JSON objects",
    '{"a": NaN}': "NaN is no number",
    '{"a": -Infinity}': "no number",
    '{"a": 1e999}': "too large a number",
    '{"a": [1, 2': "not JSON",
    "{'a': 1}": "not JSON",
    "[" * 200_000: "JSON|nested",
    '{"a":' * 50_000: "JSON|nested",
    "x" * 500_000: "500000 characters",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_what_is_no_object_is_refused_in_words(text: str) -> None:
    outcome = read_json(text)
    assert isinstance(outcome, Problem)
    assert any(word in outcome.details[0] for word in REFUSED[text].split("|"))
    assert len(outcome.details[0]) < 300


@pytest.mark.parametrize(
    "text",
    [
        "{" * 300_000,
        '{"a":"' * 60_000,
        "{}" * 150_000,
        "<think>" * 50_000,
        '{"a":1},' * 40_000,
        '{"' + '\\"' * 150_000 + "}",
        '{"",' + '" \\",' * 60_000 + "}",
        "{" + ", " * 150_000 + "}",
    ],
)
def test_hostile_texts_take_no_time(text: str) -> None:
    began = time.process_time()
    assert isinstance(read_json(text), (Problem, dict))
    assert time.process_time() - began < 2.0
