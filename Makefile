# Warmline. `make` lists what can be done.
PYTHON ?= python3
BIN := .venv/bin
export RASA_TELEMETRY_ENABLED := false
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow check train adapt bench nlu-report lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## both environments, from their lock files
	@$(PYTHON) tools/bootstrap.py

run: setup  ## set up what is missing and start everything
	@exec $(BIN)/python -m bot run

test: setup  ## all tests, two at a time but for those in real time
	@$(BIN)/python -m bot train --if-needed
	@$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: setup  ## the long calls in real time that `make test` leaves out
	@$(BIN)/python -m pytest -m slow

check: setup  ## style, types, pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python tools/check_pages.py

train: setup  ## train the dialogue model
	@$(BIN)/python -m bot train

adapt: setup  ## teach the recogniser the shop's words
	@$(BIN)/python -m bot adapt

bench: setup  ## the benchmarks
	@$(BIN)/python -m bench

nlu-report: setup  ## how well customers are understood, cross-validated (minutes)
	@$(BIN)/python -m bench.nlu

lock: setup  ## resolve both lock files anew
	@.tools/bin/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --extra dev pyproject.toml -o requirements.lock
	@.tools/bin/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.10 engine/requirements.in -o engine/requirements.lock

clean:  ## remove what was made, keep the environments
	@rm -rf var .mypy_cache .ruff_cache .pytest_cache
