"""Tokens against those of CoreNLP 3.4.1, and the traps of punctuation and case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.ptb_tokenizer import DROPPED_TOKENS, ptb_tokens

GOLDEN = Path(__file__).parents[1] / "golden" / "metric_vectors"


def test_equal_to_the_reference_on_every_coco_caption_and_reference() -> None:
    items = json.loads((GOLDEN / "fakecap_subset_inputs.json").read_text(encoding="utf-8"))
    pairs = [(item["candidate"], item["candidate_ptb"]) for item in items]
    pairs += [pair for item in items for pair in zip(item["references"], item["references_ptb"], strict=True)]
    assert len(pairs) > 1400
    assert [(text, " ".join(ptb_tokens(text))) for text, _ in pairs] == pairs


def test_equal_to_the_reference_on_the_small_vectors() -> None:
    for case in json.loads((GOLDEN / "small_vectors.json").read_text(encoding="utf-8")):
        if not case["ptb_tokenised"]:
            continue
        for key, candidate in case["candidates"].items():
            assert " ".join(ptb_tokens(candidate)) == case["tokens"]["cands"][key]
            assert [" ".join(ptb_tokens(t)) for t in case["references"][key]] == case["tokens"]["refs"][key]


def test_equal_to_the_reference_on_hard_texts() -> None:
    cases = json.loads((GOLDEN / "tokenizer_cases.json").read_text(encoding="utf-8"))["equal"]
    assert len(cases) > 800
    assert [" ".join(ptb_tokens(case["text"])) for case in cases] == [case["tokens"] for case in cases]


def test_known_differences_are_still_differences() -> None:
    cases = json.loads((GOLDEN / "tokenizer_cases.json").read_text(encoding="utf-8"))["known_differences"]
    now_equal = [case["text"] for case in cases if " ".join(ptb_tokens(case["text"])) == case["tokens"]]
    assert not now_equal, f"move these to 'equal': {now_equal}"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("A person doesn't walk; they can't.", "a person does n't walk they ca n't"),
        ("He walks 2.5m, then turns 90°!", "he walks 2.5 m then turns 90 °"),
        ("the person's left hand (twice)", "the person 's left hand -lrb- twice -rrb-"),
        ("counter-clockwise and/or half-way...", "counter-clockwise and/or half-way"),
        ("he says no. 5 times", "he says no. 5 times"),
        ("\u201cfast\u201d \u2014 don\u2019t", "fast do n't"),
        ("", ""),
        (" . , ; ! ", ""),
    ],
)
def test_words(text: str, tokens: str) -> None:
    assert " ".join(ptb_tokens(text)) == tokens


@given(st.text(max_size=60))
def test_any_text_gives_clean_lower_case_tokens(text: str) -> None:
    tokens = ptb_tokens(text)
    assert not DROPPED_TOKENS.intersection(tokens)
    assert all(
        token and token == token.lower() and "\n" not in token and " " not in token for token in tokens
    )


@given(
    st.lists(
        st.sampled_from(["walk", "turn", "left", "right", "slowly", "person", "kick", "the", "two"]),
        max_size=12,
    )
)
def test_plain_words_pass_unchanged(words: list[str]) -> None:
    assert ptb_tokens(" ".join(words)) == words
    assert ptb_tokens(" ".join(words).upper() + ".") == words
