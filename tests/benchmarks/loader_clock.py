"""What a pass over a DataLoader takes: until the first batch comes, from then on, and in the memory of each worker.

Workers are fresh interpreters, which import torch before they read anything: a cost of each epoch, not of each sample.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Reading:
    """One pass; `steady` is what comes after the first batch, of this process and all workers."""

    n_samples: int
    first_batch_s: float
    steady_per_s: float
    steady_per_cpu_s: float
    peak_worker_mib: float
    """Largest resident size that a worker ever had, its interpreter and torch included; 0 without workers."""


def read_all(loader: Iterable) -> Reading:
    """Go over a loader once, and watch it."""
    began = time.perf_counter()
    n_samples = n_first = 0
    peak_kib = 0.0
    cpu_s: dict[int, float] = {}
    first = last = began
    first_cpu_s = 0.0
    for batch in loader:
        last = time.perf_counter()
        n_samples += len(batch["doppler_time"] if isinstance(batch, dict) else batch)
        for child in multiprocessing.active_children():
            if child.pid is not None:
                cpu_s[child.pid] = _cpu_s(child.pid, cpu_s.get(child.pid, 0.0))
                peak_kib = max(peak_kib, _peak_kib(child.pid))
        if not n_first:
            n_first, first = n_samples, last
            first_cpu_s = sum(cpu_s.values()) + time.process_time()
    steady_cpu_s = sum(cpu_s.values()) + time.process_time() - first_cpu_s
    rest = n_samples - n_first
    return Reading(
        n_samples, first - began, rest / (last - first), rest / max(steady_cpu_s, 1e-9), peak_kib / 1024
    )


def _cpu_s(pid: int, known: float) -> float:
    """User and system time of a process so far; what was known of one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return known
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _peak_kib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0.0)
