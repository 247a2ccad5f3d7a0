"""The charts of a result: equity, drawdown and fills; distributions; the Monte Carlo fan."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from baconalgo.report import axes
from baconalgo.report.chart import Panel, figure, outline
from baconalgo.report.formatting import number
from baconalgo.report.series import Buckets, Floats, bucketed, floats, histogram, times, words

if TYPE_CHECKING:
    import pyarrow as pa

    from baconalgo.result import BacktestResult

MOST_PRICE_PANELS = 3
MOST_TRADE_SEGMENTS = 400


def performance(result: BacktestResult, *, height: int = 260) -> str:
    """Equity with the drawdown under it, and the fills of the instruments that traded most."""
    curve = result.equity_curve
    ts = times(curve, "ts")
    if len(ts) == 0:
        return '<p class="empty">No equity was recorded.</p>'
    equity = bucketed(ts, floats(curve, "equity"))
    drawdown = bucketed(ts, -floats(curve, "drawdown_pct"))
    x = axes.time_domain(int(ts[0]), int(ts[-1]))
    panels = [_equity_panel(equity, x, height), _drawdown_panel(drawdown, x)]
    fills, caption = _fill_panels(result, x)
    panels += fills
    panels[-1].x_ticks = axes.time_ticks(x)
    hover = {"t": [round(t / 1e6, 3) for t in equity.ts.tolist()], "rows": [["Equity", _rounded(equity.last)]]}
    if np.array_equal(equity.ts, drawdown.ts):
        hover["rows"].append(["Drawdown %", _rounded(drawdown.low)])
    return figure(panels, "Equity, drawdown and fills over time", hover, caption)


def _rounded(values: Floats) -> list[float | None]:
    return [round(v, 6) + 0.0 if np.isfinite(v) else None for v in values.tolist()]


def _equity_panel(equity: Buckets, x: axes.Domain, height: int) -> Panel:
    low, high = _range(equity)
    y = axes.padded(low, high)
    panel = Panel(x, y, height, "Equity", axes.value_ticks(y))
    xs, ys = outline(equity)
    if len(xs):
        panel.level(float(equity.first[0]), "base")
        panel.area(xs, np.full(len(xs), y.low), ys, "")
        panel.line(xs, ys, "")
        if len(xs) == 1:
            panel.dots(xs, ys, "buy")
    return panel


def _drawdown_panel(drawdown: Buckets, x: axes.Domain) -> Panel:
    low, _ = _range(drawdown)
    y = axes.Domain(1.08 * low if low < 0 else -1.0, 0.0)
    panel = Panel(x, y, 90, "Drawdown, %", axes.value_ticks(y, 3))
    xs, ys = outline(drawdown)
    panel.area(xs, ys, np.zeros(len(xs)), "fall")
    panel.line(xs, ys, "fall")
    return panel


def _range(line: Buckets) -> tuple[float, float]:
    return (float(line.low.min()), float(line.high.max())) if len(line.ts) else (0.0, 0.0)


def _fill_panels(result: BacktestResult, x: axes.Domain) -> tuple[list[Panel], str]:
    fills = result.fills
    if fills.num_rows == 0:
        return [], "No fills."
    symbols, sides = words(fills, "symbol"), words(fills, "side")
    ts, prices = times(fills, "ts_event"), floats(fills, "price")
    ranked = symbols.by_count()
    panels = []
    for symbol in ranked[:MOST_PRICE_PANELS]:
        mine = symbols.where(symbol)
        low, high = float(prices[mine].min()), float(prices[mine].max())
        y = axes.padded(low, high, share=0.1)
        panel = Panel(x, y, 150, f"Fills of {escape(symbol)}", axes.value_ticks(y, 4))
        panel.line(*outline(bucketed(ts[mine], prices[mine])), "price")
        _trade_segments(result, symbol, panel)
        for side, style in (("BUY", "buy"), ("SELL", "sell")):
            chosen = mine & sides.where(side)
            panel.dots(ts[chosen].astype(np.float64), prices[chosen], style)
        panels.append(panel)
    more = len(ranked) - len(panels)
    caption = '<span class="key buy">bought</span> &ensp; <span class="key sell">sold</span>'
    if more > 0:
        caption += f" &ensp; {more} more instruments traded"
    return panels, caption


def _trade_segments(result: BacktestResult, symbol: str, panel: Panel) -> None:
    trades = result.trades
    if not 0 < trades.num_rows <= MOST_TRADE_SEGMENTS:
        return
    mine = words(trades, "symbol").where(symbol)
    pnl = floats(trades, "pnl")
    entry, leave = times(trades, "entry_time").astype(float), times(trades, "exit_time").astype(float)
    entry_price, exit_price = floats(trades, "entry_price"), floats(trades, "exit_price")
    for chosen, style in ((mine & (pnl > 0), "won"), (mine & (pnl <= 0), "lost")):
        panel.segments(entry[chosen], entry_price[chosen], leave[chosen], exit_price[chosen], style)


def distribution(values: Floats, label: str, empty: str) -> str:
    """A histogram around zero, gains and losses in their colours."""
    bins = histogram(values)
    if bins is None:
        return f'<p class="empty">{escape(empty)}</p>'
    x = axes.Domain(float(bins.edges[0]), float(bins.edges[-1]))
    y = axes.Domain(0.0, 1.08 * float(bins.counts.max()))
    panel = Panel(x, y, 200, "", axes.count_ticks(y), axes.value_ticks(x, 5))
    tiny = 1e-9 * (x.high - x.low)
    styles = ["neg" if right <= tiny else "pos" for right in bins.edges[1:]]
    panel.bars(bins.edges[:-1], bins.edges[1:], bins.counts, styles)
    finite = values[np.isfinite(values)]
    caption = f"{len(finite):,} values, median {_short(float(np.median(finite)))}"
    if bins.clipped:
        caption += f"; {bins.clipped:,} beyond the edges are counted in the outer bars"
    return figure([panel], label, None, caption)


def _short(value: float) -> str:
    return f"{value:,.3g}".replace("-", "−") if abs(value) < 1000 else number(value, "count")


def fan(paths: pa.Table, initial_capital: float | None = None) -> str:
    """Percentiles of Monte Carlo paths of equity, step by step.

    Parameters
    ----------
    paths : pyarrow.Table
        ``step, p5, p25, p50, p75, p95``.
    initial_capital : float, optional
        Drawn as a level.
    """
    if paths.num_rows == 0:
        return ""
    rows = np.unique(np.linspace(0, paths.num_rows - 1, min(paths.num_rows, 300)).astype(np.int64))
    step, p5, p25, p50, p75, p95 = (floats(paths, name)[rows] for name in ("step", "p5", "p25", "p50", "p75", "p95"))
    x = axes.Domain(float(step[0]), max(float(step[-1]), float(step[0]) + 1))
    y = axes.padded(float(np.nanmin(p5)), float(np.nanmax(p95)))
    panel = Panel(x, y, 240, "", axes.value_ticks(y), axes.count_ticks(x))
    if initial_capital is not None:
        panel.level(initial_capital, "base")
    panel.area(step, p5, p95, "outer")
    panel.area(step, p25, p75, "inner")
    panel.line(step, p50, "median")
    caption = "Equity by step: the median, the middle half of the paths, and 5th to 95th percentile."
    return figure([panel], "Percentiles of simulated equity", None, caption)
