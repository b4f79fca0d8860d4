"""A radar in words and numbers: what it is told, and what follows from it."""

from __future__ import annotations

from simulator import RadarConfig


def radar_in_words(radar: RadarConfig) -> str:
    """One line: name, board, channels, bins and limits of range and range rate."""
    board = f" ({radar.board})" if radar.board else ""
    return (
        f"{radar.name}{board}: {radar.n_virtual} virtual channels; range bins of {100.0 * radar.range_bin_m:.2f} cm "
        f"to {radar.range_span_m:.2f} m; range rates to +-{radar.max_velocity_mps:.2f} m/s in bins of "
        f"{radar.velocity_bin_mps:.3f} m/s; frames of {1e3 * radar.frame_period_s:g} ms"
    )


def raw_numbers(radar: RadarConfig) -> list[tuple[str, str]]:
    """What the board is told: name and value with its unit."""
    receivers, transmitters = len(radar.array.rx), len(radar.array.tx)
    order = ", ".join(str(tx + 1) for tx in radar.tx_order)
    beams = [
        f"{wide:g} deg {name}"
        for wide, name in (
            (radar.azimuth_beamwidth_deg, "azimuth"),
            (radar.elevation_beamwidth_deg, "elevation"),
        )
        if wide is not None
    ]
    return [
        ("start frequency", f"{radar.start_frequency_hz * 1e-9:.6g} GHz"),
        ("slope", f"{radar.slope_hz_per_s * 1e-12:.6g} MHz/us"),
        ("idle time", f"{radar.idle_s * 1e6:.6g} us"),
        ("ADC start, ramp end", f"{radar.adc_start_s * 1e6:.6g} us, {radar.ramp_end_s * 1e6:.6g} us"),
        ("ADC samples (complex)", f"{radar.n_adc_samples} at {radar.adc_rate_hz * 1e-6:.6g} MS/s"),
        ("transmitters, receivers", f"{transmitters}, {receivers}"),
        ("TDM slots, transmitters in turn", f"{radar.n_tx_slots}, {order}"),
        ("chirps of each transmitter", f"{radar.n_chirps} a frame"),
        ("frames", f"{radar.n_frames} of {radar.frame_period_s * 1e3:.6g} ms"),
        ("transmitted power", f"{radar.tx_power_dbm:g} dBm"),
        ("antenna gain, transmit + receive", f"{radar.tx_gain_dbi:g} + {radar.rx_gain_dbi:g} dBi"),
        ("half-power beam", ", ".join(beams) or "the same gain in all directions"),
        ("noise figure, temperature", f"{radar.noise_figure_db:g} dB, {radar.temperature_k:g} K"),
    ]


def derived_numbers(radar: RadarConfig, noise_cell_dbm: float, start_max_mps: float) -> list[tuple[str, str]]:
    """What follows: name and value with its unit.

    Args:
        radar: any.
        noise_cell_dbm: thermal noise of a range-Doppler cell.
        start_max_mps: unambiguous velocity with the wavelength at the start frequency.
    """
    return [
        (
            "sampled bandwidth",
            f"{radar.sampled_bandwidth_hz * 1e-9:.4f} GHz of {radar.sweep_hz * 1e-9:.4f} GHz",
        ),
        ("range bin, span", f"{100.0 * radar.range_bin_m:.4f} cm, {radar.range_span_m:.4f} m"),
        (
            "mid-sweep frequency, wavelength",
            f"{radar.mid_frequency_hz * 1e-9:.4f} GHz, {1e3 * radar.mid_wavelength_m:.4f} mm",
        ),
        ("chirp slot, PRI", f"{radar.slot_s * 1e6:.4f} us, {radar.pri_s * 1e6:.4f} us"),
        ("velocity bin", f"{radar.velocity_bin_mps:.5f} m/s"),
        ("unambiguous velocity", f"+-{radar.max_velocity_mps:.4f} m/s (wavelength at mid sweep)"),
        ("as TI's tools print it", f"+-{start_max_mps:.4f} m/s (wavelength at the start frequency)"),
        ("virtual channels", str(radar.n_virtual)),
        ("noise, range-Doppler cell", f"{noise_cell_dbm:.2f} dBm (k T B F, two Hann windows)"),
    ]
