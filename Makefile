# Everything a person types. A fresh machine needs git, make and Python 3.11 or later, nothing else: .venv is made on first use.

PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
UV     := uv==0.13.9

# What the tests read: `make check` does not repeat them while none of it has changed since they last passed.
TESTED := Makefile README.md build.py pyproject.toml requirements.txt requirements-dev.txt $(wildcard CONTRIBUTING.md) \
          $(shell find .ci builder catalog dist docs params simulator templates tests -name __pycache__ -prune -o -type f -print 2>/dev/null)

PIP  = $(RUN) -m pip --disable-pip-version-check install --quiet --require-hashes --requirement
LOCK = .cache/uv/bin/uv pip compile --quiet --no-header --universal --generate-hashes --python-version 3.11 $(if $(UPGRADE),--upgrade)
TEST = $(RUN) -m pytest --numprocesses auto --dist worksteal --cov && mkdir -p .cache && touch .cache/tested

ALLOWED = $(foreach id,$(ALLOW),--allow-replace "$(id)")

die  = { echo "make: $(1)" >&2; exit 1; }
need = $(if $($(1)),"$($(1))",$(error make $@ needs $(1)=...))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*\#\# .*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: $(VENV)/.build ## Build the templates into dist/: checked, linted, all or none
	@$(RUN) build.py build

lint: $(VENV)/.build ## Lint the templates as they would be built; write nothing
	@$(RUN) build.py lint

test: $(VENV)/.dev ## Run the tests, with coverage
	@$(TEST)

check: $(VENV)/.dev ## Demand what CI demands: dist/ fresh, params/ valid, style, types, tests passed
	@$(RUN) build.py build --check
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check
	@$(RUN) -m mypy
	@$(MAKE) --no-print-directory .cache/tested

.cache/tested: $(TESTED)
	@$(TEST)

clean: ## Remove .venv and every cache; dist/ stays
	rm -rf $(VENV) .cache .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(VENV)/.python ## Write requirements*.txt anew from pyproject.toml; UPGRADE=1 also renews what it does not name
	@$(RUN) -m venv .cache/uv
	@.cache/uv/bin/python -m pip --disable-pip-version-check install --quiet $(UV)
	$(LOCK) --output-file requirements.txt pyproject.toml
	$(LOCK) --extra dev --output-file requirements-dev.txt pyproject.toml
	$(LOCK) --extra docs --no-deps --output-file requirements-docs.txt pyproject.toml

docs: $(VENV)/.docs ## Write the reference into docs/: pages, pictures, control matrix. Drawing needs Graphviz
	@$(RUN) build.py docs

diff: $(VENV)/.build ## Show what deploying the stacks as they are now does to those of BASE= [ENV=] [ALLOW="ID ..."]
	@$(RUN) build.py diff --base $(call need,BASE) $(if $(ENV),--env "$(ENV)") $(ALLOWED)

plan: $(VENV)/.dev ## Show what deploy would do in your account to STACK= ENV= [BUCKET=] [ALLOW="ID ..."] [DRIFT=1] [KEEP=1]
	@$(RUN) build.py plan $(call need,STACK) --env $(call need,ENV) $(if $(BUCKET),--bucket "$(BUCKET)") $(ALLOWED) $(if $(DRIFT),--drift) $(if $(KEEP),--keep)

bench: $(VENV)/.dev ## Measure, and write docs/benchmarks.md; SUITE= measures one of build, lint, commands, growth, profile
	@$(RUN) -m bench $(SUITE)

faults: $(VENV)/.dev ## Seed faults into the built templates, and show who catches each; ALL=1 asks cfn-lint about every one
	@$(RUN) -m tests.faults $(if $(ALL),--all)

bench-cdk: $(VENV)/.dev ## Measure the build beside `cdk synth`, which npm installs into .cache/cdk
	@$(RUN) -m bench.synthesis
	@$(RUN) -m bench build

simulate: $(VENV)/.dev ## Try STACK= [ENV=dev] on a simulated AWS on this machine; no account needed
	@$(RUN) -m simulator $(call need,STACK) "$(or $(ENV),dev)"

deploy: $(VENV)/.dev ## Deploy STACK= ENV= [BUCKET=] to your account
	@$(RUN) build.py deploy $(call need,STACK) --env $(call need,ENV) $(if $(BUCKET),--bucket "$(BUCKET)")

watch: $(VENV)/.build ## Follow what goes on in the deployed STACK= ENV= to its end
	@$(RUN) build.py watch $(call need,STACK) --env $(call need,ENV)

destroy: $(VENV)/.build ## Delete the deployed STACK= ENV=, unless it is protected
	@$(RUN) build.py destroy $(call need,STACK) --env $(call need,ENV)

recreate: $(VENV)/.dev ## Take over what the deleted STACK= ENV= [BUCKET=] left; DRY=1 only shows it
	@$(RUN) build.py recreate $(call need,STACK) --env $(call need,ENV) $(if $(BUCKET),--bucket "$(BUCKET)") $(if $(DRY),--dry-run)

outputs: $(VENV)/.build ## Show the outputs of the deployed STACK= ENV=
	@$(RUN) build.py outputs $(call need,STACK) --env $(call need,ENV)

package: $(VENV)/.dev ## Upload what STACK= nests to BUCKET=, and write the template that refers to it
	@$(RUN) build.py package $(call need,STACK) --bucket $(call need,BUCKET)

publish: $(VENV)/.build ## Publish STACK= to Service Catalog as VERSION=, its template into BUCKET=; a version never changes
	@$(RUN) build.py publish $(call need,STACK) --version $(call need,VERSION) --bucket $(call need,BUCKET)

test-postgres: $(VENV)/.dev ## Try parameter groups and roles on real PostgreSQL servers, which npm fetches
	@$(RUN) -m tests.postgresql.servers
	@$(RUN) -m pytest -m postgresql --numprocesses auto --dist loadgroup --quiet tests/postgresql

record-postgres: $(VENV)/.dev ## Record the settings of those servers in builder/postgresql/
	@$(RUN) -m tests.postgresql.record

$(VENV)/.python:
	@$(PYTHON) -c pass 2>/dev/null || $(call die,$(PYTHON) does not run; fix: install Python 3.11 or later (Debian: apt install python3 python3-venv) or name one: make PYTHON=/path/to/python3)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || $(call die,$$($(PYTHON) -V 2>&1) is too old; fix: name a Python 3.11 or later: make PYTHON=/path/to/python3)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call die,$(PYTHON) has no ensurepip or venv; fix: install them (Debian: apt install $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')) or name another: make PYTHON=/path/to/python3)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.build: requirements.txt $(VENV)/.python
	@echo "Installing requirements.txt into $(VENV); this takes half a minute, once"
	@$(PIP) requirements.txt
	@touch $@

# The larger set holds the smaller.
$(VENV)/.dev: requirements-dev.txt requirements.txt $(VENV)/.python
	@echo "Installing requirements-dev.txt into $(VENV); this takes a minute, once"
	@$(PIP) requirements-dev.txt
	@touch $(VENV)/.build $@

# For its icons alone: what the package itself depends on is not used.
$(VENV)/.docs: requirements-docs.txt $(VENV)/.build
	@$(PIP) requirements-docs.txt --no-deps
	@touch $@
