"""How close a run came to its limits, as a section of the page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pyarrow as pa

from baconalgo.data._times import text
from baconalgo.report.formatting import number

if TYPE_CHECKING:
    from baconalgo.risk import RiskReport

#: How many incidents the page shows.
_MOST_INCIDENTS = 20

_WORDS = {
    "circuit_breaker": "Circuit breaker",
    "leverage": "Leverage",
    "max_daily_loss": "Daily loss",
    "max_drawdown_pct": "Drawdown",
    "max_exposure_pct": "Gross exposure",
    "max_net_exposure_pct": "Net exposure",
    "max_concentration_pct": "Concentration",
    "max_concurrent_positions": "Concurrent positions",
    "max_order_quantity": "Order quantity",
    "price_collar_pct": "Price collar",
    "max_var_pct": "Value at risk",
    "var_warm_up": "Value at risk not known yet",
}


def section(report: RiskReport | None) -> str:
    """The section; empty where the run had no limits on the account as a whole."""
    if report is None:
        return ""
    rows = "".join(
        _row(row["limit"], row["most_used_pct"], row["refused"])
        for row in report.limits.to_pylist()
        if row["most_used_pct"] is not None or row["refused"]
    )
    table = (
        '<table class="list limits"><thead><tr><th>Limit</th><th>Most that was used</th><th></th>'
        f"<th>Orders refused</th></tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else '<p class="empty">No order came before a limit.</p>'
    )
    condition = f'<span class="{"neg-text" if report.condition == "TRIPPED" else ""}">{report.condition.lower()}</span>'
    heading = f"Risk limits <small>breakers at the end: {condition}</small>"
    return f"<section><h2>{heading}</h2>{table}{_incidents(report)}</section>\n"


def _row(limit: str, used: float | None, refused: int) -> str:
    name = _WORDS.get(limit, limit.removeprefix("max_").removesuffix("_pct").replace("_", " ").capitalize())
    share = 0.0 if used is None else min(used, 100.0)
    tone = "neg" if share >= 100 else "warn" if share >= 75 else "calm"
    bar = "" if used is None else f'<div><i class="{tone}" style="width:{share:.1f}%"></i></div>'
    value = "" if used is None else number(used, "percent")
    count = f"{refused:,}" if refused else "–"
    return f'<tr><th>{escape(name)}</th><td class="bar">{bar}</td><td>{value}</td><td>{count}</td></tr>'


def _incidents(report: RiskReport) -> str:
    shown = report.incidents.slice(0, _MOST_INCIDENTS)
    if not shown.num_rows:
        return ""
    rows = []
    times = shown.column("ts").cast(pa.int64()).to_pylist()
    for ts, row in zip(times, shown.drop_columns("ts").to_pylist(), strict=True):
        of = f"loss {number(row['loss'], 'money')} of {number(row['bound'], 'money')}" if row["bound"] else ""
        tone = ' class="neg-text"' if row["condition"] == "TRIPPED" else ""
        what = f"<b{tone}>{escape(row['condition'].lower())}</b> by {escape(row['cause'].replace('_', ' '))}"
        rows.append(f"<tr><th>{escape(text(ts))} UTC</th><td>{what}</td><td>{of}</td></tr>")
    left = report.incidents.num_rows - shown.num_rows
    more = f'<p class="empty">and {left:,} more</p>' if left else ""
    return f'<table class="list prose incidents">{"".join(rows)}</table>{more}'
