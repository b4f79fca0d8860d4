"""simulate(): from body motion to doppler_time on the stand-in body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from simulator.body.model import BodyModel, load_body, pose_vertices
from simulator.capture import CAPTURE_FLAGS, Capture, simulate, simulate_views
from simulator.dsp.spectrogram import SpectrogramOptions
from simulator.errors import RadarConfigError
from simulator.motion.body_motion import BodyMotion
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.boards import RF_GENESIS
from simulator.scene.observation import observe
from simulator.scene.placement import VIEWS, Placement
from simulator.scene.posed_body import pose_body, pose_instants
from simulator.simulation_options import SimulationOptions

FEW = SimulationOptions(n_scatterers=400)
QUIET = SimulationOptions(n_scatterers=400, thermal_noise=False)


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


def glide(
    body: BodyModel, velocity_mps: tuple[float, float], seconds: float, rate_hz: float = 50.0
) -> BodyMotion:
    """A body with hanging arms that glides over the floor without moving a limb, one arm swinging at 1 Hz."""
    n = round(seconds * rate_hz) + 1
    times_s = np.arange(n) / rate_hz
    pose = np.zeros((n, 23, 3))
    pose[:, 15, 2], pose[:, 16, 2] = -1.2, 1.2
    pose[:, 15, 0] = 0.3 * np.sin(2 * np.pi * times_s)
    pelvis = np.stack([velocity_mps[0] * times_s, velocity_mps[1] * times_s, np.full(n, 0.95)], axis=1)
    upright = np.tile(Rotation.from_euler("x", 90, degrees=True).as_rotvec(), (n, 1))
    return BodyMotion(np.zeros(10), upright, pose, pelvis - body.rest_joints(np.zeros(10))[0], rate_hz)


def line_mps(capture: Capture) -> float:
    """Range rate of the strongest cell of the mean spectrum."""
    power = (capture.doppler_time[: capture.n_valid_frames] ** 2).mean(axis=0)
    return float(capture.velocity_mps[power.argmax()])


def test_shapes_units_and_mask(body: BodyModel) -> None:
    capture = simulate(glide(body, (0.0, 0.0), 1.2), body, RADAR, Placement(3.0), 1, FEW)
    assert capture.doppler_time.shape == (496, 128)
    assert capture.doppler_time.dtype == np.float32
    assert capture.n_valid_frames == 60
    assert (capture.doppler_time[:60] > 0).all()
    assert not capture.doppler_time[60:].any()
    assert capture.time_s[:2] == pytest.approx([0.01, 0.03])
    assert capture.velocity_mps[65] == pytest.approx(0.0946194, rel=1e-5)
    assert capture.flags == ()
    # Away from the body's line there is noise alone, at the level that is reported.
    noise_db = 10 * np.log10((capture.doppler_time[:60, 5:30] ** 2).mean())
    assert noise_db == pytest.approx(capture.noise_floor_db, abs=0.1)
    assert (
        simulate(glide(body, (0.0, 0.0), 0.2), body, RADAR, Placement(3.0), 1, QUIET).noise_floor_db is None
    )


@pytest.mark.parametrize(
    ("velocity_mps", "placement", "expected_mps"),
    [
        ((0.0, -1.4), Placement(6.0), -1.4),
        ((0.0, 1.4), Placement(3.0), 1.4),
        ((0.0, -1.4), Placement(3.0, view="E"), 1.4),
        ((0.0, -1.4), Placement(4.0, 30.0), -1.4),
        ((0.0, -1.4), Placement(4.0, heading_deg=60.0), -0.7),
    ],
)
def test_the_line_lies_at_the_radial_speed(
    body: BodyModel, velocity_mps: tuple[float, float], placement: Placement, expected_mps: float
) -> None:
    capture = simulate(glide(body, velocity_mps, 0.4), body, RADAR, placement, 1, FEW)
    assert line_mps(capture) == pytest.approx(expected_mps, abs=RADAR.velocity_bin_mps)
    assert capture.mean_range_rate_mps == pytest.approx(expected_mps, abs=0.1)
    assert capture.radial_displacement_m == pytest.approx(0.4 * expected_mps, abs=0.05)
    assert capture.gate_loss < 1e-3
    assert capture.wrapped_fraction == 0.0


def test_same_arguments_same_bytes_other_seed_other_noise(body: BodyModel) -> None:
    motion = glide(body, (0.0, -1.0), 0.5)
    first, again = (simulate(motion, body, RADAR, Placement(3.0), 5, FEW) for _ in range(2))
    assert first.doppler_time.tobytes() == again.doppler_time.tobytes()
    other = simulate(motion, body, RADAR, Placement(3.0), 6, FEW)
    assert (other.doppler_time[:25] != first.doppler_time[:25]).mean() > 0.9
    skin = simulate(motion, body, RADAR, Placement(3.0), 5, replace(FEW, surface_seed=1))
    assert not np.allclose(skin.doppler_time, first.doppler_time, rtol=0.1)


def test_views_share_the_body_and_equal_single_captures(body: BodyModel) -> None:
    motion = glide(body, (0.0, -1.0), 0.3)
    placements = [Placement(3.0, view=view) for view in "ADG"]
    calls: list[tuple[str, int, int]] = []
    together = simulate_views(
        motion, body, RADAR, placements, [1, 2, 3], FEW, progress=lambda *call: calls.append(call)
    )
    for placement, seed, capture in zip(placements, (1, 2, 3), together, strict=True):
        alone = simulate(motion, body, RADAR, placement, seed, FEW)
        assert alone.doppler_time.tobytes() == capture.doppler_time.tobytes()
    assert calls[-1] == ("simulate views", 3, 3)
    with pytest.raises(RadarConfigError, match="as many noise seeds"):
        simulate_views(motion, body, RADAR, placements, [1], FEW)


@pytest.mark.parametrize("view", ["C", "F"])
def test_a_view_is_the_body_turned_about_the_vertical(body: BodyModel, view: str) -> None:
    motion = glide(body, (0.2, -1.0), 0.3)
    angle = np.radians(45.0 * VIEWS.index(view))
    turn = Rotation.from_rotvec([0.0, 0.0, angle]).as_matrix()
    turned = (pose_vertices(body, motion) @ turn.T).astype(np.float32)
    seen = simulate(motion, body, RADAR, Placement(3.0, view=view), 1, QUIET)
    expected = simulate(motion, body, RADAR, Placement(3.0), 1, QUIET, vertices=turned)
    error = np.linalg.norm(seen.doppler_time - expected.doppler_time) / np.linalg.norm(expected.doppler_time)
    assert error < 0.02  # what is left: single points at the rim of a shadow


def test_human_cross_section_lies_in_the_measured_band(body: BodyModel) -> None:
    posed = pose_body(glide(body, (0.0, 0.0), 0.1), body, RADAR, n_scatterers=2000)
    placements = [Placement(range_m, heading_deg=15.0 * i) for i in range(24) for range_m in (3.0, 5.0)]
    diffuse = [observe(posed, RADAR, placement, "diffuse").rcs_m2.mean() for placement in placements]
    both = [observe(posed, RADAR, placement).rcs_m2.mean() for placement in placements]
    assert 10 * np.log10(np.mean(both)) == pytest.approx(-6.0, abs=0.5)
    assert min(both) > 0.1
    assert max(both) < 1.5  # the torso's glint
    assert 0.1 < np.mean(diffuse) / np.mean(both) < 0.95


def test_motion_of_another_rate_is_resampled_smoothly(body: BodyModel) -> None:
    fine = simulate(glide(body, (0.0, -1.0), 1.0), body, RADAR, Placement(3.0), 1, QUIET)
    coarse = simulate(glide(body, (0.0, -1.0), 1.0, rate_hz=20.0), body, RADAR, Placement(3.0), 1, QUIET)
    assert coarse.n_valid_frames == fine.n_valid_frames == 50
    error = np.linalg.norm(coarse.doppler_time - fine.doppler_time) / np.linalg.norm(fine.doppler_time)
    assert error < 0.02


def test_long_motions_are_cut_to_the_radar_and_short_ones_refused(body: BodyModel) -> None:
    brief = replace(RADAR, n_frames=10)
    instants = pose_instants(glide(body, (0.0, 0.0), 3.0), brief)
    assert instants.n_poses == 11
    assert pose_instants(glide(body, (0.0, 0.0), 3.0, rate_hz=20.0), brief).n_poses == 11
    with pytest.raises(RadarConfigError, match="use a longer motion"):
        simulate(glide(body, (0.0, 0.0), 0.04), body, RADAR, Placement(3.0), 1, FEW)
    with pytest.raises(RadarConfigError, match=r"\(11, \d+, 3\)"):
        simulate(
            glide(body, (0.0, 0.0), 0.2), body, RADAR, Placement(3.0), 1, FEW, np.zeros((5, 4, 3), np.float32)
        )


def test_flags_say_what_is_wrong_with_a_capture(body: BodyModel) -> None:
    fast = simulate(glide(body, (0.0, 8.0), 0.2), body, RADAR, Placement(3.0), 1, FEW)
    assert "velocity_wraps" in fast.flags
    assert set(fast.flags) <= set(CAPTURE_FLAGS)
    assert fast.wrapped_fraction > 0.99
    far = simulate(glide(body, (0.0, 1.0), 0.2), body, RADAR, Placement(11.1), 1, FEW)
    assert "beyond_range_span" in far.flags
    beside = simulate(glide(body, (0.0, 0.0), 0.2), body, RADAR, Placement(1.0, 85.0), 1, FEW)
    assert "behind_radar" in beside.flags
    narrow = replace(FEW, spectrogram=SpectrogramOptions(gate_width_m=0.1))
    assert (
        "gate_cuts_body"
        in simulate(glide(body, (0.0, -1.0), 0.2), body, RADAR, Placement(3.0), 1, narrow).flags
    )
    still = glide(body, (0.0, 0.0), 0.2)
    still = replace(still, body_pose=np.repeat(still.body_pose[:1], still.n_poses, axis=0))
    removed = replace(FEW, spectrogram=SpectrogramOptions(remove_static=True))
    assert "static_removed" in simulate(still, body, RADAR, Placement(3.0), 1, removed).flags
    with pytest.raises(RadarConfigError, match="comes within"):
        simulate(still, body, RADAR, Placement(0.3), 1, FEW)


def test_legacy_projection_and_another_radar(body: BodyModel) -> None:
    motion = glide(body, (0.0, -1.0), 1.0)
    legacy = simulate(
        motion,
        body,
        RADAR,
        Placement(4.0),
        1,
        replace(FEW, spectrogram=SpectrogramOptions(projection="legacy")),
    )
    assert legacy.n_valid_frames == 50
    assert line_mps(legacy) == pytest.approx(-1.0, abs=0.15)
    other = simulate(motion, body, RF_GENESIS, Placement(4.0), 1, FEW)
    assert other.doppler_time.shape == (100, 128)
    assert other.n_valid_frames == 10
    assert line_mps(other) == pytest.approx(-1.0, abs=0.1)


def test_options_are_checked_and_can_be_stored() -> None:
    assert SimulationOptions().to_dict()["spectrogram"]["projection"] == "gated"
    assert SimulationOptions().to_dict()["material"]["name"] == "clothed_skin"
    with pytest.raises(
        RadarConfigError, match="scattering is 'none', must be one of both, diffuse, coherent"
    ):
        SimulationOptions(scattering="none")  # type: ignore[arg-type]
    with pytest.raises(RadarConfigError, match="n_scatterers is 0"):
        SimulationOptions(n_scatterers=0)


def test_the_coherent_part_alone_is_followed_and_measured(body: BodyModel) -> None:
    motion = glide(body, (0.0, -2.0), 1.5)
    options = SimulationOptions(n_scatterers=400, thermal_noise=False, scattering="coherent")
    alone = simulate(motion, body, RADAR, Placement(4.5), 1, options)
    whole = simulate(motion, body, RADAR, Placement(4.5), 1, QUIET)
    assert alone.gate_loss < 0.05
    assert alone.mean_range_rate_mps == pytest.approx(whole.mean_range_rate_mps, abs=0.1)
    rows = (alone.doppler_time[: alone.n_valid_frames] ** 2).sum(axis=1)
    assert (rows > 0.0).all()


def test_the_torch_backend_makes_the_same_capture(body: BodyModel) -> None:
    motion = glide(body, (0.0, -1.0), 0.4)
    ours, other = (
        simulate(motion, body, RADAR, Placement(3.0), 1, replace(QUIET, backend=backend)).doppler_time
        for backend in ("numba", "torch:cpu")
    )
    assert 20 * np.log10(np.linalg.norm(other - ours) / np.linalg.norm(ours)) < -50.0
    with pytest.raises(RadarConfigError, match="backend is 'cuda', must be numba, or torch and a device"):
        SimulationOptions(backend="cuda")
