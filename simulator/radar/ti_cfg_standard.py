"""The .cfg grammar of xWR14xx, 16xx, 18xx, 68xx and 294x: profileCfg, chirpCfg, frameCfg.

Field orders as in the files of TI's mmWave SDK; the eight-argument frameCfg is that of xWR294x (as xwr sends it).
"""

from __future__ import annotations

from typing import Any

from .ti_boards import TiBoard
from .ti_cfg_commands import CfgLines, CommandLine, mask_bits

COMMANDS = ("profileCfg", "chirpCfg")

CHANNEL = "#rx_mask #tx_mask #cascading"
ADC = "#bits #format"
PROFILE = (
    "#profile start_ghz idle_us adc_start_us ramp_end_us #tx_backoff #tx_phase slope_mhz_per_us tx_start_us "
    "#adc_samples adc_ksps #hpf_1 #hpf_2 #rx_gain"
)
CHIRP = "#first #last #profile start_offset slope_offset idle_offset adc_start_offset #tx_mask"
FRAME = "#first #last #loops #frames period_ms #trigger delay_ms"
FRAME_294X = "#first #last #loops #frames #adc_samples period_ms #trigger delay_ms"

REAL, COMPLEX_1X, COMPLEX_2X = 0, 1, 2

UNSUPPORTED = {
    "advFrameCfg": "frames of several subframes are not simulated: write one frameCfg",
    "subFrameCfg": "frames of several subframes are not simulated: write one frameCfg",
    "contModeCfg": "a continuous wave has no chirps: use profileCfg, chirpCfg and frameCfg",
}


def standard_fields(lines: CfgLines, board: TiBoard) -> dict[str, Any]:
    """Fields of RadarConfig from the commands; `n_frames` 0 = endless.

    Raises:
        RadarConfigError: a malformed line, or a mode that the simulator lacks, with file, line and reason.
    """
    _refuse_other_modes(lines)
    channel_line = lines.only("channelCfg")
    channel = lines.numbers(channel_line, CHANNEL)
    real = uses_real_adc(lines)
    profile_line = _only_profile(lines)
    profile = lines.numbers(profile_line, PROFILE)
    frame_line = lines.only("frameCfg")
    frame = lines.numbers(frame_line, FRAME_294X if len(frame_line.arguments) == 8 else FRAME)
    if frame.get("adc_samples", profile["adc_samples"]) != profile["adc_samples"]:
        lines.refuse(
            frame_line, f"{frame['adc_samples']:g} ADC samples here, but profileCfg has another number"
        )
    slots = _transmitter_slots(lines, profile["profile"], frame_line, frame, mask_bits(channel["tx_mask"]))
    tx_order = tuple(tx for tx in slots if tx is not None)
    if real and profile["adc_samples"] % 2:
        lines.refuse(profile_line, "a real ADC's samples are taken in pairs: give an even number")
    halves = 2 if real else 1
    return {
        "start_frequency_hz": profile["start_ghz"] * 1e9,
        "slope_hz_per_s": profile["slope_mhz_per_us"] * 1e12,
        "adc_rate_hz": profile["adc_ksps"] / halves * 1e3,
        "n_adc_samples": int(profile["adc_samples"]) // halves,
        "idle_s": profile["idle_us"] * 1e-6,
        "adc_start_s": profile["adc_start_us"] * 1e-6,
        "ramp_end_s": profile["ramp_end_us"] * 1e-6,
        "n_tx_slots": len(slots),
        "n_chirps": int(frame["loops"]),
        "frame_period_s": frame["period_ms"] * 1e-3,
        "n_frames": int(frame["frames"]),
        "tx_order": tx_order,
        "rx": mask_bits(channel["rx_mask"]),
        "turn_gap_s": 0.0,
        "tx_backoff_db": _backoff_db(lines, profile_line, int(profile["tx_backoff"]), tx_order),
    }


def uses_real_adc(lines: CfgLines) -> bool:
    """Whether adcCfg asks for real samples; refuses what else is not one complex band."""
    line = lines.only("adcCfg")
    form = lines.numbers(line, ADC)["format"]
    if form == COMPLEX_2X:
        lines.refuse(
            line,
            "complex 2x keeps the image band, so half of the samples' spectrum holds no range: use complex 1x, "
            "'adcCfg 2 1', at half the rate",
        )
    if form not in (REAL, COMPLEX_1X):
        lines.refuse(line, f"format {form:g} is unknown; 0 is real, 1 complex 1x, 2 complex 2x")
    return form == REAL


def _refuse_other_modes(lines: CfgLines) -> None:
    for line in lines.commands:
        if line.command in UNSUPPORTED:
            lines.refuse(line, UNSUPPORTED[line.command])
        if line.command == "dfeDataOutputMode" and line.arguments[:1] != ("1",):
            lines.refuse(
                line, "only mode 1, frames of chirps, is simulated (2 is continuous wave, 3 subframes)"
            )
        if line.command == "bpmCfg" and line.arguments[1:2] != ("0",):
            lines.refuse(
                line,
                "binary phase modulation sends with several transmitters at once, and the simulator separates "
                "them by time only: switch it off and give each chirp one transmitter",
            )


def _only_profile(lines: CfgLines) -> CommandLine:
    profiles = lines.of("profileCfg")
    if len(profiles) > 1:
        lines.refuse(
            profiles[1],
            f"a second profile (the first stands in line {profiles[0].number}); the simulator knows one chirp "
            "shape per radar: keep the one that the frame uses",
        )
    return lines.only("profileCfg")


def _transmitter_slots(
    lines: CfgLines,
    profile: float,
    frame_line: CommandLine,
    frame: dict[str, float],
    enabled: tuple[int, ...],
) -> list[int | None]:
    """Transmitter of each chirp of a loop, None = silent; the TDM order is that of the chirp indices."""
    owner: dict[int, CommandLine] = {}
    for line in lines.of("chirpCfg"):
        chirp = lines.numbers(line, CHIRP)
        if chirp["profile"] != profile:
            lines.refuse(line, f"profile {chirp['profile']:g} is not defined; profileCfg defines {profile:g}")
        if any(chirp[f"{name}_offset"] for name in ("start", "slope", "idle", "adc_start")):
            lines.refuse(
                line, "chirps that differ from their profile are not simulated: set the offsets to 0"
            )
        if not 0 <= chirp["first"] <= chirp["last"] <= 511:
            lines.refuse(line, "expected chirp indices, first to last, from 0 to 511")
        for index in range(int(chirp["first"]), int(chirp["last"]) + 1):
            if index in owner:
                lines.refuse(line, f"chirp {index} is defined in line {owner[index].number} already")
            owner[index] = line
    if not 0 <= frame["first"] <= frame["last"]:
        lines.refuse(
            frame_line, "expected the indices of the first and the last chirp of a loop, in this order"
        )
    slots: list[int | None] = []
    for index in range(int(frame["first"]), int(frame["last"]) + 1):
        if index not in owner:
            lines.refuse(frame_line, f"chirp {index} is sent, but no chirpCfg defines it")
        slots.append(_only_transmitter(lines, owner[index], enabled, slots))
    if not any(tx is not None for tx in slots):
        lines.refuse(frame_line, "none of the frame's chirps has a transmitter")
    return slots


def _only_transmitter(
    lines: CfgLines, line: CommandLine, enabled: tuple[int, ...], earlier: list[int | None]
) -> int | None:
    """The transmitter of one chirp, None if its mask is 0."""
    mask = int(lines.numbers(line, CHIRP)["tx_mask"])
    transmitters = mask_bits(mask)
    if len(transmitters) > 1:
        lines.refuse(
            line,
            f"TX mask {mask} fires transmitters {', '.join(str(tx + 1) for tx in transmitters)} at once (BPM, DDMA "
            "or a steered beam); the simulator separates transmitters by time only: one bit for each chirp",
        )
    if not transmitters:
        return None
    tx = transmitters[0]
    if tx not in enabled:
        lines.refuse(line, f"transmitter {tx + 1} is not enabled in channelCfg")
    if tx in earlier:
        lines.refuse(
            line,
            f"transmitter {tx + 1} fires twice in one loop; write one chirp for each transmitter and more loops",
        )
    if None in earlier:
        lines.refuse(line, "a transmitter after a silent chirp is not simulated: put silent chirps last")
    return tx


def _backoff_db(lines: CfgLines, line: CommandLine, code: int, tx_order: tuple[int, ...]) -> float:
    """Power below the maximum: one byte for each transmitter, in dB."""
    steps = {code >> (8 * tx) & 0xFF for tx in tx_order}
    if len(steps) > 1:
        lines.refuse(
            line, f"TX power code {code} sets transmitters apart; the simulator has one power for all"
        )
    return float(steps.pop())
