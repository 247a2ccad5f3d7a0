# `make demo` and `make test` are all that is needed; both work from a clean clone with Python 3.11+, Rust
# (stable) and make. They share one virtual environment and one build of the extension. The stamp files in
# the environment keep a second call from doing anything twice.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
CARGO ?= cargo

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# maturin finds the environment by this variable, whatever else is active.
export VIRTUAL_ENV := $(abspath $(VENV))
unexport PYTHONPATH PYTHONHOME CONDA_PREFIX

RUST := $(shell find rust -name '*.rs' -o -name '*.toml' 2>/dev/null) Cargo.toml Cargo.lock .cargo/config.toml
# The Rust tests use the artifacts of the extension: the same profile, and the same features of the dependencies.
RUST_TESTS := --workspace --features baconalgo-py/abi3 --locked
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)

.PHONY: help demo test test-rust test-python loom lint lint-rust lint-python stubs soak bench dist build clean

help:
	@echo 'make demo    build, install, and run a backtest on a simulated market'
	@echo 'make test    every test'
	@echo 'make loom    the rings of the bus under the model checker'
	@echo 'make lint    formatting, lints, types, documentation'
	@echo 'make stubs   writes the type stubs of indicators, patterns and their expressions'
	@echo 'make soak    the tests in depth, with random seeds that are printed (long)'
	@echo 'make bench   benchmarks, one JSON line a result (long)'
	@echo 'make dist    wheel and sdist in dist/'
	@echo 'make clean   removes what the above have made'

demo: $(VENV)/built
	$(BIN)/baconalgo demo

# -- environment and build ---------------------------------------------------------------------------------------------

$(VENV)/created:
	@command -v $(PYTHON) >/dev/null || { echo 'Python 3.11 or later is needed: https://www.python.org'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed, $(PYTHON) is $$($(PYTHON) --version); try make PYTHON=python3.12"; exit 1; }
	@command -v $(CARGO) >/dev/null || { echo 'Rust (stable) is needed: https://rustup.rs'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo 'the venv module is needed (Debian: apt install python3-venv)'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install 'maturin>=1.9.4,<2'
	@touch $@

# `maturin develop` also installs what pyproject.toml depends on. Python files are used where they are, so
# only changes of Rust need a build.
$(VENV)/built: $(VENV)/created pyproject.toml $(RUST)
	$(BIN)/maturin develop --locked
	@touch $@

$(VENV)/dev: $(VENV)/created pyproject.toml
	$(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	  print(*p["dependencies"], *p["optional-dependencies"]["dev"], sep="\n")' > $(VENV)/requirements.txt
	$(PIP) install -r $(VENV)/requirements.txt
	@touch $@

build: $(VENV)/built

# -- tests -------------------------------------------------------------------------------------------------------------

test: test-rust test-python

# Fixed seeds: what fails here fails everywhere. The random ones are the matter of `make soak`.
test-rust: export PROPTEST_RNG_SEED ?= 1
test-rust: $(VENV)/built
ifeq ($(NEXTEST),yes)
	$(CARGO) nextest run --cargo-profile release $(RUST_TESTS)
	$(CARGO) test --doc --release $(RUST_TESTS)
else
	$(CARGO) test --release $(RUST_TESTS)
endif
	$(MAKE) loom

# A build of its own: the feature exchanges the atomics of the crate, which nothing else must see.
loom:
	$(CARGO) test --release -p baconalgo-bus --features loom --locked --test loom

test-python: $(VENV)/built $(VENV)/dev
	$(BIN)/python -m pytest

# First with debug assertions, which the release profile leaves out, then in depth.
soak: $(VENV)/built $(VENV)/dev
	$(CARGO) test $(RUST_TESTS)
	PROPTEST_CASES=20000 $(CARGO) test --release $(RUST_TESTS)
	BACONALGO_SOAK=1 $(CARGO) test --release -p baconalgo-bus --locked --test stress -- --nocapture
	BACONALGO_SOAK=1 $(MAKE) loom
	BACONALGO_SOAK=1 $(BIN)/python -m pytest --hypothesis-profile=soak

# -- lints -------------------------------------------------------------------------------------------------------------

lint: lint-rust lint-python

# The environment, as the build script of pyo3 asks its Python.
lint-rust: $(VENV)/created
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --features baconalgo-py/abi3 --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --features baconalgo-py/abi3 --no-deps --document-private-items --locked --quiet

# stubtest compares the stubs with the extension itself, which must be built for it.
lint-python: $(VENV)/built $(VENV)/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest baconalgo._core --mypy-config-file pyproject.toml

# What exists only as a definition in the core is typed here; a test says when it is out of date.
stubs: $(VENV)/built
	$(BIN)/python -m baconalgo._stubs

# -- the rest ----------------------------------------------------------------------------------------------------------

bench: $(VENV)/built $(VENV)/dev
	$(BIN)/python -m pytest benches --benchmark-enable --benchmark-only
	$(CARGO) bench --workspace --locked

dist: $(VENV)/created
	rm -rf dist
	$(BIN)/maturin build --sdist --out dist

clean:
	rm -rf $(VENV) target dist python/baconalgo/_build_features.json
	rm -f python/baconalgo/_core*.so python/baconalgo/_core*.pyd
	find . -name __pycache__ -prune -exec rm -rf {} +
