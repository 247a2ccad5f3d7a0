"""What the tests of the indicators share."""

from __future__ import annotations

from pathlib import Path

import pytest

from .reference_file import Reference, read_reference


@pytest.fixture(scope="session")
def reference(shared: Path) -> Reference:
    """Real bars and what TA-Lib made of them."""
    return read_reference(shared)
