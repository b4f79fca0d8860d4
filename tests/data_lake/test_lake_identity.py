from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_lake.errors import InvalidInput, LakeError
from data_lake.identity import canonical_json, content_id, seed_of
from data_lake.splits import SPLIT_RULE, SPLITS, split_of

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_the_id_of_known_content_stays_what_it_is() -> None:
    # Frozen: a change here would orphan everything that any lake holds.
    assert content_id("motion", {"script": "script-1", "seed": 7}) == "motion-1149eb497578c80588ff"
    assert seed_of("motion-1", "noise") == 8135056897922991700
    assert canonical_json({"b": 1.0, "a": [True, None, "é"]}) == '{"a":[true,null,"é"],"b":1}'


@given(st.dictionaries(st.text(), JSON_VALUES, max_size=4))
def test_ids_do_not_depend_on_the_order_of_keys(payload: dict) -> None:
    identity = content_id("sample", payload)
    assert re.fullmatch(r"sample-[0-9a-f]{20}", identity)
    assert content_id("sample", dict(reversed(payload.items()))) == identity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (3, 3.0),
        (0.0, -0.0),
        (np.float64(0.1), 0.1),
        (np.int32(5), 5),
        ((1, 2), [1, 2]),
        (np.bool_(True), True),
    ],
)
def test_equal_values_have_one_id(one: object, other: object) -> None:
    assert content_id("x", {"v": one}) == content_id("x", {"v": other})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0.1, 0.1 + 2**-50),
        ("1", 1),
        (None, "null"),
        ([1, [2]], [1, 2]),
        (2**53, 2.0**53 + 2),
        (b"a", "a"),
    ],
)
def test_different_values_have_different_ids(one: object, other: object) -> None:
    assert content_id("x", {"v": one}) != content_id("x", {"v": other})


def test_arrays_count_by_type_shape_and_content_only() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    identity = content_id("x", {"v": array})
    assert content_id("x", {"v": np.asfortranarray(array)}) == identity
    assert content_id("x", {"v": array.astype(">f4")}) == identity
    assert content_id("x", {"v": array.reshape(3, 2)}) != identity
    assert content_id("x", {"v": array.astype(np.float64)}) != identity


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), {1: 2}, {"a": {2, 3}}, object()])
def test_what_has_no_canonical_form_is_refused(bad: object) -> None:
    with pytest.raises(InvalidInput, match="payload"):
        content_id("x", {"v": bad})


def test_a_kind_must_be_a_word() -> None:
    with pytest.raises(LakeError, match="lower-case"):
        content_id("Motion-1", {})


def test_seeds_are_63_bits_and_differ_by_identity_and_purpose() -> None:
    seeds = [seed_of(f"motion-{i}", purpose) for i in range(500) for purpose in ("noise", "placement")]
    assert len(set(seeds)) == 1000
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**62


def test_split_shares_are_those_of_the_rule() -> None:
    n = 20_000
    counts = Counter(split_of(content_id("script", {"i": i})) for i in range(n))
    shares = [float(str(SPLIT_RULE[split])) for split in SPLITS]
    for split, share in zip(SPLITS, shares, strict=True):
        four_sigma = 4 * np.sqrt(share * (1 - share) / n)
        assert counts[split] / n == pytest.approx(share, abs=four_sigma)
    assert sum(shares) == pytest.approx(1.0)


def test_the_split_of_a_known_family_stays_what_it_is() -> None:
    expected = "train train val train train test train train train train train train"
    assert " ".join(split_of(f"script-{i}") for i in range(12)) == expected
    with pytest.raises(InvalidInput, match="empty"):
        split_of("")
