# Two commands are enough: make run, make test. Both work in a fresh clone with Python 3.11 and make.
.DEFAULT_GOAL := help
.PHONY: help run test check setup lock seed bench bench-reading fuzz-api fuzz-checks fuzz-races fuzz-uploads svy

PYTHON := $(shell for python in python3.11 python3 python; do \
	if $$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; \
	then echo $$python; break; fi; done)
BIN := .venv/bin
LOCAL := $(BIN)/python -m rvss.local
# For tools that load the settings but reach no service.
TOOL_SETTINGS := env DEBUG=false SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	DATABASE_URL=postgresql://localhost:1/none REDIS_URL=redis://localhost:1/0 CACHE_URL=redis://localhost:1/1 \
	ALLOWED_HOSTS=service.example.com BASE_URL=https://service.example.com CLAMD_SOCKET=/run/clamd/clamd.socket \
	EMAIL_HOST=mail.example.com
N ?= 10000

help: ## list what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## make .venv and node_modules from the locks, when these have changed
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 is needed and was not found on the path: install it first." >&2; exit 1; fi
	@$(PYTHON) rvss/local/bootstrap.py
	@$(LOCAL) front-end

run: setup ## start the service on 127.0.0.1:8000 with demo data (PORT=8001 make run for another port)
	@exec $(LOCAL) run

test: setup ## everything: packages, checks, the whole suite
	@$(LOCAL) test-packages
	@$(MAKE) --no-print-directory check
	FRESH_SERVICES=1 $(BIN)/pytest -n 2 --dist loadgroup

check: setup ## linters, types, layers, migrations, Django's checks for production
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(TOOL_SETTINGS) $(BIN)/mypy .
	@$(BIN)/lint-imports
	@if [ -d templates ]; then $(BIN)/djlint --lint --quiet templates; fi
	@$(TOOL_SETTINGS) $(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	@$(TOOL_SETTINGS) $(BIN)/python manage.py check --deploy --fail-level WARNING

lock: setup ## make both requirement locks again from pyproject.toml
	$(BIN)/uv pip compile -q pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header -o requirements.lock
	$(BIN)/uv pip compile -q pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --extra dev -c requirements.lock -o requirements-dev.lock

seed: setup ## demo data on top of what is there (N=10000 companies)
	@$(LOCAL) with $(BIN)/python manage.py seed_demo --companies $(N) --seed 1

bench: setup ## time the main pages against a floor
	@$(LOCAL) with $(BIN)/python manage.py bench

bench-reading: PLANS = tests/plans tests/plans/varied
bench-reading: setup ## how well uploaded plans are read (PLANS=folder of labelled plans)
	@$(BIN)/python -m codeofpractice.reading.bench $(PLANS)

fuzz-api: N = 100000
fuzz-api: setup ## send the API requests that nobody would send (N=100000 requests, SEED=1)
	@$(LOCAL) with $(BIN)/python manage.py fuzz_api --requests $(N) --seed $(or $(SEED),1)

fuzz-checks: N = 1000
fuzz-checks: setup ## let random people drive checks at random (N=1000 checks)
	@CHECKS=$(N) $(BIN)/pytest -q -s tests/assurance/test_whole_check.py

fuzz-races: N = 200
fuzz-races: setup ## post 20 times at once about a check, and cut connections (N=200 rounds, SEED=1)
	@$(LOCAL) with $(BIN)/python manage.py fuzz_races --rounds $(N) --seed $(or $(SEED),1)

fuzz-uploads: N = 2000
fuzz-uploads: setup ## upload the files that nobody should upload (N=2000 files, SEED=1)
	@$(LOCAL) with $(BIN)/python manage.py fuzz_uploads --files $(N) --seed $(or $(SEED),1)

svy: setup ## write the estimates of the independent package svy anew, for the tests to compare with
	@$(BIN)/uv venv -q --clear --python $(PYTHON) .local/svy
	@$(BIN)/uv pip install -q --python .local/svy/bin/python "svy==0.35.0" "lifelines==0.30.3"
	.local/svy/bin/python tests/reviews/svy_oracle.py > tests/reviews/svy.json
	.local/svy/bin/python tests/reviews/more_oracle.py > tests/reviews/more_oracle.json
