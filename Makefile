# The only list of commands. Every target sets up what it needs in .venv on a machine with Python and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
.DEFAULT_GOAL := help
.PHONY: help demo test lint types format bench

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/  /' | sort

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group test
	touch $@

test: $(STAMP)  ## the tests
	$(BIN)/python -m pytest

$(VENV)/.lint: $(STAMP)
	$(BIN)/python -m pip install --quiet --group lint
	touch $@

lint: $(VENV)/.lint  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.lint  ## rewrite to style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.lint  ## mypy --strict
	$(BIN)/mypy
