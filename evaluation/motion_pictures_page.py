"""The vocabulary of motion scripts as tables for the documentation, taken from the vocabulary itself."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from simulator.motion.script import LAYER_ACTIONS, REPETITION_S, SPEED_RANGE_MPS, Step

from .errors import MetricInputError

BEGIN, END = "<!-- vocabulary: begin -->", "<!-- vocabulary: end -->"


def page_with_vocabulary(page: str) -> str:
    """The page with the present tables between its two marks.

    Raises:
        MetricInputError: the marks are not there.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise MetricInputError(f"the page must hold {BEGIN!r} and after it {END!r}, once each")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{vocabulary_tables()}\n{END}{rest.partition(END)[2]}"


def vocabulary_tables() -> str:
    """Steps with their words and fields, speeds of gaits, and seconds per repetition, in Markdown."""
    speeds = ((f"`{gait}`", f"{low:g} - {high:g}") for gait, (low, high) in SPEED_RANGE_MPS.items())
    kinds = dict.fromkeys(kind for kind, _ in REPETITION_S)
    layered = ", ".join(f"`{action}`" for action in LAYER_ACTIONS)
    parts = (
        _table(
            ("step", "what it is", "words", "other fields"), (_step_row(model) for model in get_args(Step))
        ),
        f"Over other steps (`layers`) can be laid: {layered}.",
        "Cruising speeds for an adult of 1.7 m:",
        _table(("gait", "m/s"), speeds),
        "Seconds that one repetition may take, and in brackets those for raising and lowering the arms once:",
        _table(("step", "seconds"), ((f"`{kind}`", _seconds(kind)) for kind in kinds)),
    )
    return "\n\n".join(parts)


def _seconds(kind: str) -> str:
    words = []
    for (of, action), (beside, shortest, longest) in REPETITION_S.items():
        if of == kind:
            words.append(f"`{action}` {shortest:g} - {longest:g}{f' (+ {beside:g})' if beside else ''}")
    return ", ".join(words)


def _step_row(model: type[BaseModel]) -> tuple[str, str, str, str]:
    """Kind, first sentence of what it is, the words of its first choice, and its other fields."""
    choices = {name: _choices(field.annotation) for name, field in model.model_fields.items()}
    kind = choices.pop("kind")[0]
    first = next((name for name, words in choices.items() if words), None)
    words = "" if first is None else f"{first}: " + ", ".join(f"`{word}`" for word in choices[first])
    others = (_field(model, name, choices[name]) for name in choices if name != first)
    sentence = re.split(r"(?<=[.;])\s", " ".join((model.__doc__ or "").split()))[0].rstrip(".;")
    return f"`{kind}`", sentence, words, ", ".join(others)


def _field(model: type[BaseModel], name: str, words: tuple[str, ...]) -> str:
    if words:
        return f"`{name}` ({', '.join(words)})"
    optional = type(None) in get_args(model.model_fields[name].annotation)
    return f"`{name}`{' or null' if optional else ''}"


def _choices(annotation: Any) -> tuple[str, ...]:
    """The words of a Literal, or of one that may be null; none for anything else."""
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(word for part in get_args(annotation) for word in _choices(part))
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (" | ".join(cells) for cells in (head, ("---",) * len(head), *rows))
    return "\n".join(f"| {line} |" for line in lines)
