"""A dataset in parts over a Ray cluster, then one version of it.

    python generate_with_ray.py 64 --scale small --dataset mmwave-small --workspace /shared/mmflywheel

Every node needs mmflywheel on its path and sees the same workspace. What follows the number of parts goes to every
command. Run it again after a failure: parts that are done make nothing twice.
"""

from __future__ import annotations

import subprocess
import sys

CPUS_A_PART = 4


def generate_command(part: int, n_parts: int, options: list[str]) -> list[str]:
    """The command of one part."""
    return ["mmflywheel", "generate", "--shard", f"{part}/{n_parts}", "--workers", str(CPUS_A_PART), *options]


def main(n_parts: int, options: list[str]) -> int:
    """Make all parts, then publish; returns the exit status of the last command."""
    import ray

    ray.init(address="auto")
    run = ray.remote(num_cpus=CPUS_A_PART, max_retries=3)(subprocess.check_call)
    subprocess.check_call(["mmflywheel", "generate", "--only-motions", *options])
    ray.get([run.remote(generate_command(part, n_parts, options)) for part in range(n_parts)])
    return subprocess.call(["mmflywheel", "publish", *options])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
