"""EMA and SMA: arrays, streams and records are the same bits; an independent library agrees."""

from __future__ import annotations

import copy
import math

import numpy as np
import pyarrow as pa
import pytest

import baconalgo as ba
from baconalgo import errors, indicators

PAIRS = [
    pytest.param(indicators.ema, indicators.EMA, indicators.ema_state, indicators.ema_update, id="ema"),
    pytest.param(indicators.sma, indicators.SMA, indicators.sma_state, indicators.sma_update, id="sma"),
]


def walk(rows: int, seed: int = 7) -> np.ndarray:
    return 100.0 + np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, rows))


def bits(values: object) -> list[int]:
    return np.asarray(values, np.float64).view(np.int64).tolist()


@pytest.mark.parametrize(("batch", "stream", "state", "update"), PAIRS)
@pytest.mark.parametrize("period", [1, 2, 3, 14, 200])
def test_batch_stream_and_record_give_the_same_bits(batch, stream, state, update, period):
    x = walk(3000)
    x[[0, 700, 701, 1500]] = [np.nan, np.nan, np.inf, -np.inf]
    wanted = bits(batch(x, period))
    one, many, record = stream(period), stream(period), state(period)
    assert bits([math.nan if (y := one.update(v)) is None else y for v in x]) == wanted
    assert bits(np.concatenate([many.update_many(part) for part in np.array_split(x, 11)])) == wanted
    assert bits([update(record, v) for v in x]) == wanted


@pytest.mark.parametrize(("batch", "stream", "state", "update"), PAIRS)
def test_a_period_below_one_is_refused_everywhere(batch, stream, state, update):
    for make in (stream, state, lambda period: batch([1.0], period)):
        for period in (0, -3):
            with pytest.raises(errors.ConfigError, match=rf"^period must be >= 1, was {period}$"):
                make(period)


@pytest.mark.parametrize(("batch", "stream", "state", "update"), PAIRS)
def test_a_flat_market_has_an_exactly_flat_average(batch, stream, state, update):
    for period in range(1, 200, 7):
        for price in (1.38627, 0.1, 1e-5 / 3, 43_211.07):
            assert set(batch(np.full(400, price), period)[period - 1 :]) == {price}


@pytest.mark.parametrize(("batch", "stream", "state", "update"), PAIRS)
def test_anything_like_an_array_goes_in(batch, stream, state, update):
    wanted = bits(batch(np.array([1.0, 2.0, 4.0, 8.0]), 2))
    for x in (
        [1, 2, 4, 8],
        np.array([1, 2, 4, 8], np.int32),
        pa.array([1, 2, 4, 8]),
        np.array([1, 9, 2, 9, 4, 9, 8, 9])[::2],
    ):
        assert bits(batch(x, 2)) == wanted
    out = np.zeros(4)
    assert batch([1, 2, 4, 8], 2, out=out) is out
    assert bits(out) == wanted
    assert len(batch([], 3)) == 0


@pytest.mark.parametrize(("batch", "stream", "state", "update"), PAIRS)
def test_an_output_that_does_not_fit_is_refused(batch, stream, state, update):
    x = np.ones(4)
    for out in (np.zeros(3), np.zeros(4, np.float32), np.zeros(8)[::2], x):
        with pytest.raises(errors.DataError, match=r"^out must"):
            batch(x, 2, out=out)
    with pytest.raises(errors.DataError, match="one dimension"):
        batch(np.ones((2, 2, 2)), 2)


@pytest.mark.parametrize(("batch", "stream", "state", "update"), PAIRS)
def test_a_stream_tells_where_it_stands_and_can_start_again(batch, stream, state, update):
    average = stream(2)
    assert (average.period, average.is_ready, average.value, repr(average)) == (2, False, None, f"{stream.__name__}(2)")
    average.update_many([1.0, 3.0])
    assert average.is_ready
    assert average.value == 2.0
    average.reset()
    assert (average.is_ready, average.value, average.update(5.0)) == (False, None, None)


@pytest.mark.parametrize("name", ["EMA", "SMA"])
def test_talib_agrees(name):
    talib = pytest.importorskip("talib", reason="TA-Lib is not installed")
    x = walk(20_000)
    for period in (2, 3, 10, 55, 500):
        ours = getattr(indicators, name.lower())(x, period)
        theirs = getattr(talib, name)(x, period)
        np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
        np.testing.assert_allclose(ours, theirs, rtol=1e-11)


def test_reference_values_agree(shared):
    import pyarrow.parquet as pq

    table = pq.read_table(shared / "data" / "reference" / "talib_handout_AAPL_2013_2018.parquet")
    for name in ("EMA", "SMA"):
        ours = getattr(indicators, name.lower())(table["close"], 30)
        np.testing.assert_allclose(ours, np.asarray(table[name], np.float64), rtol=1e-10, equal_nan=True)


def test_fma_rounds_once():
    assert ba.indicators.fma(0.1, 10.0, -1.0) == 2.0**-54


def test_what_is_masked_is_missing():
    x = np.arange(40.0)
    for masked in (np.ma.array(x, mask=x < 3), np.ma.array(x.astype(int), mask=x < 3)):
        assert np.isnan(indicators.sma(masked, 5)[:7]).all()
        assert indicators.sma(masked, 5)[7] == 5.0


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.arange(3).astype("M8[s]"), r"x must be numbers, was an array of datetime64\[s\]"),
        ([[1, 2], [3]], "x must be numbers, as many in each row"),
        (["1", "2"], "x must be numbers, was an array of <U1"),
    ],
)
def test_what_is_no_number_is_refused(x, message):
    with pytest.raises(errors.DataError, match=message):
        indicators.rsi(x, 2)


def test_a_period_that_is_a_float_is_told_apart():
    with pytest.raises(errors.ConfigError, match=r"period must be a whole number, was 14\.0 \(a float\)"):
        indicators.rsi([1.0, 2.0], 14.0)


@pytest.mark.parametrize("name", ["RSI", "MACD", "Keltner", "RollingMedian", "VWAP"])
def test_a_copy_has_seen_the_same_rows_and_goes_its_own_way(name):
    rng = np.random.default_rng(5)
    one = getattr(indicators, name)()
    rows = rng.uniform(1.0, 2.0, (200, len(one._spec.inputs)))
    for row in rows[:100]:
        one.update(*row)
    for other in (copy.copy(one), copy.deepcopy({"in": [one]})["in"][0], one.copy()):
        assert type(other) is type(one)
        assert other.params == one.params
        assert other.value == one.value
        ahead = [other.update(*row) for row in rows[100:]]
        assert ahead[-1] != one.value
    assert [one.update(*row) for row in rows[100:]] == ahead
