# `make` alone lists what there is. Each target sets up what it needs, once.

PYTHON ?= python3
VENV := .venv
TOOLS := .venv-check
export PYTHON

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(VENV)/ready: requirements/dev.txt pyproject.toml scripts/environment
	@scripts/environment $(VENV) requirements/dev.txt --with-project

$(TOOLS)/ready: requirements/check.txt scripts/environment
	@scripts/environment $(TOOLS) requirements/check.txt

# Tests with clients of Node's, a browser among them, are skipped where there is no Node.
.PHONY: clients
clients:
	@{ scripts/node_packages tests/clients && scripts/node_packages bench/peers/node && scripts/graphiql; } \
		|| [ $$? -eq 3 ]

.PHONY: graphiql
graphiql: ## Build the GraphiQL page (needs Node)
	@scripts/graphiql

.PHONY: demo
demo: $(VENV)/ready ## Run the gateway on constructed upstreams, on 127.0.0.1:8080
	@scripts/graphiql || echo "The demo runs on without its GraphiQL page." >&2
	@exec $(VENV)/bin/offender-gateway demo

.PHONY: test
test: $(VENV)/ready clients ## Run the tests
	@exec $(VENV)/bin/pytest -q

.PHONY: check
check: lint test ## Lint, types, import rules, tests

.PHONY: lint
lint: $(VENV)/ready $(TOOLS)/ready ## Lint, types, import rules
	$(TOOLS)/bin/ruff check .
	$(TOOLS)/bin/ruff format --check .
	$(TOOLS)/bin/mypy --python-executable $(VENV)/bin/python
	PYTHONPATH=. $(TOOLS)/bin/lint-imports

.PHONY: format
format: $(TOOLS)/ready ## Lay out the code
	$(TOOLS)/bin/ruff check --fix .
	$(TOOLS)/bin/ruff format .

.PHONY: lock
lock: ## Pin the dependencies anew (needs uv)
	cd requirements && for list in app build dev check; do \
		uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-annotate --no-header $$list.in -o $$list.txt; done

.PHONY: schema
schema: $(VENV)/ready ## Write schema/schema.graphql anew
	$(VENV)/bin/python -c 'from graphql import print_schema; from schema.build import SCHEMA; print(print_schema(SCHEMA))' \
		> schema/schema.graphql

.PHONY: bench
bench: $(VENV)/ready ## Measure the gateway against its peers (ten minutes; BENCH=--write writes the docs)
	@scripts/node_packages bench/peers/node || [ $$? -eq 3 ]
	@exec $(VENV)/bin/python -m bench $(BENCH)

.PHONY: docs
docs: $(VENV)/ready clients ## Write the tables and the picture in docs/ anew, from the settings and a running gateway
	$(VENV)/bin/pytest -q --write-docs tests/gateway/test_configuration_reference.py \
		tests/journeys/test_conformance.py tests/journeys/test_malformed_requests.py \
		tests/journeys/test_pom_tooling.py tests/clients/test_graphiql.py
