"""The tearsheet: one HTML page that needs nothing but itself.

Rationale
---------
The page carries its charts as SVG, its style and its few lines of script; it loads nothing, so it opens offline, from
a mail, in ten years. Charts show what their width can show; every number in the text comes from the full result.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from baconalgo import _build
from baconalgo.report import charts, limits
from baconalgo.report.explain import HEADLINES, Line, groups_of
from baconalgo.report.formatting import number, rate, span
from baconalgo.report.heat import returns_table
from baconalgo.report.series import floats, sampled_returns, times, words

if TYPE_CHECKING:
    from baconalgo.backtest import MonteCarloResult
    from baconalgo.result import BacktestResult


def asset(name: str) -> str:
    """A file of the page's style or script."""
    return resources.files("baconalgo.report").joinpath("assets", name).read_text(encoding="utf-8")


def page(result: BacktestResult, *, title: str | None = None, monte_carlo: MonteCarloResult | None = None) -> str:
    """The whole page.

    Parameters
    ----------
    result : BacktestResult
        What is shown.
    title : str, optional
        Headline of the page; else the symbols.
    monte_carlo : MonteCarloResult, optional
        Adds the fan of simulated paths, their percentiles and the probabilities of loss and ruin.
    """
    heading = title or ", ".join(symbols(result)[:5]) or "Backtest"
    sections = [
        _header(result, heading),
        _banner(result),
        _headlines(result),
        f"<section>{charts.performance(result)}</section>",
        _returns(result),
        _distributions(result),
        _monte_carlo(monte_carlo),
        limits.section(result.risk),
        _assumptions_and_orders(result),
        _metrics(result),
        _config(result),
        _footer(result),
    ]
    style = asset("chart.css") + asset("page.css")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(heading)} – baconalgo</title>\n<style>\n{style}</style>\n</head>\n"
        f'<body>\n<main class="ba page">\n{"".join(sections)}</main>\n<script>\n{asset("chart.js")}</script>\n'
        "</body>\n</html>\n"
    )


def symbols(result: BacktestResult) -> list[str]:
    """The instruments of a result by name."""
    return [str(instrument.symbol) for instrument in result.instruments]


def period(result: BacktestResult) -> str:
    """From when to when, as text; empty without an equity curve."""
    ts = times(result.equity_curve, "ts")
    first, last = result.stats.get("range") or ((int(ts[0]), int(ts[-1])) if len(ts) else (None, None))
    return "" if first is None or last is None else span(first, last)


def _header(result: BacktestResult, heading: str) -> str:
    events = int(result.stats.get("events", 0))
    parts = [period(result), f"{events:,} events" if events else ""]
    names = symbols(result)
    if heading != ", ".join(names[:5]):
        parts.insert(0, ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else ""))
    line = " &nbsp;·&nbsp; ".join(escape(part) for part in parts if part)
    return f'<header><div class="eyebrow">Backtest</div><h1>{escape(heading)}</h1><p>{line}</p></header>\n'


def _banner(result: BacktestResult) -> str:
    if result.complete:
        return ""
    error = result.error
    why = f"{type(error).__name__}: {error}" if error is not None else "It was interrupted."
    return (
        '<div class="banner" role="alert"><b>This run did not finish. What follows is what was computed until then.</b>'
        f"{escape(why)}</div>\n"
    )


def _explained(line: Line) -> str:
    if not line.explanation:
        return escape(line.label)
    return f'<span tabindex="0" data-tip="{escape(line.explanation, quote=True)}">{escape(line.label)}</span>'


def _headlines(result: BacktestResult) -> str:
    cells = []
    for line in HEADLINES:
        value = result.metrics.get(line.key)
        tone = ""
        if line.key == "return_pct" and value:
            tone = ' class="pos-text"' if value > 0 else ' class="neg-text"'
        cells.append(f"<div><dt>{_explained(line)}</dt><dd{tone}>{number(value, line.kind)}</dd></div>")
    return f'<dl class="headlines">{"".join(cells)}</dl>\n'


def _returns(result: BacktestResult) -> str:
    curve = result.equity_curve
    table = returns_table(times(curve, "ts"), floats(curve, "equity"))
    return f"<section>{table}</section>\n" if table else ""


def _distributions(result: BacktestResult) -> str:
    curve = result.equity_curve
    returns = sampled_returns(floats(curve, "equity"), words(curve, "event"))
    pnl = charts.distribution(floats(result.trades, "pnl"), "Distribution of trade P&L", "No closed trades.")
    dist = charts.distribution(returns, "Distribution of returns", "Fewer than two samples of equity.")
    sample = getattr(result.config, "sample", None)
    per = f"<small>percent per sample{f' of {escape(str(sample))}' if sample else ''}</small>"
    return (
        f'<div class="two"><section><h2>Trade P&amp;L <small>net of fees</small></h2>{pnl}</section>'
        f"<section><h2>Returns {per}</h2>{dist}</section></div>\n"
    )


def _monte_carlo(simulated: MonteCarloResult | None) -> str:
    if simulated is None:
        return ""
    rows = [
        ("Probability of loss", number(simulated.probability_of_loss, "fraction")),
        ("Probability of ruin", number(simulated.probability_of_ruin, "fraction")),
    ]
    ends = [(p, v) for p, v in simulated.percentiles.items() if p in {5, 25, 50, 75, 95}]
    rows += [(f"Final equity, percentile {p}", number(v, "money")) for p, v in ends]
    worst = [(p, v) for p, v in simulated.drawdown_percentiles.items() if p in {50, 95, 99}]
    rows += [(f"Max drawdown, percentile {p}", number(v, "percent")) for p, v in worst]
    chart = charts.fan(simulated.paths, simulated.initial_capital) if simulated.paths is not None else ""
    table = _list(rows)
    inside = f'<div class="two"><div>{chart}</div><div>{table}</div></div>' if chart else table
    heading = f"Monte Carlo <small>{len(simulated.final_equity):,} paths, {escape(simulated.method)}</small>"
    return f"<section><h2>{heading}</h2>{inside}</section>\n"


def _assumptions_and_orders(result: BacktestResult) -> str:
    assumed = [(_label(key), _shown(value)) for key, value in result.assumptions.items()]
    left = _list(assumed, "prose") if assumed else '<p class="empty">Nothing was recorded.</p>'
    right = _list(order_counts(result))
    return (
        f'<div class="two"><section><h2>What was assumed</h2>{left}</section>'
        f"<section><h2>Orders and fills</h2>{right}</section></div>\n"
    )


def order_counts(result: BacktestResult) -> list[tuple[str, str]]:
    """How many orders ended how, why orders were refused, and what was filled."""
    rows = [("Orders", f"{result.orders.num_rows:,}")]
    rows += [(f"– {name.replace('_', ' ').lower()}", f"{n:,}") for name, n in counts_of(result.orders, "status")]
    rows += [(f"– refused: {name}", f"{n:,}") for name, n in counts_of(result.orders, "reject_reason")]
    rows.append(("Fills", f"{result.fills.num_rows:,}"))
    rows += [(f"– {name.lower()}", f"{n:,}") for name, n in counts_of(result.fills, "liquidity")]
    return rows


def counts_of(table: Any, column: str) -> list[tuple[str, int]]:
    """Each text of a column and how often it occurs, most often first; null is left out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column not in table.column_names:
        return []
    counts = pc.value_counts(table.column(column).cast(pa.string()))
    pairs = [(entry["values"], int(entry["counts"])) for entry in counts.to_pylist()]
    return sorted(((name, n) for name, n in pairs if name), key=lambda pair: (-pair[1], pair[0]))


def _metrics(result: BacktestResult) -> str:
    blocks = []
    for name, lines in groups_of(result.metrics).items():
        rows = "".join(
            f"<tr><th>{_explained(line)}</th><td>{number(result.metrics[line.key], line.kind)}</td></tr>"
            for line in lines
        )
        blocks.append(f'<div><h3>{escape(name)}</h3><table class="list">{rows}</table></div>')
    return f'<section><h2>Metrics</h2><div class="metrics">{"".join(blocks)}</div></section>\n'


def _config(result: BacktestResult) -> str:
    rows = [(_label(name), _shown(value)) for name, value in fields_of(result.config)]
    for instrument in result.instruments[:12]:
        details = [(n.replace("_", " "), v) for n, v in fields_of(instrument) if n != "symbol" and v is not None]
        rows.append((str(instrument.symbol), ", ".join(f"{n} {_shown(v)}" for n, v in details) or "–"))
    half = (len(rows) + 1) // 2
    tables = "".join(_list(part, "prose left") for part in (rows[:half], rows[half:]) if part)
    return f'<section><h2>Configuration</h2><div class="two">{tables}</div></section>\n' if rows else ""


def _label(name: str) -> str:
    words = name.removesuffix("_pct").replace("_", " ")
    words = words[:1].upper() + words[1:]
    return f"{words}, %" if name.endswith("_pct") else words


def fields_of(value: Any) -> list[tuple[str, Any]]:
    """Names and values of a record: a dataclass, a mapping, or an object with plain attributes."""
    if value is None:
        return []
    if dataclasses.is_dataclass(value):
        return [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value) if not f.name.startswith("_")]
    if isinstance(value, Mapping):
        return [(str(k), v) for k, v in value.items()]
    names = (n for n in dir(value) if not n.startswith("_"))
    return [(n, v) for n in names if isinstance(v := getattr(value, n, None), str | int | float | bool)]


def _shown(value: Any) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.10g}"
        case str():
            return value
    inner = fields_of(value)
    return ", ".join(f"{n.replace('_', ' ')} {_shown(v)}" for n, v in inner) if inner else str(value)


def _list(rows: Iterable[tuple[str, str]], style: str = "") -> str:
    body = []
    for name, value in rows:
        kind = ' class="count"' if style == "prose" and value.replace(",", "").isdigit() else ""
        body.append(f"<tr><th>{escape(name)}</th><td{kind}>{escape(value)}</td></tr>")
    return f'<table class="list {style}">{"".join(body)}</table>'


def _footer(result: BacktestResult) -> str:
    build = _build.build_info()
    seconds = result.stats.get("total_seconds")
    speed = ""
    if seconds:
        loop = rate(result.stats.get("events_per_second"))
        speed = f" &nbsp;·&nbsp; {number(seconds, 'seconds')}, {loop} in the step loop"
    commit = f" ({build['commit']})" if build["commit"] else ""
    versions = escape(f"baconalgo {build['version']}{commit}, Python {build['python']}")
    return (
        f"<footer><p>Fingerprint of config, orders, fills and ledger: <code>{escape(str(result.hash))}</code></p>"
        f"<p>{versions}{speed}</p></footer>\n"
    )
