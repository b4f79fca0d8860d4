"""Scorecard entries of the WaveLLM's captions, each beside the best constant captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .baselines import ConstantCaption, best_constant_caption
from .meteor import METEOR_VERSION, meteor, meteor_obstacle
from .ptb_tokenizer import ptb_tokens
from .scorecard import Baseline, Measure
from .statistics import GroupBootstrap, Interval
from .text_metrics import (
    MAX_N,
    TEXT_METRICS_VERSION,
    Tokens,
    bleu_from_counts,
    bleu_scores,
    bleu_statistics,
    cider_d,
    rouge_l,
)

__all__ = ["caption_measures", "captions_not_run"]

CAPTION_NAMES = (*(f"BLEU-{n}" for n in range(1, MAX_N + 1)), "ROUGE-L", "CIDEr-D")
CAPTION_HEADLINES = ("BLEU-4", "ROUGE-L", "CIDEr-D")
_NOTES = {
    "BLEU-4": "corpus level, {references} references of {items} items, closest length, lower-case tokens",
    "ROUGE-L": "beta 1.2, best precision and best recall over the references",
    "CIDEr-D": "idf from the references of this very set, so sets cannot be compared; perfect is 10",
}
_ORACLE_NOTE = "the training caption with the highest BLEU-4 on the evaluated references: {text!r}"
_TRAIN_NOTE = "the training caption with the highest BLEU-4 on the training references: {text!r}"


def _scores(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> dict[str, float]:
    """Corpus values of all caption metrics but METEOR."""
    bleu = bleu_scores(candidates, references)
    rouge, cider = rouge_l(candidates, references), cider_d(candidates, references)
    return dict(zip(CAPTION_NAMES, (*bleu, float(rouge.mean()), float(cider.mean())), strict=True))


def _intervals(
    candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]], bootstrap: GroupBootstrap
) -> dict[str, Interval | None]:
    """Bootstrap intervals of the same; CIDEr's idf stays that of the whole set."""
    statistics = bleu_statistics(candidates, references)
    bleu = bleu_from_counts(
        bootstrap.totals(statistics.correct),
        bootstrap.totals(statistics.guess),
        bootstrap.totals(statistics.candidate_length),
        bootstrap.totals(statistics.reference_length),
    )
    intervals = [bootstrap.interval(bleu[:, n]) for n in range(MAX_N)]
    intervals += [
        bootstrap.mean(rouge_l(candidates, references)),
        bootstrap.mean(cider_d(candidates, references)),
    ]
    return dict(zip(CAPTION_NAMES, intervals, strict=True))


def constant_captions(
    references: Sequence[Sequence[Tokens]], training_references: Sequence[Sequence[Tokens]]
) -> dict[str, tuple[ConstantCaption, str]]:
    """The two constant captions to beat, by name, with a note on how each was chosen."""
    pool = [tokens for group in training_references for tokens in group]
    oracle = best_constant_caption(pool, references)
    train = best_constant_caption(pool, [group for group in training_references if group])
    return {
        "best constant caption": (oracle, _ORACLE_NOTE.format(text=oracle.text)),
        "constant caption of training": (train, _TRAIN_NOTE.format(text=train.text)),
    }


def caption_measures(
    captions: Sequence[str],
    references: Sequence[Sequence[str]],
    training_references: Sequence[Sequence[str]],
    bootstrap: GroupBootstrap,
    with_meteor: bool = True,
) -> list[Measure]:
    """BLEU-1..4, ROUGE-L, CIDEr-D and METEOR of one generated caption a sample.

    Args:
        captions: N generated captions.
        references: all captions of each sample.
        training_references: all captions of each training sample, for the constant baselines.
        bootstrap: over the N samples.
        with_meteor: whether to run METEOR where it is installed.
    """
    candidates = [ptb_tokens(text) for text in captions]
    tokens = [[ptb_tokens(text) for text in group] for group in references]
    training = [[ptb_tokens(text) for text in group] for group in training_references]
    constants = constant_captions(tokens, training)
    rivals = {
        name: _scores([constant.tokens] * len(tokens), tokens) for name, (constant, _) in constants.items()
    }
    notes = {name: note for name, (_, note) in constants.items()}
    scores, intervals = _scores(candidates, tokens), _intervals(candidates, tokens, bootstrap)
    common: dict[str, Any] = {
        "section": "captions",
        "n_items": len(captions),
        "n_groups": bootstrap.n_groups,
        "n_references": sum(len(group) for group in references),
    }
    measures = [
        Measure(
            name=name,
            value=scores[name],
            scale="score",
            interval=intervals[name],
            baselines=tuple(Baseline(name=key, value=rivals[key][name], note=notes[key]) for key in rivals),
            headline=name in CAPTION_HEADLINES,
            version=TEXT_METRICS_VERSION,
            note=_NOTES.get(name, "").format(references=common["n_references"], items=len(captions)),
            **common,
        )
        for name in CAPTION_NAMES
    ]
    obstacle = meteor_obstacle() if with_meteor else "switched off in the configuration"
    measures.append(_meteor_measure(candidates, tokens, constants, obstacle, common))
    measures.append(_variety_measure(candidates, common))
    return measures


def _meteor_measure(
    candidates: Sequence[Tokens],
    references: Sequence[Sequence[Tokens]],
    constants: Mapping[str, tuple[ConstantCaption, str]],
    obstacle: str | None,
    common: dict[str, Any],
) -> Measure:
    """METEOR beside that of the constants, or the reason why there is none."""
    shared = {**common, "name": "METEOR", "scale": "score", "version": METEOR_VERSION}
    if obstacle is not None:
        return Measure(value=None, not_run=obstacle, **shared)
    systems = {name: [constant.tokens] * len(references) for name, (constant, _) in constants.items()}
    found = meteor({"": candidates, **systems}, references)
    baselines = (Baseline(name=n, value=found[n].corpus, note=note) for n, (_, note) in constants.items())
    note = "pooled inside the Java program, which gives no interval"
    return Measure(value=found[""].corpus, baselines=tuple(baselines), note=note, **shared)


def _variety_measure(candidates: Sequence[Tokens], common: dict[str, Any]) -> Measure:
    """How many different captions there are: a model that says one thing always has 1."""
    return Measure(
        name="different captions",
        value=float(len({tuple(caption) for caption in candidates})),
        scale="count",
        version=TEXT_METRICS_VERSION,
        note="number of different generated captions; 1 would be a constant",
        **common,
    )


def captions_not_run(reason: str) -> list[Measure]:
    """The headline caption metrics with the reason why they have no value."""
    return [
        Measure(section="captions", name=name, value=None, scale="score", n_items=0, n_groups=0,
                version=TEXT_METRICS_VERSION, headline=True, not_run=reason)
        for name in CAPTION_HEADLINES
    ]  # fmt: skip
