"""One self-contained HTML page on a thing of the lake: its picture, its motion, its words, and its whole chain.

Nothing is fetched from anywhere: the page works from a disk, without a network, for as long as there are browsers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from data_lake import facts_of, short_title, story_graph

from .figures import Spectrogram
from .lineage_page_chain import chain_list, chain_picture
from .lineage_page_data import Skeleton, page_json
from .lineage_page_words import captions_card, facts_card, questions_card, record_details, script_card

__all__ = ["LineagePage", "Skeleton", "render_lineage_page"]

_TEMPLATE = "data/lineage_page.html"
_MOST_SAMPLES = 200


@dataclass(frozen=True)
class LineagePage:
    """What goes on a page.

    Attributes:
        story: of `Lake.lineage`; scorecards may have `answer`, what their models said of the sample.
        spectrogram: of a sample; None: not shown.
        skeleton: of the motion; None: not shown.
        command: what makes the sample again, to be copied; empty: not shown.
        made_by: of the footer, such as "mmflywheel 0.1.0".
    """

    story: Mapping[str, Any]
    spectrogram: Spectrogram | None = None
    skeleton: Skeleton | None = None
    command: str = ""
    made_by: str = "mmflywheel"


def render_lineage_page(page: LineagePage) -> str:
    """Return the page as HTML text; whatever a model or a file wrote is escaped."""
    story = page.story
    row = _focus(story)
    template = Template((files(__package__) / _TEMPLATE).read_text(encoding="utf-8"))
    heading = _heading(story, row)
    return template.substitute(
        title=escape(f"{story['kind']} {story['id']}"),
        kind=escape(story["kind"]),
        heading=escape(heading),
        identity=escape(story["id"]),
        chips="".join(f"<li><b>{name}</b> {escape(text)}</li>" for name, text in _chips(story, row)),
        pictures=_pictures(page),
        sections="".join(_sections(page, row)),
        footer=escape(f"Written by {page.made_by} from the lake; the page holds everything it shows."),
        content=page_json(page.spectrogram, page.skeleton),
    )


def _focus(story: Mapping[str, Any]) -> Mapping[str, Any]:
    row: Mapping[str, Any] = story[story["kind"]]
    return row


def _heading(story: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    if story["kind"] == "sample" and row["captions"]:
        caption = str(row["captions"][0]["text"])
        return caption[:1].upper() + caption[1:]
    if story["kind"] == "motion" and story["script"]:
        return str(story["script"]["title"])
    own = "" if story["kind"] == "version" else short_title(story["kind"], row)
    return own or str(story["id"])


def _chips(story: Mapping[str, Any], row: Mapping[str, Any]) -> list[tuple[str, str]]:
    if story["kind"] != "sample":
        return [(name, text) for name, text in facts_of(story["kind"], row) if len(text) <= 40][:8]
    valid_s = row["n_valid_frames"] / row["frame_rate_hz"]
    source = story.get("source") or {}
    chips = [
        ("activity", str(row["activity"] or "unlabelled").replace("_", " ")),
        ("view", row["view"] or ""),
        ("split", row["split"]),
        ("origin", row["origin"]),
        ("range", "" if row["range_m"] is None else f"{row['range_m']:.2f} m"),
        ("duration", f"{valid_s:.2f} s"),
        ("radar", row["radar_name"]),
        ("in", ", ".join(row["in_versions"]) or "no version yet"),
        ("flags", ", ".join(row["quality_flags"])),
        ("source file", source.get("file") or ""),
        ("licence", (row["licence"] or "none stated") if source else ""),
    ]
    return [(name, text) for name, text in chips if text]


def _pictures(page: LineagePage) -> str:
    cards, spectrogram, skeleton = [], page.spectrogram, page.skeleton
    if spectrogram is not None:
        cards.append(
            '<section class="card"><h2>Doppler over time</h2><canvas id="map" role="img" aria-label="'
            f'Doppler over time: {escape(spectrogram.title)}"></canvas><p class="note" id="reading">'
            "Point at the map to read a level; click to go to that moment.</p></section>"
        )
    if skeleton is not None:
        radar = "arrow: to the radar; " if skeleton.towards_radar_xy else ""
        cards.append(
            '<section class="card"><h2>Motion</h2><canvas id="stage" tabindex="0" role="img" aria-label="moving '
            'skeleton; arrow keys turn it"></canvas><p class="note">'
            f"{radar}left limbs blue, right red; drag or use the arrow keys to turn. {escape(skeleton.note)}"
            "</p></section>"
        )
    if not cards:
        return ""
    map_s = 0.0 if spectrogram is None else float(spectrogram.time_s[len(spectrogram.valid_db) - 1])
    end_s = max(map_s, skeleton.duration_s if skeleton else 0.0)
    bar = (
        '<div class="card bar"><button id="play" aria-pressed="false">Play</button><input id="time" type="range" '
        f'min="0" max="{end_s:.3f}" step="0.02" value="0" aria-label="time in s">'
        '<output id="clock" for="time"></output></div>'
    )
    note = "<noscript><p class=card>Map and motion are drawn by the page's own script, which is off.</p></noscript>"
    inner = f'<div class="pair">{"".join(cards)}</div>' if len(cards) == 2 else "".join(cards)
    return note + inner + bar


def _sections(page: LineagePage, row: Mapping[str, Any]) -> list[str]:
    story, graph = page.story, story_graph(page.story)
    parts = []
    if story["missing"]:
        parts.append(
            '<section class="card missing"><h2>Not in the lake</h2><p class="id">'
            f"{escape(', '.join(story['missing']))}</p></section>"
        )
    if story["kind"] == "sample":
        parts.append(captions_card(row["captions"], story["scorecards"]))
        parts.append(questions_card(row["qa_pairs"], story["scorecards"]))
    parts.append(
        '<section class="card"><h2>Where it comes from, and what became of it</h2><div class="scroll" tabindex="0">'
        f"{chain_picture(graph)}</div></section>"
    )
    if page.command:
        parts.append(
            '<section class="card"><h2>Make it again</h2><div class="copy"><pre id="command" tabindex="0">'
            f'{escape(page.command)}</pre><button data-copy="command">Copy</button></div></section>'
        )
    facts = row.get("facts") if story["kind"] in ("sample", "motion") else None
    parts += [script_card(story), facts_card(facts or {}), _samples_card(story)]
    parts.append(f'<section class="card"><h2>The whole chain</h2>{chain_list(graph)}</section>')
    hidden = {"captions", "qa_pairs", "facts"}
    plain = {name: value for name, value in row.items() if name not in hidden}
    parts.append(
        f'<section class="card"><h2>As stored</h2>{record_details("the row of the lake", plain)}</section>'
    )
    return [part for part in parts if part]


def _samples_card(story: Mapping[str, Any]) -> str:
    samples = story["samples"]
    if not samples:
        return ""
    rows = "".join(
        f'<tr><td class="id">{escape(row["sample_id"])}</td><td>{escape(row["activity"] or "-")}</td>'
        f"<td>{escape(row['view'] or '-')}</td><td>{escape(row['split'])}</td>"
        f"<td>{escape(', '.join(row['in_versions']) or '-')}</td></tr>"
        for row in samples[:_MOST_SAMPLES]
    )
    more = f'<p class="note">{len(samples) - _MOST_SAMPLES} more</p>' if len(samples) > _MOST_SAMPLES else ""
    heads = "".join(
        f'<th scope="col">{name}</th>' for name in ("sample", "activity", "view", "split", "versions")
    )
    return (
        f'<section class="card"><h2>Samples made of it</h2><div class="scroll" tabindex="0"><table><thead>'
        f"<tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{more}</section>"
    )
