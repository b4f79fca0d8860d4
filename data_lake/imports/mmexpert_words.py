"""The words of a record of mmExpert: label, captions, questions; and what is wrong with a record, said in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_ROLES = ("QA01", "QA02", "QA03", "QA04")
_LABELS, _FAMILIES = ("activity", "classname"), ("split_family", "subject")
_KINDS = {
    dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number",
    type(None): "null",
}  # fmt: skip
_CAPTIONS = 'a list of texts is needed, such as ["a person walks"], or none'
_QUESTIONS = (
    'an object of questions is needed, such as {"QA01": {"question": "what is done?", "answer": "walking"}}, a list of '
    "them, or none"
)


def record_problem(entry: object) -> str | None:
    """Say what is wrong with a record: what stands there, what is allowed; None: nothing."""
    if not isinstance(entry, Mapping):
        return f"is {kind_of(entry)}; a record is an object with `filefolder` and `fileindex`"
    for name in ("filefolder", "fileindex"):
        if name not in entry:
            return f"has no `{name}`; every record needs `filefolder` and `fileindex`, both texts"
        if not isinstance(entry[name], str):
            return f"`{name}` is {kind_of(entry[name])} ({entry[name]!r:.40}); a text is needed: put it in quotes"
    if not entry["fileindex"]:
        return "`fileindex` is empty; it is the name of the map's file, without view and ending"
    if not _is_text(entry):
        return "holds text that is no Unicode (half of a surrogate pair); write its file as UTF-8"
    for name in (*_LABELS, *_FAMILIES):
        if not isinstance(entry.get(name), (str, int, type(None))):
            return f"`{name}` is {kind_of(entry[name])}; a text is needed, or none"
    return _captions_problem(entry.get("captions")) or _questions_problem(entry.get("questions"))


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    return _KINDS.get(type(value), type(value).__name__)


def label_of(entry: Mapping[str, Any]) -> str | None:
    """The activity, as our labels are written."""
    label = next((entry[name] for name in _LABELS if entry.get(name)), None)
    return "_".join(str(label).lower().split()) or None if label is not None else None


def family_of(entry: Mapping[str, Any]) -> str | None:
    """What must stay in one split, if the record says so."""
    family = next((entry[name] for name in _FAMILIES if entry.get(name)), None)
    return None if family is None else str(family)


def captions_of(entry: Mapping[str, Any], label: str | None) -> tuple[tuple[str, str], ...]:
    """(text, style) of the captions: those given, else what the label says."""
    given = [_plain(text) for text in entry.get("captions") or ()]
    if any(given):
        return tuple((text, "given") for text in dict.fromkeys(given) if text)
    return ((f"a person {label.replace('_', ' ')}", "label"),) if label else ()


def questions_of(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The questions as the lake has them."""
    for name, pair in _named_questions(entry.get("questions") or {}):
        role = pair.get("role") or next((role for role in _ROLES if name.upper().startswith(role)), "QA")
        yield {
            "role": role,
            "kind": pair.get("kind") or "free",
            "question": " ".join(pair["question"].split()),
            "answer": " ".join(pair["answer"].split()),
            "options": [str(option) for option in pair.get("options") or ()],
        }


def _named_questions(given: Any) -> list[tuple[str, Any]]:
    if isinstance(given, Mapping):
        return list(given.items())
    return [(f"QA{number}", pair) for number, pair in enumerate(given)]


def _captions_problem(given: object) -> str | None:
    if not isinstance(given, (list, type(None))):
        return f"`captions` is {kind_of(given)}; {_CAPTIONS}"
    for number, text in enumerate(given or (), start=1):
        if not isinstance(text, str):
            return f"caption {number} is {kind_of(text)}; {_CAPTIONS}"
    return None


def _questions_problem(given: object) -> str | None:
    if not isinstance(given, (Mapping, list, type(None))):
        return f"`questions` is {kind_of(given)}; {_QUESTIONS}"
    for name, pair in _named_questions(given or {}):
        if not isinstance(pair, Mapping):
            return f"question {name} is {kind_of(pair)}; {_QUESTIONS}"
        for part in ("question", "answer"):
            if not isinstance(pair.get(part), str):
                there = f"`{part}` is {kind_of(pair[part])}" if part in pair else f"there is no `{part}`"
                return f"question {name}: {there}; question and answer are texts"
        for part in ("role", "kind"):
            if not isinstance(pair.get(part), (str, type(None))):
                return f"question {name}: `{part}` is {kind_of(pair[part])}; a text is needed, or none"
        if not isinstance(pair.get("options"), (list, type(None))):
            return f"question {name}: `options` is {kind_of(pair['options'])}; a list of texts is needed, or none"
    return None


def _is_text(entry: Mapping[str, Any]) -> bool:
    """Whether everything in a record can be written as UTF-8; JSON allows more."""
    try:
        json.dumps(entry, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(text: str) -> str:
    """Lower case without a full stop and without what HumanML3D writes behind a #."""
    return " ".join(text.partition("#")[0].split()).rstrip(".").strip().lower()
