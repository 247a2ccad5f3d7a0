"""The real data beside the project, where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real market data; tests that need it are skipped without it."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("BACONALGO_SHARED", root.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"the real market data is not there: {folder}")
    return folder
