"""Checks of levels: the radar equation, its fourth power, thermal noise, signal over noise."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from simulator import RangeCube
from simulator.dsp.spectrogram import doppler_maps
from simulator.radar.link_budget import radar_equation_mw, thermal_noise_mw
from simulator.radar.noise import add_thermal_noise, cell_noise_mw
from simulator.radar.receiver import receive
from simulator.radar.receiver_options import ReceiverOptions

from .physics_check import Drawing, PhysicsResult, PhysicsSection, within
from .physics_drawing import LAW_STYLE, SIMULATED_STYLE, new_axes
from .physics_forms import bin_width_m, db, received_by_dbm, thermal_noise_dbm
from .physics_points import RADAR, map_of, moving_point

EQUATION = "P G_t G_r λ²σ / (4π)³R⁴"
NOTEBOOK = "RadarSimPy link-budget notebook (published numbers)"
RCS_M2 = 0.5
ADC_SHAPE = (RADAR.n_chirps, 1, RADAR.n_adc_samples)


def radar_equation() -> list[PhysicsResult]:
    """Received powers as formula, against numbers worked out apart and another simulator's."""
    results = []
    for range_m, expected in ((1.0, -58.40), (2.0, -70.44), (3.0, -77.49), (5.6, -88.33), (10.0, -98.40)):
        power_mw = radar_equation_mw(10.0**1.2, 14.0, 299_792_458.0 / 79e9, RCS_M2, range_m)
        results.append(
            within(
                f"received-power-{range_m:g}m",
                f"0.5 m² at {range_m:g} m, 79 GHz, 12 dBm, 7 + 7 dBi",
                EQUATION,
                expected=expected,
                simulated=db(power_mw),
                tolerance=0.006,
                unit="dBm",
            )
        )
    power_dbm = db(radar_equation_mw(10.0**1.3, 24.0, 299_792_458.0 / 76.5e9, 10.0, 100.0))
    noise_dbm = db(thermal_noise_mw(290.0, 20e6 / (1024 * 512), 11.0))
    return [
        *results,
        within(
            "notebook-power",
            "10 dBsm at 100 m, 76.5 GHz",
            NOTEBOOK,
            unit="dBm",
            expected=-114.11,
            simulated=power_dbm,
            tolerance=0.01,
        ),
        within(
            "notebook-noise",
            "noise of a cell, 20 MHz / (1024·512)",
            NOTEBOOK,
            unit="dBm",
            expected=-147.16,
            simulated=noise_dbm,
            tolerance=0.02,
        ),
        within(
            "notebook-snr",
            "signal over noise",
            NOTEBOOK,
            unit="dB",
            expected=33.05,
            simulated=power_dbm - noise_dbm,
            tolerance=0.02,
        ),
    ]


def power_of_maps() -> list[PhysicsResult]:
    """The level of a point in the range-Doppler map, from end to end, over a decade of range."""
    bins = np.unique(np.rint(np.geomspace(23, 230, 12)).astype(int))
    ranges_m = bins * bin_width_m(RADAR)
    levels = [_map_level_dbm(float(range_m)) for range_m in ranges_m]
    slope = (levels[-1] - levels[0]) / float(np.log10(ranges_m[-1] / ranges_m[0]))
    near = int(np.abs(ranges_m - 5.6).argmin())
    drawing = Drawing(
        "range_law.png",
        "Level of a point of 0.5 m² in the range-Doppler map (dots) and the radar equation (line).",
        lambda: _range_law_figure(ranges_m, np.array(levels)),
    )
    return [
        within(
            "map-level",
            f"level in the map, 0.5 m² at {ranges_m[near]:.3f} m, through the whole chain",
            EQUATION,
            unit="dBm",
            expected=received_by_dbm(RADAR, RCS_M2, float(ranges_m[near])),
            simulated=levels[near],
            tolerance=0.02,
        ),
        within(
            "fourth-power-point",
            "level over a decade of range, point, through the whole chain",
            "R⁻⁴",
            unit="dB/decade",
            expected=-40.0,
            simulated=slope,
            tolerance=0.05,
            drawing=drawing,
        ),
    ]


def noise_of_samples() -> list[PhysicsResult]:
    """Noise added to ADC samples: level, whiteness, distribution; 1.3 million samples."""
    silence = np.zeros((40, *ADC_SHAPE), dtype=np.complex64)
    noise = receive(silence, RADAR, ReceiverOptions(), 3, thermal_noise=True)
    power = float(np.mean(np.abs(noise) ** 2, dtype=np.float64))
    law_dbm = thermal_noise_dbm(RADAR.adc_rate_hz, RADAR.noise_figure_db, RADAR.temperature_k)
    lags = [
        abs(np.mean(noise[..., 1:] * noise[..., :-1].conj())) / power,
        abs(np.mean(noise[:, 1:] * noise[:, :-1].conj())) / power,
    ]
    fourth = float(np.mean(np.abs(noise) ** 4, dtype=np.float64)) / power**2
    return [
        within(
            "noise-sample",
            "noise of an ADC sample, NF 15 dB, 5.209 MHz",
            "k T B F",
            unit="dBm",
            expected=-91.81,
            simulated=db(power),
            tolerance=0.043,
        ),
        within(
            "noise-variance",
            "its variance over k T B F",
            "1",
            unit="1",
            expected=1.0,
            simulated=power / 10.0 ** (law_dbm / 10.0),
            tolerance=0.01,
        ),
        within(
            "noise-white",
            "largest correlation of neighbouring samples and chirps",
            "0 (white)",
            unit="1",
            expected=0.0,
            simulated=float(max(lags)),
            tolerance=0.01,
        ),
        within(
            "noise-gaussian",
            "fourth moment over squared second",
            "2 (complex normal)",
            unit="1",
            expected=2.0,
            simulated=fourth,
            tolerance=0.03,
        ),
    ]


def noise_of_cells() -> list[PhysicsResult]:
    """The floor of a range-Doppler cell, and a target above it."""
    bandwidth_hz = RADAR.adc_rate_hz / (RADAR.n_adc_samples * RADAR.n_chirps)
    floor_dbm = thermal_noise_dbm(bandwidth_hz, RADAR.noise_figure_db) + 2.0 * db(1.5)
    clean = RangeCube(np.zeros((60, RADAR.n_chirps, 1, 80), np.complex64), np.full(60, 50))
    noise = np.abs(doppler_maps(add_thermal_noise(clean, RADAR, 3).values)) ** 2
    range_m = 90 * bin_width_m(RADAR)
    target = map_of(moving_point(range_m, 0.0, power_mw=RADAR.received_power_mw(RCS_M2, range_m))) ** 2
    snr_db = db(float(target.max()) / float(noise.mean()))
    clean.values[:, :, 0, 40] = np.sqrt(RADAR.received_power_mw(RCS_M2, 5.6))
    seen = np.abs(doppler_maps(add_thermal_noise(clean, RADAR, 4).values)) ** 2
    return [
        within(
            "noise-cell-formula",
            "noise of a cell under two Hann windows, as stored with samples",
            "k T F B / NK · 1.5²",
            unit="dBm",
            expected=-133.44,
            simulated=db(cell_noise_mw(RADAR)),
            tolerance=0.01,
        ),
        within(
            "noise-cell",
            "the same, measured in maps of noise",
            "k T F B / NK · 1.5²",
            unit="dBm",
            expected=floor_dbm,
            simulated=db(noise.mean(dtype=np.float64)),
            tolerance=0.05,
        ),
        within(
            "snr-cell",
            f"0.5 m² at {range_m:.3f} m over the floor, map against map",
            "radar equation, k T B F",
            unit="dB",
            expected=received_by_dbm(RADAR, RCS_M2, range_m) - floor_dbm,
            simulated=snr_db,
            tolerance=0.2,
        ),
        within(
            "snr-5.6m",
            "0.5 m² at 5.6 m over the floor, both in one noisy map",
            "radar equation, k T B F",
            unit="dB",
            expected=45.1,
            simulated=db(seen[:, 64, 0, 40].mean() / seen[..., :20].mean()),
            tolerance=0.2,
        ),
    ]


def _map_level_dbm(range_m: float) -> float:
    """Level of the highest cell of a standing point's map."""
    power_mw = RADAR.received_power_mw(RCS_M2, range_m)
    return db(float(map_of(moving_point(range_m, 0.0, power_mw=power_mw)).max()) ** 2)


def _range_law_figure(ranges_m: np.ndarray, levels_dbm: np.ndarray) -> Figure:
    figure, axes = new_axes("range in m", "received power in dBm")
    fine_m = np.geomspace(0.9, 11.0, 200)
    axes.semilogx(
        fine_m,
        [received_by_dbm(RADAR, RCS_M2, float(r)) for r in fine_m],
        **LAW_STYLE,
        label="radar equation",
    )
    axes.plot(ranges_m, levels_dbm, **SIMULATED_STYLE, label="cell of the simulated map")
    axes.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
    axes.minorticks_off()
    axes.legend(fontsize=8, frameon=False)
    return figure


SECTION = PhysicsSection(
    "power",
    "Radar equation and noise",
    "Levels are powers at the receiver in dBm; a target on the centre of a cell reads its received power. "
    "Transmit power "
    "(12 dBm), gains (7 dBi each way) and noise figure (15 dB) are typical values of TI boards and "
    "settings of the radar, "
    "not measurements: these rows show that the arithmetic from them to a map is right, not that a board "
    "has them. "
    "Numbers of the first five rows and of the noise floor were worked out apart from this code.",
    (radar_equation, power_of_maps, noise_of_samples, noise_of_cells),
)
