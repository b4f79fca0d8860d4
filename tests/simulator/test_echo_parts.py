"""Echoes of body parts: their signals add up to the whole."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.body.model import BodyModel, load_body
from simulator.body.parts import BODY_PARTS, body_parts, part_of_joint
from simulator.body.skeleton import JOINT_NAMES
from simulator.capture import capture_view
from simulator.echoes import ROOM, echoes_by_part, scene_echoes
from simulator.motion.script import Locomote, MotionScript, Start, Style, Subject
from simulator.motion.synthesis import synthesize
from simulator.products import simulate_range_cube
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.scene.placement import Placement
from simulator.scene.posed_body import PosedBody, pose_body
from simulator.scene.room import Furniture, Room
from simulator.simulation_options import SimulationOptions


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


@pytest.fixture(scope="module")
def walker(body: BodyModel) -> PosedBody:
    """Half a second of a steady walk towards the radar."""
    style = Style(
        energy=0.5, tempo=0.5, amplitude=0.5, smoothness=0.5, hesitation=0.0, emotion="neutral", age_group="adult"
    )  # fmt: skip
    script = MotionScript(
        title="walk",
        caption="a person walks",
        alt_captions=[],
        subject=Subject(sex="neutral", height_m=1.75, build="average"),
        style=style,
        start=Start(range_m=5.5, azimuth_deg=0.0, heading_deg=0.0),
        steps=[
            Locomote(
                kind="locomote", gait="walk", speed_mps=1.4, distance_m=4.0, duration_s=None, heading_deg=0.0,
                turn_deg=0.0,
            )
        ],
        layers=[],
        tags=[],
    )  # fmt: skip
    motion = synthesize(script, 0, body).cut(1.0, 1.6)
    return pose_body(motion, body, RADAR, n_scatterers=600)


def test_every_joint_moves_one_part(body: BodyModel) -> None:
    parts = [part_of_joint(joint) for joint in JOINT_NAMES]
    assert set(parts) == set(BODY_PARTS)
    assert part_of_joint("left_knee") == "left_leg"
    assert part_of_joint("right_collar") == "torso"
    share = np.bincount(body_parts(body), minlength=len(BODY_PARTS)) / len(body.faces)
    assert share.min() > 0.02
    # Left and right are alike.
    assert share[2] == pytest.approx(share[3], rel=0.1)
    assert share[4] == pytest.approx(share[5], rel=0.1)


def test_parts_add_up_to_the_whole(walker: PosedBody) -> None:
    options = SimulationOptions(room=Room(furniture=(Furniture("shelf", (1.0, 4.0, 1.0), 0.5),)))
    echoes = scene_echoes(walker, RADAR, Placement(4.0), options)
    whole = simulate_range_cube(echoes.tracks, RADAR, options.spectrogram)
    parts = dict(echoes_by_part(echoes, walker))
    assert set(parts) == {*BODY_PARTS, ROOM}
    total = sum(
        synthesize_range_cube(tracks, RADAR, whole.first_bin, whole.n_bins).values
        for tracks in parts.values()
    )
    error = np.linalg.norm(total - whole.values) / np.linalg.norm(whole.values)
    assert error < 1e-5


def test_captures_hold_their_parts(walker: PosedBody) -> None:
    options = SimulationOptions(by_part=True, thermal_noise=False)
    capture = capture_view(walker, RADAR, Placement(4.0), 0, options)
    parts = capture.part_doppler_time
    assert parts is not None
    assert set(parts) == set(BODY_PARTS)

    def reach(view: np.ndarray) -> float:
        """Speed below which 95 % of the power lies."""
        power = (view.astype(float) ** 2).sum(axis=0)
        speed = np.abs(capture.velocity_mps)
        order = np.argsort(speed)
        return float(speed[order][np.searchsorted(np.cumsum(power[order]), 0.95 * power.sum())])

    assert max(reach(parts["left_leg"]), reach(parts["right_leg"])) > 1.5 * reach(parts["torso"])
    assert capture_view(walker, RADAR, Placement(4.0), 0, SimulationOptions()).part_doppler_time is None
