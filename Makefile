# Two commands for everybody: `make repro` and `make test`. Their plain equivalents are in README.md.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
IN_VENV := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
PIP := $(PYTHON) -m pip --disable-pip-version-check --python $(VENV)/bin/python

.PHONY: repro test lint docs bench clean

repro: $(VENV)/ready
	$(IN_VENV) dvc repro

test: $(VENV)/ready
	$(IN_VENV) python -m pytest

lint: $(VENV)/ready
	$(IN_VENV) ruff check
	$(IN_VENV) ruff format --check

# The README's table and graph, from dvc.yaml, and its figure, from the prepared sample.
docs: $(VENV)/ready
	$(IN_VENV) python -m mmner docs

bench: $(VENV)/ready
	$(IN_VENV) python -m benchmarks

# pip of the outside works on .venv, so that Debian's python3-venv package is not needed. The second line adds
# what torch's build for this machine needs beyond the lock: CUDA libraries with a GPU build, else nothing.
$(VENV)/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv --without-pip $(VENV)
	$(PIP) install --quiet --no-deps -r requirements.txt
	$(PIP) install --quiet -c requirements.txt torch
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(VENV)
