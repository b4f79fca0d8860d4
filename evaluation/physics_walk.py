"""Checks of a walking person against the closed forms of gait (Boulic, Thalmann and Thalmann 1990)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from simulator import (
    BodyMotion,
    Capture,
    MotionScript,
    Placement,
    SimulationOptions,
    load_body,
    pose_joints,
    simulate,
    synthesize,
)
from simulator.radar.tracks import pose_rate_hz

from .figures import COLOURS, INK, SOFT, level_limits_db
from .physics_check import Drawing, PhysicsResult, PhysicsSection, within
from .physics_drawing import MARK, new_axes, style_axes
from .physics_points import RADAR

SPEED_MPS, HEIGHT_M = 1.4, 1.75
STEADY = slice(50, 175)  # frames between setting off and coming to a stand
ANKLES = (7, 8)
BOULIC = "Boulic 1990"
RECORDED_SWING_SPEED = 2.05
"""Between the two recorded adult walks. (Boulic's V / (1 - T_s / T_c) holds from toe-off; an ankle moves before it.)"""
LIT_OVER_FLOOR = 2.5  # a cell of the envelope stands this much (in power) over the noise
VIEWS = (
    ("towards", "straight towards the radar", Placement(7.0)),
    ("away", "straight away", Placement(2.0, view="E")),
    ("oblique", "at 30° to the line of sight at its start", Placement(8.0, heading_deg=30.0)),
)


@dataclass(frozen=True)
class Walk:
    """One view of the walk.

    Attributes:
        capture: what the radar shows.
        torso_mps: (frame,) strongest Doppler line of each steady frame, smoothed over 60 ms.
        envelope_mps: (frame,) fastest cell over the noise, on the side of the walk.
    """

    capture: Capture
    torso_mps: NDArray[np.float64]
    envelope_mps: NDArray[np.float64]


def boulic_step_s(speed_mps: float, height_m: float) -> float:
    """Half of the cycle T_c = 1.346 / sqrt(r_v), r_v = V / H_t, hip height H_t = 0.491 H."""
    return 0.5 * 1.346 / math.sqrt(speed_mps / (0.491 * height_m))


def gait_of_the_motion() -> list[PhysicsResult]:
    """The motion itself, before any radar: does the engine walk as people do?"""
    motion = walking_motion()
    ankles = pose_joints(load_body(), motion)[:, ANKLES]
    speed_mps = np.linalg.norm(np.diff(ankles, axis=0), axis=2) * motion.rate_hz
    step_s = _period_s(speed_mps.max(axis=1)[STEADY], 1.0 / motion.rate_hz)
    swinging = speed_mps[STEADY].ravel()
    swinging = swinging[swinging > 0.5 * SPEED_MPS]
    return [
        within(
            "walk-step-period",
            "time of a step of the motion engine, 1.4 m/s, height 1.75 m",
            f"T_c/2, {BOULIC}",
            unit="s",
            expected=boulic_step_s(SPEED_MPS, HEIGHT_M),
            simulated=step_s,
            tolerance=0.05 * boulic_step_s(SPEED_MPS, HEIGHT_M),
        ),
        within(
            "walk-swing-speed",
            "mean speed of an ankle while it is faster than V/2, over V",
            "recorded walks: DeepMimic at 0.97 m/s 2.13, AMP (CMU) at 1.53 m/s 1.98",
            unit="",
            expected=RECORDED_SWING_SPEED,
            simulated=float(swinging.mean()) / SPEED_MPS,
            tolerance=0.2,
        ),
    ]


def micro_doppler() -> list[PhysicsResult]:
    """Torso line, step period and foot envelope as the radar shows them, from three sides."""
    motion = walking_motion()
    results = []
    for name, words, placement in VIEWS:
        walk = _look(motion, placement)
        expected_mps = _radial_mps(motion, placement)
        drawing = None
        if name == "towards":
            step_s = boulic_step_s(SPEED_MPS, HEIGHT_M)
            drawing = Drawing(
                "walk.png",
                "A walk at 1.4 m/s towards the radar, with thermal noise. Solid line: V (torso); dashed: 2 V "
                "and 4 V (band of the foot envelope); ticks at the top: Boulic steps, "
                f"{step_s:.3f} s apart.",
                lambda walk=walk: _walk_figure(walk.capture),  # type: ignore[misc]
            )
        results += _view_results(name, words, walk, expected_mps, drawing)
    return results


def _view_results(
    name: str, words: str, walk: Walk, radial_mps: NDArray[np.float64], drawing: Drawing | None
) -> list[PhysicsResult]:
    """Three rows of one view; `radial_mps` is V cos(alpha) of every steady frame."""
    step_s = boulic_step_s(SPEED_MPS, HEIGHT_M)
    foot = float(np.percentile(walk.envelope_mps / np.abs(radial_mps), 95))
    return [
        within(
            f"walk-torso-{name}",
            f"mean torso line, walking {words}",
            "V cos α",
            unit="m/s",
            drawing=drawing,
            expected=radial_mps.mean(),
            simulated=walk.torso_mps.mean(),
            tolerance=RADAR.velocity_bin_mps,
        ),
        within(
            f"walk-envelope-period-{name}",
            f"period of the envelope, {words}",
            f"T_c/2, {BOULIC}",
            unit="s",
            expected=step_s,
            simulated=_period_s(walk.envelope_mps, RADAR.frame_period_s),
            tolerance=0.05 * step_s,
        ),
        within(
            f"walk-foot-{name}",
            f"foot envelope (95th percentile) over V cos α, {words}",
            "2 … 4",
            unit="1",
            expected=3.0,
            simulated=foot,
            tolerance=1.0,
        ),
    ]


def walking_motion() -> BodyMotion:
    """4.8 m straight ahead at 1.4 m/s."""
    script = MotionScript.model_validate(
        {
            "title": "walk",
            "caption": "a person walks straight ahead",
            "alt_captions": [],
            "subject": {"sex": "neutral", "height_m": HEIGHT_M, "build": "average"},
            "style": {
                **dict.fromkeys(("energy", "tempo", "amplitude", "smoothness"), 0.5),
                "hesitation": 0.0,
                "emotion": "neutral",
                "age_group": "adult",
            },
            "start": {"range_m": 5.6, "azimuth_deg": 0.0, "heading_deg": 0.0},
            "steps": [
                {
                    "kind": "locomote",
                    "gait": "walk",
                    "speed_mps": SPEED_MPS,
                    "distance_m": 4.8,
                    "duration_s": None,
                    "heading_deg": 0.0,
                    "turn_deg": 0.0,
                }
            ],
            "layers": [],
            "tags": [],
        }
    )
    return synthesize(script, 1, load_body()).resampled(pose_rate_hz(RADAR))


def _radial_mps(motion: BodyMotion, placement: Placement) -> NDArray[np.float64]:
    """(frame,) V cos(alpha) of the steady frames: the script's speed along a straight line, seen from "
    "the antenna.

    Of the motion only where it is and where it leads is used, not its speed.
    """
    path_m = pose_joints(load_body(), motion)[STEADY, 0]
    along = path_m[-1, :2] - path_m[0, :2]
    sight = path_m - placement.radar_in_body_frame_m
    cosine = sight[:, :2] @ (along / np.linalg.norm(along)) / np.linalg.norm(sight, axis=1)
    return np.asarray(SPEED_MPS * cosine)


def _look(motion: BodyMotion, placement: Placement) -> Walk:
    """The walk as the default radar shows it, with thermal noise."""
    radar = replace(RADAR, n_frames=min(RADAR.n_frames, motion.n_poses - 1))
    capture = simulate(motion, load_body(), radar, placement, 1, SimulationOptions())
    power = capture.doppler_time[STEADY].astype(np.float64) ** 2
    torso_mps = capture.velocity_mps[gaussian_filter1d(power, 3.0, axis=0).argmax(axis=1)]
    sign = 1 if np.median(torso_mps) > 0.0 else -1
    assert capture.noise_floor_db is not None  # thermal noise is on
    bright = power[:, ::sign] > LIT_OVER_FLOOR * 10.0 ** (capture.noise_floor_db / 10.0)
    fastest = [int(np.flatnonzero(row)[-1]) for row in bright]
    return Walk(capture, torso_mps, np.abs(capture.velocity_mps[::sign][fastest]))


def _period_s(values: NDArray[np.floating], step_s: float) -> float:
    """Lag of the autocorrelation's first peak between 0.3 and 1.0 s, interpolated."""
    centred = values - values.mean()
    product = np.correlate(centred, centred, "full")[len(centred) - 1 :]
    first, last = round(0.3 / step_s), round(1.0 / step_s)
    lag = first + int(product[first:last].argmax())
    left, top, right = product[lag - 1 : lag + 2]
    return float((lag + 0.5 * (left - right) / (left - 2.0 * top + right)) * step_s)


def _walk_figure(capture: Capture) -> Figure:
    """The spectrogram with the closed forms on it."""
    level_db = 20.0 * np.log10(np.maximum(capture.doppler_time[: capture.n_valid_frames], 1e-12))
    low, high = level_limits_db([level_db])
    velocity, end_s = capture.velocity_mps, capture.n_valid_frames * RADAR.frame_period_s
    figure, axes = new_axes("time in s", "range rate in m/s (above 0: away)", 7.4, 3.6)
    axes.grid(False)
    image = axes.imshow(
        level_db.T,
        origin="lower",
        aspect="auto",
        cmap=COLOURS,
        vmin=low,
        vmax=high,
        interpolation="nearest",
        extent=(0.0, end_s, velocity[0] - 0.05, velocity[-1] + 0.05),
    )
    steady_s = (STEADY.start * RADAR.frame_period_s, STEADY.stop * RADAR.frame_period_s)
    for factor, style in ((1.0, "-"), (2.0, "--"), (4.0, "--")):
        axes.hlines(-factor * SPEED_MPS, *steady_s, color=MARK, linewidth=0.9, linestyle=style)
        if factor > 1.0:
            at = (steady_s[1], -factor * SPEED_MPS)
            axes.annotate(
                f"{factor:g} V", at, xytext=(4, -3), textcoords="offset points", color=MARK, fontsize=8
            )
    step_s = boulic_step_s(SPEED_MPS, HEIGHT_M)
    axes.vlines(np.arange(steady_s[0], steady_s[1], step_s), 5.2, 5.9, color=MARK, linewidth=1.0)
    style_axes(axes, "time in s", "range rate in m/s (above 0: away)")
    bar = figure.colorbar(image, ax=axes, pad=0.015, aspect=34, extend="both")
    bar.set_label("received power in dBm", fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8, colors=SOFT)
    return figure


SECTION = PhysicsSection(
    "walk",
    "A walking person",
    "A scripted walk at 1.4 m/s by a person of 1.75 m, made by the motion engine on the stand-in body, "
    "seen from three "
    "sides with thermal noise. Expected values come from the script's speed and height alone. The motion "
    "engine uses "
    "Boulic's stride law with its own leg length, so the step period tests that the whole chain keeps it, "
    "not that people "
    "obey the law. The foot envelope is the fastest cell that stands 4 dB over the noise floor.",
    (gait_of_the_motion, micro_doppler),
)
