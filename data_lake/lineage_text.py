"""Rows of a story in words: a title of a few words, and the facts that tell where a thing comes from.

Words that a model or a file wrote come as they are: whoever shows them escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from .lineage_source import imported_facts
from .score_measures import scored_split, summary_of

Row = Mapping
Facts = list[tuple[str, str]]
_LONGEST_TITLE = 44


def short_title(kind: str, row: Row) -> str:
    """A few words on a thing, to stand beside its kind and id."""
    parts: dict[str, tuple[object, ...]] = {
        "scenario": (row.get("name"),),
        "request": (row.get("purpose"), row.get("model")),
        "gap": (row.get("slice"),),
        "script": (row.get("title"),),
        "clip": (row.get("name"),),
        "setup": ((row.get("radar") or {}).get("name"),),
        "sample": (
            row.get("activity") or "unlabelled",
            row.get("view") and f"view {row['view']}",
            row.get("split"),
        ),
        "version": (f"{row.get('n_samples')} samples",),
        "checkpoint": (row.get("kind"),),
        "run": (row.get("command"),),
    }
    text = ", ".join(str(part) for part in parts.get(kind, ()) if part)
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1] + "…"


def facts_of(kind: str, row: Row) -> Facts:
    """Name and text of what matters on the way back to a thing's origin; what is not known is left out."""
    return [(name, text) for name, text in _FACTS[kind](row) if text]


def _sample(row: Row) -> Facts:
    if row.get("radar_hash") is None:  # listed only: a few of its columns
        return [("distance", _number(row.get("range_m"), "m"))]
    place = [
        _number(row["range_m"], "m"),
        _aside(row["azimuth_deg"]),
        _signed(row["heading_deg"], "° heading"),
        _number(row["radar_height_m"], "m high radar"),
        _signed((row.get("placement") or {}).get("radar_tilt_deg") or None, "° tilt"),
    ]
    return [
        ("radar", f"{row['radar_name']} ({row['radar_hash']})"),
        ("placement", ", ".join(part for part in place if part)),
        ("noise seed", _text(row["noise_seed"])),
        ("simulator", _text(row["simulator_version"])),
        ("body", _text(row["body_source"])),
        ("code", _text(row["code_version"])),
        ("configuration", _text(row["config_hash"])),
        ("flags", ", ".join(row["quality_flags"])),
        *_import(row),
        ("licence", _licence(row)),
    ]


def _import(row: Row) -> Facts:
    """What is known of the file of an imported map."""
    facts = imported_facts(row)
    if not facts:
        return []
    return [
        ("source file", _text(facts["file"])),
        ("sha256", _text(facts["sha256"])),
        ("record", _text(facts.get("record"))),
        ("listed as", _text(facts.get("given_split"))),
        ("read as", _plain(facts["reading"]) if facts.get("reading") else ""),
        ("magnitude 1", _number(facts.get("reference_dbm"), "dBm")),
        ("importer", _text(facts.get("import"))),
    ]


def _setup(row: Row) -> Facts:
    radar, body = row["radar"] or {}, row["body"] or {}
    versions = row["versions"] or {}
    return [
        ("radar", _text(radar.get("name"))),
        ("body", " ".join(_text(body.get(name)) for name in ("name", "content_hash"))),
        ("versions", ", ".join(f"{name} {value}" for name, value in versions.items())),
        ("its samples", _text(row.get("samples_listed_by"))),
    ]


def _motion(row: Row) -> Facts:
    return [
        ("source", _text(row["source"])),
        ("source hash", _text(row["source_hash"])),
        ("engine", _text(row["synthesis_version"])),
        ("seed", _text(row["motion_seed"])),
        ("poses", f"{row['n_poses']} at {row['rate_hz']:g} Hz"),
        ("body", _text(row["body_source"])),
        ("fit error", _number(row["fit_error_mm"], "mm")),
        ("licence", _licence(row)),
    ]


def _script(row: Row) -> Facts:
    if "brief" not in row:  # listed only: a few of its columns
        return [("activity", _text(row.get("activity"))), ("author", _author(row))]
    brief = row["brief"] if isinstance(row["brief"], Mapping) else {}
    asked = {name: value for name, value in brief.items() if value not in (None, "", [], {})}
    return [
        ("author", _author(row)),
        ("scenario", _text(row["scenario"])),
        ("brief", ", ".join(f"{name}: {_plain(value)}" for name, value in asked.items())),
        ("request", _text(row["request_hash"]) if row["author_model"] else ""),
        ("seed", _text(row["seed"])),
        ("cost", _money(row.get("cost_usd")) if row["author_model"] else ""),
    ]


def _request(row: Row) -> Facts:
    tokens = [_text(row["prompt_tokens"]) or "?", _text(row["completion_tokens"]) or "?"]
    return [
        ("model", _text(row["answered_by"]) or _text(row["model"])),
        ("status", _text(row["status"])),
        ("tokens", f"{tokens[0]} read, {tokens[1]} written"),
        ("cost", _money(row["cost_usd"]) or "not known"),
        ("took", _number(row["latency_s"], "s")),
        ("templates", _plain(row["templates"])),
        ("brief", _text(row["brief_hash"])),
        ("seed", _text(row["seed"])),
        ("scripts", _counted(row)),
    ]


def _scenario(row: Row) -> Facts:
    return [
        ("version", _text(row["version"])),
        ("source", _text(row["source"])),
        ("text", _text(row["text"])),
        ("scripts", _counted(row)),
    ]


def _gap(row: Row) -> Facts:
    if "slice" not in row:  # its scripts are older than table gaps
        return [("scripts", _counted(row))]
    return [
        ("slice", _text(row["slice"])),
        ("asked for", f"{row['n_samples']} samples, {row['n_scripts']} scripts"),
        ("why", _text(row["reason"])),
        ("scripts", _counted(row)),
        ("samples", _text(row.get("n_samples_stored"))),
    ]


def _clip(row: Row) -> Facts:
    return [
        ("file", f"{row['file']} ({row['format']})"),
        ("sha256", _text(row["sha256"])),
        ("window", f"{row['start_s']:.2f} s + {row['duration_s']:.2f} s of {row['recording_s']:.2f} s"),
        ("source", _text(row["source"])),
        ("importer", _text(row["import_version"])),
        ("licence", _licence(row)),
        ("samples", _text(row.get("n_samples"))),
    ]


def _version(row: Row) -> Facts:
    splits = (row["counts"] or {}).get("split", {})
    return [
        ("content", _text(row["content_hash"])),
        ("splits", ", ".join(f"{name} {count}" for name, count in splits.items())),
        ("motions", _text(row["n_motions"])),
        ("parent", _text(row["parent_version"])),
        ("published", _time(row["created_at"])),
        ("code", _text(row["code_commit"])),
        ("environment", _text(row["environment_hash"])),
    ]


def _checkpoint(row: Row) -> Facts:
    return [
        ("role of the sample", _text(row.get("role"))),
        ("configuration", _text(row["config_hash"])),
        ("parent", _text(row["parent"])),
        ("trained", _time(row["created_at"])),
    ]


def _scorecard(row: Row) -> Facts:
    metrics = row["metrics"] if isinstance(row["metrics"], Mapping) else {}
    answer = row.get("answer") or {}
    right = [bool(question["correct"]) for question in answer.get("questions", [])]
    return [
        ("split", _text(scored_split(metrics))),
        ("scores", "; ".join(f"{name} {value:.3g}" for name, value in summary_of(metrics).items())),
        ("says", _text(answer.get("predicted_activity"))),
        ("caption", _text(answer.get("predicted_caption"))),
        ("questions", f"{sum(right)} of {len(right)} right" if right else ""),
        ("configuration", _text(row["config_hash"])),
        ("scored", _time(row["created_at"])),
    ]


def _run(row: Row) -> Facts:
    return [
        ("code", _text(row["code_commit"])),
        ("environment", _text(row["environment_hash"])),
        ("seeds", _plain(row["seeds"])),
        ("started", _time(row["started_at"])),
        ("status", _text(row["status"])),
        ("scripts", _counted(row)),
        ("its samples", _text(row.get("samples_listed_by"))),
    ]


_FACTS: dict[str, Callable[[Row], Facts]] = {
    "sample": _sample, "setup": _setup, "motion": _motion, "script": _script, "request": _request,
    "scenario": _scenario, "gap": _gap, "clip": _clip, "version": _version, "checkpoint": _checkpoint,
    "scorecard": _scorecard, "run": _run,
}  # fmt: skip


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(item)}" for name, item in value.items())
    if isinstance(value, list):
        return " ".join(_plain(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: object, unit: str) -> str:
    return f"{value:.2f} {unit}" if isinstance(value, (int, float)) else ""


def _signed(value: object, unit: str) -> str:
    return f"{value:+.1f}{unit}" if isinstance(value, (int, float)) else ""


def _aside(azimuth_deg: object) -> str:
    """On which side of boresight; positive lies to the radar's right."""
    if not isinstance(azimuth_deg, (int, float)):
        return ""
    side = "right" if azimuth_deg > 0 else "left"
    return f"{abs(azimuth_deg):.1f}° to the {side}" if round(azimuth_deg, 1) else "straight ahead"


def _money(value: object) -> str:
    return f"{value:.6f} USD" if isinstance(value, (int, float)) else ""


def _author(row: Row) -> str:
    return " ".join(filter(None, (_text(row["author"]), _text(row["author_model"]))))


def _counted(row: Row) -> str:
    """How many scripts a thing has in the lake, where the story is about it."""
    return _text(row.get("n_scripts_stored"))


def _licence(row: Row) -> str:
    """Always some words: that nobody stated a licence matters as much as which one it is."""
    licence, may_ship = _text(row.get("licence")), row.get("may_ship")
    if may_ship is None:
        return licence or "none stated; nobody said whether it may be passed on"
    return f"{licence or 'none stated'}, {'may' if may_ship else 'may not'} be passed on"


def _time(value: object) -> str:
    return value.strftime("%Y-%m-%d %H:%M UTC") if isinstance(value, datetime) else ""
