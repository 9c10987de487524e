# Tongtu 通途. `make` or `make help` lists the commands.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input -q
# Byte code is written for what is imported, when it is: a tenth of the disk, and half of the wait.
INSTALL := $(PIP) install --no-compile --require-hashes
NODE := $(shell command -v node)
STATIC := src/tongtu/channels/web/static
export PYTHONPATH := src
export PYTHONDONTWRITEBYTECODE :=
# One thread a process in numpy and BLAS: two cores are shared by the database, the server and the client.
export OMP_NUM_THREADS ?= 1

.PHONY: help e2e shots bench-network lighthouse demo-identity canary run test test-browser test-simulation check bench sim doctor clean lock web format sdk

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/.demo $(VENV)/bin/tongtu ## set up, serve, replay real applications, report, keep serving (ONCE=1: stop after the report; HOST=address: https for phones there, with a QR)
	@$(MAKE) -s --no-print-directory web \
	  || echo "the web pages could not be built (npm's own words stand above): serving the API without them"
	@$(PY) -m tongtu demo $(if $(ONCE),--once) $(if $(HOST),--lan $(HOST)) $(DEMO)

test: $(VENV)/.dev web ## run the unit, integration, acceptance, security and browser tests (about 15 minutes on two cores)
	@$(PY) -m pytest -n 2 -q -m "not slow and not browser" $(TESTS)
	@# Neither of the two keeps both cores busy, so they run side by side; a red one is seen at the end.
	@$(MAKE) -s --no-print-directory -j 2 --output-sync=line test-browser test-simulation

# A browser's driver keeps an event loop of its own, so its tests have a process of their own.
test-browser: $(VENV)/.dev web
	@$(PY) -m pytest -q -m "browser and not e2e" tests/e2e

e2e: $(VENV)/.dev web ## walk every way in a real browser: the core set of `make test` and all the others
	@$(PY) -m pytest -q -m browser tests/e2e

shots: $(VENV)/.dev web ## a screenshot of every screen, zh and en, phone and desktop, from a small replay (build/shots/index.html)
	@PYTHONPATH=src:. $(PY) -m bench.shots build/shots

bench-network: $(VENV)/.dev web ## how long until the first offer stands at 20 ms/100 Mbit, 4G, 3G, and after a cut
	@PYTHONPATH=src:. $(PY) -m bench.network

lighthouse: $(VENV)/.dev web build/lighthouse/node_modules/.bin/lighthouse ## Lighthouse's word on the borrower's first page, as a phone
	@PYTHONPATH=src:. $(PY) -m bench.lighthouse

build/lighthouse/node_modules/.bin/lighthouse:
	@npm --prefix build/lighthouse install --no-save --no-audit --no-fund --loglevel=error lighthouse@13.5.0

# A fixed share of the kill tests and of the erring bank; `make sim` has the whole of them.
test-simulation: $(VENV)/.dev
	@SEED=1 KILLS=2 PAYMENTS=40 CASES=300 $(PY) -m pytest -q -s -m slow tests/simulation

check: $(VENV)/.dev ## lint, types, layers and house rules (under a minute)
	@$(VENV)/bin/ruff check -q src tests tools bench
	@$(VENV)/bin/ruff format --check -q src tests tools bench
	@$(VENV)/bin/lint-imports --no-cache > $(VENV)/.layers 2>&1 || { tail -n 40 $(VENV)/.layers; exit 1; }
	@$(PY) -m tools.house
	@$(VENV)/bin/mypy -n 2
	@echo "check: lint, layers, house rules and types are kept"

bench: $(VENV)/.dev ## measure the ledger, the day end and the decision lane beside their baselines, as ratios
	@$(PY) -m pytest -q -m slow tests/integration/origination/test_bench.py tests/integration/ledger/test_bench.py
	@$(PY) -m bench.terms
	@$(PY) -m bench.replay
	@$(PY) -m bench.risk
	@$(PY) -m bench.market
	@$(PY) -m bench.pricing
	@$(PY) -m bench.quote
	@$(PY) -m bench.ledger
	@$(PY) -m bench.dayend
	@$(PY) -m bench.decision
	@$(PY) -m bench.papers
	@PYTHONPATH=src:. $(PY) -m bench.process
	@PYTHONPATH=src:. $(PY) -m bench.evidence

demo-identity: $(VENV)/.dev web ## a drawn card, a face, a passkey and a signature on their way to a contract verified offline, each step timed; what is read of 40 cards
	@$(PY) -m bench.identity

sim: $(VENV)/.dev ## draw properties widely, kill server and database during replays, pay over a bank that errs, live 30 years (SEED=n KILLS=n PAYMENTS=n YEARS=n)
	@HYPOTHESIS_PROFILE=wide $(PY) -m pytest -q -n 2 tests/unit/servicing tests/unit/terms
	@PAYMENTS=$(or $(PAYMENTS),1000) $(PY) -m pytest -q -s tests/integration/payments/test_faults.py
	@YEARS=$(or $(YEARS),30) $(PY) -m pytest -q tests/integration/servicing/test_thirty_years.py
	@PAYMENTS=$(or $(PAYMENTS),1000) $(PY) -m pytest -q -s -m slow tests/simulation

canary: $(VENV)/.dev ## push personal data through every operation and look for it in logs, refusals, events, proofs and messages; spell every amount wrongly
	@CANARY=all $(PY) -m pytest -q tests/security/test_stride_20_canary.py tests/security/test_stride_8_money.py

doctor: $(VENV)/.demo ## check this machine and name the mend of what is missing
	@$(PY) -m tongtu doctor

format: $(VENV)/.dev ## format the Python code
	@$(VENV)/bin/ruff format -q src tests tools bench && $(VENV)/bin/ruff check -q --fix src tests tools bench

sdk: $(VENV)/.demo ## make the Python and TypeScript clients of the API under build/sdk
	@$(PY) -m tools.sdk build/sdk

lock: ## make requirements/*.txt anew from pyproject.toml (needs uv)
	uv pip compile -q pyproject.toml --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements/core.txt
	uv pip compile -q pyproject.toml --extra demo --extra train --extra identity -c requirements/core.txt --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements/demo.txt
	uv pip compile -q pyproject.toml --extra demo --extra train --extra identity --extra chain --extra gm --extra dev -c requirements/demo.txt --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements/dev.txt

clean: ## remove what was built here (never the data under TONGTU_HOME)
	rm -rf $(VENV) web/node_modules $(STATIC) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(PY):
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' \
	  || { echo "Tongtu needs Python 3.11; set PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.demo: requirements/demo.txt | $(PY)
	@echo "installing the platform and the demo data (once, about a minute) …"
	@$(INSTALL) -r requirements/demo.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(PY)
	@echo "installing the development tools (once, about a minute) …"
	@$(INSTALL) -r requirements/dev.txt
	@touch $@ $(VENV)/.demo

# The `tongtu` command of this checkout, wherever it is called from.
$(VENV)/bin/tongtu: | $(PY)
	@printf '%s\n' '#!/bin/sh' 'here=$$(CDPATH= cd -- "$$(dirname -- "$$0")" && pwd)' \
	  'PYTHONPATH="$$here/../../src$${PYTHONPATH:+:$$PYTHONPATH}" exec "$$here/python" -m tongtu "$$@"' > $@
	@chmod +x $@

# Without Node the API still works, and `/` says what to do.
web: ## build the web pages that are missing or older than their sources
ifeq ($(NODE),)
	@echo "Node 20 is not installed: serving the API without web pages"
else ifneq ($(wildcard web/package.json),)
	@$(MAKE) -s --no-print-directory $(STATIC)/.built
endif

$(STATIC)/.built: $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null | grep -v ' ') | web/node_modules/.installed
	@echo "building the web pages …"
	@npm --prefix web run --loglevel=error build
	@touch $@

web/node_modules/.installed: web/package-lock.json
	@npm --prefix web ci --loglevel=error --no-audit --no-fund
	@touch $@
