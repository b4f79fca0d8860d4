"""The page of a thing of the lake: reads its tensor and its motion, and writes one HTML file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data_lake import Lake
from evaluation import LineagePage, Skeleton, render_lineage_page
from simulator import BodyModel, Placement, load_body, pose_joints
from simulator.body.skeleton import JOINT_NAMES

from .draw_samples import spectrogram_of
from .record_run import code_version
from .settings import Workspace
from .store_clips import motion_of_row

_STANDINS = ("neutral", "female", "male")


def write_lineage_page(lake: Lake, story: Mapping[str, Any], path: Path, workspace: Workspace) -> Path:
    """Write the page of a story to a file, whole or not at all, and return the file's path.

    Raises:
        LakeError: the lake's files are damaged.
        OSError: the file cannot be written.
    """
    sample = story["sample"]
    spectrogram = None
    command = ""
    if sample is not None:
        row = lake.row("samples", sample["sample_id"])
        assert row is not None  # the story has it
        spectrogram = spectrogram_of(row)
        if sample["origin"] != "real":
            command = f"mmflywheel regenerate {sample['sample_id']} --verify --workspace {workspace.root}"
    page = LineagePage(story, spectrogram, _skeleton(lake, story), command, f"mmflywheel {code_version()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(render_lineage_page(page), encoding="utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _skeleton(lake: Lake, story: Mapping[str, Any]) -> Skeleton | None:
    if story["motion"] is None:
        return None
    row = lake.row("motions", story["motion"]["motion_id"])
    assert row is not None  # the story has it
    motion = motion_of_row(row)
    body, note = _body_of(story["motion"])
    joints_m = pose_joints(body, motion)
    sample, towards = story["sample"], None
    if sample is not None and sample["range_m"] is not None:
        placement = Placement(
            sample["range_m"],
            sample["azimuth_deg"],
            sample["heading_deg"],
            sample["radar_height_m"],
            sample["view"],
        )
        x, y, _ = placement.radar_in_body_frame_m
        towards = (float(x), float(y))
    return Skeleton(joints_m, motion.rate_hz, [int(p) for p in body.parents], JOINT_NAMES, towards, note)


def _body_of(motion: Mapping[str, Any]) -> tuple[BodyModel, str]:
    """The stand-in that the motion was made with; for a licensed body, which is not here, the neutral one's bones."""
    for sex in _STANDINS:
        body = load_body(sex=sex)
        if body.source == motion["body_source"]:
            return body, ""
    return load_body(), f"Bones of the stand-in: the motion was made with {motion['body_source']}."
