"""The loop that asks, screens and replaces: the asked number, the asked balance, and a clean end when it must end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest

from flows.author_scripts import MAX_BRIEFS_PER_SCRIPT, Draft, Order, Tally, Written, write_scripts
from flows.describe_scripts import Words, script_id_of
from llm_prompts import (
    AuthorUnavailable,
    Brief,
    BriefNotWritable,
    BudgetReached,
    Caption,
    Gap,
    GrammarAuthor,
    Screener,
    load_scenario,
    write_captions,
)
from simulator import MotionScript

SCENARIO = load_scenario("daily-living")


class PickyAuthor(GrammarAuthor):
    """The grammar, but it cannot write the briefs that `refuses` says."""

    def __init__(self, refuses: Callable[[int, Brief], bool]) -> None:
        super().__init__(0)
        self.refuses = refuses
        self.seen: list[Brief] = []

    def write(self, brief: Brief) -> MotionScript:
        self.seen.append(brief)
        if self.refuses(len(self.seen), brief):
            raise BriefNotWritable("not this one")
        return super().write(brief)


def drafts_of(written: Sequence[Written]) -> Iterator[tuple[Brief, Draft | str]]:
    for brief, script in written:
        yield brief, Draft(brief, script, Words(tuple(write_captions(script)), ()))


def run(order: Order, author: GrammarAuthor, prepare: Callable = drafts_of) -> tuple[list[Draft], Tally]:
    tally = Tally()
    return list(write_scripts(order, author, prepare, Screener(), tally)), tally


def activities(briefs: Iterable[Brief]) -> Counter[str]:
    return Counter(brief.activity for brief in briefs)


def test_rejected_answers_are_replaced_until_number_and_balance_are_as_asked() -> None:
    author = PickyAuthor(lambda number, brief: number % 3 == 0)
    drafts, tally = run(Order(SCENARIO, 42, 3), author)
    assert len(drafts) == len({draft.script_id for draft in drafts}) == 42
    assert activities(tally.accepted) == activities(tally.asked)
    assert len(tally.briefs) == 42 + tally.rejected["brief_not_writable"] + tally.rejected["near_duplicate"]
    assert len({brief.seed for brief in author.seen}) == len(author.seen)  # no brief is asked twice


def test_equal_orders_give_equal_scripts_and_a_longer_one_begins_with_them() -> None:
    first, _ = run(Order(SCENARIO, 12, 3), GrammarAuthor(0))
    again, _ = run(Order(SCENARIO, 12, 3), GrammarAuthor(0))
    longer, _ = run(Order(SCENARIO, 20, 3), GrammarAuthor(0))
    assert [draft.script_id for draft in again] == [draft.script_id for draft in first]
    assert [draft.script_id for draft in longer[:12]] == [draft.script_id for draft in first]


def test_an_author_that_can_never_do_it_is_not_asked_for_ever() -> None:
    never = PickyAuthor(lambda number, brief: True)
    drafts, tally = run(Order(SCENARIO, 30, 0), never)
    assert drafts == [] and len(never.seen) == 30 and tally.rejected["brief_not_writable"] == 30
    no_kicks = PickyAuthor(lambda number, brief: brief.activity == "kick")
    drafts, tally = run(Order(SCENARIO, 28, 0), no_kicks)
    assert len(drafts) == 26 and "kick" not in activities(tally.accepted)
    assert len(no_kicks.seen) <= MAX_BRIEFS_PER_SCRIPT * 28


def test_a_lost_brief_of_a_gap_is_replaced_by_one_of_the_same_gap() -> None:
    gaps = (Gap(n_samples=5, activity="kick", attributes={"side": "left"}), Gap(n_samples=3, activity="fall"))
    author = PickyAuthor(lambda number, brief: number in (2, 6, 9))
    drafts, tally = run(Order(SCENARIO, 12, 3, gaps), author)
    assert Counter(draft.brief.gap for draft in drafts) == Counter(brief.gap for brief in tally.asked)
    of_first = [draft.brief for draft in drafts if draft.brief.gap == gaps[0].content_hash]
    assert len(of_first) == 5 and {(brief.activity, brief.side) for brief in of_first} == {("kick", "left")}


@pytest.mark.parametrize("error", [BudgetReached("no more money"), AuthorUnavailable("no server")])
def test_an_end_in_the_middle_keeps_what_was_prepared(error: Exception) -> None:
    def stopping(written: Sequence[Written]) -> Iterator[tuple[Brief, Draft | str]]:
        for number, item in enumerate(drafts_of(written)):
            if number == 5:
                raise error
            yield item

    drafts, tally = run(Order(SCENARIO, 12, 3), GrammarAuthor(0), stopping)
    assert len(drafts) == 5 and tally.stopped is error


def test_what_cannot_be_prepared_or_is_said_twice_is_counted() -> None:
    said = tuple(Caption(text=f"a person waves with the left hand {n} times", style="plain") for n in (2, 3))

    def alike(written: Sequence[Written]) -> Iterator[tuple[Brief, Draft | str]]:
        for brief, script in written:
            words = Words(said, ())
            yield brief, "engine" if brief.index == 0 else Draft(brief, script, words)

    drafts, tally = run(Order(SCENARIO, 4, 3), GrammarAuthor(0), alike)
    assert len(drafts) == 1 and tally.rejected["engine"] == 1
    assert tally.rejected["near_duplicate"] == len(tally.briefs) - 2
    assert script_id_of(drafts[0].script) == drafts[0].script_id
