"""Draws every pattern from the first of its cases, and writes docs/patterns.md: ``python docs/draw_patterns.py``.

The bars are the hand-made ones of tests/patterns/cases; what is marked is what the pattern itself says of them.
"""

from __future__ import annotations

import itertools
import sys
import textwrap
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

import baconalgo as ba

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))

from patterns.cases import Case, cases_of  # noqa: E402

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 720.0, 26.0, 70.0, 34.0, 34.0
PRICES, BELOW, GAP = 250.0, 72.0, 26.0

STYLE = """
svg { --paper: #fdfdfc; --ink: #1a1d21; --muted: #68707b; --line: #ecece8; --edge: #e0e1dc; --up: #0c7c5c;
  --down: #c4402a; --accent: #2a5bd0; font: 12px ui-sans-serif, system-ui, -apple-system, "Segoe UI",
  Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
@media (prefers-color-scheme: dark) { svg { --paper: #121417; --ink: #e7e8ea; --muted: #9ba2ac; --line: #20242a;
  --edge: #2b2f35; --up: #45c79b; --down: #ff8069; --accent: #86abff; } }
.paper { fill: var(--paper); stroke: var(--edge); }
.grid { stroke: var(--line); }
.axis { fill: var(--muted); font-size: 11px; }
.wick { stroke-width: 1.5; stroke-linecap: round; }
.up { stroke: var(--up); fill: var(--up); }
.down { stroke: var(--down); fill: var(--down); }
.body { stroke: none; }
.flat { stroke-width: 2.5; stroke-linecap: round; }
.quiet { opacity: .38; }
.span { fill: var(--accent); opacity: .08; }
.zone { fill: var(--accent); opacity: .16; }
.level { stroke: var(--accent); stroke-width: 1.4; stroke-dasharray: 5 4; fill: none; }
.leg { stroke: var(--accent); stroke-width: 1.6; fill: none; }
.dot { fill: var(--paper); stroke: var(--accent); stroke-width: 1.8; }
.session { stroke: var(--muted); stroke-dasharray: 2 4; opacity: .7; }
.pill { fill: var(--accent); }
.pill-text { fill: var(--paper); font-size: 11px; font-weight: 600; }
.note, .mark-text { font-size: 11.5px; paint-order: stroke; stroke: var(--paper); stroke-width: 4px;
  stroke-linejoin: round; }
.note { fill: var(--accent); }
.mark { stroke: none; }
.mark-text { font-weight: 600; }
"""

#: What bars of a pattern are called: bars ago of the first or the last of its bars, above or below it.
NOTES: dict[str, list[tuple[str, int, str, bool]]] = {
    "breakout": [("start", 0, "highest high before", True)],
    "bos": [("start", 0, "swing high", True)],
    "choch": [("start", 0, "swing low", False)],
    "inside_bar": [("start", 0, "mother", True)],
    "harami": [("start", 0, "mother", True)],
    "order_block": [("start", 0, "last black candle", False), ("start", -1, "the move", True)],
    "fair_value_gap": [("start", 0, "1", False), ("start", -1, "2", True), ("start", -2, "3", True)],
    "morning_star": [("start", -1, "star", False)],
    "evening_star": [("start", -1, "star", True)],
}

#: Where the level begins at the bar that made it, a dot marks it.
DOTTED = {"breakout", "bos", "choch", "liquidity_sweep", "swing_points", "momentum_divergence"}
#: Patterns that are a few bars: these are shaded.
CANDLES = {"engulfing", "hammer", "shooting_star", "doji", "morning_star", "evening_star", "harami", "inside_bar"}


@dataclass
class Scale:
    """Values as heights between two edges of the picture."""

    low: float
    high: float
    top: float
    bottom: float

    def y(self, value: float) -> float:
        """The height of a value."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)

    def ticks(self) -> list[float]:
        """About four round values."""
        rough = (self.high - self.low) / 4
        power = 10.0 ** np.floor(np.log10(rough))
        step = next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= rough)
        return [float(x) for x in np.arange(np.ceil(self.low / step), np.floor(self.high / step) + 1) * step]


@dataclass
class Picture:
    """A chart of candles, with what a pattern says of them."""

    case: Case
    parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        bars = self.case.columns
        self.high, self.low = bars["high"], bars["low"]
        self.rows = len(self.high)
        self.step = (WIDTH - LEFT - RIGHT) / self.rows
        self.width = min(26.0, 0.58 * self.step)
        says = self.case.run()
        self.says = dict(zip(says._fields, says, strict=True))
        self.found = [int(i) for i in np.flatnonzero(np.abs(self.says["direction"]) == 1)]
        room = 0.12 * (self.high.max() - self.low.min())
        self.scale = Scale(self.low.min() - room, self.high.max() + room, TOP, TOP + PRICES)
        self.below = TOP + PRICES + GAP
        has_more = self.case.pattern in ("volume_anomaly", "momentum_divergence")
        self.height = (self.below + BELOW if has_more else TOP + PRICES) + BOTTOM - 14

    def x(self, row: float) -> float:
        """The middle of a bar."""
        return LEFT + (row + 0.5) * self.step

    def add(self, tag: str, style: str, text: str = "", **at: Any) -> None:
        """One element; numbers with one decimal."""
        values = {
            name.replace("_", "-"): f"{value:.1f}" if isinstance(value, float) else value for name, value in at.items()
        }
        head = f'<{tag} class="{style}"' + "".join(f' {name}="{value}"' for name, value in values.items())
        self.parts.append(f"{head}>{escape(text)}</{tag}>" if text else f"{head}/>")

    def grid(self) -> None:
        """Lines at round prices."""
        for price in self.scale.ticks():
            y = self.scale.y(price)
            self.add("line", "grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y)
            if all(abs(self.scale.y(self.says["level"][i]) - y) > 16 for i in self.found):
                self.add("text", "axis", f"{price:g}", x=WIDTH - RIGHT + 10, y=y + 4)

    def candles(self) -> None:
        """The bars; those that have no part in a pattern are quiet."""
        bars = self.case.columns
        loud: set[int] = set()
        for i in self.found:
            start, end = int(self.says["start"][i]), int(self.says["end"][i])
            parts = range(i - start, i - end + 1) if self.case.pattern in CANDLES else (i - start, i - end, i)
            loud.update(parts)
            if self.case.pattern in ("fair_value_gap", "order_block"):
                loud.add(i - start + 1)
        for i in range(self.rows):
            first, last = bars["open"][i], bars["close"][i]
            style = ("up" if last >= first else "down") + ("" if i in loud else " quiet")
            x, top, bottom = self.x(i), self.scale.y(max(first, last)), self.scale.y(min(first, last))
            for body, end in ((top, self.high[i]), (bottom, self.low[i])):
                if abs(self.scale.y(end) - body) > 0.5:
                    self.add("line", f"wick {style}", x1=x, x2=x, y1=body, y2=self.scale.y(end))
            if bottom - top < 1.5:
                self.add("line", f"flat {style}", x1=x - self.width / 2, x2=x + self.width / 2, y1=top, y2=top)
            else:
                at = {"x": x - self.width / 2, "width": self.width, "y": top, "height": bottom - top}
                self.add("rect", f"body {style}", rx="1.5", **at)

    def zone(self, first: float, last: float, top: float, bottom: float, style: str = "zone") -> None:
        """What lies between two prices, from bar to bar."""
        at = {"x": self.x(first), "width": self.x(last) - self.x(first), "y": self.scale.y(top)}
        self.add("rect", style, rx="2", height=self.scale.y(bottom) - self.scale.y(top), **at)

    def zones(self) -> None:
        """Areas of price that a pattern speaks of, and the bars that are one."""
        name, says, edge = self.case.pattern, self.says, self.rows - 0.5
        if name in CANDLES:
            for i in self.found:
                first, last = i - int(says["start"][i]) - 0.5, i - int(says["end"][i]) + 0.5
                self.zone(first, last, self.scale.high, self.scale.low, "span")
        elif name == "fair_value_gap":
            i = self.found[0]
            closed = next((k for k in range(i, self.rows) if np.isnan(says["top"][k])), edge)
            self.zone(i - 2, closed, says["top"][i], says["bottom"][i])
        elif name == "order_block":
            i = self.found[0]
            self.zone(i - says["start"][i] - 0.5, i + 0.5, says["top"][i], says["bottom"][i])
        elif name == "golden_pocket":
            i = self.found[0]
            self.zone(self.pivots(i)[1][0], edge, says["top"][i], says["bottom"][i])
        elif name == "opening_range":
            session = self.case.columns["session"]
            starts = [0, *(int(k) + 1 for k in np.flatnonzero(np.diff(session))), self.rows]
            for first, after in itertools.pairwise(starts):
                self.zone(first - 0.4, after - 0.6, says["top"][after - 1], says["bottom"][after - 1])
                if first:
                    x = self.x(first - 0.5)
                    self.add("line", "session", x1=x, x2=x, y1=TOP, y2=TOP + PRICES)

    def pivots(self, i: int) -> list[tuple[int, float]]:
        """The two ends of the leg of a golden pocket."""
        start = i - int(self.says["start"][i])
        top = start + int(np.argmax(self.high[start:i]))
        return [(start, float(self.low[start])), (top, float(self.high[top]))]

    def levels(self) -> None:
        """The level of each pattern, from the bar that made it."""
        name = self.case.pattern
        if name == "volume_anomaly":
            return
        for i in self.found:
            start, end = i - int(self.says["start"][i]), i - int(self.says["end"][i])
            level = float(self.says["level"][i])
            y = self.scale.y(level)
            first = end if name in ("swing_points", "momentum_divergence") else start
            self.add("line", "level", x1=self.x(first), x2=WIDTH - RIGHT, y1=y, y2=y)
            if name in DOTTED:
                self.add("circle", "dot", cx=self.x(first), cy=y, r="3.6")
            text = f"{level:.5g}"
            self.add("rect", "pill", x=WIDTH - RIGHT + 4, y=y - 9, width=7.0 * len(text) + 13, height="18", rx="9")
            self.add("text", "pill-text", text, x=WIDTH - RIGHT + 10.5, y=y + 4)

    def marks(self) -> None:
        """A triangle at the bar on which a pattern is known."""
        for i in self.found:
            bullish, late = self.says["direction"][i] > 0, int(self.says["end"][i])
            sign, style = (1, "up") if bullish else (-1, "down")
            x, y = self.x(i), self.scale.y(self.low[i] if bullish else self.high[i]) + sign * 9
            self.parts.append(f'<path class="mark {style}" d="M{x:.1f} {y:.1f}l-6.5 {sign * 10}h13z"/>')
            texts = [f"{self.says['strength'][i]:.2f}"]
            if late:
                texts = ["known here,", f"{late} bar{'s' if late > 1 else ''} later"]
            first = y + 23 if bullish else y - 15 - 14 * (len(texts) - 1)
            for place, text in enumerate(texts):
                self.add("text", f"mark-text {style}", text, x=x, y=first + 14 * place, text_anchor="middle")

    def notes(self) -> None:
        """Names of bars."""
        i = self.found[0]
        for which, ago, text, above in NOTES.get(self.case.pattern, []):
            row = i - int(self.says[which][i]) - ago
            y = self.scale.y(self.high[row]) - 9 if above else self.scale.y(self.low[row]) + 18
            self.add("text", "note", text, x=self.x(row), y=y, text_anchor="middle")

    def leg(self) -> None:
        """Lines between swings."""
        i = self.found[0]
        if self.case.pattern == "golden_pocket":
            (a, low), (b, high) = self.pivots(i)
            self.add("line", "leg", x1=self.x(a), y1=self.scale.y(low), x2=self.x(b), y2=self.scale.y(high))
            for row, price, text, dy in ((a, low, "a", 19.0), (b, high, "b", -10.0)):
                self.add("circle", "dot", cx=self.x(row), cy=self.scale.y(price), r="3.6")
                self.add("text", "note", text, x=self.x(row), y=self.scale.y(price) + dy, text_anchor="middle")
        if self.case.pattern == "support_resistance":
            swings = ba.patterns.swing_points(self.high, self.low, self.case.parameters["swing"])
            known = [
                (int(k - swings.end[k]), float(swings.level[k]))
                for k in np.flatnonzero(np.abs(swings.direction[: i + 1]) == 1)
            ]
            level = float(self.says["level"][i])
            touches = sorted(known, key=lambda swing: abs(swing[1] - level))
            for row, price in touches[: int(self.says["touches"][i])]:
                self.add("circle", "dot", cx=self.x(row), cy=self.scale.y(price), r="3.6")
                self.add("text", "note", "touch", x=self.x(row), y=self.scale.y(price) + 18, text_anchor="middle")
        if self.case.pattern == "momentum_divergence":
            p, q = i - int(self.says["start"][i]), i - int(self.says["end"][i])
            self.add(
                "line", "leg", x1=self.x(p), x2=self.x(q), y1=self.scale.y(self.low[p]), y2=self.scale.y(self.low[q])
            )
            self.add("circle", "dot", cx=self.x(p), cy=self.scale.y(self.low[p]), r="3.6")
            period = self.case.parameters["period"]
            rsi = ba.indicators.rsi(self.case.columns["close"], period)
            scale = Scale(0, 100, self.below, self.below + BELOW)
            self.frame(scale, f"RSI({period})", (0.0, 50.0, 100.0))
            rows = np.flatnonzero(~np.isnan(rsi))
            path = "L".join(f"{self.x(k):.1f} {scale.y(rsi[k]):.1f}" for k in rows)
            self.parts.append(f'<path class="level" style="stroke-dasharray:none;opacity:.5" d="M{path}"/>')
            self.add("line", "leg", x1=self.x(p), x2=self.x(q), y1=scale.y(rsi[p]), y2=scale.y(rsi[q]))
            for row in (p, q):
                self.add("circle", "dot", cx=self.x(row), cy=scale.y(rsi[row]), r="3.6")

    def frame(self, scale: Scale, title: str, ticks: tuple[float, ...]) -> None:
        """A second chart below the prices."""
        self.add("text", "axis", title, x=LEFT, y=self.below - 9)
        for value in ticks:
            y = scale.y(value)
            self.add("line", "grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y)
            self.add("text", "axis", f"{value:g}", x=WIDTH - RIGHT + 10, y=y + 4)

    def volume(self) -> None:
        """The volumes below the prices."""
        if self.case.pattern != "volume_anomaly":
            return
        volume, i = self.case.columns["volume"], self.found[0]
        scale = Scale(0, 140, self.below, self.below + BELOW)
        self.frame(scale, "Volume", (0.0, 60.0))
        for k in range(self.rows):
            y, style = scale.y(volume[k]), "up" if k == i else "up quiet"
            at = {"x": self.x(k) - self.width / 2, "y": y, "width": self.width, "height": scale.y(0) - y}
            self.add("rect", f"body {style}", rx="1.5", **at)
        level = float(self.says["level"][i])
        y, text = scale.y(level), f"{level:.0f}"
        self.add("line", "level", x1=self.x(0) - self.width / 2, x2=WIDTH - RIGHT, y1=y, y2=y)
        self.add("rect", "pill", x=WIDTH - RIGHT + 4, y=y - 9, width=7.0 * len(text) + 13, height="18", rx="9")
        self.add("text", "pill-text", text, x=WIDTH - RIGHT + 10.5, y=y + 4)

    def svg(self) -> str:
        """The whole picture."""
        self.grid()
        self.zones()
        self.candles()
        self.leg()
        self.volume()
        self.levels()
        self.marks()
        self.notes()
        title = f"{self.case.pattern}: {self.case.title}"
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {self.height:g}" role="img">',
                f"<title>{escape(title)}</title>",
                f"<style>{STYLE}</style>",
                f'<rect class="paper" x=".5" y=".5" width="{WIDTH - 1:g}" height="{self.height - 1:g}" rx="8"/>',
                *self.parts,
                "</svg>",
                "",
            ]
        )


HEAD = """\
# Patterns

Made from the definitions and the tables of tests/patterns/cases by `python docs/draw_patterns.py`; a test keeps it so.

Every pattern is there twice, with the same bits: over columns (`ba.patterns.hammer(open, high, low, close)`; NumPy,
pandas, polars or Arrow, or matrices of (bars, instruments)) and one bar at a time
(`ba.patterns.Hammer().update(open, high, low, close)`). The result is a named tuple that begins with

- `direction`: 1 bullish, -1 bearish, 0 none; NaN in the warm-up;
- `start`, `end`: how many bars ago it began and ended, 0 is this bar; NaN where there is none;
- `level`: the price that matters, NaN where there is none;
- `strength`: 0 to 1, defined for each; 0 where there is none.

**Nothing here looks ahead.** A pattern stands on the bar on which it is known: a swing high with `swing=5` is reported
five bars after its bar, with `end` 5. What stands on a row depends on that row and the ones before it; tests cut and
corrupt the future of every pattern and compare the bits. `close[1]` in a formula is the close one bar before.

- **Warm-up**: bars without a value at the start, with the default parameters.
- **Reach**: bars that a row depends on; "all" where it carries a state since the start.
- **Missing rows** (an input that is not a finite number) give NaN. Patterns of a fixed reach start afresh after one;
  those with a state hold it. Bars ago are counted in complete bars.
- A triangle in a picture is the bar on which the pattern is known, with its strength; a dashed line is its level.

"""


def row(name: str) -> str:
    """A line of the table of patterns."""
    spec = ba.patterns.SPECS[name]
    reach = spec.reach()
    return f"| [`{name}`](#{name}) | {spec.title} | {spec.warm_up()} | {'all' if reach is None else reach} |"


def section(name: str) -> str:
    """What a pattern is, with its picture and its definition."""
    spec = ba.patterns.SPECS[name]
    case = cases_of(name)[0]
    given = ", ".join(f"`{key}={value}`" for key, value in case.parameters.items())
    caption = case.title[0].upper() + case.title[1:] + (f" ({given})." if given else ".")
    lines = [f"## {name}", "", spec.title, "", f"![{case.title}](patterns/{name}.svg)", ""]
    lines += [*wrapped(caption), "", f"    {spec.class_name}: {spec.signature}", ""]
    lines += [*wrapped(spec.formula), ""]
    lines += items([(entry.name, entry.doc) for entry in (*spec.inputs, *spec.params)])
    own = [(output.name, output.doc) for output in spec.outputs[3:]]
    lines += ["", "Gives `direction`, `start` and `end`, and:", "", *items(own)]
    lines += ["", *wrapped(f"Source: {spec.source}"), "", "```pycon", spec.example, "```", ""]
    return "\n".join(lines)


def wrapped(text: str) -> list[str]:
    """A paragraph."""
    # A minus stays on its line: at the start of one it would be an item of a list.
    lines = textwrap.wrap(text.replace("``", "`").replace(" - ", "\N{NO-BREAK SPACE}- "), 118)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def items(entries: list[tuple[str, str]]) -> list[str]:
    """A list of names and what they are."""
    return [
        line
        for name, doc in entries
        for line in textwrap.wrap(f"- `{name}`: {doc.replace('``', '`')}", 118, subsequent_indent="  ")
    ]


def page() -> str:
    """The page, in Markdown."""
    names = list(ba.patterns.SPECS)
    table = ["| name | what it is | warm-up | reach |", "|---|---|---|---|", *map(row, names), ""]
    return HEAD + "\n".join([*table, *map(section, names)])


def made() -> dict[str, str]:
    """What is written, by path in docs."""
    pictures = {f"patterns/{name}.svg": Picture(cases_of(name)[0]).svg() for name in ba.patterns.SPECS}
    return {"patterns.md": page(), **pictures}


if __name__ == "__main__":
    for path, text in made().items():
        (ROOT / "docs" / path).write_text(text, encoding="utf-8")
