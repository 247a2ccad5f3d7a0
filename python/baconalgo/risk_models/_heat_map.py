"""A correlation matrix as a picture.

Rationale
---------
One SVG that needs nothing but itself. The cells are one small picture whose transparency says how strong a
correlation is, so it stays light for 500 names and lies well on light and dark paper; labels, numbers, the tree and
the outlines of the groups are drawn over it.
"""

from __future__ import annotations

import base64
import struct
import zlib
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from baconalgo.errors import DataError
from baconalgo.report.tearsheet import asset
from baconalgo.risk_models._clusters import Clusters, cluster
from baconalgo.risk_models._covariance import Correlation
from baconalgo.risk_models._inputs import Floats, matrix

#: Colours of correlation 1 and -1; they are those of the report, light enough for dark paper.
_TOGETHER, _APART = (42, 91, 208), (208, 72, 48)
_TREE = 54.0
#: More names than these have no labels.
_LABELLED = 60
_STYLE = """
.ba.correlation { max-width: 860px; }
.ba.correlation h3 { font-size: 15px; font-weight: 600; margin: 4px 0 2px; }
.ba.correlation p { color: var(--muted); font-size: 12.5px; margin: 0 0 10px; }
.ba.correlation svg { display: block; width: 100%; height: auto; overflow: visible; }
.ba.correlation text { font-size: 11px; fill: var(--muted); font-variant-numeric: tabular-nums; }
.ba.correlation text.value { fill: var(--ink); text-anchor: middle; }
.ba.correlation text.value.strong { fill: #fff; }
.ba.correlation image { image-rendering: pixelated; }
.ba.correlation .gap { stroke: var(--paper); stroke-width: 1.5; fill: none; }
.ba.correlation .tree { stroke: var(--faint); stroke-width: 1; fill: none; }
.ba.correlation .group { stroke: var(--ink); stroke-width: 1.4; fill: none; }
.ba.correlation .cell { fill: transparent; }
.ba.correlation .cell:hover { stroke: var(--ink); stroke-width: 1.5; }
.ba.correlation .end { text-anchor: end; }
.ba.correlation .middle { text-anchor: middle; }
"""


class HeatMap:
    """The picture: shows itself in a notebook, and saves itself as a page or as SVG."""

    def __init__(self, body: str, svg: str) -> None:
        self._body, self._svg = body, svg

    def __repr__(self) -> str:
        return "HeatMap: shown in a notebook; .save(path) writes it as an HTML page or as SVG"

    def _repr_html_(self) -> str:
        return f'<div class="ba correlation"><style>{asset("chart.css")}{_STYLE}</style>{self._body}{self._svg}</div>'

    def save(self, path: str | Path) -> Path:
        """Writes ``.svg`` the picture alone, else an HTML page."""
        target = Path(path)
        if target.suffix == ".svg":
            style = asset("chart.css").replace(".ba {", "svg {", 1) + _STYLE.replace(".ba.correlation ", "")
            text = self._svg.replace(">", f"><style>{style}</style>", 1)
        else:
            page = "<!doctype html><meta charset='utf-8'><title>Correlation</title>"
            sheet = "body { margin: 24px; background: Canvas; } .ba { background: var(--paper); padding: 20px; }"
            text = f"{page}<style>:root {{ color-scheme: light dark; }} {sheet}</style>{self._repr_html_()}"
        target.write_text(text, encoding="utf-8")
        return target


def heat_map(correlation: Any, *, title: str | None = None, clusters: int | None = None) -> HeatMap:
    """A correlation matrix as a picture, names that move alike beside each other.

    Blue moves together, red apart, nothing is no colour. The tree above says at which distance groups join. Up to 16
    names have their numbers in the cells, up to 60 their labels.

    Parameters
    ----------
    correlation : (n, n) array or Correlation
        NaN is left empty, and such names come last.
    title : str, optional
        Headline.
    clusters : int, optional
        How many groups to outline; by default none up to 60 names, 10 beyond, where each group is called after the name
        that is most like the others in it.

    Raises
    ------
    DataError
        If it is no correlation matrix, or has no name.

    Examples
    --------
    >>> import baconalgo as ba
    >>> picture = ba.risk_models.heat_map([[1.0, -0.3], [-0.3, 1.0]], title="Two names")
    >>> picture.save("correlation.html").stat().st_size < 20_000
    True
    """
    values, names = matrix("correlation", correlation)
    if not names:
        raise DataError("correlation", "must have at least one name", 0)
    known = np.flatnonzero(~np.isnan(np.diag(values)))
    tree = None
    if len(known):
        part = Correlation(tuple(names[k] for k in known), np.ascontiguousarray(values[np.ix_(known, known)]))
        tree = cluster(part, min(10, len(known)) if clusters is None and len(names) > _LABELLED else clusters)
    order = np.array([*(known[list(tree.order)] if tree else []), *np.flatnonzero(np.isnan(np.diag(values)))], int)
    shown = values[np.ix_(order, order)]
    pairs = shown[np.triu_indices(len(names), 1)]
    pairs = pairs[np.isfinite(pairs)]
    mean = f"mean correlation {_signed(float(pairs.mean()))}, " if len(pairs) else ""
    heading = f"<h3>{escape(title)}</h3>" if title else ""
    body = f"{heading}<p>{len(names)} names, {mean}in the order of the tree</p>"
    return HeatMap(body, _picture(shown, [names[k] for k in order], tree))


def _signed(value: float) -> str:
    text = f"{value:.2f}".replace("-", "−")
    return text.removeprefix("−") if not any(c in "123456789" for c in text) else text


def _picture(shown: Floats, names: list[str], tree: Clusters | None) -> str:
    count = len(names)
    cell = min(46.0, 640.0 / count)
    side = cell * count
    longest = max(len(name) for name in names)
    labelled = count <= _LABELLED
    margin = 6.2 * min(longest, 18) + (12 if labelled else 46)
    top = _TREE + 10 if count > 1 else 10.0
    upright = 6.6 * longest > cell
    foot = (margin if upright else 22.0) if labelled else 12.0
    width, height = margin + side + 78, top + side + foot
    grown = top - 6
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ba" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'style="max-width:{width:.0f}px" role="img" aria-label="correlation matrix">',
        f'<image x="{margin:.1f}" y="{top:.1f}" width="{side:.2f}" height="{side:.2f}" '
        f'preserveAspectRatio="none" href="{_png(shown)}"/>',
    ]
    if cell >= 9:
        lines = "".join(
            f"M{margin + k * cell:.2f} {top:.1f}v{side:.2f}M{margin:.1f} {top + k * cell:.2f}h{side:.2f}"
            for k in range(count + 1)
        )
        parts.append(f'<path class="gap" d="{lines}"/>')
    if tree is not None and len(tree.names) > 1:
        thin = ' style="stroke-width:.5"' if cell < 5 else ""
        parts.append(f'<path class="tree"{thin} d="{_branches(tree, margin, cell, grown)}"/>')
    if tree is not None:
        parts.extend(_outlines(tree, margin, top, cell))
        if not labelled:
            parts.extend(_group_names(tree, shown, names, margin, top, cell))
    if labelled:
        size = min(11.5, cell * 0.92)
        for k, name in enumerate(names):
            text, middle = escape(name if len(name) <= 18 else name[:17] + "…"), (k + 0.5) * cell
            style = f'style="font-size:{size:.1f}px"'
            parts.append(f'<text class="end" {style} x="{margin - 7:.1f}" y="{top + middle + 4:.1f}">{text}</text>')
            x, y = margin + middle, top + side + 8
            turn = f'class="end" transform="rotate(-90 {x + 4:.1f} {y:.1f})" x="{x + 4:.1f}" y="{y:.1f}"'
            level = f'class="middle" x="{x:.1f}" y="{y + 8:.1f}"'
            parts.append(f"<text {turn if upright else level} {style}>{text}</text>")
    if count <= 40:
        parts.extend(_cells(shown, names, margin, top, cell))
    parts.append(_legend(margin + side + 22, top, min(side, 180.0)))
    return "".join([*parts, "</svg>"])


def _cells(shown: Floats, names: list[str], left: float, top: float, cell: float) -> list[str]:
    """What the pointer says, and the numbers where there is room."""
    parts = []
    for i, row in enumerate(shown.tolist()):
        for j, value in enumerate(row):
            x, y = left + j * cell, top + i * cell
            text = "–" if value != value else _signed(value)
            if len(names) <= 16:
                strong = " strong" if abs(value) > 0.55 else ""
                parts.append(
                    f'<text class="value{strong}" x="{x + cell / 2:.1f}" y="{y + cell / 2 + 4:.1f}">{text}</text>'
                )
            said = escape(f"{names[i]} and {names[j]}: {text}")
            parts.append(
                f'<rect class="cell" x="{x:.1f}" y="{y:.1f}" width="{cell:.1f}" height="{cell:.1f}">'
                f"<title>{said}</title></rect>"
            )
    return parts


def _branches(tree: Clusters, left: float, cell: float, floor: float) -> str:
    """The joins, from the matrix upwards; the scale begins a little below the first join."""
    count = len(tree.names)
    place = {name: left + (k + 0.5) * cell for k, name in enumerate(tree.order)}
    level = dict.fromkeys(range(count), floor)
    first, most = 0.8 * float(tree.linkage[:, 2].min()), float(tree.linkage[:, 2].max())
    path = []
    for k, (a, b, distance, _) in enumerate(tree.linkage.tolist()):
        a, b, made = int(a), int(b), count + k
        height = floor - (_TREE - 6) * ((distance - first) / (most - first) if most > first else 0.0)
        path.append(f"M{place[a]:.1f} {level[a]:.1f}V{height:.1f}H{place[b]:.1f}V{level[b]:.1f}")
        place[made], level[made] = 0.5 * (place[a] + place[b]), height
    return "".join(path)


def _spans(tree: Clusters) -> list[tuple[int, int]]:
    """Where groups begin and end, which lie together in the order of the tree."""
    if tree.labels is None:
        return []
    labels = [tree.labels[k] for k in tree.order]
    starts = [k for k in range(len(labels)) if k == 0 or labels[k] != labels[k - 1]]
    return list(zip(starts, [*starts[1:], len(labels)], strict=True))


def _outlines(tree: Clusters, left: float, top: float, cell: float) -> list[str]:
    return [
        f'<rect class="group" x="{left + a * cell:.1f}" y="{top + a * cell:.1f}" width="{(b - a) * cell:.1f}" '
        f'height="{(b - a) * cell:.1f}"/>'
        for a, b in _spans(tree)
    ]


def _group_names(tree: Clusters, shown: Floats, names: list[str], left: float, top: float, cell: float) -> list[str]:
    """Beside each group that is high enough, the name most like the others, and how many others there are."""
    parts = []
    for a, b in _spans(tree):
        if (b - a) * cell >= 11:
            name = names[a + int(np.argmax(shown[a:b, a:b].sum(axis=1)))][:18]
            more = f" +{b - a - 1}" if b - a > 1 else ""
            y = top + 0.5 * (a + b) * cell + 4
            parts.append(f'<text class="end" x="{left - 7:.1f}" y="{y:.1f}">{escape(name)}{more}</text>')
    return parts


def _legend(x: float, y: float, height: float) -> str:
    scale = _png(np.linspace(1.0, -1.0, 101).reshape(-1, 1))
    marks = "".join(
        f'<text x="{x + 20:.1f}" y="{y + height * (1 - value) / 2 + 4:.1f}">{text}</text>'
        for value, text in ((1.0, "+1"), (0.5, "+0.5"), (0.0, "0"), (-0.5, "−0.5"), (-1.0, "−1"))
    )
    bar = f'x="{x:.1f}" y="{y:.1f}" width="13" height="{height:.1f}" preserveAspectRatio="none" href="{scale}"'
    return f"<image {bar}/>{marks}"


def _png(values: Floats) -> str:
    """One point a value: blue above zero, red below, as opaque as it is large; NaN is nothing."""
    rows, columns = values.shape
    known = np.nan_to_num(np.clip(values, -1.0, 1.0))
    points = np.empty((rows, columns, 4), np.uint8)
    points[..., :3] = np.where((known >= 0)[..., None], _TOGETHER, _APART)
    # 64 steps: the eye sees no more, and the picture is half as large.
    points[..., 3] = np.minimum(255, 4 * np.rint(64 * np.abs(known) ** 0.9))
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), points.reshape(rows, -1)], axis=1).tobytes()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", columns, rows, 8, 6, 0, 0, 0)
    picture = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 6)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + picture).decode()
