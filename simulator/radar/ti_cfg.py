"""Radars from TI's .cfg files and by name.

Two grammars exist. They are told apart by their commands (profileCfg, chirpCfg against chirpComnCfg,
chirpTimingCfg), never by frameCfg, which both have with other arguments.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from ..errors import RadarConfigError
from . import ti_cfg_lowpower, ti_cfg_standard
from .array import AntennaArray
from .boards import PRESETS, radar_preset
from .config import RadarConfig
from .ti_boards import BOARDS, IWR1843BOOST, IWR6843ISK, XWRL1432, XWRL6432, TiBoard
from .ti_cfg_commands import CfgLines, read_cfg_lines

Grammar = Literal["standard", "low-power"]
ENDLESS_CLIP_S = 9.92  # what is simulated of an endless frameCfg unless the caller says otherwise
SAME = 1e-9  # a kept value that is this close to its command's is that value, unrounded
LOWEST_77GHZ_START_HZ = 70e9

# What the commands themselves say; everything else of RadarConfig comes from the board or from kept comments.
COMMAND_FIELDS = (
    "start_frequency_hz",
    "slope_hz_per_s",
    "adc_rate_hz",
    "n_adc_samples",
    "idle_s",
    "adc_start_s",
    "ramp_end_s",
    "n_tx_slots",
    "n_chirps",
    "frame_period_s",
    "n_frames",
    "tx_order",
    "turn_gap_s",
)
FRONT_END_COMMANDS = {
    *(
        "channelCfg",
        "adcCfg",
        "adcbufCfg",
        "profileCfg",
        "chirpCfg",
        "frameCfg",
        "dfeDataOutputMode",
        "bpmCfg",
    ),
    *("chirpComnCfg", "chirpTimingCfg", "antGeometryCfg", "lvdsStreamCfg", "cfarFovCfg"),
    *("sensorStop", "sensorStart", "flushCfg"),
}


@dataclass(frozen=True)
class TiCfg:
    """A radar and what else its .cfg file says.

    Attributes:
        board_source: why this board was taken: the caller, the platform comment, or the start frequency.
        real_adc: the file asks for real samples, of which the radar holds the equivalent complex half.
        endless: frameCfg names no number of frames; `radar.n_frames` is the caller's, or fills 9.92 s.
        header: `% name: value` comments, unparsed.
        range_fov_m: upper limit of `cfarFovCfg` in range, None if there is none or it starts above 0.
        ignored: commands that say nothing about the radar's front end (detection, tracking, output).
    """

    radar: RadarConfig
    grammar: Grammar
    board: str
    board_source: str
    real_adc: bool
    endless: bool
    header: dict[str, str] = field(default_factory=dict)
    range_fov_m: float | None = None
    ignored: tuple[str, ...] = ()


def resolve_radar(name_or_path: str | Path, n_frames: int | None = None) -> RadarConfig:
    """A radar by a preset's name, or from a path that ends in .cfg.

    Args:
        n_frames: length in frames, instead of the preset's or the file's.

    Raises:
        RadarConfigError: neither a preset nor a .cfg file (the message lists the presets), or an impossible radar.
    """
    name = str(name_or_path)
    if name.lower().endswith(".cfg"):
        return read_ti_cfg(Path(name), n_frames=n_frames)
    if name not in PRESETS:
        raise RadarConfigError(
            f"no radar preset {name!r}; there are: {', '.join(sorted(PRESETS))}; or give the path of a TI file that "
            "ends in .cfg"
        )
    return radar_preset(name) if n_frames is None else radar_preset(name, n_frames=n_frames)


def read_ti_cfg(path: Path | str, board: str | None = None, n_frames: int | None = None) -> RadarConfig:
    """The radar of a .cfg file in either grammar; see `parse_ti_cfg`."""
    return parse_ti_cfg(path, board, n_frames).radar


def parse_ti_cfg(path: Path | str, board: str | None = None, n_frames: int | None = None) -> TiCfg:
    """Read a .cfg file of either grammar.

    Args:
        board: a name of `ti_boards.BOARDS`, which gives antennas, limits and link budget; None takes the one of the
            file's platform comment, and where there is none IWR1843BOOST or IWR6843ISK by the start frequency.
            Low-power files carry their own antennas.
        n_frames: number of frames, instead of the file's.

    Raises:
        RadarConfigError: unreadable, malformed (with line number), in a mode that the simulator lacks, or impossible.
    """
    lines = read_cfg_lines(Path(path))
    grammar = _grammar(lines)
    if grammar == "low-power":
        if board is not None:
            raise RadarConfigError(
                f"{path}: a low-power file carries its antennas; do not name board {board!r}"
            )
        values = ti_cfg_lowpower.low_power_fields(lines)
        hardware = XWRL1432 if values["start_frequency_hz"] > LOWEST_77GHZ_START_HZ else XWRL6432
        name, source, real_adc = hardware.chip, "start frequency", True
    else:
        name, source = _board_of(lines, board)
        hardware = BOARDS[name]
        values = ti_cfg_standard.standard_fields(lines, hardware)
        real_adc = ti_cfg_standard.uses_real_adc(lines)
    endless = values["n_frames"] == 0
    if n_frames is not None:
        values["n_frames"] = n_frames
    elif endless and values["frame_period_s"] > 0:
        values["n_frames"] = max(1, round(ENDLESS_CLIP_S / values["frame_period_s"]))
    return TiCfg(
        radar=_radar(lines, hardware, values, keep_frames=n_frames is None),
        grammar=grammar,
        board=name,
        board_source=source,
        real_adc=real_adc,
        endless=endless,
        header=lines.header,
        range_fov_m=_range_fov_m(lines) if grammar == "standard" else None,
        ignored=tuple(sorted(lines.names() - FRONT_END_COMMANDS)),
    )


def _grammar(lines: CfgLines) -> Grammar:
    standard = sorted(lines.names() & set(ti_cfg_standard.COMMANDS))
    low_power = sorted(lines.names() & set(ti_cfg_lowpower.COMMANDS))
    if standard and low_power:
        raise RadarConfigError(
            f"{lines.path}: {standard[0]} is a command of xWR14xx to 68xx, {low_power[0]} one of the low-power "
            "xWRL chips; a file is for one of them"
        )
    if not standard and not low_power:
        raise RadarConfigError(
            f"{lines.path}: neither profileCfg and chirpCfg (xWR14xx to 68xx) nor chirpComnCfg and chirpTimingCfg "
            "(xWRL64xx, xWRL14xx): this is no radar .cfg file"
        )
    return "standard" if standard else "low-power"


def _board_of(lines: CfgLines, asked: str | None) -> tuple[str, str]:
    """Name of the board, and why it is this one."""
    if asked is not None:
        if asked not in BOARDS:
            raise RadarConfigError(f"no board {asked!r}; there are: {', '.join(BOARDS)}")
        return asked, "caller"
    platform = lines.header.get("Platform")
    if platform is not None:
        for name, board in BOARDS.items():
            if board.platform == platform:
                return name, "platform comment"
        known = ", ".join(board.platform for board in BOARDS.values())
        raise RadarConfigError(
            f"{lines.path}: platform {platform!r} is unknown; known are {known}: correct the comment, "
            f"or name the board in Python ({', '.join(BOARDS)})"
        )
    profile = lines.of("profileCfg")
    if not profile:
        lines.only("profileCfg")
    start_ghz = lines.numbers(profile[0], ti_cfg_standard.PROFILE)["start_ghz"]
    board = IWR1843BOOST if start_ghz * 1e9 > LOWEST_77GHZ_START_HZ else IWR6843ISK
    return next(name for name, known in BOARDS.items() if known is board), "start frequency"


def _radar(lines: CfgLines, board: TiBoard, values: dict[str, Any], keep_frames: bool) -> RadarConfig:
    """Board, kept comments and commands together; commands win over comments that contradict them."""
    kept = _kept_fields(lines)
    for name in COMMAND_FIELDS:
        value = kept.pop(name, None)
        if value is not None and _same(value, values[name]) and (keep_frames or name != "n_frames"):
            values[name] = tuple(value) if isinstance(value, list) else value
    rx, backoff_db = values.pop("rx"), values.pop("tx_backoff_db")
    everything = {"name": lines.path.stem} | board.radar_fields() | kept | values
    try:
        if "array" in kept:
            everything["array"] = AntennaArray.from_dict(kept["array"])
        else:
            everything["array"] = _enabled_array(lines, board, rx, values["tx_order"])
        everything["tx_power_dbm"] -= backoff_db
        radar = RadarConfig(**everything)
    except (RadarConfigError, TypeError) as error:
        if str(error).startswith(str(lines.path)):
            raise
        raise RadarConfigError(f"{lines.path}: {error}") from error
    if "array" in kept and rx != tuple(range(len(radar.array.rx))):
        lines.refuse(
            lines.only("channelCfg"), f"the array kept in the comments has {len(radar.array.rx)} receivers"
        )
    return radar


def _enabled_array(lines: CfgLines, board: TiBoard, rx: tuple[int, ...], tx: tuple[int, ...]) -> AntennaArray:
    """The board's transmitters, and those of its receivers that channelCfg enables."""
    array = board.array if board not in (XWRL6432, XWRL1432) else ti_cfg_lowpower.low_power_array(lines)
    line = lines.only("channelCfg")
    if not rx or max(rx) >= len(array.rx):
        lines.refuse(line, f"expected a mask of one or more of the {len(array.rx)} receivers of {board.chip}")
    if max(tx) >= len(array.tx):
        lines.refuse(
            line, f"transmitter {max(tx) + 1} is used, but {board.chip} has {len(array.tx)} on its board"
        )
    return AntennaArray(array.tx, tuple(array.rx[i] for i in rx), array.design_frequency_hz)


def _kept_fields(lines: CfgLines) -> dict[str, Any]:
    """Values of `% mmflywheel` comments."""
    known = {f.name for f in fields(RadarConfig)}
    kept = {}
    for name, text in lines.kept.items():
        if name not in known:
            raise RadarConfigError(f"{lines.path}: '% mmflywheel {name}' names no field of a radar")
        try:
            kept[name] = json.loads(text)
        except json.JSONDecodeError as error:
            raise RadarConfigError(f"{lines.path}: '% mmflywheel {name} {text}' is no JSON value") from error
    return kept


def _same(kept: Any, commanded: Any) -> bool:
    if isinstance(kept, list):
        return tuple(kept) == commanded
    return isinstance(kept, int | float) and math.isclose(kept, commanded, rel_tol=SAME, abs_tol=SAME * 1e-6)


def _range_fov_m(lines: CfgLines) -> float | None:
    """Upper range limit of `cfarFovCfg <subframe> 0 <min> <max>`, if it starts at 0."""
    for line in lines.of("cfarFovCfg"):
        fov = lines.numbers(line, "#subframe #direction least most")
        if fov["direction"] == 0 and fov["least"] == 0:
            return fov["most"]
    return None
