"""What all tests share: where things are, how random the property tests are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# `make test`: the same examples everywhere. `make soak`: many, random, and the failing one is printed.
_calm = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("test", derandomize=True, max_examples=50, **_calm)
settings.register_profile("soak", print_blob=True, max_examples=2000, **_calm)
settings.load_profile("test")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("BACONALGO_SOAK") == "1":
        return
    skip = pytest.mark.skip(reason="long: runs with `make soak`")
    for item in items:
        if "soak" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory with real data beside the repository; the test is skipped where there is none."""
    path = Path(os.environ.get("BACONALGO_SHARED", ROOT.parent / "shared"))
    if not (path / "data").is_dir():
        pytest.skip(f"real data is not here: {path / 'data'} (set BACONALGO_SHARED)")
    return path
