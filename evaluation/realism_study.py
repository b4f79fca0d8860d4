"""The whole comparison of the engine's motion with recorded motion, and the targets it is held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from simulator import BodyModel, SkippedFile, list_recordings

from .errors import EvaluationError
from .realism_classes import CLASSES, MadeClip, MotionClass, class_of_label, make_clips
from .realism_classifier import TwoSampleTest, real_baseline, two_sample_test
from .realism_clips import ComparedClip, Progress, RealClips, read_real_clips
from .realism_distance import FeatureGap, KinematicDistance, feature_gaps, kinematic_distance
from .realism_fidelity import Fidelity, measure_fidelity
from .realism_joints import Array, below
from .realism_metrics import motion_metrics
from .realism_ranges import ClassRanges, compare_ranges
from .realism_windows import FEWEST_WINDOWS, MEAN_HEIGHT, FeatureSpace, WindowSet

__all__ = [
    "AS_RECORDED",
    "ON_ONE_BODY",
    "SLOW_PART",
    "MotionStudy",
    "SetComparison",
    "WindowCloud",
    "study_motion",
]

AS_RECORDED, ON_ONE_BODY = "joints as recorded", "on one body, without mean heights"
SLOW_PART = "on one body, below 4 Hz"
FORMS = (AS_RECORDED, ON_ONE_BODY, SLOW_PART)
"""How windows are compared; the last one tells apart what people do from what a capture adds."""
_SLOW_HZ = 4.0
WALKS, ALL = "walks", "all classes"


class SetComparison(BaseModel):
    """Windows of one group in one form: distance, classifier and what differs most.

    Attributes:
        baseline_auc, baseline_auc_std: the same classifier between random halves of the real clips.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str
    form: str
    distance: KinematicDistance
    test: TwoSampleTest
    baseline_auc: float | None
    baseline_auc_std: float | None
    gaps: list[FeatureGap]


class MotionStudy(BaseModel):
    """Everything the report says, as values.

    Attributes:
        classes: a row per class, those without real or without engine clips included; the last one pools all.
        left_out: (clip, why) of recordings that take no part.
        unmatched: (label, clips) of recordings beside which no script stands.
        class_limit_clips: (class, clips with a joint beyond its limit, clips) of the engine's class clips.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    clips_per_class: int
    seed: int
    real_clips: int
    classes: list[ClassRanges]
    sets: list[SetComparison]
    fidelity: Fidelity | None
    left_out: list[tuple[str, str]]
    unmatched: list[tuple[str, int]]
    skipped: list[tuple[str, str]]
    class_limit_clips: list[tuple[str, int, int]]
    class_limit_angles: list[tuple[str, int]]

    def comparison(self, group: str, form: str) -> SetComparison | None:
        """The set of a group in a form; None if it was not compared."""
        return next((each for each in self.sets if (each.group, each.form) == (group, form)), None)


@dataclass(frozen=True, eq=False)
class WindowCloud:
    """Windows of one group in the first two principal components of real windows, for a picture."""

    group: str
    form: str
    real: Array
    engine: Array


def study_motion(
    folder: Path,
    body: BodyModel,
    clips_per_class: int = 24,
    n_scripts: int = 1000,
    seed: int = 0,
    pool: Executor | None = None,
    body_file: Path | None = None,
    progress: Progress | None = None,
) -> tuple[MotionStudy, list[WindowCloud]]:
    """Compare the engine with the recordings of a folder.

    Args:
        folder: recordings; a `manifest.json` gives their labels.
        body: performs the scripts, and is what recordings are fitted to.
        clips_per_class: engine clips of each class.
        n_scripts: random scripts whose facts are compared; 0: none.
        seed: of scripts, people and random splits.
        pool: processes for the scripts; this one unless given.
        body_file: the file that ``body`` was read from, for the processes; the stand-in unless given.
        progress: called as (what, done, total).

    Raises:
        EvaluationError: nothing to compare.
        MotionFileError: the folder cannot be read.
    """
    _check_labels(folder, [entry.label for entry in list_recordings(folder)[0]])
    real = read_real_clips(folder, body, progress)
    matched = [clip for clip in real.compared if class_of_label(clip.label)]
    _check_labels(folder, [clip.label for clip in matched])
    made = _make_all(clips_per_class, body, seed, progress)
    sets, clouds = _compare_sets(real, made, seed, progress)
    fidelity = measure_fidelity(n_scripts, seed, pool, body_file, progress) if n_scripts else None
    others = Counter(clip.label for clip in real.compared if not class_of_label(clip.label))
    angles = Counter(
        f"{violation.angle} ({name})"
        for name, clips in made.items()
        for clip in clips
        for violation in clip.violations
    )
    study = MotionStudy(
        clips_per_class=clips_per_class,
        seed=seed,
        real_clips=len(real.clips),
        classes=[*_ranges(matched, made), _pooled(matched, made)],
        sets=sets,
        fidelity=fidelity,
        left_out=[(clip.name, clip.left_out) for clip in real.clips if clip.left_out],
        unmatched=sorted(others.items()),
        skipped=[_reason(skip) for skip in real.skipped],
        class_limit_clips=[
            (name, sum(bool(clip.violations) for clip in clips), len(clips)) for name, clips in made.items()
        ],
        class_limit_angles=angles.most_common(12),
    )
    return study, clouds


def _check_labels(folder: Path, labels: Sequence[str | None]) -> None:
    """Refuse a folder without a clip to compare with, before thousands of files are read."""
    if any(class_of_label(label or "") for label in labels):
        return
    known = ", ".join(label for each in CLASSES for label in each.labels)
    raise EvaluationError(
        f"{folder}: no readable clip of an adult has a label that a script stands beside; "
        f"a manifest.json gives labels, known are {known}"
    )


def _make_all(count: int, body: BodyModel, seed: int, progress: Progress | None) -> dict[str, list[MadeClip]]:
    made = {}
    for done, each in enumerate(CLASSES, start=1):
        made[each.name] = make_clips(each, count, body, seed)
        if progress is not None:
            progress("classes of engine clips", done, len(CLASSES))
    return made


def _ranges(real: list[ComparedClip], made: dict[str, list[MadeClip]]) -> list[ClassRanges]:
    rows = []
    for each in CLASSES:
        recorded = [
            (clip.name, motion_metrics(each.part(clip.joints))) for clip in real if clip.label in each.labels
        ]
        measured = [motion_metrics(each.part(item.clip.joints)) for item in made[each.name]]
        rows.append(compare_ranges(each.name, measured, recorded))
    return rows


def _pooled(real: list[ComparedClip], made: dict[str, list[MadeClip]]) -> ClassRanges:
    """The classes that have clips on both sides, together."""
    classes = [each for each in CLASSES if made[each.name] and _recorded(each, real)]
    recorded = [
        (clip.name, motion_metrics(each.part(clip.joints)))
        for each in classes
        for clip in _recorded(each, real)
    ]
    measured = [motion_metrics(each.part(item.clip.joints)) for each in classes for item in made[each.name]]
    return compare_ranges(ALL, measured, recorded)


def _compare_sets(
    real: RealClips, made: dict[str, list[MadeClip]], seed: int, progress: Progress | None
) -> tuple[list[SetComparison], list[WindowCloud]]:
    """Walks, every class with two recordings or more, and all classes together, in every form."""
    both = [each for each in CLASSES if made[each.name] and _recorded(each, real.compared)]
    groups = {WALKS: [each for each in both if each.is_walk]}
    groups |= {each.name: [each] for each in both if len(_recorded(each, real.compared)) >= 2}
    groups[ALL] = both
    sets, clouds = [], []
    spaces: dict[str, FeatureSpace] = {}
    for form in FORMS:
        windows = _all_windows(real.compared, form)
        if len(windows) >= FEWEST_WINDOWS:
            spaces[form] = FeatureSpace.of(windows)
    jobs = [(form, group) for form in spaces for group in groups if groups[group]]
    for done, (form, group) in enumerate(jobs, start=1):
        recorded = _windows([(each, real.compared) for each in groups[group]], form)
        engine = _windows([(each, [m.clip for m in made[each.name]]) for each in groups[group]], form)
        sets.append(_compare_set(group, form, recorded, engine, spaces[form], seed))
        if group in (WALKS, ALL) and form != SLOW_PART:
            space = spaces[form]
            clouds.append(
                WindowCloud(group, form, space.project(recorded)[:, :2], space.project(engine)[:, :2])
            )
        if progress is not None:
            progress("compare sets", done, len(jobs))
    return sets, clouds


def _compare_set(
    group: str, form: str, recorded: WindowSet, engine: WindowSet, space: FeatureSpace, seed: int
) -> SetComparison:
    baseline = real_baseline(recorded, seed=seed)
    return SetComparison(
        group=group,
        form=form,
        distance=kinematic_distance(recorded, engine, space, seed=seed),
        test=two_sample_test(recorded, engine, seed=seed),
        baseline_auc=None if baseline is None else baseline[0],
        baseline_auc_std=None if baseline is None else baseline[1],
        gaps=feature_gaps(recorded, engine),
    )


def _windows(sources: list[tuple[MotionClass, list[ComparedClip]]], form: str) -> WindowSet:
    """Windows of the compared parts of all clips that belong to a class."""
    parts: list[tuple[str, Array]] = []
    for each, clips in sources:
        for clip in clips:
            if clip.label == each.name or clip.label in each.labels:
                parts += [(clip.name, each.part(joints)) for joints in _arrays(clip, form)]
    return _as_told(WindowSet.of(parts), form)


def _all_windows(clips: list[ComparedClip], form: str) -> WindowSet:
    """Windows of all recordings that take part, whether or not a script stands beside them."""
    parts: list[tuple[str, Array]] = []
    for clip in clips:
        each = class_of_label(clip.label)
        parts += [(clip.name, each.part(joints) if each else joints) for joints in _arrays(clip, form)]
    return _as_told(WindowSet.of(parts), form)


def _arrays(clip: ComparedClip, form: str) -> tuple[Array, ...]:
    if form == AS_RECORDED:
        return (clip.joints,)
    return tuple(below(joints, _SLOW_HZ) for joints in clip.on_body) if form == SLOW_PART else clip.on_body


def _as_told(windows: WindowSet, form: str) -> WindowSet:
    """Heights of joints are where a skeleton has them: on one body they still follow its fit, so they are left out."""
    return windows if form == AS_RECORDED else windows.without(MEAN_HEIGHT)


def _recorded(motion_class: MotionClass, clips: list[ComparedClip]) -> list[ComparedClip]:
    return [clip for clip in clips if clip.label in motion_class.labels]


def _reason(skip: SkippedFile) -> tuple[str, str]:
    return skip.path, skip.reason
