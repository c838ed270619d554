# make demo   everything in one process on SQLite, with a sample hospital
# make test   every test, real components included (installs what they need when root)
# make check  lint, types, layers, tests: what CI runs
# make bench  the benchmarks, each beside its yardstick
# make soak   nodes, daemons, cables, disks and clocks fail under rush load, each ROUNDS times (20); as root
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export HOTLINE_CACHE ?= /var/cache/hotline

.PHONY: demo test check bench soak lint lock clean unit

demo: $(VENV)/run.stamp
	@$(BIN)/hotline demo

$(VENV)/pip.stamp:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/pip.stamp requirements/run.txt setup.cfg pyproject.toml
	$(BIN)/pip install --quiet --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements/test.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements/test.txt
	@touch $@

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --strict --scripts-are-modules scripts/emergency-agi
	$(BIN)/lint-imports

unit: $(VENV)/test.stamp
	$(BIN)/pytest -m "not real"

test: $(VENV)/test.stamp
	scripts/install-tools
	rm -f .coverage .coverage.*
	$(BIN)/pytest --cov --cov-report= --durations=10
	$(BIN)/coverage report --skip-empty --fail-under=90
	PATH=$(BIN):$$PATH scripts/coverage-of-pure-parts

check: lint test

bench: $(VENV)/test.stamp
	$(BIN)/hotline bench all

ROUNDS ?= 20
soak: $(VENV)/test.stamp
	scripts/install-tools
	SOAK_ROUNDS=$(ROUNDS) $(BIN)/pytest -p no:randomly tests/real/test_galera_faults.py tests/real/test_galera_leases.py \
	  tests/real/test_kill.py

# The lock files: exact versions with hashes, for every platform Python 3.11+ runs on.
lock: $(VENV)/pip.stamp
	$(BIN)/pip install --quiet uv
	for f in run test; do $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 --universal \
	  --no-annotate --no-header -o requirements/$$f.txt requirements/$$f.in; done

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* *.egg-info
