"""Returns by month, day or hour as a table whose colours say how much."""

from __future__ import annotations

import math
from html import escape

import numpy as np

from baconalgo.report.series import Floats, Ints, returns_by_period

_DAY = 86_400 * 10**9
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()


def returns_table(ts: Ints, equity: Floats) -> str:
    """The heading and the table: months of years, days of weeks (up to 70 days) or hours of days (up to 3).

    Empty if there are fewer than two periods.
    """
    if len(ts) == 0:
        return ""
    length = int(ts[-1]) - int(ts[0])
    if length > 70 * _DAY:
        name, unit, columns = "Monthly returns", "M", _MONTHS
    elif length > 3 * _DAY:
        name, unit, columns = "Daily returns", "D", _WEEKDAYS
    else:
        name, unit, columns = "Hourly returns", "h", [f"{hour:02d}" for hour in range(24)]
    periods, returns = returns_by_period(ts, equity, unit)
    if len(periods) < 2:
        return ""
    numbers = periods.astype(np.int64)
    if unit == "M":
        rows, cells = numbers // 12, numbers % 12
        labels = {int(r): str(1970 + int(r)) for r in rows}
    elif unit == "D":
        rows, cells = (numbers + 3) // 7, (numbers + 3) % 7  # 1970-01-01 was a Thursday
        labels = {int(r): str(np.datetime64(int(r) * 7 - 3, "D")) for r in rows}
    else:
        rows, cells = numbers // 24, numbers % 24
        labels = {int(r): str(np.datetime64(int(r), "D")) for r in rows}
    used = range(len(columns)) if unit == "M" else range(int(cells.min()), int(cells.max()) + 1)
    grid: dict[int, dict[int, float]] = {row: {} for row in sorted(labels)}
    for row, cell, value in zip(rows.tolist(), cells.tolist(), returns.tolist(), strict=True):
        grid[row][cell] = value
    scale = float(np.nanmax(np.abs(returns))) if np.isfinite(returns).any() else 0.0
    # One number of decimals for the whole table: three digits of the largest return.
    decimals = min(4, max(1, 2 - math.floor(math.log10(scale)))) if scale > 0 else 2
    total = {"M": "Year", "D": "Week", "h": "Day"}[unit]
    head = "".join(f"<th>{columns[c]}</th>" for c in used)
    body = []
    for row, values in grid.items():
        inside = "".join(_cell(values.get(c), scale, decimals) for c in used)
        whole = 100 * (math.prod(1 + v / 100 for v in values.values()) - 1)
        body.append(f"<tr><th>{escape(labels[row])}</th>{inside}{_cell(whole, 0.0, decimals, ' total')}</tr>")
    return (
        f'<h2>{name} <small>percent, UTC</small></h2><div class="scroll"><table class="heat by-{unit}">'
        f"<thead><tr><th></th>{head}<th>{total}</th></tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _cell(value: float | None, scale: float, decimals: int, style: str = "") -> str:
    if value is None:
        return "<td></td>"
    if math.isnan(value):
        return f'<td class="{style.strip()}">–</td>'
    text = (f"{value:,.{decimals}f}" if abs(value) < 1e6 else f"{value:.1e}").replace("-", "−")
    if not any(c in "123456789" for c in text):
        text = text.removeprefix("−")
    if scale <= 0 or value == 0:
        return f'<td class="{style.strip()}">{text}</td>'
    tone = "pos" if value > 0 else "neg"
    return f'<td class="{tone}{style}" style="--s:{4 + 42 * min(1.0, abs(value) / scale):.0f}">{text}</td>'
