"""The design rules that a machine can check (docs/decisions/0001)."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("flows", "simulator", "llm_prompts", "training", "evaluation", "data_lake")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
VAGUE_NAMES = {"utils", "util", "misc", "helpers", "helper", "common"}


def source_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def test_import_direction_holds() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([str(tool), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_only_flows_imports_prefect_even_lazily() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in source_files(*(set(PACKAGES) - {"flows"}))
        if re.search(r"^\s*(import|from)\s+prefect\b", path.read_text(), re.MULTILINE)
    ]
    assert offenders == []


@pytest.mark.parametrize("package", ["simulator", "data_lake"])
def test_bare_packages_load_without_a_learning_framework(package: str) -> None:
    code = (
        f"import sys, importlib, pkgutil, {package}\n"
        f"for module in pkgutil.walk_packages({package}.__path__, '{package}.'):\n"
        "    if not module.name.endswith('bake_standin'): importlib.import_module(module.name)\n"
        "loaded = {'torch', 'transformers', 'prefect'} & set(sys.modules)\n"
        "sys.exit(f'loaded {loaded}' if loaded else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_files_are_short_and_clearly_named() -> None:
    for path in source_files(*PACKAGES, "tests"):
        lines = len(path.read_text().splitlines())
        assert lines <= MAX_FILE_LINES, (
            f"{path.relative_to(ROOT)} has {lines} lines, at most {MAX_FILE_LINES}"
        )
        assert path.stem not in VAGUE_NAMES, f"{path.relative_to(ROOT)}: say what it is about"


def test_functions_are_short() -> None:
    for path in source_files(*PACKAGES, "tests"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                where = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
                assert lines <= MAX_FUNCTION_LINES, f"{where} has {lines} lines, at most {MAX_FUNCTION_LINES}"


def test_flow_files_are_verb_noun_and_hide_no_package() -> None:
    stems = [path.stem for path in (ROOT / "flows").glob("*.py") if path.stem != "__init__"]
    for stem in stems:
        # Prefect may put flows/ first on sys.path: a file named like a package would then hide it
        assert stem not in PACKAGES
        assert stem in {"settings", "engines", "cli"} or re.fullmatch(r"[a-z]+(_[a-z]+)+", stem), stem


def test_no_module_hides_an_installed_one() -> None:
    installed = set(importlib.metadata.packages_distributions())
    for path in (ROOT / "flows").glob("*.py"):
        assert path.stem == "__init__" or path.stem not in installed, path.stem


@pytest.mark.parametrize("name", ["torchvision", "torchaudio", "timm", "open_clip", "chumpy"])
def test_breaking_packages_are_absent(name: str) -> None:
    assert importlib.util.find_spec(name) is None, f"{name} breaks this stack (docs/decisions/0002)"


def test_no_other_distribution_owns_a_top_level_name() -> None:
    owners = importlib.metadata.packages_distributions()
    for package in PACKAGES:
        assert set(owners.get(package, ["mmflywheel"])) == {"mmflywheel"}, (package, owners[package])


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_resolve(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__all__ == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module.no_such_name


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_name_is_that_of_a_module(package: str) -> None:
    module = importlib.import_module(package)
    folder = ROOT / package
    # once a module has been imported its package has it as an attribute, which would then hide the public name
    hidden = [name for name in module.__all__ if (folder / f"{name}.py").exists() or (folder / name).is_dir()]
    assert hidden == []


def test_every_public_function_in_the_packages_is_typed() -> None:
    for path in source_files(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                assert node.returns is not None, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
