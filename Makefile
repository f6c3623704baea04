# The only list of commands. Each target sets up what it needs in .venv on a machine with Python (3.10 or later) and make.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
RUN := $(BIN)/python -m
.DEFAULT_GOAL := help
.PHONY: help demo test accuracy-here logs-here format lint types bench calibrate logs fuzz backtest accuracy messages docs

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | sort | expand -t 16

.venv/.core: pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) install --upgrade "pip>=25.1"
	$(PIP) install --editable .
	$(RUN) compileall -q src  # an editable install is not compiled by pip; the first start need not wait for it
	@touch $@

.venv/.test: .venv/.core
	$(PIP) install --group test
	@touch $@

.venv/.docs: .venv/.test
	$(PIP) install --group docs
	@touch $@

.venv/.lint: .venv/.core
	$(PIP) install --group lint
	@touch $@

.venv/.torch: .venv/.core
	$(PIP) install --editable ".[torch]"
	@touch $@

demo: .venv/.core  ## the question and the answer: predict, read, forecast, audit
	@sh examples/demo.sh $(BIN)/traincast

test: .venv/.test  ## the tests
	$(RUN) pytest

format: .venv/.lint  ## rewrite to style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: .venv/.lint  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.lint  ## mypy --strict
	$(BIN)/mypy

bench: .venv/.test  ## what traincast itself costs, as ratios
	$(RUN) bench.startup
	$(RUN) bench.reading
	$(RUN) bench.forecast
	$(RUN) bench.live

logs: .venv/.test  ## read every public log and compare with its truth; with the dialects, and by induction alone
	$(RUN) accuracy.logs
	$(RUN) accuracy.logs --none --bad

accuracy: .venv/.test  ## predicted against measured runs, every fold refitted; false alarms and catches of the audit
	$(RUN) accuracy.report
	$(RUN) accuracy.audit

messages: .venv/.test  ## bring the message catalogues up to date and compile them; lists what is not translated
	$(BIN)/python tools/messages.py

docs: .venv/.docs  ## samples, reference, outputs shown in README and docs, notebook, recordings; the site in site/
	$(BIN)/python tools/samples.py
	$(RUN) tools.reference
	$(RUN) tools.blocks
	$(BIN)/zensical build --clean --strict

backtest: .venv/.test  ## how good the forecast would have been on finished logs, beside the rules of other tools
	$(RUN) accuracy.backtest

fuzz: .venv/.test  ## read a million damaged lines of real logs: no crash, no hang, no growth
	$(RUN) accuracy.fuzz

accuracy-here: .venv/.torch  ## small trainings on this CPU, predicted in four ways (8 minutes)
	$(RUN) accuracy.here

logs-here: .venv/.torch  ## train on this CPU and keep the logs that the tests and the demo read (10 minutes)
	$(BIN)/python examples/make_logs.py tests/logs

calibrate: .venv/.test  ## fit the model of step times anew
	$(RUN) accuracy.calibrate
	$(RUN) tools.notebook
	$(RUN) tools.recordings
