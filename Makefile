# Everything a fresh machine needs: Python 3.11 or later (with venv), make and git.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
MINGA_HOME ?= $(HOME)/.minga

# How many tests run at once; WORKERS=0: one after another, in pytest's own process.  The tests of a file stay together
# and in order, for they may share a node that is started once.  More than four would wait for the longest file.
WORKERS ?= auto
AT_ONCE := --numprocesses=$(WORKERS) --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

# PYTHON=/path/to/python overrides the search; an older python3 is passed over for a newer one beside it.
PYTHON ?=
define FIND_PYTHON
for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$$candidate"; exit 0; fi; \
done; \
echo 'No Python 3.11 or later was found: install one, or name it with make PYTHON=/path/to/python3.' >&2; exit 1
endef

.PHONY: help setup run test test-fast soak demo check format lint types docs vendor bench clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make the environment (.venv) from the hash-checked lock file

$(READY): requirements-dev.txt pyproject.toml Makefile
	@python="$$($(FIND_PYTHON))"; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python cannot make environments: install its venv package (on Debian: apt-get install python3-venv)." >&2; exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$("$$python" --version)."; \
	"$$python" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
	@touch $@

run: $(READY) ## start a node; its home is MINGA_HOME (default ~/.minga)
	@[ -e "$(MINGA_HOME)/keys" ] || $(BIN)/minga --home "$(MINGA_HOME)" init
	@exec $(BIN)/minga --home "$(MINGA_HOME)" run

test: $(READY) ## run every test, as many at once as there are processors (WORKERS=0: one after another)
	@$(BIN)/python -m pytest $(AT_ONCE)

test-fast: $(READY) ## run the tests that take no more than a few seconds each
	@$(BIN)/python -m pytest $(AT_ONCE) -m 'not slow and not soak'

soak: $(READY) ## kill nodes hundreds of times, and see that nothing is lost (SEED=1 to repeat a run)
	@MINGA_SOAK_SEED="$(SEED)" $(BIN)/python -m pytest -m soak -s -o faulthandler_timeout=0

demo: $(READY) ## three nodes agree a pact on this machine (ONCE=1: end when they do)
	@$(BIN)/python -m node.demo $(if $(filter-out 0,$(ONCE)),--once)

check: lint types test ## what the project demands of a change: format, lint, types, tests, documents

format: $(READY) ## put the code in order
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lint: $(READY) ## check format and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(READY) ## check types, strictly, in node/ and protocol/
	@$(BIN)/mypy

docs: $(READY) ## check only that the documents tell the truth (part of test)
	@$(BIN)/python -m pytest $(AT_ONCE) --quiet tests/docs

vendor: $(READY) ## bring the map's library and the lines of the earth from the npm registry, as pinned
	@$(BIN)/python -m node.web.map.vendoring

bench: $(READY) ## measure; one JSON object per line
	@$(BIN)/python -m tests.bench

clean: ## remove what make built
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
