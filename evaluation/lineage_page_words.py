"""The words of a lineage page: captions, questions with every model's answer, facts, script, prompts. All escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["captions_card", "facts_card", "questions_card", "record_details", "script_card"]

_UNITS = {
    "_mps": "m/s", "_m2": "m²", "_m": "m", "_s": "s", "_deg": "°", "_db": "dBm", "_hz": "Hz",
}  # fmt: skip
_LONGEST_TEXT = 4000


def captions_card(captions: Sequence[Mapping[str, Any]], scorecards: Sequence[Mapping[str, Any]]) -> str:
    """Captions of the sample, and beside them what each model said happens."""
    told = "".join(
        f"<li>{escape(caption['text'])} <span>{escape(caption.get('style') or '')}</span></li>"
        for caption in captions
    )
    card = f'<section class="card"><h2>Captions</h2><ul class="plain">{told}</ul>'
    for name, answer in _answers(scorecards):
        said = [("activity", answer.get("predicted_activity")), ("caption", answer.get("predicted_caption"))]
        items = "".join(f"<dt>{what}</dt><dd>{_clamped(text)}</dd>" for what, text in said if text)
        card += f"<h3>Models of {escape(name)} say</h3><dl>{items}</dl>" if items else ""
    return card + "</section>"


def questions_card(pairs: Sequence[Mapping[str, Any]], scorecards: Sequence[Mapping[str, Any]]) -> str:
    """A table: each question, its true answer, and each scorecard's answers side by side."""
    if not pairs:
        return ""
    answers = _answers(scorecards)
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name, _ in answers)
    rows = []
    for pair in pairs:
        options = ", ".join(pair.get("options") or ())
        offered = f'<div class="options">of: {escape(options)}</div>' if options else ""
        cells = "".join(f"<td>{_answer_to(answer, pair)}</td>" for _, answer in answers)
        rows.append(
            f"<tr><td>{escape(pair.get('role') or '')}<div class=options>{escape(pair.get('kind') or '')}</div></td>"
            f"<td>{escape(pair['question'])}{offered}</td><td><b>{escape(pair['answer'])}</b></td>{cells}</tr>"
        )
    none = "" if answers else '<p class="note">No scorecard covers this sample.</p>'
    return (
        '<section class="card"><h2>Questions</h2><div class="scroll" tabindex="0"><table class="questions"><thead><tr>'
        f'<th scope="col">role</th><th scope="col">question</th><th scope="col">true answer</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{none}</section>"
    )


def facts_card(facts: Mapping[str, Any]) -> str:
    """Measured facts: single numbers in columns, lists and groups to be unfolded."""
    single = {name: value for name, value in facts.items() if not isinstance(value, (Mapping, list))}
    several = {name: value for name, value in facts.items() if isinstance(value, (Mapping, list)) and value}
    if not facts:
        return ""
    rows = "".join(_fact_row(name, value) for name, value in sorted(single.items()))
    folded = "".join(record_details(name.replace("_", " "), value) for name, value in sorted(several.items()))
    return f'<section class="card"><h2>Measured facts</h2><div class="facts">{rows}</div>{folded}</section>'


def script_card(story: Mapping[str, Any]) -> str:
    """The script, the brief, and each request to a language model with its prompt and its answer."""
    script = story.get("script")
    if not script:
        return ""
    parts = [record_details("brief", script["brief"]), record_details("script", script["script"])]
    if story.get("gap"):
        parts.append(record_details("gap that asked for it", story["gap"]))
    if story.get("scenario"):
        parts.append(record_details("scenario", story["scenario"]["scenario"]))
    for request in story.get("requests") or ():
        parts.append(_request_details(request))
    if not story.get("requests"):
        parts.append(
            '<p class="note">No language model was asked: the grammar wrote this script from its seed.</p>'
        )
    title = escape(str(script["title"]))
    return f'<section class="card"><h2>Script and prompt</h2><p class="note">“{title}”</p>{"".join(parts)}</section>'


def record_details(title: str, value: object, identity: str = "") -> str:
    """A block to be unfolded that shows a value as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False, default=str)
    name = f' <span class="id">{escape(identity)}</span>' if identity else ""
    return (
        f'<details><summary>{escape(title)}{name}</summary><pre tabindex="0">{escape(text)}</pre></details>'
    )


def _request_details(request: Mapping[str, Any]) -> str:
    messages = request["messages"] if isinstance(request["messages"], list) else [request["messages"]]
    texts = [
        f"[{message.get('role')}]\n{message.get('content')}" if isinstance(message, Mapping) else str(message)
        for message in messages
    ]
    cost = "cost not known" if request["cost_usd"] is None else f"{request['cost_usd']:.6f} USD"
    told = (
        f"{request['purpose']} by {request['answered_by'] or request['model']}, {request['status']}, {cost}"
    )
    identity = str(request["request_id"])
    return record_details(f"prompt: {told}", "\n\n".join(texts), identity) + record_details(
        "answer, as written", request["answer"] or "(nothing)", identity
    )


def _answers(scorecards: Iterable[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(str(card["scorecard_id"]), card["answer"]) for card in scorecards if card.get("answer")]


def _answer_to(answer: Mapping[str, Any], pair: Mapping[str, Any]) -> str:
    for question in answer.get("questions", []):
        if question["question"] == pair["question"] and question["kind"] == pair["kind"]:
            right = bool(question["correct"])
            mark = '<span class="good">✓ right</span>' if right else '<span class="bad">✗ wrong</span>'
            return f"{_clamped(question['predicted'])}{mark}"
    return '<span class="soft">not asked</span>'


def _clamped(text: object) -> str:
    return f'<div class="clamp">{escape(str(text)[:_LONGEST_TEXT])}</div>'


def _fact_row(name: str, value: object) -> str:
    unit = next((sign for ending, sign in _UNITS.items() if name.endswith(ending)), "")
    words = name
    for ending, sign in _UNITS.items():
        if unit == sign and name.endswith(ending):
            words = name.removesuffix(ending)
            break
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    return (
        f'<div><span class="soft">{escape(words.replace("_", " "))}</span> '
        f"<span>{escape(shown)} {unit}</span></div>"
    )
