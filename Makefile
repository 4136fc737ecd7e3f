# Everything a clean clone needs: `make demo`, `make test`.
# Set-up is done once; stamps in .venv say what is there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FINETUNE := .venv-finetune
# --no-compile: what is used is compiled when it is first imported.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt
# One more than there are processors: tests often wait for a process, a server or a time limit.
WORKERS ?= $(shell echo $$(( $$(nproc 2>/dev/null || echo 2) + 1 )))
PYTEST = $(BIN)/python -m pytest -q --tb=short
DEMO_OUT ?= demo_output

.PHONY: demo test coverage lint type bench docs-pictures clean help

help:
	@echo "make demo           ask five questions; pictures in $(DEMO_OUT)/"
	@echo "make test           every test, then the linter and the type checker"
	@echo "make coverage       the tests, and which lines they reach, by file"
	@echo "make test-finetune  tests of fine-tuning, in an environment of their own with torch"
	@echo "make lint | type    the linter | the type checker alone"
	@echo "make bench          speed of the library itself"
	@echo "make docs-pictures  draw the pictures that the README shows"
	@echo "make clean          remove what was built (not the source)"

demo: $(VENV)/.demo
	@$(BIN)/multivis demo --out $(DEMO_OUT)

test: $(VENV)/.dev $(VENV)/.debian
	$(PYTEST) -n $(WORKERS) || { \
	  echo "What failed is run once more, by itself: a busy machine can miss a time limit."; \
	  $(PYTEST) --last-failed --last-failed-no-failures=none; }
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Watching every line costs about a third of the time of the tests, so it is a command of its own.
coverage: $(VENV)/.dev $(VENV)/.debian
	$(PYTEST) -n $(WORKERS) --cov

# torch is heavy: it has an environment of its own, and `make test` neither needs nor sees it.
test-finetune: $(FINETUNE)/.made
	HF_HUB_OFFLINE=1 $(FINETUNE)/bin/python -m pytest tests/finetune

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: $(VENV)/.dev
	$(BIN)/mypy

bench: $(VENV)/.dev
	@set -e; for file in startup ask parquet sandbox views volume_modules; do [ ! -e benchmarks/$$file.py ] || $(BIN)/python benchmarks/$$file.py; echo; done
	@[ ! -e benchmarks/volumes.py ] || $(BIN)/python benchmarks/volumes.py --quick

docs-pictures: $(VENV)/.dev
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_view_pictures.py
	$(BIN)/python docs/make_serving_pictures.py
	$(BIN)/python docs/make_parts.py
	$(BIN)/python docs/make_request_pictures.py
	$(BIN)/python docs/run_notebooks.py

clean:
	rm -rf $(VENV) $(FINETUNE) build dist src/*.egg-info .coverage .coverage.* htmlcov demo_output multivis_output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "multivis needs Python 3.11 or newer as $(PYTHON); name another one with: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing; on Debian install it with: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing multivis, its sample data and VTK (about a minute, once) ..."
	@$(PIP) -e '.[samples,volumes]'
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing multivis and what its tests need (about two minutes, once) ..."
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.demo

$(VENV)/.debian: .ci/debian-packages $(VENV)/.made
	@sh .ci/debian-packages
	@touch $@

$(FINETUNE)/.made: pyproject.toml constraints.txt
	@echo "Installing torch and what fine-tuning needs (some minutes, once) ..."
	@$(PYTHON) -m venv $(FINETUNE)
	@$(FINETUNE)/bin/pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt \
	  torch==2.13.0 -e '.[finetune,volumes]' pytest pytest-timeout
	@touch $@
