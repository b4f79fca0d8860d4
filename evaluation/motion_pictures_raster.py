"""A z-buffer for a body of some 26,000 triangles: compiled, because drawing libraries take seconds for one pose."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

_COMPILE: dict[str, Any] = {"cache": True, "nogil": True, "boundscheck": False}


def empty_buffers(height_px: int, width_px: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Depth (H, W), infinitely far, and value (H, W), NaN where nothing is drawn."""
    depth = np.full((height_px, width_px), np.inf, np.float32)
    return depth, np.full((height_px, width_px), np.nan, np.float32)


@numba.njit(**_COMPILE)
def fill_triangles(screen, value, faces, depth, image, front_only) -> None:  # type: ignore[no-untyped-def]
    """Draw triangles whose nearest point wins in every pixel.

    Args:
        screen: (V, 3) float32: x to the right and y down in pixels, depth away from the eye.
        value: (V,) float32, interpolated over a triangle and written to the image.
        faces: (F, 3) int32, counter-clockwise seen from outside.
        depth: (H, W) float32, changed in place.
        image: (H, W) float32, changed in place.
        front_only: leave out triangles that turn their back.
    """
    height, width = depth.shape
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay = screen[a, 0], screen[a, 1]
        bx, by = screen[b, 0], screen[b, 1]
        cx, cy = screen[c, 0], screen[c, 1]
        # y points down, so that a triangle seen from outside has a negative area
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0 or (front_only and area > 0.0):
            continue
        left = max(0, math.ceil(min(ax, bx, cx) - 0.5))
        right = min(width - 1, math.floor(max(ax, bx, cx) - 0.5))
        top = max(0, math.ceil(min(ay, by, cy) - 0.5))
        bottom = min(height - 1, math.floor(max(ay, by, cy) - 0.5))
        for row in range(top, bottom + 1):
            y = row + 0.5
            for column in range(left, right + 1):
                x = column + 0.5
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                w = 1.0 - u - v
                if u < 0.0 or v < 0.0 or w < 0.0:
                    continue
                far = u * screen[a, 2] + v * screen[b, 2] + w * screen[c, 2]
                if far < depth[row, column]:
                    depth[row, column] = far
                    image[row, column] = u * value[a] + v * value[b] + w * value[c]


@numba.njit(**_COMPILE)
def vertex_normals(vertices, faces, normals) -> None:  # type: ignore[no-untyped-def]
    """Write unit normals (V, 3) float32, each the mean of the triangles around a vertex by their area."""
    normals[:] = 0.0
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        px, py, pz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        qx, qy, qz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        nx, ny, nz = py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for i in range(normals.shape[0]):
        length = math.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2)
        if length > 0.0:
            for k in range(3):
                normals[i, k] /= length
