# `make up` and `make test` are all that a fresh machine needs: both first make the environment in .venv
# (scripts/bootstrap.py), which costs nothing when it is already in step with the locks.

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

BOOTSTRAP = python=$$(sh scripts/find_python.sh) && "$$python" -E -s scripts/bootstrap.py

.PHONY: help
help: ## Show what there is to make
	@echo 'RezNet AI. Usage: make <target> [ARGS="..."] [PYTHON=/path/to/python3.12]'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: up
up: setup ## Start RezNet AI (ARGS go to `reznet up`)
	@exec .venv/bin/reznet up $(ARGS)

.PHONY: test
test: setup ## Run every check and test (ARGS go to pytest, to run a part of the tests)
	@exec .venv/bin/python scripts/check.py all $(ARGS)

.PHONY: setup
setup: ## Make or repair the environment in .venv
	@$(BOOTSTRAP) setup

.PHONY: trial-model
trial-model: ## Fetch the trial model and the embedder again, when an earlier setup could not
	@$(BOOTSTRAP) trial

.PHONY: lint
lint: setup ## Check style, types and layers, without the tests
	@exec .venv/bin/python scripts/check.py static

.PHONY: types
types: setup ## Check the types
	@exec .venv/bin/pyright

.PHONY: format
format: setup ## Format the Python code and mend what can be mended
	@.venv/bin/ruff check --fix-only --quiet .
	@exec .venv/bin/ruff format .

.PHONY: frontend-test
frontend-test: setup ## Run the checks and tests of the web UI
	@exec .venv/bin/python scripts/check.py frontend

.PHONY: docs
docs: setup ## Write the generated reference pages anew
	@mkdir -p docs/reference .tools
	@.venv/bin/python -m reznet.core.config_reference > .tools/configuration.md
	@mv .tools/configuration.md docs/reference/configuration.md
	@.venv/bin/python -m reznet.core.config_reference --env > .tools/env.example
	@mv .tools/env.example .env.example
	@exec .venv/bin/python -m reznet.websocket.reference docs/reference/events.md

.PHONY: screenshots
screenshots: setup ## Take the pictures of the README anew
	@exec .venv/bin/python scripts/screenshots.py

.PHONY: bench
bench: setup ## Measure the product beside a bare floor
	@exec .venv/bin/python benchmarks/chat.py $(ARGS)

.PHONY: bench-ui
bench-ui: setup ## Measure the web UI in a browser, with 50,000 messages
	@exec .venv/bin/python benchmarks/ui.py $(ARGS)

.PHONY: bench-search
bench-search: setup ## Measure the search in 200,000 messages
	@exec .venv/bin/python benchmarks/search.py $(ARGS)

.PHONY: bench-memory
bench-memory: setup ## Measure what agents find of what they were told
	@exec .venv/bin/python benchmarks/memory_recall.py $(ARGS)

.PHONY: bench-memory-scale
bench-memory-scale: setup ## Measure agents with very many memories, and very many agents
	@exec .venv/bin/python benchmarks/memory_scale.py $(ARGS)

.PHONY: bench-workflows
bench-workflows: setup ## Measure workflows against their critical path
	@exec .venv/bin/python benchmarks/workflows.py $(ARGS)

.PHONY: lock
lock: setup ## Resolve pyproject.toml into the lock files anew
	@$(BOOTSTRAP) lock

.PHONY: clean
clean: ## Remove the environment and all caches; never data
	@rm -rf .venv .tools frontend/node_modules backend/reznet/static .pytest_cache .ruff_cache .hypothesis .import_linter_cache .schemathesis dist build
	@find backend benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +
