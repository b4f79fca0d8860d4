"""The two views of a moving body, on a floor with its shadow and its marks: shaded mesh, and skeleton."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from simulator import BodyModel
from simulator.body.skeleton import JOINT

from .motion_pictures_camera import Camera
from .motion_pictures_marks import FloorMarks, left_and_right_joints
from .motion_pictures_raster import empty_buffers, fill_triangles, vertex_normals
from .motion_pictures_stage import LEFT, MIDDLE, PLANTED, RIGHT, SLIDING

SKIN_DARK, SKIN_LIGHT = np.array([52.0, 58.0, 82.0]), np.array([226.0, 224.0, 226.0])
SHADES = 20
LIGHT_FROM = np.array([-0.62, -0.62, -0.48])
"""Direction to the light along right, down and ahead of the camera: over the viewer's left shoulder."""
AMBIENT = 0.1
SHADOW_FADES_M = 0.35
SHADOW_DARKEST = 0.42
SHADOW_STEPS = 4
RING_M = 0.1
BONE_M = 0.022
HEAD_M = 0.09


@dataclass(frozen=True)
class Scene:
    """A motion at the times of its pictures, seen from one place.

    Attributes:
        stage: (H, W, 3) what stands still.
        vertices: (N, V, 3) of N pictures, m.
        joints: (N, 24, 3), m.
        marks: of every pose of the motion.
        pose_of: (N,) pose of each picture.
    """

    body: BodyModel
    camera: Camera
    stage: NDArray[np.uint8]
    vertices: NDArray[np.float32]
    joints: NDArray[np.float64]
    marks: FloorMarks
    pose_of: NDArray[np.int64]


def draw_ground(scene: Scene, index: int) -> Image.Image:
    """The floor, darkened below the body (most where it is near), with a ring where it is touched."""
    vertices = scene.vertices[index]
    near = np.exp(-np.maximum(vertices[:, 2], 0.0) / SHADOW_FADES_M).astype(np.float32)
    screen = scene.camera.project(vertices * np.array([1.0, 1.0, 0.0], np.float32))
    screen[:, 2] = -near  # the lowest skin over a place decides
    depth, drawn = empty_buffers(*scene.camera.size_px)
    fill_triangles(screen, near, scene.body.faces, depth, drawn, False)
    seen = np.isfinite(depth)
    dark = 1.0 - SHADOW_DARKEST * np.round(drawn[seen] * SHADOW_STEPS) / SHADOW_STEPS
    ground = scene.stage.copy()
    ground[seen] = (ground[seen] * dark[:, None]).astype(np.uint8)
    image = Image.fromarray(ground)
    _draw_rings(ImageDraw.Draw(image), scene, index)
    return image


def _draw_rings(draw: ImageDraw.ImageDraw, scene: Scene, index: int) -> None:
    pose = scene.pose_of[index]
    turn = np.linspace(0.0, 2.0 * np.pi, 25)
    ring = RING_M * np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], axis=1)
    for spot in np.flatnonzero(scene.marks.touching[pose]):
        colour = SLIDING if scene.marks.sliding[pose, spot] else PLANTED
        middle = np.append(scene.marks.places_m[pose, spot], 0.0)
        draw.line(_points(scene.camera.project(ring + middle)), fill=colour, width=4)


def draw_mesh(scene: Scene, index: int, ground: Image.Image) -> Image.Image:
    """The skin, shaded by Lambert's law with light that reaches a little round its edge."""
    vertices = scene.vertices[index]
    normals = np.empty_like(vertices)
    vertex_normals(vertices, scene.body.faces, normals)
    light = LIGHT_FROM @ scene.camera.axes / np.linalg.norm(LIGHT_FROM)
    lit = np.clip(0.3 + 0.7 * normals @ light.astype(np.float32), 0.0, 1.0)
    shade = (AMBIENT + (1.0 - AMBIENT) * lit).astype(np.float32)
    depth, drawn = empty_buffers(*scene.camera.size_px)
    fill_triangles(scene.camera.project(vertices), shade, scene.body.faces, depth, drawn, True)
    seen = np.isfinite(depth)
    steps = np.linspace(0.0, 1.0, SHADES)[:, None]
    colours = (SKIN_DARK + (SKIN_LIGHT - SKIN_DARK) * steps).astype(np.uint8)
    picture = np.array(ground)
    picture[seen] = colours[np.clip(np.round(drawn[seen] * (SHADES - 1)), 0, SHADES - 1).astype(np.int64)]
    return Image.fromarray(picture)


def draw_skeleton(scene: Scene, index: int, ground: Image.Image) -> Image.Image:
    """Bones and joints, nearer ones over farther ones: left limbs blue, right ones red."""
    image = ground.copy()
    draw = ImageDraw.Draw(image)
    screen = scene.camera.project(scene.joints[index])
    left, right = left_and_right_joints()
    width = max(4, round(BONE_M * scene.camera.px_per_m))
    bones = [(int(parent), joint) for joint, parent in enumerate(scene.body.parents) if parent >= 0]
    for parent, joint in sorted(bones, key=lambda bone: -float(screen[list(bone), 2].mean())):
        colour = LEFT if joint in left else RIGHT if joint in right else MIDDLE
        ends = _points(screen[[parent, joint]])
        draw.line(ends, fill=colour, width=width)
        for end in ends:
            draw.circle(end, 0.7 * width, fill=colour)
    # The head joint lies at the skull's base: the head is drawn on the far side of it from the neck.
    neck, head = scene.joints[index, JOINT["neck"]], scene.joints[index, JOINT["head"]]
    middle = head + HEAD_M * (head - neck) / np.linalg.norm(head - neck)
    radius = HEAD_M * scene.camera.px_per_m
    draw.circle(_points(scene.camera.project(middle[None]))[0], radius, outline=MIDDLE, width=width)
    return image


def _points(screen: NDArray[np.float32]) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in screen[:, :2]]
