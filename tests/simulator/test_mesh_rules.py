"""Meshes that rays cannot be cast at are refused in words."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from simulator.body.model import load_body
from simulator.errors import RadarConfigError
from simulator.scene.mesh_rules import check_mesh


def box() -> tuple[np.ndarray, np.ndarray]:
    mesh = trimesh.creation.box([1.0, 1.0, 1.0])
    return np.repeat(np.asarray(mesh.vertices, np.float32)[None], 4, axis=0), np.asarray(mesh.faces, np.int32)


def test_closed_meshes_pass() -> None:
    check_mesh(*box())
    body = load_body()
    check_mesh(body.v_template[None].astype(np.float32), body.faces)
    # A plate with a back is closed: every edge is walked both ways.
    front = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    check_mesh(np.zeros((1, 4, 3), np.float32), np.concatenate([front, front[:, ::-1]]))


def test_a_hole_is_named_by_its_edges() -> None:
    vertices, faces = box()
    with pytest.raises(RadarConfigError, match="open along 3 edges"):
        check_mesh(vertices, faces[1:])
    turned = faces.copy()
    turned[0] = turned[0, ::-1]
    with pytest.raises(RadarConfigError, match=r"open along 3 edges.*counter-clockwise"):
        check_mesh(vertices, turned)


def test_lost_coordinates_are_named() -> None:
    vertices, faces = box()
    vertices[2:, 5, 1] = np.nan
    with pytest.raises(RadarConfigError, match=r"vertex 5 of pose 2 .* 2 of 4 poses"):
        check_mesh(vertices, faces)


def test_faces_of_another_mesh_are_refused() -> None:
    vertices, faces = box()
    with pytest.raises(RadarConfigError, match="names vertex 7, the mesh has 6"):
        check_mesh(vertices[:, :6], faces)
