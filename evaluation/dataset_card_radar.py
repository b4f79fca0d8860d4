"""The radars of a dataset card: what the board was told, and what follows from it, with units."""

from __future__ import annotations

import math

from simulator import RadarConfig

from .dataset_card_facts import CardFacts
from .markdown_escaping import escape_markdown, safe_table

__all__ = ["radar_rows", "radar_section"]


def radar_section(facts: CardFacts) -> list[str]:
    """The section of the card."""
    lines = ["## Radar", ""]
    for (name, radar_hash), number in facts.radar_samples.items():
        radar = facts.radars[radar_hash]
        lines += [f"**{escape_markdown(name)}** (`{escape_markdown(radar_hash)}`), {number} samples:", ""]
        if radar is None:
            rate_hz, step_mps = facts.stored[radar_hash]
            lines += [
                "Its configuration is not stored with this version; what the samples themselves state:",
                "",
                *safe_table(
                    ("quantity", "value", "unit"),
                    [
                        ("frame rate", f"{rate_hz:g}", "Hz"),
                        ("range rate per Doppler bin", f"{step_mps:.6f}", "m/s"),
                    ],
                    (0, 2),
                ),
                "",
            ]
            continue
        lines += [*safe_table(("quantity", "value", "unit"), radar_rows(radar), (0, 2)), ""]
    return [
        *lines,
        "Positive range rate recedes and lies above bin 64, which is zero Doppler. Velocities use the wavelength at "
        "the middle of the sampled sweep; with the one at the start frequency they would read "
        f"{_wavelength_note(facts)}",
    ]


def radar_rows(radar: RadarConfig) -> list[tuple[str, str, str]]:
    """Every number of a radar: quantity, value, unit; the derived ones are said to be."""
    beam = radar.azimuth_beamwidth_deg
    told = [
        ("start frequency", f"{radar.start_frequency_hz / 1e9:.6g}", "GHz"),
        ("slope", f"{radar.slope_hz_per_s / 1e12:.6g}", "MHz/µs"),
        ("ADC rate (complex)", f"{radar.adc_rate_hz / 1e6:.6g}", "MS/s"),
        ("ADC samples a chirp", f"{radar.n_adc_samples}", ""),
        ("idle time", f"{radar.idle_s * 1e6:.6g}", "µs"),
        ("ADC start", f"{radar.adc_start_s * 1e6:.6g}", "µs"),
        ("ramp end", f"{radar.ramp_end_s * 1e6:.6g}", "µs"),
        ("chirp slots in turn (TDM)", f"{radar.n_tx_slots}", ""),
        ("chirps of a transmitter in a frame", f"{radar.n_chirps}", ""),
        ("frame period", f"{radar.frame_period_s * 1e3:.6g}", "ms"),
        ("transmit power", f"{radar.tx_power_dbm:g}", "dBm"),
        ("antenna gains, transmit and receive", f"{radar.tx_gain_dbi:g}, {radar.rx_gain_dbi:g}", "dBi"),
        ("noise figure", f"{radar.noise_figure_db:g}", "dB"),
        (
            "azimuth beamwidth",
            "all directions alike" if beam is None else f"{beam:g}",
            "" if beam is None else "deg",
        ),
        ("virtual channels", f"{radar.n_virtual}", ""),
    ]
    derived = [
        ("sampled bandwidth", f"{radar.sampled_bandwidth_hz / 1e9:.4f}", "GHz"),
        ("frequency at mid sweep", f"{radar.mid_frequency_hz / 1e9:.4f}", "GHz"),
        ("wavelength at mid sweep", f"{radar.mid_wavelength_m * 1e3:.4f}", "mm"),
        ("range per bin", f"{radar.range_bin_m:.4f}", "m"),
        ("range span", f"{radar.range_span_m:.3f}", "m"),
        ("time between chirps of a transmitter", f"{radar.pri_s * 1e6:.3f}", "µs"),
        ("range rate per Doppler bin", f"{radar.velocity_bin_mps:.6f}", "m/s"),
        ("unambiguous range rate", f"±{radar.max_velocity_mps:.4f}", "m/s"),
        ("frames per second", f"{radar.frame_rate_hz:g}", "Hz"),
        ("thermal noise of an ADC sample", f"{10.0 * math.log10(radar.noise_power_mw):.2f}", "dBm"),
    ]
    return [*told, *((f"{name} (derived)", value, unit) for name, value, unit in derived)]


def _wavelength_note(facts: CardFacts) -> str:
    known = [radar for radar in facts.radars.values() if radar is not None]
    if not known:
        return "slightly higher."
    excess = known[0].mid_frequency_hz / known[0].start_frequency_hz - 1.0
    return f"{excess:.1%} higher."
