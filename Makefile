# `make help` lists what there is. Everything runs in .venv, which `make` fills from locked, hashed requirements.

PYTHON ?= python3
BIN := .venv/bin
PEOPLE ?= 2000
KEEP ?= 0
# Tests use every core but are sized for two.
JOBS ?= auto

.DEFAULT_GOAL := help
.PHONY: model help demo assets test test-pages screens fuzz test-long check lint format types imports gate keys bench bench-gate bench-linkage bench-scale bench-febrl bench-attacks bench-question bench-audit bench-rotation bench-timing policies lock deps-system clean

help:  ## Lists the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

.venv/demo: requirements/demo.lock pyproject.toml
	@echo "Preparing .venv (once; about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/demo.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements/dev.lock .venv/demo
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

.venv/bench: requirements/bench.lock .venv/dev
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/bench.lock
	@touch $@

# What the desk's pages look like; built with Node, of which nothing is left afterwards.
DESK := broker/agency/desk/static/desk.css

$(DESK): $(wildcard assets/*.*) .venv/demo requirements/assets.lock
	@node --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1 || \
	  $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/assets.lock
	@$(BIN)/python assets/build.py

assets: $(DESK)  ## The desk's style sheet and script, from locked npm packages (brings its own Node where there is none)

demo: .venv/demo $(if $(filter 1,$(KEEP)),$(DESK))  ## The main job on a fictional place: post, ask, decide, prove (PEOPLE=2000, KEEP=1 leaves it running)
	@$(BIN)/python -m broker.synthetic --people $(PEOPLE) $(if $(filter 1,$(KEEP)),--keep)

test: .venv/dev $(DESK)  ## All tests, on SQLite and a real PostgreSQL that they bring themselves
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup tests

test-pages: .venv/dev $(DESK)  ## Every page in a real browser: two widths, with scripts and without (needs `make deps-system`)
	@$(BIN)/python -m pytest tests/pages

screens: .venv/dev $(DESK)  ## Pictures of every page, in docs/screens
	@rm -rf docs/screens && SCREENS=docs/screens $(BIN)/python -m pytest tests/pages -k script

test-long: .venv/dev $(DESK)  ## What takes too long for `make test`: kill drills, larger properties
	@$(BIN)/python -m pytest -m long --run-long tests

check: lint types imports policies keys gate test  ## Everything CI runs

lint: .venv/dev  ## ruff: style, banned calls, complexity
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: .venv/dev  ## Formats the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: .venv/dev  ## mypy --strict
	@$(BIN)/mypy

imports: .venv/dev  ## Which room may import which
	@$(BIN)/lint-imports

policies: .venv/dev  ## The agreements load and prove, their examples come out as written, and the reach is the one that is kept
	@$(BIN)/broker policy check policies
	@$(BIN)/broker policy prove policies
	@$(BIN)/broker policy reach policies --golden

keys: .venv/dev  ## The rehearsed ceremony is made again from its published seeds, byte for byte, and verified
	@$(BIN)/broker keys ceremony --check keys/rehearsal

gate: .venv/dev  ## The privacy gate: the shipped scheme's labels give nobody away among a million made-up people
	@$(BIN)/broker-agency scheme check

fuzz: .venv/dev  ## Every parser of outside bytes under atheris (SECONDS=60 each, ONLY="trust list")
	@$(BIN)/python tests/fuzz/run.py $(if $(SECONDS),--seconds $(SECONDS)) $(if $(ONLY),--only "$(ONLY)")

bench: bench-linkage bench-scale bench-question bench-audit bench-rotation bench-policy bench-febrl bench-gate  ## All benchmarks

bench-gate: .venv/bench  ## The curve of recall against the gate, from the shipped scheme down to the loosest keys
	@$(BIN)/python -m benchmarks.linkage_gate

bench-linkage: .venv/bench  ## Match quality beside Splink in the clear (DATA=file MAPPING=file for a labelled set, ONLY=febrl3, QUICK=1)
	@$(BIN)/python -m benchmarks.linkage $(if $(DATA),--data $(DATA) --mapping $(MAPPING)) \
	  $(foreach set,$(ONLY),--only $(set)) $(if $(filter 1,$(QUICK)),--quick)

bench-scale: .venv/bench  ## A million records grouped at once, beside Splink on the same records (RECORDS=1000000)
	@$(BIN)/python -m benchmarks.linkage --scale $(or $(RECORDS),1000000)

bench-attacks: .venv/dev  ## What attackers get: graph matching, a dump, an active broker, guessing (writes docs/attacks.md)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.attacks $(if $(QUICK),--quick)

bench-question: .venv/dev  ## How long a question takes, whole and in parts, and how fast posting is (RECORDS=1000000, QUICK=1)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.question $(if $(RECORDS),--records $(RECORDS)) $(if $(QUICK),--quick)

bench-audit: .venv/dev  ## How fast the audit log is, beside the disk's own flushes (ONLY=sqlite, ONLY=kills ROUNDS=1000, QUICK=1)
	@$(BIN)/python -m benchmarks.audit $(if $(ONLY),--only $(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(QUICK),--quick)

bench-rotation: .venv/dev  ## A million tokens go over to the next linkage key while questions are asked (RECORDS=100000 tokens, QUICK=1)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.rotation $(if $(RECORDS),--records $(RECORDS)) $(if $(QUICK),--quick)

bench-timing: .venv/dev  ## Whether the time an answer takes tells what was found: 10,000 questions at three agencies (QUICK=1)
	@$(BIN)/python -m benchmarks.timing $(if $(QUICK),--quick)

bench-policy: .venv/dev  ## How fast agreements decide, differ, prove and replay, and that all meanings agree (ONLY=diff, QUICK=1)
	@$(BIN)/python -m benchmarks.policy $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick)

bench-febrl: .venv/bench  ## All of it with its cryptography: question-time matching on FEBRL data set 4, posted as two agencies
	@$(BIN)/python -m benchmarks.febrl

model: .venv/dev  ## Fits the match model on fictional people and says how honest it is (about 10 minutes)
	@$(BIN)/python -m broker.synthetic.fit_model

lock: .venv/dev  ## Locks the requirements again (needs uv)
	@for set in demo:build dev:dev bench:dev,bench; do \
	  groups=$$(echo $${set#*:} | sed 's/,/ --group /g'); \
	  uv pip compile pyproject.toml --extra desk --extra server --group $$groups --generate-hashes --no-emit-index-url \
	    --no-annotate --python-version 3.11 --universal -q --no-header -o requirements/$${set%%:*}.lock; \
	done
	@uv pip compile --group assets --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 --universal \
	  -q --no-header -o requirements/assets.lock

deps-system:  ## System parts, from apt: Python's venv, SoftHSM (a hardware module in software), a browser for the pages, nginx for `make test-long`
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null && command -v softhsm2-util >/dev/null && command -v chromium >/dev/null && PATH=$$PATH:/usr/sbin command -v nginx >/dev/null || \
		(apt-get update -qq && apt-get install -y -qq python3-venv softhsm2 chromium nginx-light)

clean:  ## Removes what the targets made
	@rm -rf .demo .bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage assets/node_modules $(dir $(DESK)) .venv
