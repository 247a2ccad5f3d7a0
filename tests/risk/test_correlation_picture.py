"""The heat map: whatever the matrix, a whole picture of bounded size."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import numpy as np
import pytest

import baconalgo as ba
from baconalgo.errors import DataError

rm = ba.risk_models


def matrix(names: int) -> rm.Correlation:
    rng = np.random.default_rng(names)
    returns = rng.normal(size=(200, 1)) * rng.uniform(-1, 1, names) + rng.normal(size=(200, names))
    return rm.correlation(returns, names=[f"N<{k}>" for k in range(names)])


@pytest.mark.parametrize("names", [1, 2, 16, 17, 40, 60, 61, 300])
def test_it_is_well_formed_and_small(names: int, tmp_path: Path) -> None:
    made = matrix(names).heat_map(title="A & B", clusters=min(names, 3))
    root = ET.fromstring(made.save(tmp_path / "c.svg").read_text(encoding="utf-8"))
    texts = [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]
    named = sum(text.startswith("N<") for text in texts)
    assert named == 2 * names if names <= 60 else 1 <= named <= 3
    assert sum(node.get("class") == "group" for node in root.iter("{http://www.w3.org/2000/svg}rect")) == min(names, 3)
    page = made.save(tmp_path / "c.html").read_text(encoding="utf-8")
    assert "A &amp; B" in page and "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert len(page) < 600_000


def test_names_that_are_not_known_come_last_and_stay_empty() -> None:
    values = np.full((3, 3), np.nan)
    values[np.ix_([0, 2], [0, 2])] = [[1.0, 0.5], [0.5, 1.0]]
    html = rm.heat_map(values)._repr_html_()
    assert "1 and 0: –" in html and "0 and 2: 0.50" in html
    assert rm.heat_map(np.full((2, 2), np.nan))._repr_html_()
    with pytest.raises(DataError):
        rm.heat_map(np.zeros((2, 3)))
    with pytest.raises(DataError):
        rm.heat_map([[1.0, 2.0], [2.0, 1.0]])


def test_a_correlation_shows_itself() -> None:
    shown = matrix(5)._repr_html_()
    assert shown.startswith('<div class="ba correlation">') and shown.count("<svg") == 1
    assert "save" in repr(matrix(2).heat_map())


def test_a_perfect_correlation_is_the_strongest_colour() -> None:
    from baconalgo.risk_models._heat_map import _png

    picture = base64.b64decode(_png(np.array([[1.0, -1.0, 0.0, np.nan, 0.5]])).partition(",")[2])
    start = picture.index(b"IDAT")
    length = int.from_bytes(picture[start - 4 : start], "big")
    points = np.frombuffer(zlib.decompress(picture[start + 4 : start + 4 + length])[1:], np.uint8).reshape(-1, 4)
    assert points[:, 3].tolist()[:4] == [255, 255, 0, 0] and 100 < points[4, 3] < 160
    assert points[0, 2] > points[0, 0] and points[1, 0] > points[1, 2], "blue together, red apart"
