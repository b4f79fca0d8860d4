# Everything runs inside .venv; the stamp file makes installation happen once per change of the pins.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKSPACE ?= workspace
SCALE ?= smoke
PORT ?=
TIMEZONE ?=

export OMP_NUM_THREADS ?= 1
export OMP_WAIT_POLICY ?= PASSIVE
export HF_HUB_OFFLINE ?= 1
export TRANSFORMERS_OFFLINE ?= 1
export DO_NOT_TRACK ?= 1

.PHONY: help install run up down test test-services check bench clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(STAMP)  ## create .venv with the pinned dependencies

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"mmflywheel needs Python >= 3.11, {sys.executable} is {v.major}.{v.minor}: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	# torch first and pinned: a bare torch may pull gigabytes of CUDA libraries on a machine without a GPU
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

run: $(STAMP)  ## turn the wheel once: scenario -> dataset version -> trained models -> scorecard
	$(BIN)/mmflywheel run --scale $(SCALE) --workspace $(WORKSPACE)

up: $(STAMP)  ## start the Prefect server, its UI, a worker and all deployments
	$(BIN)/mmflywheel up --workspace $(WORKSPACE) $(if $(PORT),--port $(PORT)) $(if $(TIMEZONE),--timezone $(TIMEZONE))

down: $(STAMP)  ## end them, and check that nothing is left
	$(BIN)/mmflywheel down --workspace $(WORKSPACE)

check: $(STAMP)  ## lint, format, types and import direction
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: $(STAMP) check  ## run all checks and the whole test suite
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-services: $(STAMP)  ## whole runs in the cockpit: in a browser, on Dask, and with servers and workers killed
	$(BIN)/python -m pytest -m services tests/flows

bench: $(STAMP)  ## measure; prints ratios against named baselines
	$(BIN)/python -m pytest -s --timeout=0 --override-ini=addopts=--import-mode=importlib tests/benchmarks/bench_*.py

clean:  ## remove the environment and caches (keeps the workspace)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache *.egg-info build
