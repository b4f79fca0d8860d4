"""Lines of a TI .cfg file: commands, comments, and errors that name the line."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ..errors import RadarConfigError

MAX_FILE_BYTES = 1_000_000  # real ones have a few kilobytes
KEPT_FIELD = re.compile(r"mmflywheel (\w+) (.+)")
HEADER_FIELD = re.compile(r"([^:]+?)\s*:\s*(\S.*)")


@dataclass(frozen=True)
class CommandLine:
    """One command: its line number (from 1), the line as written, the command and its arguments."""

    number: int
    text: str
    command: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class CfgLines:
    """A .cfg file, read but not yet understood.

    Attributes:
        header: `% name: value` comments.
        kept: `% mmflywheel field json` comments, which `write_ti_cfg` leaves for what no command holds.
    """

    path: Path
    commands: tuple[CommandLine, ...]
    header: dict[str, str]
    kept: dict[str, str]

    def of(self, command: str) -> list[CommandLine]:
        """All lines of one command, in order."""
        return [line for line in self.commands if line.command == command]

    def names(self) -> set[str]:
        """The commands that occur."""
        return {line.command for line in self.commands}

    def only(self, command: str) -> CommandLine:
        """The one line of a command that must stand there exactly once."""
        lines = self.of(command)
        if not lines:
            raise RadarConfigError(f"{self.path}: no {command} line; a chirp cannot be known without it")
        if len(lines) > 1:
            self.refuse(lines[1], f"{command} stands in line {lines[0].number} already; keep one of the two")
        return lines[0]

    def refuse(self, line: CommandLine, reason: str) -> NoReturn:
        """Raise with file, line number, the line, and what is wrong or was expected."""
        raise RadarConfigError(f"{self.path}, line {line.number}: {line.text!r}: {reason}")

    def numbers(self, line: CommandLine, fields: str, optional: int = 0) -> dict[str, float]:
        """Arguments by name; `fields` names them in order, `#` before a name marks a whole number.

        The last `optional` of them may be missing.
        """
        names = fields.split()
        least = len(names) - optional
        if not least <= len(line.arguments) <= len(names):
            wanted = f"{least} to {len(names)}" if optional else f"{least}"
            self.refuse(
                line,
                f"expected {wanted} numbers ({', '.join(n.lstrip('#') for n in names)}), got {len(line.arguments)}",
            )
        values: dict[str, float] = {}
        for name, word in zip(names, line.arguments, strict=False):
            values[name.lstrip("#")] = self._number(line, name, word)
        return values

    def _number(self, line: CommandLine, name: str, word: str) -> float:
        try:
            value = float(word)
        except ValueError:
            self.refuse(line, f"expected a number for {name.lstrip('#')}, got {word!r}")
        if not math.isfinite(value):
            self.refuse(line, f"expected a finite number for {name.lstrip('#')}, got {word!r}")
        if name.startswith("#") and value != int(value):
            self.refuse(line, f"expected a whole number for {name.lstrip('#')}, got {word!r}")
        if name.endswith("mask") and value < 0:
            self.refuse(line, f"expected a bit mask for {name.lstrip('#')}, got {word!r}")
        return value


def read_cfg_lines(path: Path) -> CfgLines:
    """Split a .cfg file into commands and comments; a `%` starts a comment anywhere in a line.

    Raises:
        RadarConfigError: no such file, not a text file, or unreasonably large.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise RadarConfigError(f"{path}: {path.stat().st_size} bytes are no radar .cfg file")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RadarConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise RadarConfigError(f"{path}: not a text file (byte {error.start} is no UTF-8)") from error
    commands: list[CommandLine] = []
    header: dict[str, str] = {}
    kept: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        body, _, comment = raw.partition("%")
        words = body.split()
        if words:
            commands.append(CommandLine(number, body.strip(), words[0], tuple(words[1:])))
        elif match := KEPT_FIELD.fullmatch(comment.strip()):
            kept[match[1]] = match[2]
        elif match := HEADER_FIELD.fullmatch(comment.strip()):
            header.setdefault(match[1], match[2])
    return CfgLines(path, tuple(commands), header, kept)


def mask_bits(mask: float) -> tuple[int, ...]:
    """Positions of the ones in a bit mask, from 0."""
    return tuple(bit for bit in range(int(mask).bit_length()) if int(mask) >> bit & 1)


def bit_mask(bits: Sequence[int]) -> int:
    """Inverse of `mask_bits`."""
    return sum(1 << bit for bit in bits)
