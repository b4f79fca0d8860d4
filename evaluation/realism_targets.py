"""The targets of the motion engine's realism, and what was measured for each."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from .realism_ranges import ClassRanges
from .realism_study import AS_RECORDED, ON_ONE_BODY, SLOW_PART, WALKS, MotionStudy, SetComparison

__all__ = ["MAX_WALK_AUC", "MIN_FIDELITY", "Target", "judge_targets"]

MAX_WALK_AUC = 0.75
MIN_FIDELITY = 0.98
PLAIN_WALK = "walk"


class Target(BaseModel):
    """One target with its outcome; "not measured" is neither met nor missed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    wanted: str
    measured: str
    verdict: Literal["met", "missed", "not measured"]


def judge_targets(study: MotionStudy) -> list[Target]:
    """Every target, in the order of the report."""
    return [
        _ranges(study),
        _walk_distance(study),
        _walk_classifier(study),
        _joint_limits(study),
        _fidelity(study),
    ]


def judged_classes(study: MotionStudy) -> list[ClassRanges]:
    """The classes with recordings enough for a range, without the pooled row."""
    return [row for row in study.classes[:-1] if row.judged]


def _ranges(study: MotionStudy) -> Target:
    rows = judged_classes(study)
    judged, inside = sum(row.judged for row in rows), sum(row.count("inside") for row in rows)
    cleaner = sum(row.count("cleaner") for row in rows)
    return Target(
        name="metrics per class",
        wanted="every metric's median inside the real p10 to p90, in every class with 2 or more recordings",
        measured=f"{inside} of {judged} in {len(rows)} classes; {cleaner} more are faults that lie below the range",
        verdict=_verdict(inside == judged) if judged else "not measured",
    )


def _walk_distance(study: MotionStudy) -> Target:
    found = [study.comparison(WALKS, form) for form in (AS_RECORDED, ON_ONE_BODY)]
    parts, inside = [], []
    for each in found:
        if each is None or each.distance.inside is None:
            continue
        d = each.distance
        inside.append(d.inside)
        parts.append(
            f"{d.engine_mean:.0f} ± {d.engine_std:.0f} against {d.real_mean:.0f} ± {d.real_std:.0f} ({each.form})"
        )
    return Target(
        name="Fréchet distance of walks",
        wanted="engine to real at most mean + standard deviation of real to real, in both forms",
        measured="; ".join(parts) or "fewer than 4 recorded walks with 8 windows",
        verdict=_verdict(all(inside)) if inside else "not measured",
    )


def _walk_classifier(study: MotionStudy) -> Target:
    found = [study.comparison(WALKS, form) for form in (ON_ONE_BODY, AS_RECORDED, SLOW_PART)]
    found.append(study.comparison(PLAIN_WALK, ON_ONE_BODY))
    auc = None if found[0] is None else found[0].test.auc
    texts = [_auc_text(each) for each in found if each is not None and each.test.auc is not None]
    return Target(
        name="classifier on walks",
        wanted=f"AUC at most {MAX_WALK_AUC:g} on one body, where skeletons give nothing away",
        measured="; ".join(texts) or "fewer than 2 recorded walks",
        verdict="not measured" if auc is None else _verdict(auc <= MAX_WALK_AUC),
    )


def _auc_text(each: SetComparison) -> str:
    interval = each.test.interval
    ends = f" ({interval.low:.2f} to {interval.high:.2f})" if interval is not None else ""
    of = f", {each.group} alone ({each.test.first_clips} recordings)" if each.group != WALKS else ""
    return f"{each.test.auc:.2f}{ends}, {each.form}{of}"


def _joint_limits(study: MotionStudy) -> Target:
    bad = sum(beyond for _, beyond, _ in study.class_limit_clips)
    clips = sum(clips for _, _, clips in study.class_limit_clips)
    if study.fidelity is not None:
        bad, clips = bad + study.fidelity.limit_scripts, clips + study.fidelity.scripts
    return Target(
        name="joint limits",
        wanted="no clip with an angle more than 10 degrees beyond its range",
        measured=f"{bad} of {clips} clips",
        verdict=_verdict(bad == 0) if clips else "not measured",
    )


def _fidelity(study: MotionStudy) -> Target:
    found = study.fidelity
    return Target(
        name="script fidelity",
        wanted=f"{MIN_FIDELITY:.0%} of random scripts agree with their motion in every fact",
        measured="no script was asked for"
        if found is None
        else f"{found.whole_share:.1%} of {found.scripts} scripts; {found.fact_share:.1%} of single facts",
        verdict="not measured" if found is None else _verdict(found.whole_share >= MIN_FIDELITY),
    )


def _verdict(is_met: bool) -> Literal["met", "missed"]:
    return "met" if is_met else "missed"
