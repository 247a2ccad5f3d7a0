"""The page on the engine runs from top to bottom, and so does the benchmark on the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest


def test_the_page_runs_from_top_to_bottom(root: Path) -> None:
    page = root / "docs" / "engine.md"
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "page"}
    for match in re.finditer(r"(?ms)^```python\n(.*?)^```", text):
        # So many empty lines first that a failure names the line of the page.
        source = "\n" * text.count("\n", 0, match.start(1)) + match[1]
        exec(compile(source, str(page), "exec"), names)


@pytest.mark.parametrize("what", ["engine", "bus"])
def test_the_benchmark_prints_json_lines_with_a_base_case(what: str) -> None:
    command = [sys.executable, "-m", "baconalgo", "bench", what, "--scale", "0.002", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[0]["case"].startswith("base")
    assert all(row["bench"] == what and row["messages"] > 0 for row in rows)
    assert any(row["per_second"] for row in rows) and any(row["p99_ns"] for row in rows)


def test_the_benchmark_shows_a_table_and_refuses_what_it_does_not_know() -> None:
    command = [sys.executable, "-m", "baconalgo", "bench"]
    done = subprocess.run([*command, "engine", "--scale", "0.002"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "p99.9" in done.stdout, done.stderr
    refused = subprocess.run([*command, "disk"], capture_output=True, text=True, timeout=120)
    assert refused.returncode == 1
    assert "bench must be one of engine, bus, was 'disk'" in refused.stderr
