# `make demo` and `make test` are all a newcomer needs. Each sets up .venv first: on a machine with
# Python 3.11 or newer and make, and nothing else. The second time it is there already.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install -q -c constraints.txt
SOURCES := snaplang grammar search tests benchmarks examples setup.py
JOBS ?= auto
TESTS ?=
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check bench docs clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##/make \1 -/p' Makefile

demo: $(VENV)/.ready  ## a shipped example to ONNX, beside PyTorch, then a search; all in demo/
	@$(PY) examples/demo.py

test: $(VENV)/.ready  ## all tests; `make test TESTS=tests/cli/test_cli.py JOBS=0` runs some, one by one
	OMP_NUM_THREADS=1 $(PY) -m pytest -q -n $(JOBS) --maxprocesses 8 --dist loadgroup $(TESTS)

check: $(VENV)/.ready  ## ruff and mypy --strict
	$(PY) -m ruff check $(SOURCES)
	$(PY) -m mypy

bench: $(VENV)/.ready  ## the figures of README and docs, each against a peer; BENCH="compile block.forward" runs some
	$(PY) -m benchmarks $(BENCH)

docs: $(VENV)/.ready-docs  ## the site, in site/
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict

clean:  ## forget everything that make made
	rm -rf $(VENV) build dist demo site *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find snaplang grammar search tests benchmarks examples -name __pycache__ -exec rm -rf {} +

$(PY):
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer; name one: make PYTHON=..."; exit 1; }
	@echo "setting up $(VENV), once; this takes a few minutes"
	@$(PYTHON) -m venv $(VENV) || { echo "make: Debian's Python needs its package python3-venv"; \
		rm -rf $(VENV); exit 1; }

$(VENV)/.ready: pyproject.toml search/pyproject.toml setup.py constraints.txt | $(PY)
	$(PIP) torch
	$(PIP) -e ".[test]" -e "search[test]"
	@touch $@

$(VENV)/.ready-docs: $(VENV)/.ready
	$(PIP) -e ".[docs]"
	@touch $@
