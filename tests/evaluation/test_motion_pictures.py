"""Animated pictures of motion: what is nearest is seen, all of a motion is, in real time, and marks are true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from evaluation import PictureSize, RadarMark, draw_motion
from evaluation.errors import MetricInputError
from evaluation.motion_pictures_camera import three_quarter_camera
from evaluation.motion_pictures_file import LAST_STAYS_S, write_animation
from evaluation.motion_pictures_marks import SPOTS, floor_marks
from evaluation.motion_pictures_raster import empty_buffers, fill_triangles, vertex_normals
from simulator import BodyModel, BodyMotion, load_body, pose_vertices

SPOT = {name: index for index, name in enumerate(SPOTS)}


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


def standing(body: BodyModel, seconds: float = 1.3, speed_mps: float = 0.0, up_m: float = 0.0) -> BodyMotion:
    """A stiff body in a T-pose, its soles `up_m` above the floor, that glides forward."""
    n = round(seconds * 50.0) + 1
    transl = np.zeros((n, 3))
    transl[:, 1] = -speed_mps * np.arange(n) / 50.0
    turn = np.tile([np.pi / 2.0, 0.0, 0.0], (n, 1))
    floating = BodyMotion(np.zeros(10), turn, np.zeros((n, 23, 3)), transl, 50.0)
    transl[:, 2] += up_m - float(pose_vertices(body, floating)[0, :, 2].min())
    return BodyMotion(np.zeros(10), turn, floating.body_pose, transl, 50.0)


def test_the_nearest_triangle_is_seen_and_backs_are_not() -> None:
    screen = np.array(
        [
            [0, 0, 5],
            [0, 20, 5],
            [20, 0, 5],
            [0, 0, 2],
            [0, 8, 2],
            [8, 0, 2],
            [30, 0, 1],
            [50, 0, 1],
            [30, 20, 1],
        ],
        np.float32,
    )
    faces = np.arange(9, dtype=np.int32).reshape(3, 3)
    value = np.repeat([1.0, 2.0, 3.0], 3).astype(np.float32)
    for order in (faces, faces[::-1]):
        depth, image = empty_buffers(30, 60)
        fill_triangles(screen, value, np.ascontiguousarray(order), depth, image, True)
        assert image[1, 1] == 2.0 and image[10, 2] == 1.0
        assert np.isnan(image[:, 30:]).all(), "this one shows its back"
        # A right triangle of 20 by 20 pixels covers the centres with x + y < 20.
        assert np.isfinite(image).sum() == pytest.approx(200, abs=20)


def test_depth_and_value_are_linear_over_a_triangle() -> None:
    screen = np.array([[0, 0, 1.0], [0, 40, 3.0], [40, 0, 5.0]], np.float32)
    depth, image = empty_buffers(40, 40)
    fill_triangles(screen, screen[:, 2].copy(), np.array([[0, 1, 2]], np.int32), depth, image, True)
    assert depth[5, 10] == pytest.approx(1.0 + 2.0 * 5.5 / 40.0 + 4.0 * 10.5 / 40.0, abs=1e-5)
    np.testing.assert_array_equal(depth[np.isfinite(depth)], image[np.isfinite(depth)])


def test_normals_of_a_body_point_outward(body: BodyModel) -> None:
    vertices = body.v_template.astype(np.float32)
    normals = np.empty_like(vertices)
    vertex_normals(vertices, body.faces, normals)
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1.0, abs=1e-5)
    for axis in range(3):
        assert normals[vertices[:, axis].argmax(), axis] > 0.5
        assert normals[vertices[:, axis].argmin(), axis] < -0.5


def test_the_camera_holds_everything_from_the_front_side() -> None:
    points = np.random.default_rng(0).uniform([-1.0, -4.0, 0.0], [1.0, 0.0, 1.8], (300, 3))
    camera = three_quarter_camera(points, 420, 330)
    height, width = camera.size_px
    screen = camera.project(points)
    assert height <= 330 and width <= 420 and (height == 330 or width == 420)
    assert (screen[:, :2] >= 0.0).all() and (screen[:, 0] <= width).all() and (screen[:, 1] <= height).all()
    assert camera.axes @ camera.axes.T == pytest.approx(np.eye(3))
    assert camera.eye_m[1] < points[:, 1].min(), "the body faces -y: it is seen from there"
    one_m_up = camera.project(
        np.array([camera.middle_m, camera.middle_m]) + [[0.0], [1.0]] * np.array([0.0, 0.0, 1.0])
    )
    assert one_m_up[0, 1] - one_m_up[1, 1] == pytest.approx(camera.px_per_m, rel=0.08)
    assert one_m_up[0, 0] == pytest.approx(one_m_up[1, 0], abs=1e-3)


def test_contacts_tell_standing_gliding_and_hovering_apart(body: BodyModel) -> None:
    feet = [SPOT["left foot"], SPOT["right foot"]]
    still = floor_marks(body, standing(body))
    assert still.touching[:, feet].all() and not still.sliding.any()
    assert not np.delete(still.touching, feet, axis=1).any()
    left, right = still.places_m[0, feet]
    assert left[0] > 0.0 > right[0]
    gliding = floor_marks(body, standing(body, speed_mps=1.0))
    assert gliding.sliding[:, feet].all()
    hovering = floor_marks(body, standing(body, up_m=0.05))
    assert not hovering.touching.any() and np.isnan(hovering.places_m).all()


@pytest.mark.parametrize("suffix", [".gif", ".png"])
def test_a_picture_plays_in_real_time_and_is_the_same_again(
    suffix: str, body: BodyModel, tmp_path: Path
) -> None:
    motion = standing(body, speed_mps=0.5)
    size = PictureSize(160, 130)
    paths = [
        draw_motion(
            motion,
            body,
            tmp_path / f"{name}{suffix}",
            "A person.",
            RadarMark((0.0, -1.0), "radar"),
            12.0,
            size,
        )
        for name in "ab"
    ]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a{suffix}", f"b{suffix}"]
    with Image.open(paths[0]) as image:
        pictures = [frame.convert("RGB") for frame in ImageSequence.Iterator(image)]
        shown_s = [frame.info["duration"] / 1000.0 for frame in ImageSequence.Iterator(image)]
        assert image.info.get("loop", 0) == 0
    assert len(pictures) == 16  # 1.3 s at 12 a second
    assert sum(shown_s) == pytest.approx(15.0 / 12.0 + LAST_STAYS_S, abs=0.011)
    assert pictures[0].tobytes() != pictures[-1].tobytes()
    assert paths[0].stat().st_size < 200_000


def test_the_drawn_body_moves_towards_the_viewer(body: BodyModel, tmp_path: Path) -> None:
    path = draw_motion(
        standing(body, speed_mps=1.5), body, tmp_path / "a.gif", "", None, 4.0, PictureSize(200, 160)
    )
    with Image.open(path) as image:
        first, *_, last = (np.asarray(frame.convert("L"), float) for frame in ImageSequence.Iterator(image))
    body_rows = [
        np.flatnonzero((picture[30:-30, : picture.shape[1] // 2] < 190).any(axis=1))
        for picture in (first, last)
    ]
    assert body_rows[1].max() > body_rows[0].max() + 5, "the feet come down in the picture"


def test_nothing_is_left_of_a_picture_that_fails(tmp_path: Path) -> None:
    def broken() -> Iterator[Image.Image]:
        yield Image.new("RGB", (4, 4))
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_animation(broken(), np.arange(2) / 10.0, 10.0, tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "rate_hz", "message"),
    [("a.mp4", 10.0, "not .mp4"), ("a", 10.0, "without"), ("a.gif", 0.0, "1 to 50")],
)
def test_impossible_pictures_are_refused(name: str, rate_hz: float, message: str, tmp_path: Path) -> None:
    with pytest.raises(MetricInputError, match=message):
        write_animation([], np.zeros(1), rate_hz, tmp_path / name)
