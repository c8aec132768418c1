# CallDeck. `make` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Tests, benchmarks and `make run` get these words added: make run ARGS='--speed 4'
ARGS ?=
# `make firmware` and `make firmware-pico2` also understand MICROPYTHON_DIR, CALLDECK_CACHE, DEBIAN_MIRROR and
# SOURCE_DATE_EPOCH: firmware/README.md says what they mean.
export PYTHONDONTWRITEBYTECODE := 1

# The first Python that is new enough; looked up when a recipe runs, after what it needs is there.
PYTHON_NAMES := python3 python3.13 python3.12 python3.11
PYTHON = $(or $(shell for name in $(PYTHON_NAMES); do $$name -c 'import sys; \
	sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$name && break; \
	done),python3)
BIN := .venv/bin

EMULATOR := host_tools/calldeck/consoles/emulator
NODE_PARTS := $(if $(wildcard $(EMULATOR)/package.json),$(EMULATOR)/node_modules/.installed)

# MicroPython's stubs: of the version in firmware/image/sources.toml.
STUBS := micropython-rp2-rpi-pico-stubs==1.25.0.post3 micropython-stdlib-stubs==1.25.0
STUBS_STAMP := build/stubs/.installed

# What judges the page's accessibility.
PAGE_TESTS := tests/web
PAGE_PARTS := $(PAGE_TESTS)/node_modules/.installed

.PHONY: help
help: ## List the targets (this is the default)
	@awk -F ':.*## ' '/^[a-z0-9%-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- what everything else needs -------------------------------------------------------------------

.PHONY: setup
setup: .venv/.installed $(NODE_PARTS) ## Make .venv with calldeck in it, and the emulator's node parts

.PHONY: have-setup-packages
have-setup-packages:
	@.ci/need setup

.venv/.installed: pyproject.toml | have-setup-packages
	@[ -x $(BIN)/python ] || { echo "setup: making .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@echo "setup: installing calldeck and what its tests need into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(EMULATOR)/node_modules/.installed: $(EMULATOR)/package.json $(EMULATOR)/package-lock.json | have-setup-packages
	@echo "setup: installing the emulator's node parts"
	@cd $(EMULATOR) && npm ci --no-audit --no-fund --silent --no-progress
	@touch $@

$(PAGE_PARTS): $(PAGE_TESTS)/package.json $(PAGE_TESTS)/package-lock.json | have-setup-packages
	@echo "setup: installing what the tests of the page need"
	@cd $(PAGE_TESTS) && npm ci --no-audit --no-fund --silent --no-progress
	@touch $@

.PHONY: have-browser
have-browser:
	@.ci/need browser

$(STUBS_STAMP): Makefile .venv/.installed
	@echo "setup: installing MicroPython's type stubs into build/stubs"
	@rm -rf build/stubs
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--target build/stubs $(STUBS)
	@touch $@

# --- the product ----------------------------------------------------------------------------------

.PHONY: firmware
firmware: ## Build build/calldeck-VERSION-RPI_PICO.uf2 and its sha256
	@.ci/need firmware
	@$(MAKE) .build-firmware

.PHONY: firmware-pico2
firmware-pico2: ## Build build/calldeck-VERSION-RPI_PICO2.uf2 and its sha256
	@.ci/need firmware
	@$(MAKE) .build-firmware BOARD=pico2

# A recipe of its own: make looks for Python before a recipe's first line runs.
.PHONY: .build-firmware
.build-firmware:
	@$(PYTHON) firmware/image/tools/build_uf2.py $(BOARD)

.PHONY: run
run: setup firmware ## Be the agent: callers arrive, and the page is yours; ARGS= are added
	@# Ctrl-C is the way out, and no error.
	@$(BIN)/calldeck run --console demo --config examples/demonstration.toml --open $(ARGS) \
		|| [ $$? -eq 130 ]

.PHONY: demo
demo: setup firmware ## Watch a scripted agent work on the emulated console; ARGS= are added
	@$(BIN)/calldeck run --console demo --script examples/shift.toml $(ARGS) || [ $$? -eq 130 ]

# --- checks ---------------------------------------------------------------------------------------

.PHONY: test
test: setup firmware $(STUBS_STAMP) $(PAGE_PARTS) have-browser ## Run all gates and the tests; ARGS= go to pytest
	@.ci/gates test -m 'not full and not hardware' $(ARGS)

.PHONY: test-full
test-full: setup firmware $(STUBS_STAMP) $(PAGE_PARTS) have-browser ## The same with the tests that take minutes
	@.ci/gates test -m 'not hardware' $(ARGS)

.PHONY: test-board
test-board: setup ## Run the tests that run on the device, on a board: PORT=/dev/ttyACM0
	@$(BIN)/python -m tests.firmware.board "$(PORT)"

.PHONY: lint
lint: setup ## Run ruff and the import linter
	@.ci/gates lint

.PHONY: typecheck
typecheck: setup $(STUBS_STAMP) ## Run mypy for the host on three platforms, and for the firmware
	@.ci/gates typecheck

.PHONY: pictures
pictures: setup firmware have-browser ## Take pictures of the page in each state, into build/pictures
	@$(BIN)/python tests/web/take_pictures.py

bench-page: have-browser

# What the link is held against brings much along that nothing else needs.
bench-link: .venv/.bench
.venv/.bench: .venv/.installed
	@echo "setup: installing what the link's benchmark is held against into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

bench-%: setup firmware ## Run benchmarks/bench_NAME.py: a table, and build/bench/NAME.json
	@[ -e benchmarks/bench_$*.py ] || { echo "bench-$*: there is no benchmarks/bench_$*.py;" \
		"there are: $(patsubst benchmarks/bench_%.py,bench-%,$(wildcard benchmarks/bench_*.py))" >&2; \
		exit 2; }
	@mkdir -p build/bench
	@$(BIN)/python benchmarks/bench_$*.py --json build/bench/$*.json $(ARGS)

# --- tidying --------------------------------------------------------------------------------------

.PHONY: clean
clean: ## Remove what was built; keep downloaded sources, .venv and node parts
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name sources -exec rm -rf {} +

.PHONY: distclean
distclean: ## Remove everything that make has made
	@rm -rf build .venv $(EMULATOR)/node_modules $(PAGE_TESTS)/node_modules
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
