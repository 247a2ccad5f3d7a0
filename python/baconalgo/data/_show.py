"""Aligned tables for the terminal and the notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from baconalgo.data._timeframes import words

if TYPE_CHECKING:
    from baconalgo.data._load import Data

#: A title, a head, and rows.
Section = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def text(sections: Sequence[Section]) -> str:
    """Sections as aligned text."""
    lines: list[str] = []
    for title, head, rows in sections:
        shown = [list(head), *[list(row) for row in rows]] if any(head) else [list(row) for row in rows]
        widths = [max(len(row[place]) for row in shown) for place in range(len(shown[0]))] if shown else []
        lines.append(title)
        lines.extend(
            "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in shown
        )
    return "\n".join(lines)


def html(sections: Sequence[Section]) -> str:
    """Sections as HTML tables."""
    parts = ["<div class='baconalgo-data'>"]
    for title, head, rows in sections:
        parts.append(f"<p><b>{escape(title)}</b></p><table>")
        if any(head):
            parts.append("<thead><tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr></thead>")
        cells = ("".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row) for row in rows)
        parts.append("<tbody>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</tbody></table>")
    return "".join([*parts, "</div>"])


def of_data(data: Data) -> list[Section]:
    """What a ``Data`` shows of itself."""
    sources = []
    for series in data.series:
        many = len(series.symbols)
        symbols = series.symbols[0] if many == 1 else f"{many} symbols"
        kind = series.kind if not series.timeframe else f"{words(series.timeframe)} {series.kind}"
        mapping = ", ".join(
            str(column) if role == column.name else f"{role}={column}"
            for role, column in series.meaning.columns.items()
        )
        sources.append([series.name, symbols, kind, mapping])
    shown = data.instruments[:12]
    instruments = [
        [
            each.symbol,
            f"{each.tick_size:f}" + (" (inferred)" if "tick_size" in each.inferred else ""),
            f"{each.lot_size:f}" + (" (inferred)" if "lot_size" in each.inferred else ""),
            f"{each.multiplier:f}",
            each.currency,
        ]
        for each in shown
    ]
    if len(data.instruments) > len(shown):
        instruments.append([f"and {len(data.instruments) - len(shown)} more", "", "", "", ""])
    return [
        ("Sources", ["source", "symbol", "kind", "columns"], sources),
        ("Instruments", ["symbol", "tick size", "lot size", "multiplier", "currency"], instruments),
    ]
