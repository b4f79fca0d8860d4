"""The imperfect receiver as a capture shows it: each effect at the level and place that theory names."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from simulator.adc_frames import raw_adc, raw_adc_blocks
from simulator.body.model import BodyModel
from simulator.capture import Capture, capture_view
from simulator.dsp.range_cube import RangeCube, range_cube_from_adc
from simulator.dsp.spectrogram import SpectrogramOptions, doppler_time
from simulator.errors import RadarConfigError
from simulator.motion.body_motion import BodyMotion
from simulator.option_values import with_option_values
from simulator.products import simulate_range_cube
from simulator.radar import received as received_module
from simulator.radar.array import AntennaArray
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.link_budget import SPEED_OF_LIGHT_MPS
from simulator.radar.noise import add_thermal_noise
from simulator.radar.received import receive_cubes
from simulator.radar.receiver import adc_step, image_rejection_db
from simulator.radar.receiver_options import ReceiverOptions
from simulator.radar.tracks import Tracks
from simulator.scene.observation import observe, received_tracks
from simulator.scene.placement import Placement
from simulator.scene.posed_body import PosedBody, pose_body
from simulator.simulation_options import SimulationOptions

N_FRAMES = 15
PLACEMENT = Placement(3.0)
NOISY = SimulationOptions(n_scatterers=300, scattering="diffuse")
QUIET = replace(NOISY, thermal_noise=False)
LEGACY = SpectrogramOptions(projection="legacy")
PAIR = replace(RADAR, array=AntennaArray(rx=((0.0, 0.0), (1.0, 0.0))))
EVERYTHING = ReceiverOptions(
    phase_noise_dbc_per_hz=-95.0,
    leakage_dbm=-60.0,
    leakage_delay_s=1e-9,
    iq_gain_imbalance_db=0.5,
    iq_phase_imbalance_deg=2.0,
    dc_offset_dbm=-70.0,
    adc_bits=12,
    adc_full_scale_dbm=-40.0,
)


@pytest.fixture(scope="module")
def posed(standin_body: BodyModel) -> PosedBody:
    """A body that comes nearer at 1 m/s for 0.3 s and swings one arm."""
    n = N_FRAMES + 1
    times_s = np.arange(n) / 50.0
    pose = np.zeros((n, 23, 3))
    pose[:, 15, 2], pose[:, 16, 2] = -1.2, 1.2
    pose[:, 15, 0] = 0.3 * np.sin(2 * np.pi * times_s)
    pelvis = np.stack([0 * times_s, -1.0 * times_s, np.full(n, 0.95)], axis=1)
    upright = np.tile(Rotation.from_euler("x", 90, degrees=True).as_rotvec(), (n, 1))
    rest_m = standin_body.rest_joints(np.zeros(10))[0]
    motion = BodyMotion(np.zeros(10), upright, pose, pelvis - rest_m, 50.0)
    return pose_body(motion, standin_body, RADAR, n_scatterers=NOISY.n_scatterers)


@pytest.fixture(scope="module")
def tracks(posed: PosedBody) -> Tracks:
    return received_tracks(posed, RADAR, PLACEMENT, observe(posed, RADAR, PLACEMENT, "diffuse"))


def capture(posed: PosedBody, options: SimulationOptions, seed: int = 1, workers: int = 1) -> Capture:
    return capture_view(posed, RADAR, PLACEMENT, seed, options, workers)


def rows(capture: Capture) -> np.ndarray:
    return capture.doppler_time[:N_FRAMES].astype(np.float64)


def ranges_mw(capture: Capture) -> np.ndarray:
    """(128,) mean power of each cell of range_time."""
    assert capture.range_time is not None
    return (capture.range_time[:N_FRAMES].astype(np.float64) ** 2).mean(axis=0)


def with_receiver(options: SimulationOptions, **values: float) -> SimulationOptions:
    return replace(options, receiver=ReceiverOptions(**values))  # type: ignore[arg-type]


def test_ideal_receiver_takes_the_direct_way_byte_by_byte(posed: PosedBody, tracks: Tracks) -> None:
    for options in (QUIET, NOISY):
        cube = simulate_range_cube(tracks, RADAR, options.spectrogram)
        if options.thermal_noise:
            cube = add_thermal_noise(cube, RADAR, 1)
        by_hand = doppler_time(cube, RADAR, options.spectrogram).magnitude
        seen = capture(posed, replace(options, receiver=ReceiverOptions()))
        assert seen.doppler_time[:N_FRAMES].tobytes() == by_hand.tobytes()


def test_way_by_adc_samples_changes_no_echo(tracks: Tracks) -> None:
    direct = simulate_range_cube(tracks, RADAR, QUIET.spectrogram)
    ideal = receive_cubes(
        tracks, RADAR, ReceiverOptions(), 1, direct.first_bin, direct.n_bins, thermal_noise=False,
        with_first_channel=True,
    )  # fmt: skip
    assert ideal.saturated_share == 0.0
    error = np.linalg.norm(direct.values - ideal.strip.values) / np.linalg.norm(direct.values)
    assert 20 * np.log10(error) < -50.0
    assert ideal.first_channel is not None
    columns = direct.first_bin[:, None, None, None] + np.arange(direct.n_bins)
    cut = np.take_along_axis(ideal.first_channel.values, columns, axis=3)
    np.testing.assert_array_equal(cut, ideal.strip.values)


def test_quantisation_noise_has_the_power_of_a_uniform_error(posed: PosedBody) -> None:
    # Samples reach about -74 dBm: 40 dB below full scale, and 27 dB above a step, so that errors are uniform.
    options = with_receiver(QUIET, adc_bits=12, adc_full_scale_dbm=-35.0)
    seen = capture(posed, options)
    assert seen.flags == () and seen.noise_floor_db is None
    # step^2 / 12 in each of I and Q, white: Hann windows pass 1.5 / N and 1.5 / K of it, the gate adds bins up.
    n_gate = options.spectrogram.gate_bins(RADAR)
    cell_mw = adc_step(options.receiver) ** 2 / 6 * (1.5 / 256) * (1.5 / 128) * n_gate
    empty = np.r_[5:30, 100:124]
    assert 10 * np.log10((rows(seen)[:, empty] ** 2).mean() / cell_mw) == pytest.approx(0.0, abs=0.3)
    ideal = capture(posed, QUIET)
    assert (rows(ideal)[:, empty] ** 2).mean() < 0.01 * cell_mw
    moving = rows(ideal) > 10 * np.sqrt(cell_mw)
    assert moving.any()
    error = rows(seen)[moving] - rows(ideal)[moving]
    assert np.sqrt((error**2).mean()) < np.sqrt(cell_mw)  # a part of the noise is out of phase with the echo


def test_image_of_iq_imbalance_stands_at_the_mirrored_range(posed: PosedBody) -> None:
    options = with_receiver(
        replace(QUIET, all_views=True), iq_gain_imbalance_db=1.0, iq_phase_imbalance_deg=2.0
    )
    seen, ideal = (ranges_mw(capture(posed, o)) for o in (options, replace(QUIET, all_views=True)))
    echo, image = slice(25, 45), slice(84, 104)  # 2.2 m to 3.9 m of 11.15 m, and mirrored
    assert ideal[echo].sum() > 0.99 * ideal.sum()
    rejection_db = 10 * np.log10(seen[echo].sum() / seen[image].sum())
    assert rejection_db == pytest.approx(image_rejection_db(options.receiver), abs=0.05)
    assert ideal[image].sum() < 1e-5 * ideal.sum()
    # An image conjugates: what comes nearer seems to recede. The gate keeps it out, the whole span shows it.
    whole = replace(options, spectrogram=LEGACY)
    assert (
        rows(capture(posed, whole))[:, 74].mean()
        > 20 * rows(capture(posed, replace(QUIET, spectrogram=LEGACY)))[:, 74].mean()
    )
    gated, ideal_gated = rows(capture(posed, options)), rows(capture(posed, QUIET))
    assert gated[:, 74].mean() < 1.5 * ideal_gated[:, 74].mean()


def test_constant_stands_at_range_zero_and_zero_doppler(posed: PosedBody) -> None:
    options = with_receiver(replace(QUIET, all_views=True), dc_offset_dbm=-60.0)
    seen, ideal = capture(posed, options), capture(posed, replace(QUIET, all_views=True))
    added = ranges_mw(seen) - ranges_mw(ideal)
    # Bin 0 reads the power, bins 1 and 255 a quarter of it; a cell of range_time is two bins.
    assert added[[0, 127]] == pytest.approx([1.25e-6, 0.25e-6], rel=1e-3)
    assert np.abs(added[1:127]).max() < 1e-4 * added[0]
    np.testing.assert_allclose(rows(seen), rows(ideal), rtol=0.02, atol=2e-3 * rows(ideal).max())
    whole = rows(capture(posed, replace(options, spectrogram=LEGACY)))
    assert (whole[:, 64] > 1.9e-3).all()  # magnitudes of 1, 1/2 and 1/2 add up


def test_leakage_within_the_gate_is_a_standing_line(posed: PosedBody) -> None:
    delay_s = 2 * 66 * RADAR.range_bin_m / SPEED_OF_LIGHT_MPS
    seen = capture(posed, with_receiver(QUIET, leakage_dbm=-50.0, leakage_delay_s=delay_s))
    # Powers over range: 1, 1/4 and 1/4 of it; over Doppler the same.
    expected_mw = 1.5e-5 * np.array([0.25, 1.0, 0.25])
    assert (rows(seen)[:, 63:66] ** 2).mean(axis=0) == pytest.approx(expected_mw, rel=0.05)


def test_saturation_is_flagged(posed: PosedBody) -> None:
    loud = with_receiver(NOISY, adc_bits=12, adc_full_scale_dbm=-85.0)
    assert capture(posed, loud).flags == ("adc_saturated",)
    pushed = with_receiver(NOISY, adc_bits=12, adc_full_scale_dbm=-35.0, dc_offset_dbm=-30.0)
    assert capture(posed, pushed).flags == ("adc_saturated",)
    assert capture(posed, with_receiver(NOISY, adc_bits=12, adc_full_scale_dbm=-35.0)).flags == ()


def test_thermal_noise_by_either_way_has_one_level(posed: PosedBody) -> None:
    direct = capture(posed, NOISY)
    by_samples = capture(posed, with_receiver(NOISY, dc_offset_dbm=-120.0))
    empty = np.r_[5:30, 100:124]
    levels_db = [10 * np.log10((rows(seen)[:, empty] ** 2).mean()) for seen in (direct, by_samples)]
    assert direct.noise_floor_db == by_samples.noise_floor_db
    assert levels_db == pytest.approx([direct.noise_floor_db] * 2, abs=0.15)
    spread = [rows(seen)[:, empty].std() / rows(seen)[:, empty].mean() for seen in (direct, by_samples)]
    assert spread[0] == pytest.approx(spread[1], rel=0.1)
    assert abs(np.corrcoef(rows(direct)[:, empty].ravel(), rows(by_samples)[:, empty].ravel())[0, 1]) < 0.15


def test_same_seed_same_bytes_in_any_blocks(posed: PosedBody, monkeypatch: pytest.MonkeyPatch) -> None:
    options = replace(NOISY, receiver=EVERYTHING, all_views=True)
    seen = capture(posed, options)
    other = capture(posed, options, seed=2)
    assert (other.doppler_time[:N_FRAMES] != seen.doppler_time[:N_FRAMES]).mean() > 0.9
    monkeypatch.setattr(received_module, "frames_in_work", lambda radar: 4)
    again = capture(posed, options, workers=2)
    assert again.range_time is not None and seen.range_time is not None
    assert again.doppler_time.tobytes() == seen.doppler_time.tobytes()
    assert again.range_time.tobytes() == seen.range_time.tobytes()


def test_raw_samples_are_those_that_the_capture_was_made_from(posed: PosedBody) -> None:
    options = replace(NOISY, receiver=EVERYTHING, spectrogram=LEGACY)
    samples = raw_adc(posed, RADAR, PLACEMENT, 1, options, 0, N_FRAMES)
    assert samples.shape == (N_FRAMES, 128, 1, 256) and samples.dtype == np.complex64
    made = doppler_time(range_cube_from_adc(samples, RADAR), RADAR, LEGACY).magnitude
    assert made.tobytes() == capture(posed, options).doppler_time[:N_FRAMES].tobytes()
    part = raw_adc(posed, RADAR, PLACEMENT, 1, options, 6, 2, workers=2)
    assert part.tobytes() == samples[6:8].tobytes()
    noise = samples - raw_adc(posed, RADAR, PLACEMENT, 2, options, 0, N_FRAMES)
    assert (noise != 0).mean() > 0.5
    with pytest.raises(RadarConfigError, match="it has 15 frames"):
        raw_adc(posed, RADAR, PLACEMENT, 1, options, 10, 6)
    with pytest.raises(RadarConfigError, match="0 frames from frame 3 on"):
        list(raw_adc_blocks(posed, RADAR, PLACEMENT, 1, options, 3, 0))


def test_raw_samples_of_an_ideal_receiver_carry_noise_if_asked(posed: PosedBody, tracks: Tracks) -> None:
    quiet, noisy = (raw_adc(posed, RADAR, PLACEMENT, 3, o, 0, N_FRAMES) for o in (QUIET, NOISY))
    power = np.mean(np.abs(noisy - quiet) ** 2) / RADAR.noise_power_mw
    assert power == pytest.approx(1.0, abs=0.02)
    direct = simulate_range_cube(tracks, RADAR, LEGACY)
    error = direct.values - range_cube_from_adc(quiet, RADAR).values
    assert 20 * np.log10(np.linalg.norm(error) / np.linalg.norm(direct.values)) < -50.0


def test_several_channels_and_all_views(posed: PosedBody) -> None:
    # Capon's peak widens with the noise that the effects add, Bartlett's does not.
    usual = replace(NOISY, all_views=True, spectrogram=SpectrogramOptions(azimuth_method="fft"))
    options = replace(usual, receiver=EVERYTHING)
    seen, ideal = (capture_view(posed, PAIR, PLACEMENT, 1, each) for each in (options, usual))
    for view in ("doppler_time", "range_time", "azimuth_time"):
        got, wanted = (getattr(one, view)[:N_FRAMES].astype(float) for one in (seen, ideal))
        strong = wanted > 0.3 * wanted.max()
        np.testing.assert_allclose(got[strong], wanted[strong], rtol=0.2, err_msg=view)
    cube = range_cube_from_adc(raw_adc(posed, PAIR, PLACEMENT, 1, options, 0, N_FRAMES), PAIR)
    first = RangeCube(cube.values[:, :, :1], cube.first_bin)
    assert seen.range_time is not None
    power = (np.abs(first.values[..., 0]) ** 2 + np.abs(first.values[..., 1]) ** 2).mean(axis=(1, 2))
    assert seen.range_time[:N_FRAMES, 0] == pytest.approx(np.sqrt(power), rel=1e-4)


def test_options_come_back_from_json_and_by_name() -> None:
    options = replace(NOISY, receiver=EVERYTHING, spectrogram=LEGACY)
    assert SimulationOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options
    named = with_option_values(
        SimulationOptions(),
        {"receiver.adc_bits": 12, "receiver.adc_full_scale_dbm": -40, "spectrogram.projection": "real_style"},
    )
    assert named.receiver == ReceiverOptions(adc_bits=12, adc_full_scale_dbm=-40.0)
    assert named.spectrogram == SpectrogramOptions(projection="real_style")  # with the gate of its own
    assert with_option_values(named, {"receiver.adc_bits": None, "receiver.adc_full_scale_dbm": None}) == replace(
        named, receiver=ReceiverOptions()
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("reciever.adc_bits", 12, "did you mean 'receiver'"),
        ("receiver.adc_bit", 12, "ReceiverOptions has no option 'adc_bit'; did you mean 'adc_bits'"),
        ("receiver", 1, "is a group of options; set one of receiver.phase_noise_dbc_per_hz"),
        ("receiver.adc_bits", 12, "give both"),
        ("receiver.adc_bits", 1.5, "must be a whole number or null"),
        ("receiver.dc_offset_dbm", "loud", "must be a number or null"),
        ("n_scatterers", True, "must be a whole number"),
        ("n_scatterers.x", 1, "has no parts"),
        ("scattering", "none", "must be 'both' or 'diffuse' or 'coherent'"),
    ],
)
def test_wrong_names_and_values_are_refused(name: str, value: object, message: str) -> None:
    with pytest.raises(RadarConfigError, match=message):
        with_option_values(SimulationOptions(), {name: value})
