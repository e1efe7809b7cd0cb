# Orario's commands. A bare `make` explains them.

.DEFAULT_GOAL := help
.PHONY: help serve test check format soak bench lock upgrade reference screenshots clean

VENV := .venv
BIN := $(VENV)/bin
# The newest lock and the project file decide what is installed; their checksum names the stamps below.
KEY := $(shell cat requirements.lock pyproject.toml | cksum | cut -d ' ' -f 1)
SERVES := $(VENV)/.serves-$(KEY)
TESTS := $(VENV)/.tests-$(KEY)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

help: ## Explain the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(SERVES) ## Install Orario and run it; ORARIO_PORT, ORARIO_APPS, ORARIO_DATABASE_URL ... are heard
	@exec $(BIN)/orario serve

test: $(TESTS) servers ## Run the tests on three processes, for they wait a lot; all but the long ones
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not soak" $(ARGS)

check: $(TESTS) ## Format, lint, types, the house's rules, dependencies, the lock file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/house --ignore tests/house/test_docs_played.py
	$(BIN)/deptry src
	$(BIN)/python tools/lock.py --check

format: $(TESTS) ## Write the code as `make check` wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

soak: $(TESTS) servers ## Run the long tests: 90 simulated days, 200 kills, a storm
	$(BIN)/python -m pytest -m soak $(ARGS)

bench: $(TESTS) ## Measure Orario beside its peers, in one run
	$(BIN)/python -m bench.run $(ARGS)

lock: $(TESTS) ## Write requirements.lock anew for what pyproject.toml asks, moving nothing else
	$(BIN)/python tools/lock.py

upgrade: $(TESTS) ## Write requirements.lock anew with the newest releases
	$(BIN)/python tools/lock.py --upgrade

reference: $(TESTS) ## Make docs/reference and the drawings anew from the code
	$(BIN)/python docs/make_reference.py

screenshots: $(TESTS) servers ## Draw docs/images anew: every page of the dashboard, by a real browser
	$(BIN)/python -m tools.screenshots $(ARGS)

clean: ## Remove the environment and every cache; data stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

# What follows installs; each step runs once per state of the lock.

$(BIN)/python:
	@for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	done; \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Orario needs Python 3.11 or later, and none was found."; exit 1; }; \
	echo "Making $(VENV) with $$($$python --version)"; \
	$$python -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "$$python cannot make an environment; Debian has it in the package python3-venv."; exit 1; }

$(SERVES): | $(BIN)/python
	@echo "Installing what requirements.lock names (once)"
	@$(PIP) --constraint requirements.lock --editable '.[postgres,apps]'
	@touch $@

.PHONY: servers
servers: | $(BIN)/python
	@$(BIN)/python -m tools.servers

$(TESTS): | $(BIN)/python
	@echo "Installing what requirements.lock names, with what the tests need (once)"
	@$(PIP) --requirement requirements.lock --editable '.[all]'
	@touch $@ $(SERVES)
