"""The page of the risk numbers says what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest


def run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "page"}
    for match in re.finditer(r"(?ms)^```python\n(.*?)^```", text):
        # So many empty lines first that a failure names the line of the page.
        source = "\n" * text.count("\n", 0, match.start(1)) + match[1]
        exec(compile(source, str(page), "exec"), names)


def test_page_runs_from_top_to_bottom(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    run(root / "docs" / "var.md")
    assert (tmp_path / "correlation.html").stat().st_size > 5_000


def test_the_page_on_real_stocks_runs_where_their_prices_are(
    root: Path, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    name = "sp500_daily_2013_2018.parquet"
    (tmp_path / name).symlink_to(shared / "data" / "bars" / name)
    run(root / "docs" / "var_sp500.md")
    assert 100_000 < (tmp_path / "sp500.html").stat().st_size < 600_000
