"""Imported clips in the lake: from what was read to rows of `clips` and `motions`, and from there back to motion."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from data_lake import Lake, canonical_json, content_id, pack_float32, unpack_float32
from simulator import IMPORT_VERSION, BodyModel, BodyMotion, ManifestClip, MotionClip

from .plan_dataset import ClipSource

_DEFAULT_JOINT_RATE_HZ = 20.0
_OPTIONAL_WORDS = ("label", "captions", "licence", "may_ship", "given_split", "generator")
_ARRAYS = ("betas", "global_orient", "body_pose", "transl")


def reading_of(entry: ManifestClip) -> dict[str, float]:
    """What an entry tells the reader beside the file's content; what is at its default is left out."""
    told: dict[str, float] = {}
    is_default = Path(entry.file).suffix.lower() == ".npy" and entry.rate_hz == _DEFAULT_JOINT_RATE_HZ
    if "rate_hz" in entry.model_fields_set and not is_default:
        told["rate_hz"] = entry.rate_hz
    if entry.t_pose_lead_in_frames:
        told["t_pose_lead_in_frames"] = entry.t_pose_lead_in_frames
    return told


def recording_id_of(sha256: str, entry: ManifestClip) -> str:
    """Identity of a file as it is read, with the parts of it that are clips too: equal ones give equal motion."""
    parts = [[part.start_s, part.end_s] for part in entry.parts]
    identity = {"content": sha256, "family": entry.family, "reading": reading_of(entry), "parts": parts}
    return content_id("rec", {**identity, "whole": bool(entry.all_captions) or not parts})


def words_of(
    entry: ManifestClip, part: str | None, start_s: float, generator: Mapping[str, object] | None
) -> dict[str, Any]:
    """The columns of a `clips` row that say something about a clip and change nothing in its motion."""
    where = part or (f"{start_s:.2f}s" if start_s else "")
    captions = {f"{one.start_s:.2f}-{one.end_s:.2f}s": one.captions for one in entry.parts}
    return {
        "name": f"{entry.id}@{where}" if where else entry.id,
        "file": entry.file,
        "label": entry.label,
        "captions": list(captions[part] if part else entry.all_captions),
        "source": entry.source,
        "licence": entry.licence,
        "may_ship": entry.may_ship,
        "given_split": entry.split,
        "generator": canonical_json(generator) if generator else None,
    }


def clip_row(
    source: ClipSource,
    entry: ManifestClip,
    sha256: str,
    body: BodyModel,
    generator: Mapping[str, object] | None,
) -> dict[str, Any]:
    """The row of `clips` for one clip of the file with that hash."""
    clip = source.clip
    part = None if clip.content_hash == sha256 else clip.clip_id.removeprefix(f"{entry.id}@")
    return _with_entry_id(
        {
            "clip_id": source.source_id,
            "motion_id": source.motion_id(body),
            "part": part,
            "sha256": sha256,
            "content_hash": clip.content_hash,
            "recording_id": recording_id_of(sha256, entry),
            "format": clip.format,
            "n_frames": clip.n_frames,
            "file_rate_hz": clip.file_rate_hz,
            "start_s": clip.start_s,
            "duration_s": clip.motion.duration_s,
            "recording_s": clip.recording_s,
            "family": clip.family or None,
            "fit_error_mm": clip.fit_error_mm,
            "reading": canonical_json(source.reading),
            "notes": list(clip.notes),
            "import_version": IMPORT_VERSION,
            "body_hash": body.content_hash,
            "replaces": None,
            **words_of(entry, part, clip.start_s, generator),
        }
    )


def reworded(
    row: Mapping[str, Any], entry: ManifestClip, generator: Mapping[str, object] | None
) -> dict[str, Any]:
    """A stored row of `clips` itself where these are its words, else the row that corrects it.

    What is not said now stays as it was: the same file in a folder without a manifest loses no licence.
    """
    words = words_of(entry, row["part"], row["start_s"], generator)
    names = [name for name in _OPTIONAL_WORDS if words[name] not in (None, [])]
    names += ["source"] if entry.source_repo else []
    if all(row[name] == words[name] for name in names):
        return dict(row)
    return _with_entry_id({**row, **{name: words[name] for name in names}, "replaces": row["entry_id"]})


def _with_entry_id(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row under the id of its content."""
    content = {name: value for name, value in row.items() if name not in ("entry_id", "run_id", "created_at")}
    return {**content, "entry_id": content_id("ent", content)}


def motion_row(source: ClipSource, facts: Mapping[str, object], body: BodyModel) -> dict[str, Any]:
    """The row of `motions` for one clip; `facts` are its measured facts."""
    clip = source.clip
    return {
        "motion_id": source.motion_id(body),
        "script_id": None,
        "clip_id": source.source_id,
        "source": clip.source,
        "source_hash": clip.content_hash,
        "licence": clip.licence,
        "may_ship": clip.may_ship,
        "motion_seed": 0,
        "synthesis_version": IMPORT_VERSION,
        "body_source": body.source,
        **pose_columns(clip.motion),
        "facts": canonical_json({**facts, "body": body.name, "start_s": clip.start_s}),
        "fit_error_mm": clip.fit_error_mm,
    }


def pose_columns(motion: BodyMotion) -> dict[str, Any]:
    """The columns of a `motions` row that hold the motion itself."""
    arrays = {name: pack_float32(getattr(motion, name)) for name in _ARRAYS}
    return {"rate_hz": motion.rate_hz, "n_poses": motion.n_poses, **arrays}


def recordings_in(lake: Lake, body: BodyModel) -> dict[str, list[dict[str, Any]]]:
    """Rows of `clips` on this body by this release's importer: recording_id -> its clips, in the order of time.

    Of rows with the same clip the newest counts.
    """
    same = {"import_version": IMPORT_VERSION, "body_hash": body.content_hash}
    recordings: dict[str, list[dict[str, Any]]] = {}
    for row in newest_clips(lake.read("clips", where=same).to_pylist()):
        recordings.setdefault(row["recording_id"], []).append(row)
    return recordings


def newest_clips(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each clip, the newest, ordered by file and start."""
    newest = {row["clip_id"]: row for row in sorted(rows, key=lambda row: row["created_at"])}
    return sorted(newest.values(), key=lambda row: (row["file"], row["part"] or "", row["start_s"]))


def clips_in(lake: Lake, rows: Sequence[Mapping[str, Any]]) -> list[ClipSource]:
    """The clips of rows of `clips`, in their order, with the motion that the lake holds."""
    wanted = [row["motion_id"] for row in rows]
    columns = ["motion_id", "rate_hz", *_ARRAYS]
    stored = {
        m["motion_id"]: m
        for m in lake.read("motions", columns=columns, where={"motion_id": wanted}).to_pylist()
    }
    return [ClipSource(_clip(row, stored[row["motion_id"]]), json.loads(row["reading"])) for row in rows]


def motion_of_row(row: Mapping[str, Any]) -> BodyMotion:
    """The motion that a row of `motions` holds."""
    shapes = {"betas": (10,), "global_orient": (-1, 3), "body_pose": (-1, 23, 3), "transl": (-1, 3)}
    arrays = {name: unpack_float32(row[name], shape) for name, shape in shapes.items()}
    return BodyMotion(**arrays, rate_hz=row["rate_hz"])


def _clip(row: Mapping[str, Any], motion: Mapping[str, Any]) -> MotionClip:
    return MotionClip(
        clip_id=row["name"],
        motion=motion_of_row(motion),
        label=row["label"],
        captions=tuple(row["captions"]),
        source=row["source"],
        licence=row["licence"],
        may_ship=row["may_ship"],
        fit_error_mm=row["fit_error_mm"],
        content_hash=row["content_hash"],
        recording_s=row["recording_s"],
        notes=tuple(row["notes"]),
        start_s=row["start_s"],
        format=row["format"],
        n_frames=row["n_frames"],
        file_rate_hz=row["file_rate_hz"],
        family=row["family"] or "",
        split=row["given_split"] or "",
    )
