"""A result as a table for the terminal: in colour where there is one, as plain text elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baconalgo.report.explain import Line, groups_of
from baconalgo.report.formatting import MISSING, number, rate
from baconalgo.report.tearsheet import order_counts, period, symbols

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from baconalgo.result import BacktestResult

_LEFT = ("Return", "Risk")
_RIGHT = ("Ratios", "Trades")
_SHORT = {
    "initial_capital", "final_equity", "return_pct", "cagr", "volatility", "total_fees", "max_drawdown_pct",
    "time_in_market_pct", "exposure_pct", "sharpe_ratio", "sortino_ratio", "calmar_ratio", "total_trades", "win_rate",
    "profit_factor", "expectancy", "avg_win", "avg_loss", "avg_trade_duration_secs",
}  # fmt: skip


def heading(result: BacktestResult) -> str:
    """One line: what, when, how much."""
    names = symbols(result)
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    events = int(result.stats.get("events", 0))
    speed = rate(result.stats.get("events_per_second"))
    parts = [
        shown,
        period(result),
        f"{events:,} events" + (f" at {speed}" if speed != MISSING else "") if events else "",
    ]
    return "  ·  ".join(part for part in parts if part)


def plain(result: BacktestResult) -> str:
    """The result as text without colour, two columns wide."""
    left, right = _column(result, _LEFT), _column(result, _RIGHT)
    height = max(len(left), len(right))
    left += [("", "")] * (height - len(left))
    right += [("", "")] * (height - len(right))
    rows = [f"{a:<20}{b:>16}    {c:<20}{d:>16}".rstrip() for (a, b), (c, d) in zip(left, right, strict=True)]
    lines = ["BacktestResult  " + heading(result), "", *rows, "", _orders(result)]
    if not result.complete:
        lines.insert(1, f"NOT COMPLETE: {_why(result)}")
    return "\n".join(lines)


def table(result: BacktestResult) -> RenderableType:
    """The result for a rich console."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for justify in ("left", "right", "left", "left", "right"):
        grid.add_column(justify=justify, no_wrap=True)
    left, right = _column(result, _LEFT), _column(result, _RIGHT)
    for index in range(max(len(left), len(right))):
        (a, b), (c, d) = (column[index] if index < len(column) else ("", "") for column in (left, right))
        grid.add_row(Text(a, "dim"), _toned(a, b), "", Text(c, "dim"), _toned(c, d))
    parts: list[RenderableType] = [Text(heading(result), "bold"), Padding(grid, (1, 0)), Text(_orders(result), "dim")]
    if not result.complete:
        parts.insert(0, Text("This run did not finish. What follows is what was computed until then.", "bold red"))
    return Group(*parts)


def _toned(label: str, value: str) -> Text:
    from rich.text import Text

    if label == "Return" and value != MISSING:
        return Text(value, "bold red" if value.startswith("−") else "bold green")
    return Text(value)


def _column(result: BacktestResult, groups: tuple[str, ...]) -> list[tuple[str, str]]:
    lines: list[Line] = []
    for name, members in groups_of(result.metrics).items():
        if name in groups:
            lines += [line for line in members if line.key in _SHORT]
    return [(line.label, number(result.metrics[line.key], line.kind)) for line in lines]


def _orders(result: BacktestResult) -> str:
    parts = [f"{value} {name.lower().removeprefix('– ')}" for name, value in order_counts(result)]
    return ", ".join(parts) + f"; {len(result.assumptions)} assumptions; hash {str(result.hash)[:16]}"


def _why(result: BacktestResult) -> str:
    return f"{type(result.error).__name__}: {result.error}" if result.error is not None else "it was interrupted"
