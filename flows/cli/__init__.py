"""The `mmflywheel` command."""

from __future__ import annotations

import os
import sys
import warnings

from .console import fail


def main() -> None:
    """Entry point of the console script: settle threads, run the command, turn known errors into one line."""
    # numpy, torch and numba read these on import: work is spread over processes, one thread each
    for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    # threads that wait without spinning: on a shared machine spinning made training several times slower
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # nothing is fetched from a hub unless the user asks for a model by a hub name and lifts this
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # the command draws its own
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    from .application import known_errors
    from .commands import app

    try:
        app()
    except known_errors() as error:
        fail(str(error))
    except KeyboardInterrupt:
        print("\nstopped; run the same command again to go on from here", file=sys.stderr)
        raise SystemExit(130) from None
