"""Several bodies in one scene."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from simulator.echoes import scene_echoes
from simulator.errors import RadarConfigError
from simulator.products import simulate_range_cube
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.scattering import place_scatterers
from simulator.scene.people import GATE_SLACK_M, gate_width_for_all_m, join_bodies
from simulator.scene.placement import Placement
from simulator.scene.posed_body import PosedBody, posed_mesh
from simulator.simulation_options import SimulationOptions

OPTIONS = SimulationOptions()


def drifting_box(width_m: float, seed: int, n_poses: int = 6) -> PosedBody:
    """A box around (0, 0, 1) that moves forwards at 1 m/s."""
    mesh = trimesh.creation.box([width_m, 0.1, width_m]).subdivide_to_size(0.05)
    path = np.zeros((n_poses, 1, 3))
    path[:, 0, 1], path[:, 0, 2] = -np.arange(n_poses) / 50.0, 1.0
    faces = np.asarray(mesh.faces, np.int32)
    vertices = (np.asarray(mesh.vertices)[None] + path).astype(np.float32)
    return posed_mesh(vertices, faces, place_scatterers(faces, vertices[0], 400, seed), RADAR)


def test_the_signal_of_two_who_do_not_meet_is_the_sum() -> None:
    bodies = [drifting_box(0.4, 1), drifting_box(0.4, 2, n_poses=7)]
    placements = [Placement(4.0, -20.0), Placement(5.0, 25.0, heading_deg=90.0)]
    both = scene_echoes(join_bodies(bodies, placements), RADAR, placements[0], OPTIONS)
    whole = simulate_range_cube(both.tracks, RADAR, OPTIONS.spectrogram)
    alone = np.zeros_like(whole.values)
    for posed, placement in zip(bodies, placements, strict=True):
        tracks = scene_echoes(posed, RADAR, placement, OPTIONS).tracks
        alone += synthesize_range_cube(tracks, RADAR, whole.first_bin, whole.n_bins).values
    # Bodies are moved in float32: phases agree to some 1e-3 rad. The longer motion is cut, and splined, at pose 6.
    error_db = 20 * np.log10(np.linalg.norm(alone - whole.values) / np.linalg.norm(whole.values))
    assert error_db < -40.0


def test_who_stands_behind_is_dark() -> None:
    bodies = [drifting_box(0.3, 1), drifting_box(1.2, 2)]
    behind, before = Placement(6.0), Placement(3.0)
    seen = scene_echoes(join_bodies(bodies, [behind, before]), RADAR, behind, OPTIONS).seen
    assert not seen.tracks.amplitude[:, :400].any()
    assert seen.tracks.amplitude[:, 400:].any()


def test_parts_keep_their_owner() -> None:
    joined = join_bodies([drifting_box(0.3, 1), drifting_box(0.3, 2)], [Placement(4.0), Placement(6.0)])
    assert joined.parts == ("1_whole", "2_whole")
    assert joined.part_of_face[joined.scatterers.face_ids].tolist() == [0] * 400 + [1] * 400
    assert joined.scatterers.neighbours[400:].min() == 400


def test_a_gate_for_all_reaches_from_each_to_the_other() -> None:
    placements = [Placement(3.0), Placement(5.0)]
    joined = join_bodies([drifting_box(0.3, 1), drifting_box(0.3, 2)], placements)
    # 2 m apart and 0.1 m deep: 2 x 2.1 m and the slack; what is higher or beside is a little further away.
    assert gate_width_for_all_m(joined, placements[0], RADAR) == pytest.approx(
        2 * 2.1 + GATE_SLACK_M, abs=0.15
    )
    far = [Placement(1.0), Placement(10.0)]
    joined = join_bodies([drifting_box(0.3, 1), drifting_box(0.3, 2)], far)
    assert gate_width_for_all_m(joined, far[0], RADAR) == RADAR.range_span_m


def test_impossible_company_is_refused() -> None:
    box = drifting_box(0.3, 1)
    with pytest.raises(RadarConfigError, match="2 bodies and 1 placements"):
        join_bodies([box, box], [Placement(4.0)])
    with pytest.raises(RadarConfigError, match="one scene has one radar"):
        join_bodies([box, box], [Placement(4.0), Placement(5.0, radar_height_m=2.0)])
    assert join_bodies([box], [Placement(4.0)]) is box
