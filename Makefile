# Everything a person or a machine does with this project. `make run` and `make test` need only Python 3.11+.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONWARNINGS ?=
# Bytecode is kept, whatever the shell says: a command starts in a third of the time.
export PYTHONDONTWRITEBYTECODE =
# A module of tests keeps to one worker, in the order that tests/conftest.py gives. One worker more
# than cores: often one of them waits for a browser, a server or a disk.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min((os.cpu_count() or 1) + 1, 8))')
TESTS := $(BIN)/pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

.PHONY: setup setup-dev run test test-all check check-types check-forms format bench lock clean

setup: .venv/core.stamp          ## the environment that runs the product
setup-dev: .venv/dev.stamp       ## the environment that builds and tests it

.venv/tools.stamp: requirements/tools.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Good Standing needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...'; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/tools.txt
	@touch $@

.venv/core.stamp: .venv/tools.stamp requirements/core.txt pyproject.toml
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements/core.txt
	$(BIN)/uv pip install --python $(BIN)/python --no-deps --no-build-isolation --quiet -e .
	@touch $@

.venv/dev.stamp: .venv/core.stamp requirements/dev.txt
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

run: setup                       ## start the product with its sample data
	@$(BIN)/goodstanding run

test: setup-dev                  ## what a change must pass, without a browser
	$(TESTS) -m 'not slow'

test-all: setup-dev              ## everything, browser and kills included
	$(TESTS)

check: setup-dev                 ## formatter, linter, types, contracts, templates, SQL, migrations
	@$(MAKE) --no-print-directory -j2 check-types check-forms

check-types:
	$(BIN)/basedpyright

check-forms:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet src
	$(BIN)/sqlfluff lint --disable-progress-bar src
	$(BIN)/goodstanding migrations --check

format: setup-dev                ## put the house's form on every file
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint --reformat --quiet src

bench: setup-dev                 ## figures against named peers, one JSON line each
	$(BIN)/python -m bench

lock: setup-dev                  ## make the hashed locks anew
	PATH="$(BIN):$$PATH" requirements/lock

clean:
	rm -rf .venv .goodstanding dist
