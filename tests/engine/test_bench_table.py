"""The tables that ``baconalgo bench`` prints: columns in line, figures whole, no line wider than a terminal."""

from __future__ import annotations

import re

import pytest

from baconalgo.bench import Row, show

LATENCY = {"count": 200_000, "p50": 87.4, "p90": 999.6, "p99": 12_345.6, "p999": 999_960.0, "max": 61_234_567_890.0}
ROWS = [
    Row.of_latency("base: two reads of the clock in Python", LATENCY),
    Row.of_latency("signal in, order out and filled", {**LATENCY, "p90": 1.0}, "from the planned time"),
    Row.of_latency("  publish", {**LATENCY, "max": 456_789.0}, "one message in 64"),
    Row("market data in batches", 5_000_000, 41_234_567.0, note="NumPy arrays from Python"),
    Row("QuantumBus, one by one", 200_000, 999_960.0, 812.0, p99_ns=5_400.0, max_ns=7_000_000.0, note="with the queue"),
    Row("pyzmq inproc, one by one", 1_000, 949_949.0, note="bytes"),
]
HEADS = {
    "throughput": ["messages", "throughput"],
    "latency": ["messages", "p50", "p90", "p99", "p99.9", "max"],
}
FIGURES = {
    "base: two reads of the clock in Python": ["200,000", "87 ns", "1 us", "12.3 us", "1 ms", "61.2 s"],
    "signal in, order out and filled": ["200,000", "87 ns", "1 ns", "12.3 us", "1 ms", "61.2 s"],
    "publish": ["200,000", "87 ns", "1 us", "12.3 us", "1 ms", "457 us"],
    "market data in batches": ["5,000,000", "41.23 M/s"],
    "pyzmq inproc, one by one": ["1,000", "949.9 k/s"],
}


@pytest.fixture(params=[80, 100, 200])
def printed(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", str(request.param))
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    show("engine", ROWS, as_json=False)
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= request.param
    return text


def tables(text: str) -> dict[str, list[str]]:
    """The lines of each table, its head first, without rules and empty lines."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.strip() in HEADS:
            name = line.strip()
        elif name and re.search(r"\S", line) and not set(line.strip()) <= set("─━"):
            found.setdefault(name, []).append(line.rstrip())
    return found


def test_every_figure_stands_whole_in_its_row(printed: str) -> None:
    assert "…" not in printed
    assert "e+" not in printed
    lines = [line.strip() for table in tables(printed).values() for line in table]
    for case, figures in FIGURES.items():
        # A long name goes on below where the terminal is narrow; figures do not.
        rows = [line for line in lines if line.startswith(case[:16])]
        assert rows, case
        assert re.split(r"\s{2,}", rows[0])[1:] == figures


def test_figures_end_where_the_heads_of_their_columns_end(printed: str) -> None:
    found = tables(printed)
    assert list(found) == list(HEADS)
    for name, (head, *rows) in found.items():
        assert re.split(r"\s{2,}", head.strip()) == ["case", *HEADS[name]]
        ends = {match.end() for match in re.finditer(r"\S+", head)}
        shown = [row for row in rows if re.search(r"\d (ns|us|ms|s|k/s|M/s)(\s|$)", row)]
        assert len(shown) == sum((row.p50_ns if name == "latency" else row.per_second) is not None for row in ROWS)
        for row in shown:
            figures = re.finditer(r"[\d.,]+ (?:ns|us|ms|s|k/s|M/s)(?=\s|$)", row)
            assert {match.end() for match in figures} <= ends


def test_notes_name_the_cases_they_are_about(printed: str) -> None:
    flat = " ".join(printed.split())
    assert "market data in batches: NumPy arrays from Python" in flat
    assert "publish: one message in 64" in flat
