"""A result inside a notebook: fragments that bring their own style and disturb nothing around them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from baconalgo.report import charts, terminal
from baconalgo.report.explain import groups_of
from baconalgo.report.formatting import number
from baconalgo.report.tearsheet import asset

if TYPE_CHECKING:
    from baconalgo.result import BacktestResult

# Notebooks have themes of their own, which the page's light and dark do not follow: take their colours.
_THEME = """
.ba.inline { --ink: var(--jp-content-font-color1, var(--vscode-editor-foreground, CanvasText));
  --muted: var(--jp-content-font-color2, var(--vscode-descriptionForeground, #7a828d));
  --line: var(--jp-border-color2, #8884); --paper: var(--jp-layout-color1, var(--vscode-editor-background, Canvas));
  max-width: 1000px; padding: 6px 2px; }
.ba.inline .head { font-weight: 600; margin: 0 0 8px; }
.ba.inline .stop { color: var(--neg); font-weight: 600; margin: 0 0 8px; }
.ba.inline .cols { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 4px 40px; }
.ba.inline table { border-collapse: collapse; margin: 0; font-size: 13px; color: inherit; }
.ba.inline table :is(td, th) { padding: 3px 0; text-align: left; font-weight: 400; background: none; border: 0;
  border-bottom: 1px solid var(--line); }
.ba.inline table td { text-align: right; padding-left: 28px; }
.ba.inline table caption { caption-side: top; text-align: left; color: var(--muted); font-size: 12px;
  padding: 6px 0 2px; }
.ba.inline .foot { color: var(--muted); font-size: 12px; margin: 8px 0 0; }
"""


def plot(result: BacktestResult) -> str:
    """Equity, drawdown and fills, with a cursor where scripts run."""
    style = f"<style>{asset('chart.css')}{_THEME}</style>"
    return f'<div class="ba inline">{style}{charts.performance(result)}</div><script>{asset("chart.js")}</script>'


def summary(result: BacktestResult) -> str:
    """The table of the metrics, and what stopped the run, if something did."""
    tables = []
    for name, lines in groups_of(result.metrics).items():
        rows = "".join(
            f'<tr title="{escape(line.explanation, quote=True)}"><th>{escape(line.label)}</th>'
            f"<td>{number(result.metrics[line.key], line.kind)}</td></tr>"
            for line in lines
        )
        tables.append(f"<table><caption>{escape(name)}</caption>{rows}</table>")
    text = terminal.plain(result).splitlines()
    stop = f'<p class="stop">{escape(text[1])}</p>' if not result.complete else ""
    return (
        f'<div class="ba inline"><style>{asset("chart.css")}{_THEME}</style>'
        f'<p class="head">{escape(terminal.heading(result))}</p>{stop}<div class="cols">{"".join(tables)}</div>'
        f'<p class="foot">{escape(text[-1])}</p></div>'
    )
