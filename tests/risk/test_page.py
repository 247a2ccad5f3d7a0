"""The page about limits says what is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_page_runs_from_top_to_bottom() -> None:
    text = (ROOT / "docs" / "risk.md").read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "page"}
    for match in re.finditer(r"(?ms)^```python\n(.*?)^```", text):
        # So many empty lines first that a failure names the line of the page.
        source = "\n" * text.count("\n", 0, match.start(1)) + match[1]
        exec(compile(source, "docs/risk.md", "exec"), names)


def test_the_page_names_every_code_of_the_check() -> None:
    text = (ROOT / "docs" / "risk.md").read_text(encoding="utf-8")
    source = (ROOT / "rust" / "core" / "src" / "order.rs").read_text(encoding="utf-8")
    codes = {int(code) for code in re.findall(r"= (2\d\d\d),", source)}
    said: set[int] = set()
    for first, last in re.findall(r"\b(20\d\d)(?:-(20\d\d))?", text):
        said |= set(range(int(first), int(last or first) + 1))
    assert codes - said == set()


def test_the_lesson_runs(tmp_path: Path) -> None:
    lesson = ROOT / "examples" / "14_risk.py"
    done = subprocess.run([sys.executable, str(lesson)], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "refused: max_exposure_pct" in done.stdout
