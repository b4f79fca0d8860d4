"""The text of a dataset card: Markdown with the front matter that Hugging Face reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from data_lake import IMPORT_FLAGS, open_licences
from llm_prompts import UNOBSERVABLE_KINDS
from simulator import CAPTURE_FLAGS

from .dataset_card_facts import AuthorCosts, CardFacts
from .dataset_card_radar import radar_section
from .markdown_escaping import escape_markdown, safe_table

__all__ = ["BIBTEX", "card_text", "limits_of"]

BIBTEX = """@inproceedings{yan2025mmexpert,
  title = {mmExpert: Integrating Large Language Models for Comprehensive mmWave Data Synthesis and Understanding},
  author = {Yan, Yifan and Yang, Shuai and Guo, Xiuzhen and Wang, Xiangguang and Chow, Wei and Shu, Yuanchao and
            He, Shibo},
  booktitle = {ACM MobiHoc},
  year = {2025},
  eprint = {2509.16521},
  archivePrefix = {arXiv}
}"""
_FLAGS = {**CAPTURE_FLAGS, **IMPORT_FLAGS}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_ORIGINS = {
    "script": "motion from a written script, radar simulated",
    "mocap": "motion captured from people (or taken from another tool), radar simulated",
    "real": "recorded by a radar",
}
_VERDICTS = {
    "free": "may be passed on",
    "restricted": "**may not** be passed on",
    "unknown": "nobody has said that it may be passed on: treated as no",
}


def card_text(
    facts: CardFacts, pictures: Mapping[str, str], data_files: Mapping[str, str], loading: Sequence[str]
) -> str:
    """Write the card.

    Args:
        facts: what the lake says.
        pictures: title -> file beside the card.
        data_files: split as Hugging Face names it -> its files; empty for a card without data.
        loading: lines of Markdown that say how to load the files beside the card.
    """
    info = facts.reader.info
    shown = [
        f"![{title}]({name})" for title, name in pictures.items()
    ]  # names are ours, titles too: nothing to escape
    sections = [
        _front_matter(facts, data_files),
        [f"# {info.name}", "", _summary(facts)],
        _splits(facts),
        ["## Coverage", "", *_spaced(shown), _origins(facts)],
        radar_section(facts),
        _texts(facts),
        ["## Costs", "", *_costs(facts.costs)],
        ["## Quality", "", *_quality(facts)],
        ["## Limits", "", *(f"- {line}" for line in limits_of(facts))],
        ["## Licences", "", *_licences(facts)],
        ["## How to load", "", *loading],
        ["## How to cite", "", *_citation(facts)],
        _provenance(facts),
    ]
    return "\n".join("\n".join(section) + "\n" for section in sections)


def limits_of(facts: CardFacts) -> list[str]:
    """What these data cannot show, in sentences."""
    simulated = [origin for origin in facts.origins if origin != "real"]
    lines = []
    if simulated:
        share = sum(facts.origins[origin] for origin in simulated) / max(1, facts.n_samples)
        lines += [
            f"{share:.0%} of the samples are simulated: no score on them says how a model does on a real radar.",
            "A simulated wave bounces off the body once, and once more off floor or walls where there is a room; how "
            "much of a clothed person's echo is coherent is a dial, not a measurement.",
        ]
    lines += [
        "One antenna's Doppler spectrum cannot tell what mirrors into the same spectrum: "
        f"{' and '.join(sorted(UNOBSERVABLE_KINDS))} (left or right, relative to a body whose facing is unknown) are "
        "asked for, but no more than chance should be expected.",
        "Only motion along the line of sight has Doppler; motion across it, and what the body hides, is faint or "
        "absent. Colours, faces, gaze and identity are not in the data.",
    ]
    known = {radar.name: radar for radar in facts.radars.values() if radar is not None}
    for _, radar in sorted(known.items()):
        lines.append(
            f"{escape_markdown(radar.name)}: range rates beyond ±{radar.max_velocity_mps:.2f} m/s wrap around, ranges "
            f"beyond {radar.range_span_m:.2f} m too; what differs by less than {radar.velocity_bin_mps:.3f} m/s or "
            f"{radar.range_bin_m:.3f} m is one cell."
        )
    if any(label == "not stated" for label, _, _ in facts.coverage):
        lines.append("Some samples have no activity label; zero-shot scores leave them out.")
    codec = facts.reader.info.codec
    lines.append(
        f"Levels are rounded to {codec['db_step']} dB; what is weaker than {codec['db_offset']} dBm is cut off."
    )
    return lines


def _front_matter(facts: CardFacts, data_files: Mapping[str, str]) -> list[str]:
    """YAML whose strings are JSON strings, which YAML reads as they are."""
    entries = [open_licences(entry.licence) for entry in facts.ledger]
    is_open = all(entry.verdict == "free" for entry in facts.ledger) and all(entries)
    names = list(dict.fromkeys(name.lower() for found in entries for name in found)) if is_open else ["other"]
    size = next((word for limit, word in _SIZES if facts.n_samples < limit), "n>1M")
    lines = ["---", f"pretty_name: {json.dumps(facts.reader.info.name)}", *_yaml_list("license", names)]
    if not is_open:
        lines.append('license_name: "see the table of licences"')
    lines += _yaml_list("language", ["en"])
    lines += _yaml_list("task_categories", ["zero-shot-classification", "question-answering", "other"])
    tags = ["mmwave", "radar", "fmcw", "micro-doppler", "human-activity-recognition"]
    lines += _yaml_list("tags", [*tags, *(["synthetic"] if set(facts.origins) - {"real"} else [])])
    lines += _yaml_list("size_categories", [size])
    if data_files:
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for split, files in data_files.items():
            lines += [f"  - split: {json.dumps(split)}", f"    path: {json.dumps(files)}"]
    return [*lines, "---"]


def _yaml_list(name: str, values: Sequence[str]) -> list[str]:
    return [f"{name}:", *(f"- {json.dumps(value)}" for value in values)]


def _summary(facts: CardFacts) -> str:
    info = facts.reader.info
    hours = sum(split.duration_s for split in facts.splits) / 3600.0
    shape = " x ".join(map(str, info.codec["shape"]))
    activities = {activity for activity, _, _ in facts.coverage} - {"not stated"}
    n_motions = sum(split.n_motions for split in facts.splits)
    return (
        f"{facts.n_samples} radar maps `doppler_time` [{shape}] (frame x Doppler bin) of {n_motions} motions, "
        f"{hours:.2f} h, {len(activities)} activities, with captions and questions. "
        f"Made by mmflywheel; content `{info.content_hash}`."
    )


def _splits(facts: CardFacts) -> list[str]:
    rule = facts.reader.info.split_rule
    shares = ", ".join(f"{name} {float(rule[name]):.0%}" for name in ("train", "val", "test"))
    rows = [
        (one.split, one.n_samples, one.n_families, one.n_motions, f"{one.duration_s / 60:.1f}")
        for one in facts.splits
    ]
    return [
        "## Splits",
        "",
        *safe_table(("split", "samples", "families", "motions", "minutes"), rows),
        "",
        f"Rule `{rule['name']}`, version {rule['version']} ({shares} of the families): a pure function of the family, "
        "so a sample never changes its split in a later version. A family is all that must not be torn apart: every "
        "view, radar and seed of one script, of one source clip or of what its collection calls one family.",
    ]


def _origins(facts: CardFacts) -> str:
    parts = [
        f"{number} of origin `{origin}` ({_ORIGINS.get(origin, origin)})"
        for origin, number in facts.origins.items()
    ]
    return f"Samples: {', '.join(parts)}."


def _texts(facts: CardFacts) -> list[str]:
    captions = ", ".join(
        f"{escape_markdown(style)} {number}" for style, number in facts.captions_by_style.items()
    )
    roles = ", ".join(f"{escape_markdown(role)} {number}" for role, number in facts.questions_by_role.items())
    return [
        "## Captions and questions",
        "",
        f"Captions by style: {captions or 'none'}. Questions by role (QA01 category, QA02 sequence, QA03 intent, QA04 "
        f"detail): {roles or 'none'}. Answers of script-made samples follow from the script and from what was "
        "measured on the motion, not from a reader of the caption.",
    ]


def _costs(costs: Sequence[AuthorCosts]) -> list[str]:
    if not costs:
        return ["No scripts stand behind these samples, so no language model was paid."]
    rows = [
        (
            one.author,
            one.model or "none",
            one.n_scripts,
            one.n_requests,
            one.prompt_tokens,
            one.completion_tokens,
            _dollars(one.cost_usd),
            _dollars(None if one.cost_usd is None else one.cost_usd / max(1, one.n_scripts)),
        )
        for one in costs
    ]
    header = (
        "author",
        "model",
        "scripts",
        "requests",
        "tokens read",
        "tokens written",
        "USD",
        "USD per script",
    )
    return safe_table(header, rows, (0, 1))


def _dollars(cost: float | None) -> str:
    return "not known" if cost is None else f"{cost:.4f}"


def _quality(facts: CardFacts) -> list[str]:
    lines = ["Every row passed the lake's gate: shape, padding, finite numbers, texts, split, ids.", ""]
    if facts.flags:
        rows = [
            (flag, number, f"{number / facts.n_samples:.1%}", _FLAGS.get(flag, ""))
            for flag, number in facts.flags.items()
        ]
        lines += [
            *safe_table(("flag (unusual, not wrong)", "samples", "share", "meaning"), rows, (0, 3)),
            "",
        ]
    else:
        lines += ["No sample carries a quality flag.", ""]
    if not facts.quarantine:
        return [*lines, "No sample was refused on the way."]
    refused = [(one.n_samples, one.reason) for one in facts.quarantine]
    return [
        *lines,
        "Refused on the way, not in this version (reasons that differ in numbers only count as one):",
        "",
        *safe_table(("samples", "reason"), refused, (1,)),
    ]


def _licences(facts: CardFacts) -> list[str]:
    words = {True: "yes", False: "no", None: "not stated"}
    lines = [
        "| licence | said to be passed on | samples | families | so it |",
        "| --- | --- | ---: | ---: | --- |",
    ]
    for entry in facts.ledger:
        licence = escape_markdown(entry.licence or "not stated")
        cells = (licence, words[entry.may_ship], entry.n_samples, entry.n_families, _VERDICTS[entry.verdict])
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return [
        *lines,
        "",
        "The licence of a sample is that of the body and the motion it was made from. Where nothing was said about "
        "passing it on, it may be if every part of the licence is the SPDX name of an open one.",
    ]


def _citation(facts: CardFacts) -> list[str]:
    info = facts.reader.info
    own = escape_markdown(info.name)
    return [
        f"Name the version and its content hash: {own}, `{info.content_hash}`. The method follows mmExpert:",
        "",
        "```bibtex",
        BIBTEX,
        "```",
    ]


def _provenance(facts: CardFacts) -> list[str]:
    info = facts.reader.info
    rows: list[tuple[str, str]] = [
        ("version", info.name),
        ("parent", info.parent_version or "none"),
        ("published", f"{info.created_at:%Y-%m-%d %H:%M} UTC by run {info.run_id}"),
        ("code", info.code_commit or "not stated"),
        ("environment", info.environment_hash or "not stated"),
    ]
    names = {"author": "authors", "body_source": "bodies", "simulator_version": "simulator version",
             "synthesis_version": "motion version"}  # fmt: skip
    for name, counts in facts.made_with.items():
        values = "; ".join(f"{value} ({number})" for value, number in counts.items())
        rows.append((names[name], values))
    return ["## Made from", "", *safe_table(("what", "value"), rows, (0, 1))]


def _spaced(lines: Sequence[str]) -> list[str]:
    return [part for line in lines for part in (line, "")]
