"""The lessons run, each in a process of its own; the README and the guide say what is true."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LESSONS = sorted((ROOT / "examples").glob("[0-9]*.py"))

# A lesson needs what the wheel brings, and nothing that happens to be installed beside it.
RUN_ALONE = """
import runpy, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pandas", "polars", "scipy", "matplotlib", "IPython"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda p: p.stem)
def test_lesson_runs(lesson: Path, tmp_path: Path) -> None:
    if lesson.stem == "04_compiled" and importlib.util.find_spec("numba") is None:
        pytest.skip("numba is not installed")
    command = [sys.executable, "-c", RUN_ALONE, str(lesson)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_lessons_are_numbered_without_gaps() -> None:
    assert [int(p.stem[:2]) for p in LESSONS] == list(range(1, len(LESSONS) + 1))


@pytest.mark.parametrize("page", ["README.md", "docs/guide.md", "docs/expressions.md"])
def test_page_runs_from_top_to_bottom(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / page).read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "page"}
    for match in re.finditer(r"(?ms)^```python\n(.*?)^```", text):
        # So many empty lines first that a failure names the line of the page.
        source = "\n" * text.count("\n", 0, match.start(1)) + match[1]
        exec(compile(source, str(ROOT / page), "exec"), names)
    assert list(tmp_path.glob("*.html"))


def test_demo_writes_its_page(tmp_path: Path) -> None:
    page = tmp_path / "demo.html"
    done = subprocess.run(
        [sys.executable, "-m", "baconalgo", "demo", "--rows", "20000", "--out", str(page)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "120"},
    )
    assert done.returncode == 0, done.stderr
    assert "Sharpe" in done.stdout
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_doctor_finds_nothing_wrong() -> None:
    done = subprocess.run([sys.executable, "-m", "baconalgo", "doctor"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "same hash" in done.stdout


def test_notebook_runs_and_shows_the_result_inline(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(ROOT / "docs" / "first_backtest.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {
        cell.source.splitlines()[-1]: output.data.get("text/html", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "data" in output
    }
    assert "Sharpe" in shown["result"]
    assert "<svg" in shown["result.plot()"]
    assert (tmp_path / "report.html").is_file()
