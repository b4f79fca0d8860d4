"""Right captions and questions made wrong in one place, by a seed: what a check of facts must catch."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from llm_prompts.qa_items import QAPair
from llm_prompts.wording import NUMBER_WORDS, WORDINGS, inflect

Spoil = Callable[[str, Random], str | None]
_COUNTED = r"(?= (?:times|squat|jump|lunge|push|sit|arm|side|dance|high))"
# Activities whose movements could be a part of another one are not planted as wrong ones.
_FOREIGN = ("crawl", "cartwheel", "clap", "kick", "march", "salute", "shrug", "skip", "sweep", "throw")


def _swap(first: str, second: str) -> Spoil:
    def spoil(text: str, rng: Random) -> str | None:
        places = list(re.finditer(rf"\b(?:{first}|{second})\b", text))
        if not places:
            return None
        place = rng.choice(places)
        return text[: place.start()] + (second if place.group() == first else first) + text[place.end() :]

    return spoil


def _count(text: str, rng: Random) -> str | None:
    if re.search(r"\b(once|twice)\b", text):
        return re.sub(r"\bonce\b", "twice", text) if "once" in text else text.replace("twice", "three times")
    place = re.search(rf"\b(?:{'|'.join(NUMBER_WORDS[1:11])})\b{_COUNTED}", text)
    if place is None:
        return None
    wrong = NUMBER_WORDS.index(place.group()) + rng.choice((1, 2))
    return text[: place.start()] + rng.choice((NUMBER_WORDS[wrong], str(wrong))) + text[place.end() :]


def _order(text: str, rng: Random) -> str | None:
    found = re.fullmatch(r"(a person|the person|someone)( is)? (.+?)(?:,| and) then (.+)", text)
    if found is None or re.search(r", | then |still|stay", found[3] + found[4]):
        return None
    return f"{found[1]}{found[2] or ''} {found[4]} and then {found[3]}"


def _activity(text: str, rng: Random) -> str | None:
    strange = [label for label in _FOREIGN if not re.search(label[:4], text)]
    label = rng.choice(strange)
    form = "gerund" if " is " in text else "finite"
    return f"{text} and then {inflect(WORDINGS[label].cores[0], 'gerund' if form == 'gerund' else 'finite')}"


def _leave_out(text: str, rng: Random) -> str | None:
    parts = re.split(r" and then | and finally |, then |, ", text)
    return parts[0] if len(parts) > 1 and "still" not in text and "stay" not in text else None


CAPTION_FAULTS: dict[str, Spoil] = {
    "side": _swap("left", "right"),
    "count": _count,
    "order": _order,
    "direction": _swap("forward", "backward"),
    "pace": _swap("slowly", "quickly"),
    "activity": _activity,
    "left out": _leave_out,
}


def planted_captions(texts: Sequence[tuple[str, int]], wanted: int, seed: int) -> list[tuple[str, str, int]]:
    """(fault, wrong caption, number of its sample), the faults in turn."""
    rng = Random(seed)
    pool = list(texts)
    rng.shuffle(pool)
    found: list[tuple[str, str, int]] = []
    while len(found) < wanted:
        fault = list(CAPTION_FAULTS)[len(found) % len(CAPTION_FAULTS)]
        for text, number in rng.sample(pool, len(pool)):
            wrong = CAPTION_FAULTS[fault](text, rng)
            if wrong is not None and wrong != text:
                found.append((fault, wrong, number))
                break
        else:
            raise AssertionError(f"no caption can be given the fault {fault!r}")
    return found


def planted_pairs(
    pairs: Sequence[tuple[QAPair, int]], wanted: int, seed: int
) -> list[tuple[str, QAPair, int]]:
    """(kind, pair with another of its options as the answer, number of its sample), the kinds in turn."""
    rng = Random(seed)
    by_kind: dict[str, list[tuple[QAPair, int]]] = {}
    for pair, number in pairs:
        by_kind.setdefault(pair.kind, []).append((pair, number))
    kinds = sorted(by_kind)
    found = []
    for turn in range(wanted):
        pair, number = rng.choice(by_kind[kinds[turn % len(kinds)]])
        wrong = rng.choice([option for option in pair.options if option != pair.answer])
        found.append((pair.kind, pair.model_copy(update={"answer": wrong}), number))
    return found


QUESTION_FAULTS: dict[str, Spoil] = {
    "before": _swap("before", "after"),
    "first": _swap("first", "last"),
    "longer": _swap("longer", "shorter"),
    "faster": _swap("faster", "slower"),
    "activity": lambda text, rng: _other_activity(text, rng),
}


_ASKED_OTHERWISE = ("order", "order_yes_no", "comparison", "count", "side", "speed")


def _other_activity(text: str, rng: Random) -> str | None:
    """Another activity asked for in a count, a side or a pace."""
    found = re.fullmatch(r"(.*does the person )([a-z]+)(.*)\?", text)
    if found is None or found[2] not in _FOREIGN or found[3].strip() not in ("", "at any time"):
        return None
    return f"{found[1]}{rng.choice([label for label in _FOREIGN if label != found[2]])}{found[3]}?"


def planted_questions(
    pairs: Sequence[tuple[QAPair, int]], wanted: int, seed: int
) -> list[tuple[str, QAPair, int]]:
    """(fault, pair with its old answer and a question that asks for something else, number of its sample).

    Samples must not do an activity twice: else the last action may be the first one's as well.
    """
    rng = Random(seed)
    found: list[tuple[str, QAPair, int]] = []
    for pair, number in rng.sample(list(pairs), len(pairs)):
        for fault, spoil in QUESTION_FAULTS.items():
            wrong = spoil(pair.question, rng) if pair.kind in _ASKED_OTHERWISE else None
            if wrong is not None and len(found) < wanted:
                found.append((fault, pair.model_copy(update={"question": wrong}), number))
    return found
