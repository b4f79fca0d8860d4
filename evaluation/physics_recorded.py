"""Checks against things that others made: one recorded radar frame, and the headers of TI's .cfg files."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from simulator import range_cube_from_adc, resolve_radar
from simulator.dsp.spectrogram import doppler_maps
from simulator.radar.boards import OPENRADAR_CAPTURE
from simulator.radar.ti_cfg import parse_ti_cfg
from simulator.radar.ti_cfg_header import check_cfg_header

from .figures import COLOURS, INK, SOFT
from .physics_check import Drawing, PhysicsResult, PhysicsSection, within
from .physics_drawing import MARK, new_axes, style_axes

FRAME = Path(__file__).with_name("data") / "openradar_simple_frame_1.npy"
README = "README of the recording (approaching person, standing reflector)"
PERSON, REFLECTOR = (-8, 41), (0, 107)  # Doppler bin from zero, range bin


@dataclass(frozen=True)
class CfgProfile:
    """A TI file in short.

    Attributes:
        name: slug.
        what: words for the page.
        platform: as the header has it.
        stated: range resolution in m, maximum velocity in m/s, CFAR range in m, as the header has them.
        tx_masks: of the chirps in turn.
        profile: arguments of profileCfg.
        frame: arguments of frameCfg.
    """

    name: str
    what: str
    platform: str
    stated: tuple[str, str, str]
    tx_masks: tuple[int, ...]
    profile: str
    frame: str


# Commands that shape a chirp, and the figures that TI's tools wrote into the header of the same file.
PROFILES = (
    CfgProfile("xwr1843-long", "xWR1843, 512 samples", "xWR18xx", ("0.043", "1.52", "17.65"), (1, 4, 2),
               "0 77 152 7 61 0 0 65 1 512 9562 0 0 30", "0 2 32 0 1000 1 0"),
    CfgProfile("xwr1843-short", "xWR1843, 64 samples", "xWR18xx", ("0.047", "0.32", "2.40"), (1, 4, 2),
               "0 77 974 7 40 0 0 100 1 64 2000 0 0 30", "0 2 32 0 200 1 0"),
    CfgProfile("xwr6843-aop", "xWR68xx AOP, 256 samples", "xWR68xx_AOP", ("0.044", "1", "8.92"), (1, 4, 2),
               "0 60 359 7 57.14 0 0 70 1 256 5209 0 0 158", "0 2 16 0 250 1 0"),
)  # fmt: skip


def recorded_frame() -> list[PhysicsResult]:
    """One frame of a real IWR through the same range and Doppler FFT as simulated data."""
    cube = range_cube_from_adc(_recorded_adc(), OPENRADAR_CAPTURE)
    moving, everything = (
        np.abs(doppler_maps(cube.values, remove_static=static))[0, :, 0] for static in (True, False)
    )
    doppler_bin, range_bin = np.unravel_index(moving.argmax(), moving.shape)
    zero = OPENRADAR_CAPTURE.n_chirps // 2
    standing = 60 + int(everything[zero, 60:].argmax())  # beyond 3 m, where nothing moves in front of it
    drawing = Drawing(
        "recorded_frame.png",
        "The recorded frame through this project's chain: circles at the bins that its README names. "
        "Level relative to its "
        "strongest cell; the bright cells at 0 m are most likely leakage and the receiver's constant.",
        lambda: _frame_figure(everything),
    )
    checks = [
        within(
            "recorded-doppler",
            "Doppler bin of the person, from zero (negative = approaching)",
            README,
            unit="bin",
            expected=PERSON[0],
            simulated=float(doppler_bin) - zero,
            tolerance=0.0,
            drawing=drawing,
        ),
        within(
            "recorded-range",
            "range bin of the person",
            README,
            unit="bin",
            expected=PERSON[1],
            simulated=float(range_bin),
            tolerance=0.0,
        ),
        within(
            "recorded-reflector",
            "range bin of the standing reflector",
            README,
            unit="bin",
            expected=REFLECTOR[1],
            simulated=standing,
            tolerance=0.0,
        ),
    ]
    return checks + _recorded_in_metres(int(doppler_bin), int(range_bin))


def _recorded_in_metres(doppler_bin: int, range_bin: int) -> list[PhysicsResult]:
    """The person's cell on the radar's axes."""
    radar = OPENRADAR_CAPTURE
    return [
        within(
            "recorded-velocity",
            "range rate of the person",
            "−8 · λ/2K·PRI at mid sweep",
            unit="m/s",
            expected=-0.645,
            simulated=radar.velocity_axis_mps[doppler_bin],
            tolerance=1e-3,
        ),
        within(
            "recorded-distance",
            "range of the person",
            "41 · c/2B",
            unit="m",
            expected=2.00,
            simulated=float(range_bin) * radar.range_bin_m,
            tolerance=0.005,
        ),
    ]


def cfg_headers() -> list[PhysicsResult]:
    """Figures in the header of TI's files against those that their commands imply."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for cfg in PROFILES:
            path = Path(folder) / f"{cfg.name}.cfg"
            path.write_text(_cfg_text(cfg))
            checks = check_cfg_header(parse_ti_cfg(path))
            for (key, words, unit), check in zip(_HEADER_FIGURES, checks, strict=True):
                results.append(
                    within(
                        f"cfg-{cfg.name}-{key}",
                        f"{cfg.what}: {words}",
                        "header of TI's file",
                        expected=check.stated,
                        simulated=check.derived,
                        tolerance=check.tolerance,
                        unit=unit,
                    )
                )
        frame_bytes = _bytes_per_frame(Path(folder) / "xwr1843-long.cfg")
    return [
        *results,
        within(
            "cfg-frame-bytes",
            "xWR1843, 512 samples: bytes of a frame",
            "4 RX · 3 TX · 32 · 512 · 4",
            unit="byte",
            expected=786_432.0,
            simulated=frame_bytes,
            tolerance=0.0,
        ),
    ]


_HEADER_FIGURES = (
    ("range", "range resolution", "m"),
    ("velocity", "maximum velocity (λ at the start frequency)", "m/s"),
    ("span", "CFAR range, 0.8 of the span", "m"),
)


def _cfg_text(cfg: CfgProfile) -> str:
    """The least that makes a .cfg file of these commands."""
    range_m, velocity, span = cfg.stated
    chirps = [f"chirpCfg {n} {n} 0 0 0 0 0 {mask}" for n, mask in enumerate(cfg.tx_masks)]
    lines = [
        f"% Platform:{cfg.platform}",
        f"% Range Resolution(m):{range_m}",
        f"% Maximum Radial Velocity(m/s):{velocity}",
        *("sensorStop", "flushCfg", "dfeDataOutputMode 1", "channelCfg 15 7 0", "adcCfg 2 1"),
        f"profileCfg {cfg.profile}",
        *chirps,
        f"frameCfg {cfg.frame}",
        f"cfarFovCfg -1 0 0 {span}",
        "sensorStart",
    ]
    return "\n".join([*lines, ""])


def _recorded_adc() -> NDArray[np.complex128]:
    """(1, chirp, 1, adc_sample) counts."""
    stored = np.load(FRAME, allow_pickle=False)
    i, q = (part.astype(np.uint16).view(np.int16).astype(np.float64) for part in (stored.real, stored.imag))
    return np.asarray((i + 1j * q)[None, :, None, :])


def _bytes_per_frame(path: Path) -> float:
    """Size of one frame as int16 I and Q."""
    radar = resolve_radar(path)
    return float(radar.n_virtual * radar.n_chirps * radar.n_adc_samples * 4)


def _frame_figure(magnitude: NDArray[np.floating]) -> Figure:
    radar = OPENRADAR_CAPTURE
    level_db = 20.0 * np.log10(magnitude / magnitude.max())
    half_v, half_r = 0.5 * radar.velocity_bin_mps, 0.5 * radar.range_bin_m
    velocity, span_m = radar.velocity_axis_mps, radar.range_span_m
    figure, axes = new_axes("range in m", "range rate in m/s (above 0: away)", height_in=3.4)
    axes.grid(False)
    image = axes.imshow(
        level_db,
        origin="lower",
        aspect="auto",
        cmap=COLOURS,
        vmin=-60,
        vmax=0,
        interpolation="nearest",
        extent=(-half_r, span_m - half_r, velocity[0] - half_v, velocity[-1] + half_v),
    )
    for (doppler_bin, range_bin), words in ((PERSON, "person"), (REFLECTOR, "reflector")):
        at = (range_bin * radar.range_bin_m, doppler_bin * radar.velocity_bin_mps)
        axes.plot(
            *at, marker="o", markersize=13, markerfacecolor="none", markeredgecolor=MARK, markeredgewidth=1.3
        )
        axes.annotate(words, at, xytext=(9, -14), textcoords="offset points", color=MARK, fontsize=8)
    style_axes(axes, "range in m", "range rate in m/s (above 0: away)")
    bar = figure.colorbar(image, ax=axes, pad=0.015, aspect=34, extend="both")
    bar.set_label("dB re strongest cell", fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8, colors=SOFT)
    return figure


SECTION = PhysicsSection(
    "recorded",
    "Against recordings and files of others",
    "The frame was recorded with a TI xWR board and published by PreSenseRadar/OpenRadar (Apache-2.0; "
    "`evaluation/data`). "
    "It goes through the same two FFTs as simulated data. That the person approaches is its publishers' "
    "statement, and "
    "confirms the sign of Doppler on real hardware; it says nothing about levels. The .cfg rows compare "
    "figures that TI's "
    "tools wrote into file headers with those computed from the commands of the same files (tolerance: "
    "their rounding, "
    "and 0.1 % because they use c = 3e8). The headers use the wavelength at the start frequency, this "
    "project the one at "
    "mid sweep.",
    (recorded_frame, cfg_headers),
)
