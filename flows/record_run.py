"""Who made what with which code: the run record that every row points back to."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import secrets
import subprocess
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_ulid() -> str:
    """A 26-character ULID: 48 bits of Unix milliseconds, then 80 random bits, so ids sort by time."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


@lru_cache(maxsize=1)
def code_version() -> str:
    """Version and commit of the running code, `+dirty` when the checkout has uncommitted changes."""
    version = importlib.metadata.version("mmflywheel")
    source = Path(__file__).resolve().parents[1]
    commit = _git(source, "rev-parse", "--short=12", "HEAD")
    if commit is None:
        return version
    dirty = "+dirty" if _git(source, "status", "--porcelain", "--untracked-files=no") else ""
    return f"{version}-g{commit}{dirty}"


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None  # an installed wheel has no checkout, and git may be absent
    return answer.stdout.strip()


@lru_cache
def source_hash(package: str) -> str:
    """Hash over the source files of one of our packages: another training code makes another checkpoint."""
    root = Path(__file__).resolve().parents[1] / package
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


@lru_cache(maxsize=1)
def environment_hash() -> str:
    """Hash over Python, platform and the exact version of every installed distribution."""
    names = sorted({f"{d.metadata['Name']}=={d.version}".lower() for d in importlib.metadata.distributions()})
    text = "\n".join([platform.python_version(), platform.machine(), platform.system(), *names])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class RunRecord:
    """One execution: its id, what was asked, and the code and environment that answered."""

    command: str
    parameters: dict[str, Any]
    run_id: str
    report: dict[str, Any] = field(default_factory=dict)
    """What the run made, counted; whoever counts it puts it here, and it is stored when the run ends."""
