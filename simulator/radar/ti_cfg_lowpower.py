"""The .cfg grammar of the low-power chips xWRL64xx and xWRL14xx: chirpComnCfg, chirpTimingCfg, six-argument frameCfg.

What is used and from where (command handlers of TI's MMWAVE-L-SDK motion detection demo): sampling rate = 100 MHz /
divider; real samples only; TX pattern 1 = TDM, 4 = BPM; antGeometryCfg = (row, column) of each virtual antenna,
transmitter by transmitter, and the pitch in mm. The ADC is taken to start after its skipped samples at the output
rate. Some files skip more than fits before their ramp's end, so part of the skip may be the digital filter's
settling, which no source gives: such files are refused, not guessed at. Rows are taken to count downwards, as in TI's
tables of other boards; files of one chip family disagree here, so up and down are not certain.

A real ADC with N samples at rate f has the spectrum of N/2 complex samples at f/2 over the same window: same range
bin, span c f / 4S. RadarConfig holds the latter.
"""

from __future__ import annotations

from typing import Any

from ..errors import RadarConfigError
from .array import AntennaArray, Element
from .link_budget import SPEED_OF_LIGHT_MPS
from .ti_cfg_commands import CfgLines, CommandLine, mask_bits

COMMANDS = ("chirpComnCfg", "chirpTimingCfg")

CHANNEL = "#rx_mask #tx_mask #misc"
COMMON = "#rate_divider #output_bits #fir #adc_samples #tx_pattern ramp_end_us #hpf"
TIMING = "idle_us #skipped_samples tx_start_us slope_mhz_per_us start_ghz"
FRAME = "#chirps_in_burst #accumulated burst_us #bursts period_ms #frames"

CLOCK_HZ = 100e6
N_TX, N_RX = 2, 3
TDM, BPM = 1, 4
BURST_TOLERANCE_S = 1e-9


def low_power_fields(lines: CfgLines) -> dict[str, Any]:
    """Fields of RadarConfig from the commands; `n_frames` 0 = endless.

    Raises:
        RadarConfigError: a malformed line, or a mode that the simulator lacks, with file, line and reason.
    """
    channel_line = lines.only("channelCfg")
    channel = lines.numbers(channel_line, CHANNEL)
    rx, tx_order = mask_bits(channel["rx_mask"]), mask_bits(channel["tx_mask"])
    if channel["rx_mask"] >= 1 << N_RX or channel["tx_mask"] >= 1 << N_TX:
        lines.refuse(
            channel_line,
            f"xWRL64xx and xWRL14xx have {N_RX} receivers and {N_TX} transmitters; larger masks are those of "
            "xWRL6844, whose bits, sampling clock and antennas are not verified here: not supported",
        )
    if not rx or not tx_order:
        lines.refuse(channel_line, "expected masks of one or more receivers and transmitters")
    common_line = lines.only("chirpComnCfg")
    common = lines.numbers(common_line, COMMON)
    _check_sampling(lines, common_line, common, len(tx_order))
    timing = lines.numbers(lines.only("chirpTimingCfg"), TIMING)
    rate_hz = CLOCK_HZ / common["rate_divider"]
    slot_s = timing["idle_us"] * 1e-6 + common["ramp_end_us"] * 1e-6
    frame = _frame_fields(lines, len(tx_order), slot_s)
    return frame | {
        "start_frequency_hz": timing["start_ghz"] * 1e9,
        "slope_hz_per_s": timing["slope_mhz_per_us"] * 1e12,
        "adc_rate_hz": rate_hz / 2.0,
        "n_adc_samples": int(common["adc_samples"]) // 2,
        "idle_s": timing["idle_us"] * 1e-6,
        "adc_start_s": timing["skipped_samples"] / rate_hz,
        "ramp_end_s": common["ramp_end_us"] * 1e-6,
        "n_tx_slots": len(tx_order),
        "tx_order": tx_order,
        "rx": rx,
        "tx_backoff_db": 0.0,
    }


def _check_sampling(lines: CfgLines, line: CommandLine, common: dict[str, float], n_tx: int) -> None:
    if not 8 <= common["rate_divider"] <= 100:
        lines.refuse(
            line, f"expected a divider of the 100 MHz clock from 8 to 100, got {common['rate_divider']:g}"
        )
    if common["adc_samples"] % 2:
        lines.refuse(line, "a real ADC's samples are taken in pairs: give an even number")
    if common["tx_pattern"] == BPM:
        lines.refuse(
            line,
            "TX pattern 4 is binary phase modulation: both transmitters at once, and the simulator separates "
            "them by time only; pattern 1 is TDM",
        )
    if common["tx_pattern"] != TDM and not (common["tx_pattern"] == 0 and n_tx == 1):
        lines.refuse(
            line,
            f"TX pattern {common['tx_pattern']:g} with {n_tx} transmitters is not verified; 1 is TDM (0 serves for "
            "one transmitter)",
        )


def _frame_fields(lines: CfgLines, n_tx: int, slot_s: float) -> dict[str, Any]:
    """Chirps, gap and period; refuses bursts that leave the chirps of one transmitter unevenly spaced."""
    line = lines.only("frameCfg")
    frame = lines.numbers(line, FRAME)
    chirps, bursts = int(frame["chirps_in_burst"]), int(frame["bursts"])
    if chirps < 1 or bursts < 1:
        lines.refuse(line, "expected one or more chirps in a burst and bursts in a frame")
    if frame["accumulated"] > 1:
        lines.refuse(
            line, f"{frame['accumulated']:g} chirps averaged on the chip are not simulated: set 0 or 1"
        )
    if chirps % n_tx:
        lines.refuse(line, f"{chirps} chirps in a burst are no whole number of turns of {n_tx} transmitters")
    gap_s = frame["burst_us"] * 1e-6 - chirps * slot_s
    if bursts > 1 and gap_s < -BURST_TOLERANCE_S:
        lines.refuse(
            line,
            f"{chirps} chirps of {slot_s * 1e6:g} us do not fit in a burst of {frame['burst_us']:g} us",
        )
    if bursts == 1 or gap_s <= BURST_TOLERANCE_S:
        gap_s = 0.0
    elif chirps > n_tx:
        lines.refuse(
            line,
            f"a pause of {gap_s * 1e6:.3f} us after every {chirps // n_tx} turns spaces chirps unevenly, which a "
            "Doppler FFT cannot use: one turn in a burst, one burst in a frame, or no pause",
        )
    return {
        "n_chirps": chirps * bursts // n_tx,
        "turn_gap_s": gap_s,
        "frame_period_s": frame["period_ms"] * 1e-3,
        "n_frames": int(frame["frames"]),
    }


def low_power_array(lines: CfgLines) -> AntennaArray:
    """Antennas from antGeometryCfg: all transmitters and receivers of the chip, enabled or not.

    Raises:
        RadarConfigError: no such line (the boards differ), or virtual antennas that no transmitters and receivers
            make.
    """
    if not lines.of("antGeometryCfg"):
        raise RadarConfigError(
            f"{lines.path}: no antGeometryCfg line, and low-power boards differ in their antennas: add the one of "
            "your board (row and column of each virtual antenna, pitch in mm)"
        )
    line = lines.only("antGeometryCfg")
    pairs = " ".join(f"#row_{i} #column_{i}" for i in range(N_TX * N_RX))
    values = lines.numbers(line, f"{pairs} pitch_x_mm pitch_z_mm")
    if not (values["pitch_x_mm"] > 0 and values["pitch_z_mm"] > 0):
        lines.refuse(line, "expected antenna pitches above 0 mm")
    stretch = values["pitch_z_mm"] / values["pitch_x_mm"]
    cells = [(values[f"column_{i}"], -values[f"row_{i}"] * stretch) for i in range(N_TX * N_RX)]
    rx = tuple((x - cells[0][0], z - cells[0][1]) for x, z in cells[:N_RX])
    tx = tuple((x - cells[0][0], z - cells[0][1]) for x, z in cells[::N_RX])
    made: list[Element] = [(t[0] + r[0], t[1] + r[1]) for t in tx for r in rx]
    wanted = [(x - cells[0][0], z - cells[0][1]) for x, z in cells]
    if any(abs(a[0] - b[0]) + abs(a[1] - b[1]) > 1e-9 for a, b in zip(made, wanted, strict=True)):
        lines.refuse(line, "the second transmitter's virtual antennas are not the first one's, shifted")
    half_wave_m = values["pitch_x_mm"] * 1e-3
    return AntennaArray(tx=tx, rx=rx, design_frequency_hz=SPEED_OF_LIGHT_MPS / (2.0 * half_wave_m))
