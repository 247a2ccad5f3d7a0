"""Every pattern over 505 real symbols, and the rules of the benchmark of scans on their last bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from baconalgo import patterns

from .definitions import Bars
from .test_patterns import obvious, run

#: How many are found in all symbols with default parameters: bullish, bearish.
COUNTS = {
    "breakout": (50_042, 28_556),
    "volume_anomaly": (11_139, 12_623),
    "opening_range": (499, 293),
    "swing_points": (37_250, 37_531),
    "support_resistance": (17_611, 15_436),
    "golden_pocket": (5_250, 6_776),
    "momentum_divergence": (3_353, 6_276),
    "bos": (9_940, 5_236),
    "choch": (7_479, 7_618),
    "liquidity_sweep": (7_551, 9_638),
    "fair_value_gap": (92_330, 72_370),
    "order_block": (9_411, 12_692),
    "engulfing": (23_548, 26_643),
    "hammer": (10_709, 0),
    "shooting_star": (0, 8_309),
    "doji": (35_396, 31_358),
    "morning_star": (2_273, 0),
    "evening_star": (0, 2_483),
    "harami": (32_212, 31_265),
    "inside_bar": (37_689, 38_995),
}


@pytest.fixture(scope="module")
def symbols(shared: Path) -> dict[str, Bars]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(shared / "data" / "bars" / "sp500_daily_2013_2018.parquet")
    found = {}
    for symbol in pc.unique(table["name"]).to_pylist():
        rows = table.filter(pc.equal(table["name"], symbol))
        names = ("open", "high", "low", "close", "volume")
        columns = [rows[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in names]
        found[symbol] = Bars(*columns, np.zeros(rows.num_rows))
    assert len(found) == 505
    return found


@pytest.mark.parametrize("name", patterns.SPECS)
def test_the_counts_over_real_symbols_are_stable(name: str, symbols: dict[str, Bars]) -> None:
    directions = np.concatenate([run(name, bars, {})[:, 0] for bars in symbols.values()])
    assert (int((directions == 1).sum()), int((directions == -1).sum())) == COUNTS[name]


@pytest.mark.parametrize("name", patterns.SPECS)
def test_real_bars_have_the_patterns_that_the_definitions_say(name: str, symbols: dict[str, Bars]) -> None:
    for symbol in list(symbols)[::40]:
        bars = symbols[symbol].take(slice(300))
        np.testing.assert_allclose(run(name, bars, {}), obvious(name, bars, {}), rtol=1e-9, atol=1e-9, err_msg=symbol)


def test_defaults_are_the_rules_of_the_benchmark_of_scans() -> None:
    """Eight patterns on the last bar, written over all instruments at once."""
    from .markets import market

    markets = [market(60, seed) for seed in range(2000)]
    o, h, l, c, v = (  # noqa: E741
        np.stack([getattr(bars, x) for bars in markets]) for x in ("open", "high", "low", "close", "volume")
    )
    body, size = np.abs(c - o)[:, -1], (h - l)[:, -1]
    top, bottom = np.maximum(o, c)[:, -1], np.minimum(o, c)[:, -1]
    quiet = v[:, -21:-1]
    ranges = np.maximum(h[:, 1:], c[:, :-1]) - np.minimum(l[:, 1:], c[:, :-1])
    strong = (c - o)[:, 1:] > 1.5 * ranges[:, -20:].mean(axis=1)[:, None]
    starts = ((c < o) & (np.roll(c, -1, axis=1) > h))[:, :-1] & strong
    last = np.where(starts[:, -20:].any(axis=1), 19 - starts[:, -20:][:, ::-1].argmax(axis=1), -1)
    rows, at = np.arange(len(c)), 39 + last
    falls, rises = c[:, -2] < o[:, -2], c[:, -2] > o[:, -2]
    wanted = {
        "breakout": c[:, -1] > h[:, -21:-1].max(axis=1),
        "volume_anomaly": (v[:, -1] - quiet.mean(axis=1)) / quiet.std(axis=1) > 3,
        "fair_value_gap": (l[:, -1] > h[:, -3]).astype(float) - (h[:, -1] < l[:, -3]),
        "order_block": (last >= 0) & (l[:, -1] <= h[rows, at]) & (c[:, -1] >= l[rows, at]),
        "engulfing": (falls & (c > o)[:, -1] & (c[:, -1] >= o[:, -2]) & (o[:, -1] <= c[:, -2])).astype(float)
        - (rises & (c < o)[:, -1] & (c[:, -1] <= o[:, -2]) & (o[:, -1] >= c[:, -2])),
        "hammer": (bottom - l[:, -1] > 2 * body) & (h[:, -1] - top < 0.3 * body) & (size > 0),
        "doji": body <= 0.1 * size,
        "inside_bar": (h[:, -1] < h[:, -2]) & (l[:, -1] > l[:, -2]),
    }
    for name, rule in wanted.items():
        given = {"side": "bullish"} if name == "order_block" else {}
        got = np.array([run(name, bars, given)[-1, 0] for bars in markets])
        if name == "breakout":
            got = got == 1
        elif rule.dtype == bool:
            got = got != 0
        np.testing.assert_array_equal(got, rule, name)
        assert np.count_nonzero(rule) > 5, name
