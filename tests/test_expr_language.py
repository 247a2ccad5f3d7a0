"""Expressions of the whole language: batch, stream and any chunking are one, and nothing looks ahead."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import baconalgo as ba
from baconalgo import errors

DAY = 86_400


def market(rows: int, seed: int = 3, gaps: float = 0.002) -> dict[str, np.ndarray]:
    """Minute bars with gaps in time and missing values; prices on a tick, so that ties happen."""
    rng = np.random.default_rng(seed)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.001, rows))), 2)
    first = np.round(close * np.exp(rng.normal(0.0, 0.0005, rows)), 2)
    high = np.round(np.maximum(first, close) * (1 + rng.exponential(0.0005, rows)), 2)
    low = np.round(np.minimum(first, close) * (1 - rng.exponential(0.0005, rows)), 2)
    volume = np.round(rng.exponential(1000.0, rows))
    steps = rng.choice([60, 60, 60, 60, 120, 7200], rows)
    columns = {"open": first, "high": high, "low": low, "close": close, "volume": volume}
    for column in columns.values():
        column[rng.random(rows) < gaps] = np.nan
    return {"ts": np.cumsum(steps) * 1_000_000_000 + 1_700_000_040_000_000_000, **columns}


def rules() -> dict[str, ba.Expr]:
    c = ba.close
    fast = ba.param("fast", 2, 50, 10)
    found = [
        ba.ema(c, fast) - ba.ema(c, 30),
        ba.rsi(c, 14) < 30,
        (ba.rsi(c, 14).tf("1h") < 40) & ba.cross_above(c, ba.vwap(session="1D")),
        ba.macd(c).hist > 0,
        ba.macd(c).signal - ba.macd(c).macd,
        ba.atr(14) / c,
        ba.atr(14, high=ba.high + 1),
        ba.bollinger(c, 20, 2.5).upper - c,
        (c - ba.bollinger(c).lower).tf("15m"),
        ba.stochastic(14, 3, 3).k > ba.stochastic(14, 3, 3).d,
        ba.adx(14).adx,
        ba.rising(c, 3) | ba.falling(ba.low, 2),
        ba.highest(ba.high, 50) - ba.lowest(ba.low, 50),
        ba.where(c > ba.sma(c, 20), ba.log(c), -ba.sqrt(c)),
        ba.sign(ba.momentum(c, 5)) * ba.exp(ba.log_returns(c)),
        abs(ba.roc(c, 10)) ** 0.5,
        ba.obv() - ba.sma(ba.obv(), 20),
        ba.vwap_bands(1.5, session="4h").lower,
        ba.session("1W") + ba.lag(c, 2000),
        ba.rolling_zscore(c, 30).tf("5m") > ba.rolling_zscore(c, 30),
        ba.correlation(c, ba.volume, 30),
        ba.rolling_rank(ba.returns(c), 40),
        ba.supertrend(10, 3.0).direction > 0,
        ba.keltner(20, 10, 2.0, "chester").middle,
        ba.breakout(20).direction > 0,
        ba.fair_value_gap().level - c,
        ba.engulfing().direction.tf("1h") == 1,
        (ba.sma(c, 5).tf("1h") > c).tf("5m"),
        ba.cross_below(ba.ema(c, 5), ba.ema(c, 20)) & ~ba.rising(ba.volume),
        ba.ichimoku().tenkan - ba.ichimoku().kijun,
        ba.hammer().strength + ba.doji().strength,
        (ba.close.tf("1D") - ba.open.tf("1D")) / ba.atr(5).tf("1D"),
        ba.maximum(ba.kama(c), ba.hull(c, 9)) - ba.minimum(ba.tema(c), ba.dema(c)),
    ]
    return {str(rule): rule for rule in found}


RULES = rules()


def same(one: np.ndarray, two: np.ndarray) -> None:
    assert one.dtype == two.dtype
    if one.dtype == bool:
        np.testing.assert_array_equal(one, two)
    else:
        np.testing.assert_array_equal(one.view(np.int64) * ~np.isnan(one), two.view(np.int64) * ~np.isnan(two))
        np.testing.assert_array_equal(np.isnan(one), np.isnan(two))


def streamed(rule: ba.Expr, data: dict[str, np.ndarray]) -> np.ndarray:
    live = rule.stream(timeframe="1m")
    columns = {name: column.tolist() for name, column in data.items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    values = [live.update(row) for row in rows]
    if rule.kind == "condition":
        return np.array(values, bool)
    return np.array([np.nan if value is None else value for value in values])


@pytest.mark.parametrize("name", RULES)
def test_batch_is_stream(name: str) -> None:
    data = market(6_000)
    same(streamed(RULES[name], data), RULES[name].evaluate(data))


@pytest.mark.soak
@pytest.mark.parametrize("name", RULES)
def test_batch_is_stream_over_a_hundred_thousand_bars(name: str) -> None:
    data = market(100_000)
    same(streamed(RULES[name], data), RULES[name].evaluate(data))


@pytest.mark.parametrize("name", RULES)
def test_the_past_does_not_depend_on_the_future(name: str) -> None:
    data, rule = market(5_000), RULES[name]
    whole = rule.evaluate(data)
    rng = np.random.default_rng(5)
    for cut in (2, 1023, *rng.integers(3, 5_000, 4)):
        same(rule.evaluate({key: column[:cut] for key, column in data.items()}, timeframe="1m"), whole[:cut])
        corrupt = {key: column.copy() for key, column in data.items()}
        for key in ("open", "high", "low", "close", "volume"):
            corrupt[key][cut:] = rng.choice([np.nan, 0.0, -5.0, 1e9, np.inf], len(corrupt[key]) - cut)
        same(rule.evaluate(corrupt)[:cut], whole[:cut])


def by_hand(data: dict[str, np.ndarray], length: int, span: int) -> dict[str, np.ndarray]:
    """Bars of a longer timeframe, and how many of them are known on each row; a plain loop."""
    bars: dict[int, list[float]] = {}
    for ts, *prices in zip(
        *(data[key].tolist() for key in ("ts", "open", "high", "low", "close", "volume")), strict=True
    ):
        first, high, low, close, volume = prices
        if np.isnan(close):
            continue
        bar = bars.setdefault(ts // length, [np.nan, np.nan, np.nan, np.nan, np.nan])
        bar[0] = first if np.isnan(bar[0]) else bar[0]
        bar[1], bar[2], bar[3] = np.fmax(bar[1], high), np.fmin(bar[2], low), close
        if not np.isnan(volume):
            bar[4] = volume if np.isnan(bar[4]) else bar[4] + volume
    starts = np.array(sorted(bars))
    known = np.searchsorted((starts + 1) * length, data["ts"] + span, side="right")
    table = np.array([bars[start] for start in starts]).T
    names = ("open", "high", "low", "close", "volume")
    return {"known": known, "ts": starts * length, **dict(zip(names, table, strict=True))}


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m", "1h", "4h", "1D"])
def test_a_timeframe_is_what_a_plain_loop_says(timeframe: str) -> None:
    from baconalgo.data._timeframes import nanoseconds

    data = market(8_000)
    length = nanoseconds(timeframe)
    bars = by_hand(data, length, nanoseconds("1m"))
    known = bars.pop("known")
    for inner in (ba.close, ba.high - ba.low, ba.open, ba.volume, ba.sma(ba.close, 3), ba.ema(ba.high, 5)):
        values = np.concatenate([[np.nan], inner.evaluate(bars)])
        same(inner.tf(timeframe).evaluate(data), values[known])


def test_ticks_know_a_bar_from_the_first_row_after_it() -> None:
    data = market(5_000)
    ticks = {"ts": data["ts"], "price": data["close"]}
    bars = by_hand({**data, **dict.fromkeys(("open", "high", "low"), data["close"])}, 300_000_000_000, 0)
    known = bars.pop("known")
    for inner in (ba.close, ba.high, ba.low, ba.open):
        same(inner.tf("5m").evaluate(ticks), np.concatenate([[np.nan], inner.evaluate(bars)])[known])


def test_weeks_start_on_monday_and_pandas_agrees() -> None:
    import pandas as pd

    data = market(9_000, gaps=0.0)
    frame = pd.DataFrame(data).assign(ts=lambda f: pd.to_datetime(f.ts)).set_index("ts")
    for name, rule in (("1W", "W-MON"), ("1h", "1h"), ("1D", "1D")):
        bars = frame.resample(rule, closed="left", label="left")["close"].last().dropna()
        last = ba.close.tf(name).evaluate(frame)
        closed = bars[: len(bars) - 1]
        assert set(np.unique(last[~np.isnan(last)])) <= set(bars)
        for start, close in list(closed.items())[:40]:
            end = start + pd.Timedelta(7 if name == "1W" else 1, "D" if name != "1h" else "h")
            at = np.searchsorted(frame.index + pd.Timedelta("1min"), end)
            assert last[at] == close


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ba.close.tf("5 parsecs"), "timeframe must be a length of time"),
        (lambda: ba.close.tf("5m").evaluate([1.0, 2.0]), "must have a column of times for tf"),
        (lambda: ba.close.tf("5m").evaluate(market(10), timeframe="7m"), "timeframe must be a whole multiple"),
        (lambda: ba.bid.tf("5m").evaluate({"ts": [1], "bid": [1.0], "ask": [1.0]}), "inside a timeframe, was bid"),
        (lambda: ba.close.tf("5m").evaluate({"ts": [5, 4], "close": [1.0, 1.0]}), "ts must not decrease"),
        (lambda: ba.close.tf("5m").tf("1h"), "timeframe must divide the timeframe inside it, 5m"),
        (lambda: ba.bollinger(ba.close, 20, -1.0), "width must be"),
        (lambda: ba.keltner(style="round"), "style must be one of"),
        (lambda: ba.rsi(ba.close, 2.5), "period must be a whole number >= 1 or a param"),
        (lambda: ba.rising(ba.close, 0), "rows must be a whole number >= 1"),
        (lambda: ba.ExprStrategy(ba.top(ba.close, 3)), "must not compare instruments"),
        (lambda: ba.rank(ba.close).evaluate([1.0]), "data must be of many instruments"),
        (lambda: ba.rank(ba.close).stream(), "must not compare instruments row by row"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any, message: str) -> None:
    with pytest.raises(errors.BaconError, match=message):
        make()


def test_nothing_is_known_before_the_first_bar_closes_and_of_no_rows_nothing() -> None:
    rule = (ba.rsi(ba.close, 3).tf("1h") < 200) & (ba.close > 0)
    assert not rule.evaluate({"ts": np.arange(50) * 60, "close": np.ones(50)}, timeframe="1m").any()
    assert len(rule.evaluate({"ts": np.empty(0, "i8"), "close": np.empty(0)})) == 0


def test_parts_that_are_the_same_run_once() -> None:
    macd = [ba.macd(ba.close) for _ in range(3)]
    rule = (
        (macd[0].macd > macd[1].signal) & (macd[2].hist > 0) & (ba.rsi(ba.close).tf("1h") < ba.sma(ba.close).tf("1h"))
    )
    # Load, MACD, two comparisons with its outputs, their conjunction, one timeframe for both, comparison, conjunction.
    assert ba.ExprStrategy(rule)._signals.operations == 8


# -- many instruments --------------------------------------------------------------------------------------------------


def universe(count: int = 7, rows: int = 300) -> dict[str, dict[str, np.ndarray]]:
    """Instruments that begin at different times and miss some rows."""
    rng = np.random.default_rng(1)
    tables = {}
    for place in range(count):
        keep = (rng.random(rows) < 0.9) & (np.arange(rows) >= 10 * place)
        close = np.round(100 + np.cumsum(rng.normal(0, 1, rows)), 0)
        close[rng.random(rows) < 0.02] = np.nan
        tables[f"S{place}"] = {"ts": (np.arange(rows) * DAY)[keep], "close": close[keep]}
    return tables


def test_rank_zscore_and_top_are_what_pandas_says() -> None:
    import pandas as pd

    tables = universe()
    long = pd.concat([pd.DataFrame(table).assign(symbol=symbol) for symbol, table in tables.items()])
    momentum = ba.momentum(ba.close, 5)
    long["x"] = np.concatenate([momentum.evaluate(table) for table in tables.values()])
    by_time = long.groupby("ts")["x"]
    places, counts = by_time.rank() - 1, by_time.transform("count") - 1
    wanted = np.where(long["x"].isna(), np.nan, np.where(counts == 0, 0.5, places / counts.replace(0, 1)))
    found = ba.rank(momentum).evaluate(tables)
    assert found.column_names == ["symbol", "ts", "value"]
    np.testing.assert_allclose(found["value"].to_numpy(), wanted, rtol=1e-15)
    assert found["symbol"].to_pylist() == long["symbol"].to_list()
    deviation = by_time.transform(lambda x: x.std(ddof=0))
    scores = np.where(deviation == 0, 0.0, (long["x"] - by_time.transform("mean")) / deviation.replace(0, 1))
    scores = np.where(long["x"].isna(), np.nan, scores)
    np.testing.assert_allclose(ba.zscore(momentum).evaluate(tables)["value"].to_numpy(), scores, rtol=1e-9, atol=1e-12)
    best = by_time.rank(method="min", ascending=False) <= 2
    assert ba.top(momentum, 2).evaluate(tables)["value"].to_numpy().tolist() == best.to_list()
    again = ba.sma(ba.rank(momentum), 3).evaluate(long.drop(columns="x"))
    assert again["value"].to_numpy().tolist() == pytest.approx(
        np.concatenate(
            [ba.sma(ba.close, 3).evaluate(x) for _, x in long.assign(close=wanted).groupby("symbol")]
        ).tolist(),
        nan_ok=True,
    )


def test_a_matrix_gives_a_matrix_and_nests() -> None:
    close = np.random.default_rng(2).normal(100, 5, (50, 4))
    got = (ba.zscore(ba.rank(ba.close)) > 0).evaluate({"close": close})
    ranks = close.argsort(axis=1).argsort(axis=1)
    assert got.shape == close.shape
    np.testing.assert_array_equal(got, ranks > 1)
    np.testing.assert_array_equal(
        ba.sma(ba.close, 3).evaluate({"close": close}),
        np.column_stack([ba.sma(ba.close, 3).evaluate(close[:, place]) for place in range(4)]),
    )


def test_instruments_are_compared_by_time_not_by_row() -> None:
    tables = {"A": {"ts": [1, 2, 3], "close": [1.0, 5.0, 3.0]}, "B": {"ts": [2, 3], "close": [4.0, 4.0]}}
    assert ba.rank(ba.close).evaluate(tables)["value"].to_pylist() == [0.5, 1.0, 0.0, 0.0, 1.0]
    with pytest.raises(errors.DataError, match="ts must increase"):
        ba.rank(ba.close).evaluate({"A": {"ts": [1, 1], "close": [1.0, 2.0]}, "B": {"ts": [1], "close": [1.0]}})


# -- parameters --------------------------------------------------------------------------------------------------------


def test_a_sweep_is_each_of_its_columns_and_shares_what_they_share() -> None:
    data = market(3_000)
    rule = ba.cross_above(
        ba.ema(ba.close, ba.param("fast", 2, 50)), ba.bollinger(ba.close, 20, ba.param("w", 0, 4)).upper
    )
    found = rule.sweep(data, fast=[3, 5, 8], w=[0.5, 1.0])
    assert [tuple(key) for key in found] == [(3, 0.5), (3, 1.0), (5, 0.5), (5, 1.0), (8, 0.5), (8, 1.0)]
    for key, column in found.items():
        same(column, rule.with_params(fast=key.fast, w=key.w).evaluate(data))
    with pytest.raises(errors.ConfigError, match="parameter must be one of"):
        rule.sweep(data, slow=[1])


# -- live --------------------------------------------------------------------------------------------------------------


def test_a_live_stream_takes_records_and_mappings() -> None:
    spread = (ba.ask - ba.bid).stream()
    assert spread.update(ba.Quote("X", 0, 0, 1.0, 1.5)) == 0.5
    assert spread.update({"bid": 1.0, "ask": None}) is None
    assert ba.close.stream().update(ba.Quote("X", 0, 0, 1.0, 2.0)) == 1.5
    hour = ba.high.tf("2m").stream()
    minute = 60_000_000_000
    bars = [ba.Bar("X", place * minute, 1.0, 2.0 + place, 0.5, 1.0, 10.0, minute) for place in range(4)]
    assert [hour.update(bar) for bar in bars] == [None, 3.0, 3.0, 5.0]
    hour.reset()
    assert hour.update(bars[0]) is None
    with pytest.raises(errors.DataError, match="row must have volume"):
        ba.volume.stream().update(close=1.0)
    with pytest.raises(errors.DataError, match="ts must be given"):
        ba.close.tf("1h").stream().update(close=1.0)


@functools.cache
def decisions(rule: ba.Expr) -> ba.ExprStrategy:
    return ba.ExprStrategy(rule, exit=~rule)


def test_explain_says_what_is_shared_what_is_read_and_what_it_waits_for() -> None:
    fast = ba.ema(ba.close, 10)
    rule = ba.cross_above(fast, ba.ema(fast, 5)) & (ba.rsi(ba.close, 14).tf("1h") < 30)
    said = rule.explain()
    assert said.reads == ["close", "ts"]
    assert said.warm_up == {"rows": 15, "1h": 15}
    assert said.look_back == {"rows": None, "1h": None}
    assert "ema 10  #1: shared, computed once" in str(said)
    assert "#1 (as above)" in str(said)
    assert ba.sma(ba.lag(ba.high, 2), 5).explain().look_back == {"rows": 7}
    assert ba.sma(ba.lag(ba.high, 2), 5).explain().warm_up == {"rows": 7}
    assert "<pre>" in said._repr_html_()


@pytest.mark.parametrize("name", RULES)
def test_the_warm_up_that_is_told_is_where_values_begin(name: str) -> None:
    rule = RULES[name]
    warm_up = rule.explain().warm_up
    if rule.kind == "condition" or set(warm_up) != {"rows"} or name.startswith(("fair_value", "where", "ichimoku")):
        pytest.skip("false before, in bars of their own, one branch or one output sooner than the others")
    values = rule.evaluate(market(4_000, gaps=0.0))
    assert int(np.argmax(~np.isnan(values))) == warm_up["rows"] - 1
