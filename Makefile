# Every target does its own set-up; a second run is quick and needs no network.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
GENERATOR := $(VENV)/codegen/bin/ariadne-codegen
# All extras but local-llm, which is built from source for ten minutes.
EXTRAS := api client mcp otel redis text embed extract llm stream postgres duckdb privacy documents mlflow analyst build dev
# The demo has an environment of its own, a fifteenth as large: no torch, nothing for development.
DEMO_VENV ?= .venv-demo
# Flower needs other versions of packages than the rest.
FEDERATE_VENV ?= .venv-federate
# What the container image has; no models of texts.
SERVE_EXTRAS := api mcp otel redis text
# Caches of byte code save each of the many processes seconds, also where the environment forbids them.
export PYTHONDONTWRITEBYTECODE :=
# Small matrices on several threads mostly wait for each other, and two processes of tests that have
# as many threads as there are cores stop each other at every barrier.
PYTEST := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/pytest
# Two files of tests at a time, each half with a Neo4j of its own. In their order, as the default,
# files with the most tests first, leaves slow ones of few tests for the end.
HALVES := -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo test test-quick test-all setup check lint types format test-heavy test-llm test-engines federate test-clients clients development-model studio test-web docs docs-site docs-serve lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 16

demo: $(DEMO_VENV)/.installed ## from nothing to recommendations with reasons on a real Neo4j
	@$(DEMO_VENV)/bin/catalograph demo $(DEMO_ARGS)

test: $(STAMP) ## lint, types, unit tests and one integration file for each seam: at most ten minutes
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target check test-quick
test-quick: $(STAMP)
	@$(PYTEST) $(HALVES) --cov --cov-report=
	@echo "Lines and branches covered, in percent:" && $(BIN)/coverage report --format=total
test-all: $(STAMP) ## the tests that `make test` leaves out for their time, at most half an hour
	@$(PYTEST) $(HALVES) -m "slow and not heavy and not llm and not engines"

setup: $(STAMP) ## virtual environment with everything in it

# $(call install,environment,lock,pip's options)
define install
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed and '$(PYTHON)' was not found; name yours with: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@test -x $(1)/bin/python || $(PYTHON) -m venv $(1) || { rm -rf $(1); echo "Python's venv module is missing; on Debian and Ubuntu it is the package python3.11-venv."; exit 1; }
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check $(3) --require-hashes -r $(2)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
endef

$(STAMP): requirements.lock pyproject.toml
	@echo "Installing packages (a few minutes the first time, about 8 GB with torch) …"
	$(call install,$(VENV),requirements.lock)

# Python compiles what the demo imports; compiling all the rest takes longer than downloading it.
$(DEMO_VENV)/.installed: requirements-demo.lock pyproject.toml
	@echo "Installing packages (under a minute with a quick line, about 0.8 GB) …"
	$(call install,$(DEMO_VENV),requirements-demo.lock,--no-compile)

$(FEDERATE_VENV)/.installed: requirements-federate.lock pyproject.toml
	$(call install,$(FEDERATE_VENV),requirements-federate.lock)

check: lint types ## lint and types only
lint: $(STAMP)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
types: $(STAMP)
	@$(BIN)/mypy
format: $(STAMP) ## rewrite the code in the project's format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
test-heavy: $(STAMP) ## minutes long or destructive tests: kills at random points, real data
	@$(PYTEST) -m heavy --timeout 0
test-llm: $(STAMP) ## a small real language model; builds llama.cpp from source first, about ten minutes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-llm.lock
	@$(PYTEST) -m llm --timeout 0
# Spark is not in the lock for its size, 320 MB; the versions are those of its extra.
test-engines: $(STAMP) $(FEDERATE_VENV)/.installed ## tests that need Spark, Flower or Opacus; installs them first
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps pyspark==3.5.7 py4j==0.10.9.7 opacus==1.6.0 opt-einsum==3.4.0
	@FLOWER=$(abspath $(FEDERATE_VENV))/bin $(PYTEST) -m engines --timeout 0
federate: $(FEDERATE_VENV)/.installed ## environment of `catalograph federate`, with Flower
development-model: ## fetch a language model to measure with, 1.1 GB, as build/development-model.gguf
	@mkdir -p build && $(PYTHON) benchmarks/development_model.py build/development-model.gguf
test-clients: $(STAMP) $(GENERATOR) ## suites of other people's GraphQL clients; needs Node 20 and npm
	@$(BIN)/python api/clients/generate.py $(GENERATOR) --check && $(BIN)/python -m tests.clients.run
clients: $(STAMP) $(GENERATOR) ## generate the Python and TypeScript clients anew; needs Node 20 and npm
	@$(BIN)/python api/clients/generate.py $(GENERATOR)
	@cd api/clients/typescript && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run generate
$(GENERATOR): api/clients/requirements.lock
	@$(PYTHON) -m venv $(VENV)/codegen && $(VENV)/codegen/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
studio: ## build the Studio, which the API serves; needs Node 20 and npm
	@cd api/studio && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent generate && npm run --silent build
test-web: $(STAMP) ## the Studio in a real browser against the demo; needs Node 20, npm and Chromium
	@$(BIN)/python -m tests.web.run
docs: $(STAMP) ## rewrite the generated pages and the SDL
	@$(BIN)/python -m catalograph.cli.generate
docs-site: $(STAMP) ## build the documentation site in build/site
	@$(BIN)/mkdocs build --strict
docs-serve: $(STAMP) ## show the documentation site at http://127.0.0.1:8001 and follow changes
	@$(BIN)/mkdocs serve --dev-addr 127.0.0.1:8001
lock: $(STAMP) ## resolve the dependencies and the server's jars anew
	@$(BIN)/pip-compile --quiet --no-strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  $(addprefix --extra=,$(EXTRAS)) --output-file requirements.lock pyproject.toml
	@$(BIN)/pip-compile --quiet --no-strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  --extra=demo --extra=build --output-file requirements-demo.lock pyproject.toml
	@$(BIN)/pip-compile --quiet --no-strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  --extra=federate --extra=build --output-file requirements-federate.lock pyproject.toml
	@sed -E 's/^([a-z0-9._-]+)\[[^]]*\]/\1/' requirements.lock > $(VENV)/constraints.txt # which take no extras
	@$(BIN)/pip-compile --quiet --no-strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  --extra=local-llm --constraint $(VENV)/constraints.txt --output-file requirements-llm.lock pyproject.toml
	@$(BIN)/pip-compile --quiet --no-strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  $(addprefix --extra=,$(SERVE_EXTRAS)) --constraint $(VENV)/constraints.txt --output-file requirements-serve.lock pyproject.toml
	@cd api/clients && $(abspath $(BIN))/pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  --output-file requirements.lock requirements.in
	@$(BIN)/python -m catalograph.store.managed_server.assembly
clean: ## remove the virtual environment and caches
	rm -rf $(VENV) $(DEMO_VENV) $(FEDERATE_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
