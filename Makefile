# run, test, check and bench set up what they need; two commands are enough.
.PHONY: setup run test check bench format lock

PYTHON := .venv/bin/python
# Many tests wait for a browser, a database or another process: one process more than cores.
PROCESSES ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)

setup:
	@.ci/setup.sh

run: setup
	@.venv/bin/consultflow local

test: check
	$(PYTHON) -m coverage erase
	$(PYTHON) -m coverage run -m pytest -n $(PROCESSES) --dist worksteal
	$(PYTHON) -m coverage combine --quiet
	$(PYTHON) -m coverage report

check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup
	$(PYTHON) -m tests.benchmarks.turns
	$(PYTHON) -m tests.benchmarks.sign_ins
	$(PYTHON) -m tests.benchmarks.runs $(if $(NODE_RED),--node-red $(NODE_RED))

format:
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

# Locks with hashes and no addresses, for a checkout and for a server; needs uv.
lock:
	uv pip compile --quiet --universal --python-version 3.11 pyproject.toml --extra dev --extra local \
		--generate-hashes --no-emit-index-url --no-header --output-file .ci/requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 pyproject.toml -c .ci/requirements.lock \
		--generate-hashes --no-emit-index-url --no-header --output-file .ci/requirements-serve.lock
