# One command sets up and shows Earshot, one tests it, one checks it. Needs Python 3.11 or newer, and make.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
UV ?= $(shell command -v uv || echo .venv/bin/uv)

BIN := .venv/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet
COMPILE := $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --extra all $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help run test cover train test-long test-real check bench eval docs fmt lock clean

help: ## list what there is
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

run: .venv/runs ## install what is missing, then show the whole cycle on the bundled community
	$(BIN)/earshot demo demo/

# One process more than there are cores: tests that start servers and processes wait for a fifth of their time.
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
TEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal -m "not long and not real"

test: .venv/develops ## every test that takes seconds, on all cores
	$(TEST)

# Apart from test: counting branches, in the processes that tests start too, makes them take half as long again.
cover: .venv/develops ## the same with branch coverage, which has a floor of 90 percent
	$(TEST) --cov --cov-report=term

train: .venv-train/installed ## train both tiers anew: make train DATA=../shared/data/train (an hour or two)
	.venv-train/bin/python -m analysis.training.accurate $(or $(DATA),../shared/data/train)
	.venv-train/bin/python -m analysis.training $(or $(DATA),../shared/data/train)

test-long: .venv/develops ## the tests that take minutes
	$(BIN)/python -m pytest -m long --timeout 3600

test-real: .venv/develops .venv-real/installed ## the tests before real servers, which pip installs into .venv-real
	$(BIN)/python -m pytest -m real --timeout 600 tests/real

check: .venv/develops ## format, lint, types, documents, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs*.py

bench: .venv/develops ## what listening costs, in ratios: docs/bench.md
	$(BIN)/python -m bench.collect

eval: .venv/develops ## every goal of understanding beside other tools, into docs/evaluation.md (some minutes)
	$(BIN)/python -m bench.evaluate $(or $(DATA),../shared/data/train)

docs: .venv/develops ## write again what documents and translations take from the code
	$(BIN)/python -m tests.fault_table
	$(BIN)/python -m docs.views
	$(BIN)/python -m tests.probe_table
	$(BIN)/python -m tests.catalogues

fmt: .venv/develops ## put the code in its one form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## write the locks again (all versions anew: make lock UPGRADE=--upgrade); needs uv and the network
	$(COMPILE) --group build --output-file requirements.lock
	$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(UV) pip compile requirements-real.in --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate $(UPGRADE) --output-file requirements-real.lock

clean: ## remove everything that the other targets made
	rm -rf .venv .venv-real .venv-train demo build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Earshot needs Python 3.11 or newer, and found none. Install it, or say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv (for another python3.N: python3.N-venv)" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# The stamps carry the date of the last installation: nothing is asked of pip while the lock stays as it is.
.venv/runs: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Earshot needs into .venv: once, a minute or two."
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	touch $@

.venv/develops: requirements-dev.lock .venv/runs
	@echo "Installing what its tests need: once."
	$(INSTALL) --require-hashes -r requirements-dev.lock
	touch $@

.venv-train/installed: pyproject.toml | $(BIN)/python
	@echo "Installing what training needs (PyTorch and what goes with it): once."
	$(BIN)/python -m venv .venv-train
	.venv-train/bin/python -m pip --disable-pip-version-check install --quiet "pip>=25.1"
	.venv-train/bin/python -m pip --disable-pip-version-check install --quiet --group train -e .
	touch $@

.venv-real/installed: requirements-real.lock | $(BIN)/python
	@echo "Installing real servers for the tests (Synapse and HyperKitty): once."
	$(BIN)/python -m venv .venv-real
	.venv-real/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements-real.lock
	touch $@
