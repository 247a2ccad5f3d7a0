"""The pages about the bus and telemetry say what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parent.parent.parent / "docs"


@pytest.mark.parametrize("page", ["bus.md", "telemetry.md"])
def test_page_runs_from_top_to_bottom(page: str) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "page"}
    for match in re.finditer(r"(?ms)^```python\n(.*?)^```", text):
        source = "\n" * text.count("\n", 0, match.start(1)) + match[1]
        exec(compile(source, str(PAGES / page), "exec"), names)


def test_what_the_page_says_is_printed_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    test_page_runs_from_top_to_bottom("bus.md")
    printed = capsys.readouterr().out
    text = (PAGES / "bus.md").read_text(encoding="utf-8")
    said = re.findall(r"(?m)^(?: *print\(.*\)  )?# (.*)$", re.sub(r"(?ms)^```(?!python).*?^```", "", text))
    expected = [line for line in said if line.startswith(("[", "payload must", "topic "))]
    assert len(expected) == 4
    for line in expected:
        assert line in printed
