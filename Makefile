# Every target makes the virtual environment it needs (.venv) and needs only Python >= 3.11, pip and make.
# `make` alone lists the targets. On Windows use the three plain lines of the README instead.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
EXAMPLE := examples/python-segmentation
# Options handed on to pytest: make test ARGS="-x tests/code"
ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Versions that were tested together, and a CPU build of torch: an open range would download gigabytes of CUDA.
# `make test PIP_CONSTRAINT=` takes the newest versions instead.
export PIP_CONSTRAINT ?= $(CURDIR)/constraints/ci.txt

.DEFAULT_GOAL := help
.PHONY: help demo test test-full lint format type bench docs pictures fuzz clean

help:  ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "make %-10s %s\n", $$1, $$2}'

demo: $(VENV)/.installed  ## Install, then make example.json from the Python example (no key, nothing is sent)
	$(BIN)/qarepo generate $(EXAMPLE) -o example.json

test: $(VENV)/.installed-test  ## Fast tests: no torch, Ray or browser; under 10 minutes on 2 cores
	$(BIN)/python -m pytest $(ARGS)

test-full: $(VENV)/.installed-full  ## Slow tests: real engine, browser, torch, Ray, crash loops; under 40 minutes
	$(BIN)/python -m pytest -m full --timeout 900 $(ARGS)

lint: $(VENV)/.installed-test  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed-test  ## Rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

type: $(VENV)/.installed-test  ## mypy, strict
	$(BIN)/mypy

bench: $(VENV)/.installed-full  ## Run the benchmarks and print their figures
	for file in benchmarks/bench_*.py benchmarks/truth.py; do $(BIN)/python "$$file" || exit 1; done

# atheris has wheels for Linux and macOS only and wants an environment of its own.
FUZZ_SECONDS ?= 600
fuzz: $(VENV)/.installed-test  ## The property tests with 50 times the examples, then coverage-guided fuzzing
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest -m "hypothesis and not full" --timeout 3600 $(ARGS)
	$(PYTHON) -m venv .venv-fuzz && .venv-fuzz/bin/python -m pip install -q -e . atheris
	for target in extract walk rules reply text; do \
	  .venv-fuzz/bin/python fuzz/coverage_guided.py $$target --seconds $(FUZZ_SECONDS) || exit 1; done

docs: $(VENV)/.installed-docs  ## Build the documentation site into site/
	$(BIN)/python scripts/write_parts.py --check
	$(BIN)/zensical build --strict

pictures: $(VENV)/.installed-docs  ## Record the README's pictures again (needs chromium)
	$(BIN)/python scripts/make_pictures.py

clean:  ## Remove the environment, caches and built files
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Debian's python3 comes without ensurepip; there the system's pip fills the environment from outside.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV) 2>/dev/null \
	  || { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install -q pip; }

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q -e .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q -e ".[test]"
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-full: pyproject.toml constraints/ci.txt | $(BIN)/python
	$(BIN)/python -m pip install -q -e ".[test,full]"
	@touch $@ $(VENV)/.installed $(VENV)/.installed-test

$(VENV)/.installed-docs: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q -e ".[docs]"
	@touch $@ $(VENV)/.installed
