"""What each target of a scene should read in the range-Doppler map by the radar equation, and what it reads."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..dsp.map_level import LEAST_DBM
from ..dsp.windows import periodic_hann
from ..radar.config import RadarConfig
from ..radar.noise import cell_noise_mw
from ..radar.tracks import poses_per_frame
from .target_echoes import beam_gain
from .target_meshes import edge_axes
from .target_rcs import closed_form, largest_dimension_m
from .target_scene import PlacedTarget
from .targets import CylinderTarget, DiscTarget, PlateTarget, PointTarget, SphereTarget

HALF_MAIN_LOBE = 3  # cells to either side hold all but 1e-4 of the power of a tone under a Hann window
CLEAR_OF_NOISE = 10.0  # times the spread of the noise's sum over the cells: an error of about 0.4 dB
HANN_SPREAD = math.sqrt(
    1.0 / 12.0 - 5.0 / (8.0 * math.pi**2)
)  # rms width of the squared window, of its length
FILLED_DB = 0.5
SPREAD_BINS = 0.25  # deeper echoes change over the sweep, and no single formula holds


@dataclass(frozen=True)
class TargetReading:
    """One target in the middle of one frame.

    Attributes:
        number: its place in the scene's list.
        kind: of target.
        range_m: from the radar to its `position_m`.
        range_rate_mps: positive = receding.
        formula: closed form of its radar cross section, or why there is none.
        rcs_m2: by that formula; None without one.
        expected_dbm: received power by the radar equation, the antennas' beam included.
        doppler_cell: where its echo lies in the map, in cells and fractions.
        range_cell: the same.
        half_cells: (doppler, range) cells to either side that its echo fills.
        measured_dbm: power of those cells over that of a tone's main lobe (2.25), noise taken off: what a tone on the
            middle of a cell reads. None where noise is all there is.
        comparable: whether formula and map speak of the same thing.
        notes: what to know, in words.
        flags: names of scene_capture.SCENE_FLAGS that hold.
    """

    number: int
    kind: str
    range_m: float
    range_rate_mps: float
    formula: str
    rcs_m2: float | None
    expected_dbm: float | None
    doppler_cell: float
    range_cell: float
    half_cells: tuple[int, int]
    measured_dbm: float | None = None
    comparable: bool = True
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def difference_db(self) -> float | None:
        """Map over radar equation; None where they cannot be compared."""
        if not self.comparable or self.measured_dbm is None or self.expected_dbm is None:
            return None
        return self.measured_dbm - self.expected_dbm


def read_targets(
    map_dbm: NDArray[np.float32],
    placed: list[PlacedTarget],
    radar: RadarConfig,
    frame: int,
    *,
    plane_wave: bool,
    noise: bool,
) -> tuple[TargetReading, ...]:
    """All targets of a scene in one frame.

    Args:
        map_dbm: (doppler, range) of that frame, virtual channel 0.
        placed: the targets.
        radar: of the map.
        frame: its number.
        plane_wave: see `TargetScene.wavefront`.
        noise: whether the map has thermal noise.
    """
    expected = [_expected(one, radar, frame, plane_wave) for one in placed]
    noise_mw = cell_noise_mw(radar) if noise else 0.0
    readings = []
    for own in expected:
        measured, clear = _measured(map_dbm, own, noise_mw)
        near = [
            f"targets[{other.number}]"
            for other in expected
            if other is not own and _overlap(own, other, radar)
        ]
        if near:
            own = replace(
                own,
                comparable=False,
                notes=(*own.notes, f"its cells hold echoes of {', '.join(near)} as well"),
            )
        if not clear:
            own = replace(own, comparable=False, notes=(*own.notes, "too weak to be read in this noise"))
        readings.append(replace(own, measured_dbm=measured))
    return tuple(readings)


def _expected(one: PlacedTarget, radar: RadarConfig, frame: int, plane_wave: bool) -> TargetReading:
    """A reading without the map's part."""
    time_s = frame * radar.frame_period_s + float(radar.chirp_times_s[radar.n_chirps // 2])
    position = one.position_m[0] + time_s * one.velocity_mps
    range_m = float(np.linalg.norm(position))
    rate = float(position @ one.velocity_mps / range_m)
    form = closed_form(one.target, -position / range_m, radar.mid_wavelength_m)
    expected_dbm = None
    notes, flags, comparable = _remarks(one, radar, frame, range_m, position, plane_wave)
    if form.rcs_m2 is not None:
        gain = float(beam_gain(position, radar)) ** 2
        expected_dbm = _dbm(radar.received_power_mw(form.rcs_m2, range_m) * gain)
        swept_m2 = _swept_rcs_m2(one, -position / range_m, radar, form.rcs_m2)
        swept_dbm = _dbm(radar.received_power_mw(swept_m2, range_m) * gain)
        if comparable and abs(swept_dbm - expected_dbm) > FILLED_DB:
            comparable = False
            notes += (
                "near a null of its pattern, which moves with frequency: over the sweep the formula's mean is "
                f"{swept_dbm:.2f} dBm",
            )
    channel = radar.channels[0]
    half_way = 0.5 * (
        np.linalg.norm(position - radar.array.tx_m[channel.tx])
        + np.linalg.norm(position - radar.array.rx_m[channel.rx])
    )
    return TargetReading(
        one.number, one.target.kind, range_m, rate, form.formula, form.rcs_m2, expected_dbm,
        (rate / radar.velocity_bin_mps + radar.n_chirps // 2) % radar.n_chirps,
        float(half_way - _front_m(one, position / range_m)) / radar.range_bin_m,
        _half_cells(one, radar, range_m, rate),
        comparable=comparable, notes=notes, flags=flags,
    )  # fmt: skip


def _swept_rcs_m2(
    one: PlacedTarget, to_radar: NDArray[np.float64], radar: RadarConfig, mid_rcs_m2: float
) -> float:
    """The closed form's mean over the windowed sweep.

    The power of all cells of an echo is the integral of the squared window times the cross section; two frequencies
    at the squared Hann window's spread stand for it.
    """
    spread = HANN_SPREAD * radar.sampled_bandwidth_hz / radar.mid_frequency_hz
    total_m2 = 0.0
    for side in (-1.0, 1.0):
        form = closed_form(one.target, to_radar, radar.mid_wavelength_m / (1.0 + side * spread))
        if form.rcs_m2 is None:
            return mid_rcs_m2
        total_m2 += form.rcs_m2
    return 0.5 * total_m2


def _remarks(
    one: PlacedTarget,
    radar: RadarConfig,
    frame: int,
    range_m: float,
    position: NDArray[np.float64],
    plane_wave: bool,
) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """Notes, flags, and whether the formula can be held against the map."""
    notes, flags, comparable = [], [], True
    fastest = np.abs(
        np.einsum("ex,x->e", one.position_m, one.velocity_mps) / np.linalg.norm(one.position_m, axis=1)
    )
    if fastest.max() > radar.max_velocity_mps:
        flags.append("velocity_wraps")
        notes.append(
            f"up to {fastest.max():.2f} m/s, beyond +-{radar.max_velocity_mps:.2f} m/s: Doppler wraps around"
        )
    light = float(one.light[frame * poses_per_frame(radar)].mean())
    if one.light.min() < 1.0:
        flags.append("in_shadow")
    if light < 0.999:
        comparable = False
        notes.append(f"in the shadow of another target: {100.0 * light:.0f} % of it is lit")
    if isinstance(one.target, PointTarget):
        return tuple(notes), tuple(flags), comparable
    far_m = 2.0 * largest_dimension_m(one.target) ** 2 / radar.mid_wavelength_m
    if range_m < far_m:
        flags.append("near_field")
        real = 'taken as far all the same; wavefront "spherical" shows the echo that it has there'
        notes.append(
            f"at {range_m:.2f} m, far field from 2 D^2 / lambda = {far_m:.1f} m: "
            + (real if plane_wave else "the formula is that of the far field")
        )
    depth_m = _depth_m(one, position / range_m)
    if depth_m > SPREAD_BINS * radar.range_bin_m:
        comparable = False
        notes.append(f"{100.0 * depth_m:.1f} cm deep as it is tilted: its echo changes over the sweep")
    return tuple(notes), tuple(flags), comparable


def _measured(map_dbm: NDArray[np.float32], own: TargetReading, noise_mw: float) -> tuple[float | None, bool]:
    """Power of the target's cells over that of a main lobe, dBm, and whether it is clear of the noise."""
    n_doppler, n_range = map_dbm.shape
    rows = _cells(own.doppler_cell, own.half_cells[0], n_doppler)
    columns = _cells(own.range_cell, own.half_cells[1], n_range)
    power = 10.0 ** (map_dbm[np.ix_(rows, columns)].astype(np.float64) / 10.0)
    lobe = 1.0
    for n in map_dbm.shape:
        window = periodic_hann(n)
        lobe *= n * float((window**2).sum() / window.sum() ** 2)
    total = float((power - noise_mw).sum())
    # Under a Hann window neighbours' noise correlates by 2/3 and 1/6, their powers by the squares: 1 + 2 (4/9 + 1/36).
    spread = noise_mw * math.sqrt(power.size) * 35.0 / 18.0
    return _dbm(total / lobe) if total > 0.0 else None, total >= CLEAR_OF_NOISE * spread


def _cells(middle: float, half: int, n: int) -> NDArray[np.int64]:
    """Cells around a place; the axes are those of an FFT and have no ends."""
    return np.unique((round(middle) + np.arange(-half, half + 1)) % n)


def _overlap(a: TargetReading, b: TargetReading, radar: RadarConfig) -> bool:
    """Whether the cells of two targets have some in common."""
    far = (radar.n_chirps, radar.n_adc_samples)
    for own, other, n, half_a, half_b in zip(
        (a.doppler_cell, a.range_cell),
        (b.doppler_cell, b.range_cell),
        far,
        a.half_cells,
        b.half_cells,
        strict=True,
    ):
        gap = abs(own - other) % n
        if min(gap, n - gap) > half_a + half_b:
            return False
    return True


def _half_cells(one: PlacedTarget, radar: RadarConfig, range_m: float, rate: float) -> tuple[int, int]:
    """Half a main lobe, and half of what the target moves during the frame's chirps."""
    half_s = 0.5 * radar.n_chirps * radar.pri_s
    across = float(one.velocity_mps @ one.velocity_mps) - rate * rate
    doppler = abs(across) / range_m * half_s / radar.velocity_bin_mps
    moved = abs(rate) * half_s / radar.range_bin_m
    return (
        min(HALF_MAIN_LOBE + math.ceil(doppler - 0.1), radar.n_chirps // 2),
        min(HALF_MAIN_LOBE + math.ceil(moved), radar.n_adc_samples // 2),
    )


def _front_m(one: PlacedTarget, away: NDArray[np.float64]) -> float:
    """How much nearer than its `position_m` a target sends its echo back."""
    target = one.target
    if isinstance(target, SphereTarget):
        return target.true_radius_m
    if isinstance(target, CylinderTarget):
        along = abs(float(edge_axes(target)[2] @ away))
        return target.true_radius_m * math.sqrt(max(1.0 - along**2, 0.0)) + 0.5 * target.length_m * along
    return 0.0


def _depth_m(one: PlacedTarget, away: NDArray[np.float64]) -> float:
    """Extent in range of a flat target."""
    target = one.target
    if isinstance(target, PlateTarget):
        u, v, _ = np.abs(edge_axes(target) @ away)
        return float(target.size_m[0] * u + target.size_m[1] * v)
    if isinstance(target, DiscTarget):
        return 2.0 * target.true_radius_m * float(np.linalg.norm((edge_axes(target) @ away)[:2]))
    return 0.0


def _dbm(power_mw: float) -> float:
    return max(10.0 * math.log10(power_mw), LEAST_DBM) if power_mw > 0.0 else LEAST_DBM
