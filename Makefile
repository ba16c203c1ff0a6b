# Everything here needs make, git and a Python with venv, no more. PYTHON chooses the Python that .venv is made from.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench vsix clean

help:
	@echo "make demo   lint examples/ and show the patch that repairs it"
	@echo "make test   run all tests"
	@echo "make lint   style, types and import layers"
	@echo "make docs   the documentation as pages, in build/site"
	@echo "make bench  measure speed, memory, every format and growth on what is generated"
	@echo "make vsix   the extension of VS Code with the server for this platform, in editors/vscode/build (needs node and npm)"
	@echo "make clean  remove what the others made"

# In examples/ there are defects: exit status 1 says that they were found, any other that something is broken.
define lint_examples
@echo '$$ iac-imds-lint $(1)'
@status=0; $(BIN)/iac-imds-lint $(1) || status=$$?; \
if [ $$status -ne 1 ]; then echo "make demo: exit status $$status, where findings are 1" >&2; exit 2; fi
@echo
endef

demo: $(VENV)/.installed
	$(call lint_examples,check examples)
	$(call lint_examples,check --diff examples)

test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -n auto $(TESTS) || { echo "make test: FAILED" >&2; exit 1; }

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --strict

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/run.py $(BENCH)
	$(BIN)/python benchmarks/formats.py
	$(BIN)/python benchmarks/growth.py

vsix: $(BIN)/python
	cd editors/vscode && npm ci --no-audit && npm run package

clean:
	rm -rf editors/vscode/build editors/vscode/bundled/libs editors/vscode/dist editors/vscode/node_modules
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "iac-imds-lint needs Python 3.10 or newer, \
	not %d.%d of %s: try make PYTHON=python3.12" % (*sys.version_info[:2], sys.executable))'
	$(PYTHON) -m venv $(VENV)

# The package is installed in place, so only its metadata makes an installation stale.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed
