"""A result shows itself: whatever it holds, readable, and within bounds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from synthetic import DAY, START, make_monte_carlo, make_result

from baconalgo.report import axes, charts, heat, series, tearsheet
from baconalgo.report.explain import GROUPS, HEADLINES, groups_of
from baconalgo.report.formatting import MISSING, duration, number

SHAPES = {
    "years": {},
    "incomplete": {"complete": False, "error": ValueError("price <b> must be > 0, was -1"), "days": 20, "samples": 20},
    "one day": {"days": 1, "samples": 30, "fills": 60, "symbols": ("SPY", "QQQ", "IWM", "DIA")},
    "no fills": {"fills": 0},
    "one point": {"fills": 0, "samples": 1, "days": 0},
    "undefined metrics": {"metrics": dict.fromkeys((line.key for line in HEADLINES), None)},
    "no metrics": {"metrics": {}, "assumptions": {}, "config": None, "instruments": [], "stats": {}},
}


def test_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    page = make_result().tearsheet(tmp_path / "report.html", monte_carlo=make_monte_carlo()).read_text("utf-8")
    assert not re.search(r"(?:src|href)\s*=|@import|url\(|fetch\(|https?://", page)
    assert len(page) < 400_000


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_kind_of_result_has_a_page_a_plot_and_a_table(shape: dict, tmp_path: Path) -> None:
    result = make_result(**shape)
    page = result.tearsheet(tmp_path / "report.html").read_text(encoding="utf-8")
    for text in (page, result.plot().html, result._repr_html_(), repr(result)):
        assert not re.search(r"\bnan\b|\bNone\b|\binf\b", text), "an undefined number is shown as such"
    assert page.count("<svg") == page.count("</svg>") >= 2
    assert "<b> must" not in page


def test_incomplete_run_says_so_first(tmp_path: Path) -> None:
    result = make_result(**SHAPES["incomplete"])
    page = result.tearsheet(tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.index("did not finish") < page.index("Win rate")
    assert "price &lt;b&gt; must be &gt; 0" in page
    assert "NOT COMPLETE" in repr(result)
    assert "NOT COMPLETE" in result._repr_html_()


def test_page_lists_every_assumption_and_metric() -> None:
    result = make_result()
    page = tearsheet.page(result)
    for name in result.assumptions:
        assert name.replace("_", " ").capitalize() in page
    for lines in GROUPS.values():
        for line in lines:
            assert f">{line.label.replace('&', '&amp;')}<" in page
    assert result.hash in page


def test_metric_without_a_place_is_shown_all_the_same() -> None:
    assert [line.label for line in groups_of({"brand_new": 1.0})["Other"]] == ["Brand new"]


def test_page_replaces_an_old_one_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")

    def broken(*_: object) -> str:
        raise RuntimeError("broken")

    monkeypatch.setattr(tearsheet.charts, "performance", broken)
    with pytest.raises(RuntimeError, match="broken"):
        make_result().tearsheet(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_millions_of_rows_make_a_small_page() -> None:
    page = tearsheet.page(make_result(fills=300_000, samples=1000))
    assert len(page) < 700_000


def test_refusals_are_counted_by_their_reason() -> None:
    counts = dict(tearsheet.order_counts(make_result()))
    assert counts["– refused: exposure exceeds equity x leverage"] == "3"
    assert counts["– cancelled"] == "7"


def test_cursor_data_is_json_of_equal_lengths() -> None:
    html = charts.performance(make_result())
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert {len(values) for _, values in data["rows"]} == {len(data["t"])}
    assert data["t"] == sorted(data["t"])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300), st.integers(1, 40))
def test_reduced_line_keeps_every_extreme(values: list[float], buckets: int) -> None:
    ts = np.arange(len(values), dtype=np.int64) * 7
    reduced = series.bucketed(ts, np.array(values), buckets)
    assert len(reduced.ts) <= buckets
    assert reduced.high.max() == max(values)
    assert reduced.low.min() == min(values)
    assert reduced.last[-1] == values[-1]
    assert reduced.first[0] == values[0]


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
@example(900_719_926.1757812, 1e-6)
def test_ticks_lie_in_their_range_and_are_few(low: float, width: float) -> None:
    domain = axes.padded(low, low + width)
    ticks = axes.value_ticks(domain)
    assert 2 <= len(ticks) <= 12
    slack = 1e-6 * (domain.high - domain.low)
    assert all(domain.low - slack <= value <= domain.high + slack for value, _ in ticks)


@given(st.integers(0, 2 * 10**18), st.integers(1, 20 * 365 * DAY))
def test_time_ticks_lie_in_their_range_and_are_few(start: int, length: int) -> None:
    domain = axes.time_domain(start, start + length)
    ticks = axes.time_ticks(domain)
    assert len(ticks) <= 10
    assert all(domain.low <= value <= domain.high for value, _ in ticks)


def test_months_compound_to_the_year() -> None:
    days = START + DAY * np.arange(0, 800, dtype=np.int64)
    equity = 100 * np.cumprod(np.full(800, 1.001))
    periods, returns = series.returns_by_period(days, equity, "M")
    assert str(periods[0]) == "2023-01"
    assert np.prod(1 + returns / 100) == pytest.approx(equity[-1] / equity[0])
    assert "Monthly returns" in heat.returns_table(days, equity)


def test_weekday_of_a_daily_return_is_right() -> None:
    # 2023-01-02 was a Monday; one loss, on Wednesday the 4th.
    days = START + DAY * np.arange(7, dtype=np.int64)
    table = heat.returns_table(days, np.array([100.0, 100, 80, 80, 80, 80, 80]))
    cells = re.findall(r"<td[^>]*>(.*?)</td>", table)
    assert cells[:3] == ["0.0", "0.0", "−20.0"]
    assert "2023-01-02" in table


def test_histogram_counts_every_value_and_says_what_it_clipped() -> None:
    values = np.concatenate([np.linspace(-1, 2, 1000), [1e6]])
    bins = series.histogram(values)
    assert bins.counts.sum() == 1001
    assert bins.clipped >= 1
    assert np.isclose(bins.edges, 0).any()
    assert series.histogram(np.array([])) is None


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "money", MISSING),
        (float("nan"), "ratio", MISSING),
        (float("inf"), "ratio", "∞"),
        (-0.0001, "money", "0.00"),
        (-1234.5, "signed", "−1,234.50"),
        (1234.5, "signed", "+1,234.50"),
        (0.5, "fraction", "50.00 %"),
        (12, "count", "12"),
    ],
)
def test_numbers_read_well(value: float | None, kind: str, text: str) -> None:
    assert number(value, kind) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.0012, "1.2 ms"), (59.6, "1 min"), (3600, "1 h"), (90_061, "1 d 1 h")])
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(seconds) == text
