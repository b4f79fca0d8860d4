"""The files of docs/examples for clusters: templates that Prefect takes, commands that the command line takes."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.utilities.schema_tools.validation import ValidationError, validate
from prefect.utilities.templating import apply_values, find_placeholders

from flows.cli.commands import app
from flows.cli.generate_command import part_of

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
POOL = json.loads((EXAMPLES / "kubernetes_work_pool.json").read_text())


def defaults() -> dict[str, Any]:
    fields = POOL["variables"]["properties"]
    return {name: field["default"] for name, field in fields.items() if "default" in field}


def test_prefect_takes_the_work_pool() -> None:
    pool = WorkPoolCreate(name="cluster", type="kubernetes", base_job_template=POOL)
    assert pool.base_job_template["variables"]["required"] == ["image"]
    validate({**defaults(), "image": "registry/mmflywheel:1"}, POOL["variables"], raise_on_error=True)
    with pytest.raises(ValidationError, match="'image' is a required property"):
        validate(defaults(), POOL["variables"], raise_on_error=True)
    with pytest.raises(ValidationError, match="Sometimes"):
        wrong = {"image": "x", "image_pull_policy": "Sometimes"}
        validate(wrong, POOL["variables"], raise_on_error=True)


def test_every_variable_of_the_work_pool_is_used_and_none_is_missing() -> None:
    used = {found.name for found in find_placeholders(POOL["job_configuration"])}
    assert used == set(POOL["variables"]["properties"])
    for name, field in POOL["variables"]["properties"].items():
        assert field.get("description"), name


def test_the_job_of_the_work_pool_is_what_prefect_expects_of_a_job() -> None:
    # prefect-kubernetes refuses a manifest without these, or with another name of the container
    values = {**defaults(), "image": "registry/mmflywheel:1", "name": "turn", "labels": {}, "command": "run"}
    job = apply_values(POOL["job_configuration"], values)["job_manifest"]
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    spec = job["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert container["name"] == "prefect-job"
    assert container["image"] == "registry/mmflywheel:1"
    assert {mount["name"] for mount in container["volumeMounts"]} == {one["name"] for one in spec["volumes"]}
    assert not find_placeholders(job["spec"])
    # schedules and events give no workspace: the default must lie on the claim, or what a night makes dies with its pod
    (mounted,) = [mount["mountPath"] for mount in container["volumeMounts"]]
    assert (
        mounted
        == f"{container['workingDir']}/workspace"
        == f"{defaults()['env']['MMFLYWHEEL_ROOT']}/workspace"
    )


def parsed(command: list[str]) -> dict[str, Any]:
    """What the command line reads in a command; it refuses what it does not know."""
    commands: Any = typer.main.get_command(app)
    name = command[1]
    return dict(commands.commands[name].make_context(name, list(command[2:])).params)


def test_commands_of_the_kubernetes_job_are_commands_of_ours() -> None:
    job = yaml.safe_load((EXAMPLES / "generate_job.yaml").read_text())["spec"]
    (container,) = job["template"]["spec"]["containers"]
    command = [word.replace("$(JOB_COMPLETION_INDEX)", "63") for word in container["command"]]
    assert job["completionMode"] == "Indexed"
    assert part_of(parsed(command)["shard"]) == (63, job["completions"])
    assert container["resources"]["requests"]["cpu"] == str(parsed(command)["workers"])


def test_commands_of_the_slurm_array_are_commands_of_ours() -> None:
    text = (EXAMPLES / "generate.sbatch").read_text()
    options = re.search(r'^#   export OPTIONS="(.*)"$', text, re.MULTILINE)
    line = re.search(r"^srun (.*)$", text, re.MULTILINE)
    last = re.search(r"--array=0-(\d+)", text)
    assert options is not None and line is not None and last is not None

    def read(words: str) -> dict[str, Any]:
        for name, value in (
            ("OPTIONS", options[1]),
            ("SLURM_ARRAY_TASK_ID", "7"),
            ("SLURM_CPUS_PER_TASK", "8"),
        ):
            words = words.replace(f"${name}", value)
        return parsed(shlex.split(words))

    part = read(line[1])
    assert part_of(part["shard"]) == (7, int(last[1]) + 1)
    assert part["workers"] == 8
    before, after = re.findall(r"(\.venv/bin/mmflywheel (?:generate --only-motions|publish) \$OPTIONS)", text)
    assert read(before)["only_motions"]
    for name in ("dataset", "scale", "workspace"):  # or `publish` looks for another dataset
        assert read(after)[name] == read(before)[name] == part[name]


def test_a_slurm_part_without_options_makes_nothing() -> None:
    script = EXAMPLES / "generate.sbatch"
    environment = {"PATH": os.environ["PATH"], "SLURM_ARRAY_TASK_ID": "0", "SLURM_CPUS_PER_TASK": "1"}
    ended = subprocess.run(
        ["bash", str(script)], capture_output=True, text=True, env=environment, check=False
    )
    assert ended.returncode and "OPTIONS: export it as above" in ended.stderr


def test_commands_of_the_ray_script_are_commands_of_ours() -> None:
    spec = importlib.util.spec_from_file_location("generate_with_ray", EXAMPLES / "generate_with_ray.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    options = ["--scale", "small", "--dataset", "mmwave-small", "--workspace", "/shared"]
    read = parsed(script.generate_command(5, 64, options))
    assert part_of(read["shard"]) == (5, 64)
    assert read["workers"] == script.CPUS_A_PART
    assert parsed(["mmflywheel", "generate", "--only-motions", *options])["only_motions"]
    assert parsed(["mmflywheel", "publish", *options])["dataset"] == "mmwave-small"
