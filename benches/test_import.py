"""Time of `import baconalgo` in a process of its own, and that of numpy, which it brings."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benches.conftest import Measure

ROUNDS = 9
PROGRAM = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"


@pytest.mark.parametrize("package", ["baconalgo", "numpy"])
def test_import(measure: Measure, package: str) -> None:
    command = [sys.executable, "-c", PROGRAM.format(package)]
    measure(
        "import",
        package,
        lambda: float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout),
        n=1,
        unit="imports",
        clock=lambda seconds: seconds,
        rounds=ROUNDS,
    )
