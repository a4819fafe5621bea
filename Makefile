# Sitong's commands. Each makes the virtual environment first; a second run finds it done.
.DEFAULT_GOAL := help
.PHONY: help setup up test lint bench docs lock chromium java messages pictures clean
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for one in python3.11 python3.12 python3.13 python3.14 python3; do \
	"$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$one"; break; }; done)
CHROMIUM := $(shell for one in chromium chromium-browser google-chrome google-chrome-stable; do command -v "$$one" && break; done)
STAMP := $(VENV)/.installed
export PYTHONPATH :=

help:
	@echo 'make up     start the platform with the demo brand (Ctrl-C stops it)'
	@echo 'make test   all tests          make lint   style, layers, types, migrations, documents'
	@echo 'make bench  all benchmarks; NAME=orders for one, JSON=1 for one JSON object a line'
	@echo 'make docs   the generated documents    make lock   requirements.lock anew'

$(STAMP): requirements.lock pyproject.toml
	@{ test -n "$(PYTHON)" || { echo 'Sitong needs Python 3.11 or newer. On Debian or Ubuntu: apt-get install python3 python3-venv'; exit 1; }; \
	test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo 'This Python makes no virtual environments. On Debian or Ubuntu: apt-get install python3-venv'; exit 1; }; \
	echo 'Installing the packages of requirements.lock into .venv: a minute or two, once.'; \
	$(BIN)/python -m pip install -qq --require-hashes -r requirements.lock; \
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .; \
	touch $@; } >&2

setup: $(STAMP)

up: setup
	@SITONG_DEMO=$${SITONG_DEMO-1} $(BIN)/sitong up

messages: setup
	@$(BIN)/sitong messages >&2

chromium:
	@if [ -n "$(CHROMIUM)" ] && { ! command -v fc-list >/dev/null || fc-list :lang=zh | grep -q .; }; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; } >&2; \
	else \
	  echo 'The browser tests need Chromium and a Chinese font. On Debian or Ubuntu: sudo apt-get install chromium fonts-noto-cjk' >&2; exit 1; \
	fi

java:
	@if command -v java >/dev/null && java -version 2>&1 | grep -qE '"(1[7-9]|[2-9][0-9])'; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jre-headless; } >&2; \
	else \
	  echo 'The tests on Spark need Java 17 or newer. On Debian or Ubuntu: sudo apt-get install default-jre-headless' >&2; exit 1; \
	fi

pictures: setup chromium messages
	@$(BIN)/python -m tests.browser.pictures

test: setup chromium java messages
	@failed=; $(BIN)/pytest --ignore=tests/browser -n auto --maxprocesses 4 || failed=1; \
	$(BIN)/pytest tests/browser || failed=1; test -z "$$failed"

lint: setup messages
	@failed=; step() { echo "== $$*" >&2; "$$@" || failed="$$failed $$1"; }; \
	step $(BIN)/ruff check; \
	step $(BIN)/ruff format --check; \
	step $(BIN)/lint-imports; \
	step $(BIN)/python -m mypy; \
	step $(BIN)/python -m django makemigrations --check --dry-run --settings sitong.console.settings; \
	step $(BIN)/sitong docs --check; \
	test -z "$$failed" || { echo "failed:$$failed" >&2; exit 1; }

bench: setup messages
	@$(BIN)/python -m bench $(NAME)

docs: setup messages
	@$(BIN)/sitong docs

lock: setup
	@$(BIN)/pip-compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host --allow-unsafe --extra dev --no-header -o requirements.lock pyproject.toml
	@sed -i '1i # Made by `make lock` from pyproject.toml: every package with its hashes.' requirements.lock
	@! grep -nE '://|--(extra-)?index-url|--find-links|--trusted-host' requirements.lock

clean:
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
