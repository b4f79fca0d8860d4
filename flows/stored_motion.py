"""A motion that the lake holds, by its id or its clip's, on the body that it was made with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_lake import Lake
from data_lake.errors import NotInLake
from simulator import SEXES, BodyModel, BodyMotion, load_body

from .store_clips import motion_of_row

_ID = re.compile(r"(?P<kind>mot|clp)-[0-9a-f]+")
_COLUMNS = {"mot": "motion_id", "clp": "clip_id"}


@dataclass(frozen=True)
class StoredMotion:
    """A motion of the lake; `caption` is the first of its clip or script, `motion_id` its whole id."""

    motion_id: str
    motion: BodyMotion
    body: BodyModel
    caption: str


def is_motion_id(text: str) -> bool:
    """Whether a text reads like the id of a motion or a clip, or the beginning of one."""
    return _ID.fullmatch(text) is not None


def stored_motion(lake: Lake, wanted: str, body_path: Path | None) -> StoredMotion:
    """The motion `mot-...`, or that of the clip `clp-...`; of a clip that is there on several bodies the newest.

    Args:
        lake: where it is.
        wanted: the id, or its beginning.
        body_path: licensed body file, where the motion was made with one.

    Raises:
        NotInLake: there is no such motion, the beginning fits several, or its body is not given.
        SimulatorError: the body file is unusable.
    """
    column = _COLUMNS[wanted[:3]]
    rows = _rows_of(lake, column, wanted)
    bodies = {body.source: body for body in _bodies(body_path)}
    row = next((row for row in rows if row["body_source"] in bodies), None)
    if row is None:
        raise NotInLake(
            f"{wanted} was made on another body than {' or '.join(bodies)}: it was {rows[0]['body_source']}; give "
            "its file as --body"
        )
    body = bodies[row["body_source"]]
    return StoredMotion(row["motion_id"], motion_of_row(row), body, _caption(lake, row))


def _rows_of(lake: Lake, column: str, wanted: str) -> list[dict[str, Any]]:
    """Rows of `motions` with that id, the newest first."""
    ids = {row[column] for row in lake.read("motions", columns=[column]).to_pylist()}
    fitting = sorted(one for one in ids if one and one.startswith(wanted))
    if len(fitting) != 1:
        some = f"; {', '.join(fitting[:5])} begin so: give more of it" if fitting else ""
        raise NotInLake(f"the lake has {len(fitting)} motions under {wanted}{some}")
    rows = lake.read("motions", where={column: fitting[0]}).to_pylist()
    return sorted(rows, key=lambda row: row["created_at"], reverse=True)


def _bodies(body_path: Path | None) -> list[BodyModel]:
    return [load_body(body_path)] if body_path else [load_body(sex=sex) for sex in SEXES]


def _caption(lake: Lake, motion: Mapping[str, Any]) -> str:
    if motion["script_id"]:
        script = lake.row("scripts", motion["script_id"], columns=["script"])
        return str(json.loads(script["script"])["caption"]) if script else ""
    clips = lake.read("clips", columns=["captions", "name"], where={"clip_id": motion["clip_id"]}).to_pylist()
    captions = [text for clip in clips for text in clip["captions"]]
    return captions[0] if captions else str(clips[-1]["name"]) if clips else ""
