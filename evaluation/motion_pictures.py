"""Animated pictures of a motion: the skinned body and its skeleton side by side on a floor, in real time."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from simulator import BodyModel, BodyMotion, pose_joints, pose_vertices

from .motion_pictures_camera import three_quarter_camera
from .motion_pictures_file import check_animation, write_animation
from .motion_pictures_marks import floor_marks
from .motion_pictures_stage import INK, PAPER, SOFT, Floor, RadarMark, draw_stage, font
from .motion_pictures_views import Scene, draw_ground, draw_mesh, draw_skeleton

OVERSAMPLED = 2
"""Pictures are drawn this much larger and shrunk, which smooths edges."""
FRAMED_STRIDE = 23
"""Every how many-th vertex must be in the picture."""
CAPTION_PX, NOTE_PX, LINE_PX, BORDER_PX = 13, 12, 17, 8
LETTER_PX = 6.6
"""Mean width of a letter of the caption."""
MOST_LINES = 3


@dataclass(frozen=True)
class PictureSize:
    """Largest size of one of the two views, pixels."""

    longest_px: int = 420
    tallest_px: int = 330


def draw_motion(
    motion: BodyMotion,
    body: BodyModel,
    path: Path,
    caption: str,
    radar: RadarMark | None = None,
    rate_hz: float = 12.0,
    size: PictureSize | None = None,
) -> Path:
    """Write an animated GIF (or PNG, by the ending) that plays in real time, and return its path.

    Left limbs of the skeleton are blue, right ones red. A ring on the floor marks skin that touches it: green
    where it stays in place, red where it slides.

    Args:
        motion: at least two poses over a floor z = 0.
        body: the body model it is for.
        path: .gif or .png; a half-written file never has this name.
        caption: wrapped above the picture.
        radar: where the radar is, for an arrow on the floor.
        rate_hz: pictures per second; the times of a GIF are rounded to hundredths of a second.
        size: of each view.

    Raises:
        MetricInputError: the ending is another, or the rate is impossible.
    """
    check_animation(path, rate_hz)
    times_s = np.arange(int(np.floor(motion.duration_s * rate_hz + 1e-6)) + 1) / rate_hz
    scene = _prepare(motion, body, times_s, radar, size or PictureSize())
    pictures = _compose(scene, times_s, motion.duration_s, caption, radar)
    return write_animation(pictures, times_s, rate_hz, path)


def _prepare(
    motion: BodyMotion,
    body: BodyModel,
    times_s: NDArray[np.float64],
    radar: RadarMark | None,
    size: PictureSize,
) -> Scene:
    """The poses nearest to the times, and a camera that sees all of them and the floor below."""
    pose_of = np.minimum(np.round(times_s * motion.rate_hz).astype(np.int64), motion.n_poses - 1)
    shown = BodyMotion(
        motion.betas,
        motion.global_orient[pose_of],
        motion.body_pose[pose_of],
        motion.transl[pose_of],
        motion.rate_hz,
    )
    vertices = pose_vertices(body, shown)
    reached = vertices[:, ::FRAMED_STRIDE].reshape(-1, 3).astype(np.float64)
    framed = np.concatenate([reached, reached * [1.0, 1.0, 0.0], *([radar.outline_m] if radar else [])])
    camera = three_quarter_camera(framed, size.longest_px * OVERSAMPLED, size.tallest_px * OVERSAMPLED)
    camera = camera.with_whole_multiples(OVERSAMPLED)
    stage = np.asarray(draw_stage(camera, Floor.under(reached), radar))
    return Scene(body, camera, stage, vertices, pose_joints(body, shown), floor_marks(body, motion), pose_of)


def _compose(
    scene: Scene, times_s: NDArray[np.float64], duration_s: float, caption: str, radar: RadarMark | None
) -> Iterator[Image.Image]:
    """Whole pictures: caption above, the two views (wide ones over one another), time and radar below."""
    height, width = (pixels // OVERSAMPLED for pixels in scene.camera.size_px)
    beside = width <= 1.3 * height
    views_px = (2 * width, height) if beside else (width, 2 * height)
    total = max(views_px[0], 300)
    letters = int((total - 2 * BORDER_PX) / LETTER_PX)
    lines = textwrap.wrap(caption, letters, max_lines=MOST_LINES, placeholder=" …")
    top = BORDER_PX + LINE_PX * len(lines)
    left = (total - views_px[0]) // 2
    below = top + views_px[1]
    for index, time_s in enumerate(times_s):
        picture = Image.new("RGB", (total, below + LINE_PX + BORDER_PX // 2), PAPER)
        draw = ImageDraw.Draw(picture)
        for row, line in enumerate(lines):
            draw.text((BORDER_PX, 5 + LINE_PX * row), line, font=font(CAPTION_PX), fill=INK)
        ground = draw_ground(scene, index)
        mesh, skeleton = (
            draw_view(scene, index, ground).reduce(OVERSAMPLED) for draw_view in (draw_mesh, draw_skeleton)
        )
        picture.paste(mesh, (left, top))
        picture.paste(skeleton, (left + width, top) if beside else (left, top + height))
        note = f"{time_s:.2f} of {duration_s:.2f} s"
        draw.text((BORDER_PX, below + 2), note, font=font(NOTE_PX), fill=SOFT)
        if radar is not None:
            label = f"arrow: to the {radar.label}"
            wide = draw.textlength(label, font=font(NOTE_PX))
            draw.text((total - BORDER_PX - wide, below + 2), label, font=font(NOTE_PX), fill=SOFT)
        yield picture
