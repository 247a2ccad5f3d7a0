"""A user's own indicator: checked when it is registered, then a node like any other."""

from __future__ import annotations

import math

import numpy as np
import pytest

import baconalgo as ba
from baconalgo import errors


class Range:
    """The distance of two series, and its running mean."""

    def __init__(self) -> None:
        self.total, self.count = 0.0, 0

    def update(self, high: float, low: float) -> tuple[float, float] | None:
        if math.isnan(high) or math.isnan(low):
            return None
        self.total, self.count = self.total + (high - low), self.count + 1
        return high - low, self.total / self.count


def batch(high: np.ndarray, low: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distance = high - low
    there = ~np.isnan(distance)
    mean = np.full(len(distance), np.nan)
    mean[there] = np.cumsum(distance[there]) / np.arange(1, there.sum() + 1)
    return distance, mean


spread = ba.custom("spread_of", batch=batch, stream=Range, inputs=("high", "low"), outputs=("now", "mean"))


def bars(rows: int = 3_000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    low = 100 + np.cumsum(rng.normal(0, 1, rows))
    return {
        "ts": np.arange(rows) * 60_000_000_000 + 1_700_000_040_000_000_000,
        "low": low,
        "high": low + rng.exponential(1, rows),
        "close": low,
        "open": low,
    }


def test_it_is_a_node_in_batch_stream_and_timeframe() -> None:
    data = bars()
    rule = (spread().now > spread().mean) & (spread().mean.tf("5m") > 0)
    column = rule.evaluate(data)
    distance, mean = batch(data["high"], data["low"])
    np.testing.assert_array_equal(spread().mean.evaluate(data), mean)
    np.testing.assert_array_equal(column[10:], (distance > mean)[10:])
    live = rule.stream(timeframe="1m")
    keys = list(data)
    rows = [dict(zip(keys, row, strict=True)) for row in zip(*(data[key].tolist() for key in keys), strict=True)]
    assert [live.update(row) for row in rows[:500]] == column[:500].tolist()
    assert ba.ExprStrategy(rule, exit=~rule).targets(data).tolist() == column.astype(float).tolist()


def test_it_has_a_text_a_json_and_an_explanation() -> None:
    rule = spread(low=ba.close - 1).mean > 2
    assert str(rule) == "spread_of(low=close - 1).mean > 2"
    assert str(ba.parse(str(rule))) == str(rule)
    assert str(ba.Expr.from_json(rule.to_json())) == str(rule)
    assert "spread_of .mean" in str(rule.explain())


def test_it_trades_in_a_backtest_as_on_a_table() -> None:
    double = ba.custom(
        "double_of", batch=lambda x: 2 * x, stream=lambda: type("S", (), {"update": lambda _, x: 2 * x})()
    )
    data = ba.data.simulate(rows=3_000, seed=2, kind="quotes")
    mine, plain = double() > 2 * ba.ema(ba.close, 20), ba.close * 2 > 2 * ba.ema(ba.close, 20)
    results = [ba.BacktestEngine().run(ba.ExprStrategy(rule, exit=~rule), data) for rule in (mine, plain)]
    assert results[0].hash == results[1].hash


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ba.custom(
                "late", batch=lambda x: x + 1, stream=lambda: type("S", (), {"update": lambda _, x: x})()
            ),
            r"batch and stream of late must agree, was batch .* stream .* at row 0 of random prices",
        ),
        (
            lambda: ba.custom(
                "ahead", batch=lambda x: x - x.max(), stream=lambda: type("S", (), {"update": lambda _, x: x - 200})()
            ),
            "ahead must agree|must not look ahead",
        ),
        (lambda: ba.custom("rsi", batch=lambda x: x, stream=Range), "name must be new, was 'rsi'"),
        (lambda: ba.custom("close", batch=lambda x: x, stream=Range), "name must be new"),
        (lambda: ba.custom("a b", batch=lambda x: x, stream=Range), "name must be an identifier"),
        (lambda: ba.custom("fine", batch=lambda x: x, stream=Range, inputs=("hi",)), "inputs must be x, y, or one of"),
        (lambda: ba.custom("short", batch=lambda x: x[1:], stream=Range), "batch of short must return 1 x"),
    ],
)
def test_what_does_not_agree_is_refused(make, message) -> None:
    with pytest.raises(errors.ConfigError, match=message):
        make()


def test_what_it_raises_comes_out_with_its_name() -> None:
    class Fails:
        def update(self, x: float) -> float:
            if x == 7.0:
                raise ZeroDivisionError("seven")
            return x

    fails = ba.custom("fails_at_seven", batch=lambda x: x, stream=Fails)
    with pytest.raises(errors.StrategyError, match="fails_at_seven must not raise, was ZeroDivisionError: seven"):
        fails().evaluate([1.0, 7.0])
