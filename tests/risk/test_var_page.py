"""The page of the risk numbers says what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest


def test_page_runs_from_top_to_bottom(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    page = root / "docs" / "var.md"
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "page"}
    for match in re.finditer(r"(?ms)^```python\n(.*?)^```", text):
        # So many empty lines first that a failure names the line of the page.
        source = "\n" * text.count("\n", 0, match.start(1)) + match[1]
        exec(compile(source, str(page), "exec"), names)
    assert (tmp_path / "correlation.html").stat().st_size > 5_000
