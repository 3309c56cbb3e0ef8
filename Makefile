# What one does with Schoolplein. Needs Python 3.11 or newer and make; `make help` lists the words.

ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
BIN := .venv/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check --no-input
EXPORT := schema/schema.graphql
export PIP_ROOT_USER_ACTION = ignore
export PYTHONUNBUFFERED = 1

.DEFAULT_GOAL := help
.PHONY: help run test check bench schema format clean environment environment-dev

help: ## Tell what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: environment ## Start Schoolplein with a demo school on http://localhost:8000 (PORT, DATA_DIR).
	@exec $(PY) -m schoolplein run

test: environment-dev ## Run the whole test suite, with its own PostgreSQL and Redis.
	@exec $(PY) -m pytest -n auto $(ARGS)

check: environment-dev ## Check format, style, types, layers, contract and migrations.
	@echo "Format …"
	@$(PY) -m ruff format --check --quiet . || { echo "Some files are not formatted: run make format" >&2; exit 1; }
	@echo "Style …"
	@$(PY) -m ruff check --quiet .
	@echo "Types …"
	@$(PY) -m basedpyright --level error
	@echo "Layers …"
	@$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	@echo "Contract …"
	@$(PY) -m schoolplein schema --check $(EXPORT)
	@echo "Migrations …"
	@$(PY) -m tests.cli.drift

bench: environment-dev ## Measure the workloads beside their floors.
	@exec $(PY) -m tests.bench $(ARGS)

schema: environment ## Export the contract.
	@$(PY) -m schoolplein schema > $(EXPORT).new && mv $(EXPORT).new $(EXPORT)
	@echo "Wrote $(EXPORT)"

format: environment-dev ## Format the code, and mend what can be mended.
	@$(PY) -m ruff check --quiet --fix . || true
	@$(PY) -m ruff format --quiet .

clean: ## Remove the environment and what tools have left; .data stays.
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.data/*' -prune -exec rm -rf {} +

environment:
	@$(call prepare,requirements.txt,requirements.txt)

environment-dev:
	@$(call prepare,requirements-dev.txt,requirements.txt requirements-dev.txt)

# $(1): the file to install; $(2): the files that are satisfied by it. A mark beside the packages says what is installed, so that
# nothing is done when nothing has changed. The marks are written last: an interrupted installation is done again.
define prepare
	if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Schoolplein needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! $(PY) -m pip --version >/dev/null 2>&1; then \
		$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
			echo "This Python has no venv module: install it (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }; \
		echo "Making .venv with $$($(PYTHON) --version) …"; \
		$(PYTHON) -m venv --clear .venv || exit 1; \
	fi; \
	if [ "$$(cat .venv/$(1).installed 2>/dev/null)" != "$$(cksum $(1))" ]; then \
		echo "Installing $(1) (the first time takes a minute or two) …"; \
		rm -f .venv/*.installed; \
		$(PIP) install --require-hashes --requirement $(1) || exit 1; \
		for file in $(2); do cksum $$file > .venv/$$file.installed; done; \
	fi
endef
