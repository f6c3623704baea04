# The only list of commands. Each target sets up what it needs in .venv on a machine with Python (3.10 or later) and make.
PYTHON ?= python3
PYTHONS ?= python3.10 python3.11 python3.12 python3.13
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
RUN := $(BIN)/python -m
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test accuracy-here logs-here format lint types bench calibrate logs fuzz backtest accuracy messages docs
.PHONY: check site dist licences advisories coverage mutation pythons

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

.venv/.release: .venv/.core
	$(PIP) install --group release
	@touch $@

.venv/.mutation: .venv/.test
	$(PIP) install --group mutation
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

check: lint types test site dist licences advisories  ## all that must hold before a release
	@if [ -e build/not-audited ]; then echo "check: held, but the dependencies were NOT AUDITED: no database in reach"; \
	else echo "check: held"; fi

site: .venv/.docs  ## the documentation as it stands, in site/: no warning, no broken link
	$(BIN)/zensical build --clean --strict

dist: .venv/.release  ## wheel and sdist in dist/; installed with the core alone and used; every extra resolves
	$(RUN) tools.dist

licences: .venv/.release  ## licences of the core dependencies (after dist); fails at one that is unknown or copyleft
	$(RUN) tools.licences

advisories: .venv/.release  ## known weaknesses of the dependencies; REQUIRED=1 fails where none can be asked for
	@mkdir -p build && rm -f build/not-audited
	$(RUN) tools.advisories $(if $(REQUIRED),--required) || { [ $$? -eq 3 ] && touch build/not-audited; }

pythons: .venv/.release  ## the tests of the sdist, with the wheel, on each of PYTHONS
	$(RUN) tools.dist --tests $(PYTHONS)

coverage: .venv/.test .venv/.torch  ## lines and branches that the tests reach, subprocesses too; fails below the floors
	$(RUN) pytest --cov --cov-report= --cov-report=json:build/coverage.json
	$(RUN) tools.covered build/coverage.json

mutation: .venv/.mutation  ## do the tests notice a changed operator: a seeded sample of stats, cost and audit (half an hour)
	$(RUN) tools.mutation

bench: .venv/.test  ## what traincast itself costs, as ratios
	$(RUN) bench.startup
	$(RUN) bench.reading
	$(RUN) bench.forecast
	$(RUN) bench.live

logs: .venv/.test  ## read every public log and compare with its truth; with the dialects, and by induction alone
	$(RUN) accuracy.logs
	$(RUN) accuracy.logs --none --bad

accuracy: .venv/.test  ## predicted against measured runs, forecast against finished ones; false alarms and catches of the audit
	$(RUN) accuracy.report
	$(RUN) accuracy.blind
	$(RUN) accuracy.peaks
	$(RUN) accuracy.counted
	$(RUN) accuracy.versus
	$(RUN) accuracy.audit
	$(RUN) accuracy.backtest

messages: .venv/.test  ## bring the message catalogues up to date and compile them; lists what is not translated
	$(BIN)/python tools/messages.py

docs: .venv/.docs  ## samples, reference, outputs shown in README and docs, notebook, recordings, screenshots; the site in site/
	$(BIN)/python tools/samples.py
	$(RUN) tools.screenshots
	$(RUN) tools.reference
	$(RUN) tools.blocks
	$(RUN) tools.notebook
	$(RUN) tools.recordings
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
	$(RUN) accuracy.counted --fit
