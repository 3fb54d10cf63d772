# make demo   two launches against the rehearsal clouds, for nothing
# make test   all tests
# Each target makes its own environment; Python 3.10 or later, git and make are all that is asked for.
PYTHON_IN := .venv/bin/python
WORKERS ?= auto
.PHONY: help environment demo demo-machine test test-machines test-live check house bench clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

environment:
	@tools/environment.sh

demo: environment
	@$(PYTHON_IN) examples/demo.py

# make demo-machine  the same with machines that really boot; Linux, root
demo-machine: environment
	@$(PYTHON_IN) examples/demo.py --guests machine

test: environment
	@$(PYTHON_IN) -m pytest -q -n $(WORKERS) --dist loadgroup

# make test-machines  tests on machines that really boot; Linux, root
test-machines: environment
	@$(PYTHON_IN) -m pytest -q -n 2 --dist loadgroup -o timeout=600 tests/machines

# make test-live  one spot machine on a real account, bought and removed (docs/live.md)
test-live: environment
	@$(PYTHON_IN) -m tests.live

# make check  style, types, shell scripts, the rules of the house
check: environment house
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@find . -name '*.sh' -not -path './.venv*' -print0 | xargs -0 .venv/bin/shellcheck .ci/run

house: environment
	@$(PYTHON_IN) -m tests.house
	@$(PYTHON_IN) -m pytest -q tests/test_house.py tests/house

# make bench  every figure of the benchmarks, as ratios
bench: environment
	@$(PYTHON_IN) -m benchmarks

# make clean  back to what git has
clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
