"""One chart as HTML: an SVG that is stretched to the space there is, and labels that are not.

Rationale
---------
The lines lie in an SVG of 1000 x 1000 units without a fixed aspect; strokes do not scale. Labels are HTML over it, so
text has one size on a phone, a page and paper, and no script is needed to draw. A dot is a stroke of no length with a
round cap, which stretching leaves round.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from baconalgo.report.axes import SCALE, Domain
from baconalgo.report.series import Buckets

Ticks = list[tuple[float, str]]


@dataclass
class Panel:
    """One plot: its ranges, what is drawn, its labels."""

    x: Domain
    y: Domain
    height: int
    title: str = ""
    y_ticks: Ticks = field(default_factory=list)
    x_ticks: Ticks = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    def line(self, x: npt.ArrayLike, y: npt.ArrayLike, style: str) -> None:
        """A line through points."""
        self.marks.append(f'<path class="line {style}" d="{self._path(x, y)}"/>')

    def area(self, x: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike, style: str) -> None:
        """What lies between two lines."""
        xs, lows, highs = np.asarray(x), np.asarray(low), np.asarray(high)
        outline = self._path(np.concatenate([xs, xs[::-1]]), np.concatenate([highs, lows[::-1]]))
        self.marks.append(f'<path class="area {style}" d="{outline}z"/>')

    def bars(self, left: npt.ArrayLike, right: npt.ArrayLike, high: npt.ArrayLike, styles: list[str]) -> None:
        """Bars from 0, with a gap between neighbours."""
        lefts, rights, tops = self.x.place(left), self.x.place(right), SCALE - self.y.place(high)
        floor = SCALE - float(self.y.place(0.0))
        for x0, x1, top, style in zip(lefts, rights, tops, styles, strict=True):
            gap = 0.08 * (x1 - x0)
            y0, y1 = min(top, floor), max(top, floor)
            self.marks.append(
                f'<rect class="{style}" x="{x0 + gap:.1f}" y="{y0:.1f}" width="{x1 - x0 - 2 * gap:.1f}" '
                f'height="{y1 - y0:.1f}"/>'
            )

    def dots(self, x: npt.ArrayLike, y: npt.ArrayLike, style: str) -> None:
        """Round dots; those that would lie on one another are drawn once."""
        xs = np.round(self.x.place(x) * 0.5) * 2
        ys = np.round((SCALE - self.y.place(y)) * 0.2) * 5
        places = np.unique(np.column_stack([xs, ys]), axis=0)
        if len(places):
            path = "".join(f"M{px:g} {py:g}h0" for px, py in places)
            dense = " dense" if len(places) > 1500 else ""
            self.marks.append(f'<path class="dots {style}{dense}" d="{path}"/>')

    def segments(self, x0: npt.ArrayLike, y0: npt.ArrayLike, x1: npt.ArrayLike, y1: npt.ArrayLike, style: str) -> None:
        """Separate straight lines."""
        columns = zip(
            self.x.place(x0), SCALE - self.y.place(y0), self.x.place(x1), SCALE - self.y.place(y1), strict=True
        )
        path = "".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for a, b, c, d in columns)
        if path:
            self.marks.append(f'<path class="line {style}" d="{path}"/>')

    def level(self, value: float, style: str) -> None:
        """A horizontal line across the panel, if it lies in it."""
        if self.y.low <= value <= self.y.high:
            y = SCALE - float(self.y.place(value))
            self.marks.append(f'<path class="line {style}" d="M0 {y:.1f}H{SCALE}"/>')

    def html(self) -> str:
        """The panel as HTML."""
        grid = "".join(f"M0 {SCALE - float(self.y.place(v)):.1f}H{SCALE}" for v, _ in self.y_ticks)
        labels = [
            f'<span class="y" style="bottom:{self.y.percent(v):.2f}%">{escape(t)}</span>' for v, t in self.y_ticks
        ]
        for place, (value, text) in enumerate(self.x_ticks):
            left = self.x.percent(value)
            style = " odd" if place % 2 else ""
            edge = " first" if left < 4 else " last" if left > 96 else ""
            labels.append(f'<span class="x{style}{edge}" style="left:{left:.2f}%">{escape(text)}</span>')
        title = f'<div class="panel-title">{self.title}</div>' if self.title else ""
        ruled = " with-x" if self.x_ticks else ""
        return (
            f'{title}<div class="panel{ruled}" style="height:{self.height}px">'
            f'<svg viewBox="0 0 {SCALE} {SCALE}" preserveAspectRatio="none" aria-hidden="true">'
            f'<path class="grid" d="{grid}"/>{"".join(self.marks)}</svg>{"".join(labels)}<i class="cursor"></i></div>'
        )

    def _path(self, x: npt.ArrayLike, y: npt.ArrayLike) -> str:
        xs, ys = self.x.place(x), SCALE - self.y.place(y)
        keep = np.isfinite(xs) & np.isfinite(ys)
        points = [f"{px:.1f} {py:.1f}" for px, py in zip(xs[keep], ys[keep], strict=True)]
        return "M" + "L".join(points) if points else ""


def outline(line: Buckets) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The points to draw of a reduced line: each step as a vertical stroke from its lowest to its highest value."""
    single = (line.low == line.high) & (line.first == line.last)
    rows = np.column_stack([line.first, line.high, line.low, line.last])
    keep = np.ones(rows.shape, dtype=bool)
    keep[single, 1:] = False
    ts = np.repeat(line.ts.astype(np.float64), 4).reshape(-1, 4)
    return ts[keep], rows[keep]


def figure(panels: list[Panel], label: str, hover: dict[str, Any] | None = None, caption: str = "") -> str:
    """Panels over one another that share the x axis and the cursor.

    Parameters
    ----------
    panels : list of Panel
        From top to bottom.
    label : str
        What is shown, for those who do not see it.
    hover : dict, optional
        ``t`` (ms, ascending) and ``rows``, a list of ``[name, values]``: told under the cursor.
    caption : str
        HTML below the chart.
    """
    data = ""
    if hover is not None:
        hover = {**hover, "t0": panels[0].x.low / 1e6, "t1": panels[0].x.high / 1e6}
        text = json.dumps(hover, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
        data = f'<script type="application/json">{text}</script>'
    body = "".join(panel.html() for panel in panels)
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return (
        f'<figure class="chart" role="img" aria-label="{escape(label, quote=True)}">{body}'
        f'<output class="tip" hidden></output>{data}{below}</figure>'
    )
