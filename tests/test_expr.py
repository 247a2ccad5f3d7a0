"""Expressions: what they say, what they refuse, and what they compute."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import baconalgo as ba
from baconalgo import errors, indicators


def walk(rows: int, seed: int = 7) -> np.ndarray:
    return 100.0 + np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, rows))


def shifted(x: np.ndarray) -> np.ndarray:
    return np.concatenate([[np.nan], x[:-1]])


def test_an_expression_reads_like_the_rule():
    fast, slow = ba.ema(ba.close, ba.param("fast", 5, 50)), ba.ema(ba.close, 30)
    rule = ba.cross_above(fast, slow) & ~(ba.ask - ba.bid > 0.5) | (-ba.lag(ba.close, 3) < 2)
    assert repr(rule) == (
        '(cross_above(ema(close, param("fast", 5, 50)), ema(close, 30)) & ~((ask - bid) > 0.5)) | (-lag(close, 3) < 2)'
    )
    assert repr(1 / ba.volume) == "1 / volume"
    assert repr(abs(ba.close * 0.1)) == "abs(close * 0.1)"
    assert repr(ba.where(ba.high > ba.open, ba.minimum(ba.low, 1), ba.maximum(ba.mid, ba.price))) == (
        "where(high > open, minimum(low, 1), maximum(mid, price))"
    )


@pytest.mark.parametrize(
    "use",
    [
        lambda c: bool(c > 1),
        lambda c: (c > 1) and (c < 2),
        lambda c: not (c > 1),
        lambda c: 1 < c < 2,
        lambda c: [1] if c else [2],
    ],
)
def test_truth_of_an_expression_is_refused_with_the_way_out(use):
    with pytest.raises(TypeError, match=r"use|combine conditions with & \| ~"):
        use(ba.close)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ba.ema(ba.close, 0), "period must be a whole number >= 1 or a param, was 0"),
        (lambda: ba.sma(ba.close, 2.5), "period must be a whole number"),
        (lambda: ba.ema(ba.close, ba.close), "period must be a whole number"),
        (lambda: ba.lag(ba.close, -1), "rows must be a whole number >= 0"),
        (lambda: ba.ema(np.ones(3), 2), "operand of ema must be an expression or a number"),
        (lambda: ba.close & (ba.close > 1), "operand of & must be a condition"),
        (lambda: (ba.close > 1) + 1, r"operand of \+ must be a number"),
        (lambda: ba.where(ba.close, 1, 2), "operand of where must be a condition"),
        (lambda: ba.param("x", 5, 1), r"x must be in \[5, 1\]"),
        (lambda: ba.param("a b", 1, 5), "name must be an identifier"),
        (lambda: ba.ExprStrategy(ba.close), "entry must be a condition, was close"),
        (lambda: ba.ExprStrategy(None), "entry must be a condition"),
        (lambda: ba.ExprStrategy(ba.close > 1, exit=ba.close), "exit must be a condition"),
        (lambda: ba.ExprStrategy(ba.close > 1, quantity=0.0), "quantity must be > 0, was 0"),
        (lambda: ba.ExprStrategy(ba.close > ba.ema(ba.close, ba.param("n", 0, 9, 0))), "n must be a whole number >= 1"),
        (lambda: (ba.param("n", 1, 9) + ba.param("n", 1, 8)).evaluate([1.0]), "n must be one parameter"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(make, message):
    with pytest.raises(errors.ConfigError, match=message):
        make()


def test_columns_equal_numpy():
    x, y = walk(5000), walk(5000, 8)
    x[[5, 900, 4000]] = np.nan
    data = {"open": x, "high": y}
    a, b = ba.open, ba.high
    c = a > b
    with np.errstate(all="ignore"):
        for expr, wanted in [
            (a + b, x + y),
            (a - 1, x - 1),
            (2 * b, 2 * y),
            (1 / a, 1 / x),
            (-a, -x),
            (abs(a - 100), np.abs(x - 100)),
            (ba.minimum(a, b), np.minimum(x, y)),
            (ba.maximum(a, b), np.maximum(x, y)),
            (ba.where(c, a, 5), np.where(x > y, x, 5)),
            (ba.lag(a), shifted(x)),
            (ba.lag(a, 0), x),
            (ba.ema(a, 20), indicators.ema(x, 20)),
            (ba.sma(a * 2, 20), indicators.sma(x * 2, 20)),
            (ba.ema(ba.ema(a, 5), 7), indicators.ema(indicators.ema(x, 5), 7)),
            (a > b, x > y),
            (a >= 100, x >= 100),
            (a < b, x < y),
            (a <= b, x <= y),
            (a == x[3], x == x[3]),
            (a != x[3], (x != x[3]) & ~np.isnan(x)),
            (c & (b > 100), (x > y) & (y > 100)),
            (c | (b > 100), (x > y) | (y > 100)),
            (~c, ~(x > y)),
            (ba.cross_above(a, b), (x > y) & (shifted(x) <= shifted(y))),
            (ba.cross_below(a, 100), (x < 100) & (shifted(x) >= 100)),
        ]:
            got = expr.evaluate(data)
            assert got.dtype == wanted.dtype, expr
            np.testing.assert_array_equal(got, wanted, err_msg=repr(expr))


def test_tables_of_every_kind_go_in():
    columns = {"bid": [1.0, 2.0, 3.0], "ask": [2.0, 3.0, 4.0], "other": ["a", "b", "c"]}
    numbers = {name: columns[name] for name in ("bid", "ask")}
    structured = np.array(list(zip(*numbers.values(), strict=True)), [("bid", float), ("ask", float)])
    for data in (columns, pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns), structured):
        assert ba.close.evaluate(data).tolist() == [1.5, 2.5, 3.5]
        assert (ba.ask - ba.bid).evaluate(data).tolist() == [1.0, 1.0, 1.0]
    assert ba.close.evaluate(np.arange(3)).tolist() == [0.0, 1.0, 2.0]
    assert (ba.param("x", 1, 3) + 1).evaluate(columns).tolist() == [3.0, 3.0, 3.0]


def test_a_missing_column_is_an_error_that_lists_those_there():
    with pytest.raises(errors.DataError, match="must have a column 'volume', was a table with bid, ask"):
        ba.volume.evaluate({"bid": [1.0], "ask": [1.0]})
    with pytest.raises(errors.DataError, match="rows as the others"):
        (ba.bid + ba.ask).evaluate({"bid": [1.0], "ask": [1.0, 2.0]})


def test_parameters_are_bound_by_name():
    x = walk(200)
    trend = ba.ema(ba.close, ba.param("span", 2, 50)) * ba.param("scale", 0, 1, 0.5)
    assert trend.params == {"span": 26.0, "scale": 0.5}
    bound = trend.with_params(span=10, scale=1)
    assert bound.params == {"span": 10.0, "scale": 1.0}
    np.testing.assert_array_equal(bound.evaluate(x), indicators.ema(x, 10))
    assert trend.params == {"span": 26.0, "scale": 0.5}
    with pytest.raises(errors.ConfigError, match=r"^parameter must be one of \['span', 'scale'\], was slow$"):
        trend.with_params(slow=3)
    with pytest.raises(errors.ConfigError, match=r"^span must be in \[2, 50\], was 51$"):
        trend.with_params(span=51)
    with pytest.raises(errors.ConfigError, match=r"^span must be a whole number >= 1, was 2.5$"):
        trend.with_params(span=2.5).evaluate(x)


def test_targets_of_a_cross_follow_the_averages():
    x = walk(5000)
    fast, slow = ba.ema(ba.close, ba.param("fast", 2, 50, 5)), ba.ema(ba.close, 30)
    strategy = ba.ExprStrategy(fast > slow, short_entry=fast < slow, quantity=2.0).with_params(fast=10)
    wanted = np.sign(np.nan_to_num(indicators.ema(x, 10) - indicators.ema(x, 30))) * 2
    np.testing.assert_array_equal(strategy.targets(x), wanted)
    assert strategy.params == {"fast": 10.0}


def test_the_future_does_not_reach_back():
    x = walk(3000)
    strategy = ba.ExprStrategy(
        ba.cross_above(ba.ema(ba.close, 5), ba.sma(ba.close, 30)), exit=ba.close < ba.lag(ba.close, 7)
    )
    whole = strategy.targets(x)
    for cut in (1, 100, 1024, 1500, 2999):
        np.testing.assert_array_equal(strategy.targets(x[:cut]), whole[:cut])


def test_a_common_part_is_computed_once():
    def fast():
        return ba.ema(ba.close, 10)

    def slow():
        return ba.ema(ba.close, 30)

    strategy = ba.ExprStrategy(fast() > slow(), short_entry=fast() < slow())
    # Load, both averages in one loop, two comparisons.
    assert strategy._signals.operations == 4


def test_a_rule_reads_the_columns_that_a_run_reads(tmp_path):
    close = np.round(walk(60), 2)
    times = pd.date_range("2024-01-02", periods=60, freq="D", name="Date")
    frame = pd.DataFrame({"Open": close, "High": close + 1, "Low": close - 1, "Close": close, "Volume": 5.0}, times)
    rule = (ba.rsi(ba.close, 5).tf("1W") < 40) | (ba.close > ba.sma(ba.close, 7))
    wanted = rule.evaluate(frame.rename(columns=str.lower))
    texts = frame.reset_index().assign(Date=lambda table: table.Date.dt.strftime("%Y%m%d"))
    frame.to_csv(tmp_path / "acme.csv")
    frame.rename_axis(None).to_csv(tmp_path / "unnamed.csv")
    frame.rename_axis(None).to_parquet(tmp_path / "unnamed.parquet")
    scaled = pa.table({"ts": times.to_numpy()} | {f"{name}_e4": frame[name] * 1e4 for name in frame.columns[:4]})
    scaled = scaled.cast(
        pa.schema([(name, "int64" if "_" in name else scaled.schema.field(0).type) for name in scaled.column_names])
    )
    tables = [
        frame,
        frame.reset_index(),
        texts,
        pl.from_pandas(texts),
        ba.data.load(frame),
        tmp_path / "acme.csv",
        tmp_path / "unnamed.csv",
        tmp_path / "unnamed.parquet",
        pd.read_csv(tmp_path / "unnamed.csv"),
        scaled,
    ]
    for table in tables:
        np.testing.assert_array_equal(rule.evaluate(table), wanted)
    two = pd.concat({"ACME": frame, "BOLT": frame.iloc[20:]}, axis=1)
    for table in (
        two,
        two.swaplevel(axis=1),
        pd.concat({"ACME": frame, "BOLT": frame.iloc[20:]}, names=["symbol", "date"]),
    ):
        found = rule.evaluate(table)
        assert found.column("symbol").to_pylist() == ["ACME"] * 60 + ["BOLT"] * 40
        np.testing.assert_array_equal(found.column("value").to_numpy(zero_copy_only=False)[:60], wanted)
    book = {"ts": times.to_numpy(), "action": ["A", "T"] * 30, "price": close, "bid": close, "ask": close + 1}
    with pytest.raises(errors.DataError, match="data must be one table of each symbol, was table, table"):
        rule.evaluate(ba.data.load(pa.table(book)))
    assert rule.evaluate(ba.data.load({"ACME": frame, "BOLT": frame})).num_rows == 120
    renamed = frame.rename(columns={"Close": "Adjusted"})
    with pytest.raises(errors.DataError, match="data must have a column 'close', was a table with Open"):
        rule.evaluate(renamed)
