"""Scene files of simple targets: what they may say, and what is refused in which words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from simulator.errors import SceneError
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.boards import radar_preset
from simulator.radar.materials import CLOTHED_SKIN
from simulator.scene.targets import SphereTarget, TargetScene, parse_scene
from simulator.scene_capture import SceneCapture, simulate_scene

POINT = {"kind": "point", "position_m": [0, 3, 0], "rcs_dbsm": 0}
SPHERE = {"kind": "sphere", "radius_m": 0.1, "position_m": [0, 3, 0]}
DISC = {"kind": "disc", "radius_m": 0.1, "normal": [0, -1, 0], "position_m": [0, 3, 0]}


def scene(*targets: dict[str, Any], **fields: Any) -> TargetScene:
    return parse_scene(json.dumps({"duration_s": 0.1, "targets": targets, **fields}))


def capture(*targets: dict[str, Any], radar: str = "mmexpert-iwr1843", **fields: Any) -> SceneCapture:
    return simulate_scene(scene(*targets, **fields), radar_preset(radar))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"duration_s": 0.2,\n "targets": [}', "scene, line 2, column 14: not JSON"),
        ("[1, 2]", "a scene is an object"),
        ('{"duration_s": 1, "duration_s": 2}', "'duration_s' is given twice"),
        ("{}", "duration_s is missing; targets is missing"),
        (
            '{"duration_s": 0, "targets": []}',
            "duration_s is 0: it should be greater than 0; .*at least one target",
        ),
    ],
)
def test_text_that_is_no_scene(text: str, message: str) -> None:
    with pytest.raises(SceneError, match=message):
        parse_scene(text)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            {"kind": "box"},
            r"targets\[0\].kind is 'box'; it must be one of point, sphere, plate, disc, cylinder",
        ),
        ({}, r"targets\[0\].kind is missing; it is one of point"),
        ({**SPHERE, "radius_m": -0.1}, r"targets\[0\].radius_m is -0.1: it should be greater than 0"),
        ({**SPHERE, "radius_m": float("nan")}, r"targets\[0\].radius_m is NaN: it should be a finite number"),
        ({**SPHERE, "diameter_m": 0.2}, r"targets\[0\]: give radius_m or diameter_m, one of them"),
        ({**SPHERE, "size": 1}, r"targets\[0\].size is no field of a sphere; it has .*radius_m"),
        ({**SPHERE, "position_m": [0, 3]}, r"targets\[0\].position_m\[2\] is missing"),
        ({**SPHERE, "velocity_mps": [0, "1", 0]}, r'velocity_mps\[1\] is "1": it should be a valid number'),
        ({**SPHERE, "material": "wood"}, "no such material; known are clothed_skin, concrete, .*metal"),
        (
            {**SPHERE, "material": {"name": "ice", "permittivity": 0.3}},
            "permittivity is 0.3, must be at least 1",
        ),
        ({**SPHERE, "material": {"name": "ice", "colour": 1}}, "fields of name, permittivity, loss"),
        (
            {**DISC, "normal": [0, 0, 0]},
            r"targets\[0\].normal is \[0, 0, 0\]: a direction must have a length",
        ),
        ({**POINT, "rcs_dbsm": 1000}, "rcs_dbsm is 1000: it should be less than or equal to 150"),
    ],
)
def test_target_that_is_none(target: dict[str, Any], message: str) -> None:
    with pytest.raises(SceneError, match=message):
        scene(target)


@pytest.mark.parametrize(
    ("target", "fields", "message"),
    [
        ({**SPHERE, "position_m": [0, -3, 0]}, {}, "behind the radar at 0.000 s: y = -3.100 m"),
        ({**SPHERE, "position_m": [0, 0.35, 0]}, {}, "comes within 0.250 m of the radar"),
        (
            {**POINT, "position_m": [0, 0.5, 0], "velocity_mps": [0, -4, 0]},
            {},
            "comes within 0.100 m .* at 0.100 s",
        ),
        ({**POINT, "position_m": [0, 12, 0]}, {}, "reaches 12.000 m .* beyond the range span 11.154 m"),
        ({**POINT, "position_m": [0, 11, 0], "velocity_mps": [0, 2, 0]}, {}, "reaches 11.200 m at 0.100 s"),
        (
            {**SPHERE, "radius_m": 2.0, "position_m": [0, 5, 0]},
            {},
            r"targets\[0\]: a sphere .* 4.5 times smaller",
        ),
        (POINT, {"duration_s": 0.05}, "2 whole frames .* it takes 3 to 8192 frames: give 0.06 to 163.84 s"),
        (POINT, {"duration_s": 1e6}, "give 0.06 to 163.84 s"),
    ],
)
def test_target_that_the_radar_cannot_have(
    target: dict[str, Any], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(SceneError, match=message):
        capture(target, **fields)


def test_a_scene_survives_its_own_json() -> None:
    given = scene(
        POINT,
        {**SPHERE, "material": "clothed_skin"},
        {**DISC, "material": {"name": "ice", "permittivity": 3.2}},
    )
    assert parse_scene(json.dumps(given.to_dict())) == given
    ball = given.targets[1]
    assert isinstance(ball, SphereTarget) and ball.material == CLOTHED_SKIN


def test_a_fast_target_wraps_and_is_flagged() -> None:
    fast = capture({**POINT, "velocity_mps": [0, 7, 0]})
    assert fast.flags == ("velocity_wraps",)
    row = int(fast.range_doppler_dbm[fast.read_frame].max(axis=1).argmax())
    assert fast.velocity_mps[row] == pytest.approx(
        7.0 - 2.0 * RADAR.max_velocity_mps, abs=RADAR.velocity_bin_mps
    )
    assert fast.targets[0].difference_db == pytest.approx(0.0, abs=0.05)


def test_a_point_behind_a_plate_is_dark() -> None:
    plate = {"kind": "plate", "size_m": [0.3, 0.3], "normal": [0, -1, 0], "position_m": [0, 2, 0]}
    hidden = capture({**POINT, "position_m": [0, 8, 0]}, plate)
    assert hidden.flags == ("in_shadow", "near_field")
    reading = hidden.targets[0]
    assert reading.difference_db is None and "0 % of it is lit" in reading.notes[0]
    assert reading.expected_dbm is not None and reading.measured_dbm is not None
    away = capture({**POINT, "position_m": [0, 8, 0]}, {**plate, "position_m": [1, 2, 0]})
    assert away.targets[0].difference_db == pytest.approx(0.0, abs=0.2)


def test_targets_that_share_cells_are_not_compared() -> None:
    both = capture(POINT, {**POINT, "position_m": [0.1, 3, 0]})
    assert [reading.difference_db for reading in both.targets] == [None, None]
    assert both.targets[0].notes == ("its cells hold echoes of targets[1] as well",)


def test_noise_depends_on_the_seed_alone() -> None:
    first, again = (capture(POINT, noise=True, seed=3) for _ in range(2))
    other = capture(POINT, noise=True, seed=4)
    np.testing.assert_array_equal(first.range_doppler_dbm, again.range_doppler_dbm)
    assert (first.range_doppler_dbm != other.range_doppler_dbm).mean() > 0.99
    assert np.median(first.range_doppler_dbm) == pytest.approx(-133.4 + 10.0 * np.log10(np.log(2.0)), abs=0.3)
    assert first.targets[0].difference_db == pytest.approx(0.0, abs=0.1)
    weak = capture({**POINT, "rcs_dbsm": -60}, noise=True)
    assert weak.targets[0].difference_db is None and weak.targets[0].notes == (
        "too weak to be read in this noise",
    )


def test_blocks_of_frames_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    targets = (SPHERE, {**POINT, "position_m": [1, 5, 0], "velocity_mps": [3, -1, 0]})
    whole = capture(*targets, noise=True, radar="mmexpert-iwr1843-8rx")
    monkeypatch.setattr("simulator.scene_capture.MAX_BLOCK_FRAMES", 2)
    parts = capture(*targets, noise=True, radar="mmexpert-iwr1843-8rx")
    for name in ("range_doppler_dbm", "doppler_time", "range_time", "azimuth_time"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name), err_msg=name)


def test_power_in_the_views_is_that_of_the_map() -> None:
    """Hann windows spread a tone over cells: 1.5 in range, 2.25 in both."""
    seen = capture({**POINT, "position_m": [1.5, 2.598, 0]}, radar="mmexpert-iwr1843-8rx")
    map_mw = (10.0 ** (seen.range_doppler_dbm.astype(float) / 10.0)).sum(axis=(1, 2))
    expected_mw = 2.25 * RADAR.received_power_mw(1.0, 3.0)
    assert map_mw == pytest.approx(expected_mw, rel=0.01)
    assert (seen.doppler_time.astype(float) ** 2).sum(axis=1) == pytest.approx(expected_mw, rel=0.01)
    assert (seen.range_time.astype(float) ** 2).sum(axis=1) == pytest.approx(expected_mw / 1.5, rel=0.01)
    assert seen.azimuth_time is not None and seen.azimuth_rad is not None
    assert np.degrees(seen.azimuth_rad[seen.azimuth_time[0].argmax()]) == pytest.approx(30.0, abs=1.5)


def test_the_antennas_beam_is_in_both_levels() -> None:
    radar = radar_preset("mmexpert-iwr1843", azimuth_beamwidth_deg=40.0)
    aside = {"position_m": [1.0, 2.8, 0]}
    both = simulate_scene(scene({**POINT, **aside}), radar), simulate_scene(scene({**SPHERE, **aside}), radar)
    for seen, wide in zip(both, (capture({**POINT, **aside}), capture({**SPHERE, **aside})), strict=True):
        narrow, open_wide = seen.targets[0].expected_dbm, wide.targets[0].expected_dbm
        assert narrow is not None and open_wide is not None
        loss_db = 24.0 * (np.degrees(np.arctan2(1.0, 2.8)) / 40.0) ** 2
        assert open_wide - narrow == pytest.approx(loss_db, abs=1e-6)
        assert seen.targets[0].difference_db == pytest.approx(0.0, abs=0.3)


def test_the_sweep_fills_a_null_of_a_plate() -> None:
    """At mid sweep 2 k a sin(theta) = 2 pi; elsewhere in the sweep not, and the windowed mean is what a map holds."""
    sine = RADAR.mid_wavelength_m / (2 * 0.1)
    plate = {"kind": "plate", "size_m": [0.1, 0.1], "normal": [sine, -np.sqrt(1 - sine**2), 0]}
    seen = capture({**plate, "position_m": [0, 3, 0]}).targets[0]
    assert seen.difference_db is None and "over the sweep the formula's mean is" in seen.notes[-1]
    # sinc(pi (1 + x)) is -x near the null; x has the squared Hann window's spread, 0.14145 of the relative bandwidth
    x = 0.14145 * RADAR.sampled_bandwidth_hz / RADAR.mid_frequency_hz
    broadside_m2 = 4 * np.pi * 0.1**4 / RADAR.mid_wavelength_m**2
    expected_dbm = 10 * np.log10(RADAR.received_power_mw(broadside_m2 * x**2 * (1 - sine**2), 3.0))
    assert seen.measured_dbm == pytest.approx(expected_dbm, abs=0.3)
    assert float(seen.notes[-1].split()[-2]) == pytest.approx(expected_dbm, abs=0.05)
    tilted = capture({**plate, "normal": [0.0349, -0.99939, 0], "position_m": [0, 3, 0]}).targets[0]
    assert tilted.difference_db == pytest.approx(0.0, abs=0.3)


def test_a_spherical_wave_shows_the_near_field() -> None:
    """A cylinder of 40 cm, broadside at 2 m: Fresnel integrals along its length instead of L^2."""
    from scipy.special import fresnel

    cylinder = {
        "kind": "cylinder",
        "radius_m": 0.05,
        "length_m": 0.4,
        "axis": [0, 0, 1],
        "position_m": [0, 2, 0],
    }
    seen = capture(cylinder, wavefront="spherical").targets[0]
    assert seen.measured_dbm is not None and seen.expected_dbm is not None
    half = 0.2 * np.sqrt(4.0 / (RADAR.mid_wavelength_m * (2.0 - 0.05)))
    s, c = fresnel(half)
    expected_db = 10.0 * np.log10((s * s + c * c) / half**2)
    # The front is nearer than the axis: 1 / R^4 gains 40 log(2 / 1.95), and the bright strip is narrower than in the
    # far field, r R / (R + r) in place of r with R = 1.95 m: 10 log(1.95 / 2).
    expected_db += 30.0 * np.log10(2.0 / 1.95)
    assert seen.measured_dbm - seen.expected_dbm == pytest.approx(expected_db, abs=0.5)
    assert expected_db < -10.0


def test_rough_surfaces_send_diffuse_echoes() -> None:
    """gamma A cos^2 over a sphere: 2 pi r^2 gamma / 3 on average over phases."""
    chalk = {"name": "chalk", "permittivity": 1.0, "loss": 0.0, "diffuse_reflectivity": 0.5}
    ball = {**SPHERE, "position_m": [0, 3, 0], "material": chalk}
    power = [
        10.0 ** (level / 10.0)
        for seed in range(20)
        if (level := capture(ball, duration_s=0.06, seed=seed).targets[0].measured_dbm) is not None
    ]
    mean_dbm = 10.0 * np.log10(np.mean(power))
    expected = 10.0 * np.log10(RADAR.received_power_mw(2.0 * np.pi * 0.01 * 0.5 / 3.0, 2.95))
    assert mean_dbm == pytest.approx(expected, abs=2.0)
