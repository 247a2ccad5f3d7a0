"""Bars that a strategy asks for: the same as ba.data.bars, told once they are over and not before."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import baconalgo as ba

NANOS = {"10s": 10 * 10**9, "1m": 60 * 10**9, "5m": 300 * 10**9, "1h": 3_600 * 10**9}
FIELDS = ("open", "high", "low", "close")


class Listens(ba.Strategy):
    """Keeps every bar with the time it was told and the last record seen before it."""

    def __init__(self, *timeframes: Any, quotes: bool = False) -> None:
        self.timeframes, self.told, self.last, self.after = timeframes, [], None, []

    def on_start(self) -> None:
        for timeframe in self.timeframes:
            self.subscribe_bars(timeframe)

    def on_quote(self, quote: ba.Quote) -> None:
        self.last = quote.ts_event

    def on_trade(self, trade: ba.Trade) -> None:
        self.last = trade.ts_event

    def on_bar(self, bar: ba.Bar) -> None:
        self.told.append((bar, self.now, self.last))


def told(data: Any, *timeframes: Any, **settings: Any) -> list[tuple[ba.Bar, int, int | None]]:
    strategy = Listens(*timeframes)
    ba.BacktestEngine(ba.BacktestConfig(**settings)).run(strategy, data)
    return strategy.told


def ns(column: Any) -> list[int]:
    return column.to_numpy().astype("datetime64[ns]").astype(np.int64).tolist()


def assert_equal(bars: list[ba.Bar], wanted: pa.Table) -> None:
    assert [bar.ts for bar in bars] == ns(wanted["ts"])[: len(bars)]
    for name in FIELDS:
        assert [getattr(bar, name) for bar in bars] == wanted[name].to_pylist()[: len(bars)], name
    for bar, volume in zip(bars, wanted["volume"].to_pylist(), strict=False):
        assert bar.volume == volume or (volume is None and math.isnan(bar.volume))


@pytest.mark.parametrize("timeframe", NANOS)
@pytest.mark.parametrize("kind", ["ticks", "quotes", "trades"])
def test_subscribed_bars_equal_those_of_the_data_module(kind: str, timeframe: str) -> None:
    data = ba.data.simulate(rows=30_000, seed=12, kind=kind)
    bars = [bar for bar, _, _ in told(data, timeframe)]
    wanted = ba.data.bars(data, timeframe)
    # The last one is not over when the data ends.
    assert len(bars) == wanted.num_rows - 1
    assert_equal(bars, wanted)
    assert {bar.timeframe for bar in bars} == {NANOS[timeframe]}


@pytest.mark.parametrize("feed", [0, 250_000_000])
@pytest.mark.parametrize("kind", ["ticks", "quotes", "trades"])
def test_a_bar_is_told_when_it_is_over_before_every_later_record(kind: str, feed: int) -> None:
    data = ba.data.simulate(rows=30_000, seed=13, kind=kind)
    for bar, now, last in told(data, "1m", latency=ba.Latency(feed=feed)):
        end = bar.ts + bar.timeframe
        assert now == end + feed
        assert last is not None
        assert bar.ts <= last < end


def test_longer_bars_are_made_of_the_bars_of_the_data() -> None:
    minutes = ba.data.bars(ba.data.simulate(rows=60_000, seed=14), "1m")
    wanted = ba.data.bars(minutes, "5m")
    bars = [bar for bar, _, _ in told(minutes, "5m") if bar.timeframe == NANOS["5m"]]
    assert wanted.num_rows - 1 <= len(bars) <= wanted.num_rows
    assert_equal(bars, wanted)


def test_bars_of_the_data_are_told_at_their_end() -> None:
    minutes = ba.data.bars(ba.data.simulate(rows=20_000, seed=14), "1m")
    heard = told(minutes)
    assert_equal([bar for bar, _, _ in heard], minutes)
    assert len(heard) == minutes.num_rows
    assert all(now == bar.ts + bar.timeframe for bar, now, _ in heard)


def test_several_timeframes_and_the_same_one_twice() -> None:
    data = ba.data.simulate(rows=30_000, seed=15)
    heard = told(data, "1m", "5m", 60 * 10**9)
    ends = [bar.ts + bar.timeframe for bar, _, _ in heard]
    assert ends == sorted(ends)
    for timeframe in ("1m", "5m"):
        bars = [bar for bar, _, _ in heard if bar.timeframe == NANOS[timeframe]]
        assert_equal(bars, ba.data.bars(data, timeframe))
        assert len({bar.ts for bar in bars}) == len(bars)


def test_bars_of_several_instruments_are_kept_apart() -> None:
    data = {name: ba.data.simulate(rows=10_000, seed=seed, symbol=name) for name, seed in (("A", 1), ("B", 2))}
    heard = told(data, "1m")
    for name, table in data.items():
        bars = [bar for bar, _, _ in heard if bar.symbol == name]
        assert_equal(bars, ba.data.bars(table, "1m"))
        assert len(bars) > 50


def test_an_interval_without_rows_makes_no_bar() -> None:
    start = 1_704_153_600_000_000_000
    data = {"ts": start + np.array([1, 2, 200, 400]) * 10**9, "price": np.array([1.0, 2.0, 3.0, 4.0])}
    heard = told(data, "1m")
    assert [(bar.ts - start) // 10**9 for bar, _, _ in heard] == [0, 180]
    assert [now - start for _, now, _ in heard] == [60 * 10**9, 240 * 10**9]


def test_a_bar_decided_on_trades_after_its_end() -> None:
    class OnBars(ba.Strategy):
        def on_start(self) -> None:
            self.subscribe_bars("1m")

        def on_bar(self, bar: ba.Bar) -> None:
            (self.buy if self.position(bar.symbol) <= 0 else self.sell)(bar.symbol, 1)

    data = ba.data.simulate(rows=20_000, seed=16)
    result = ba.BacktestEngine().run(OnBars(), data)
    assert result.fills.num_rows > 100
    assert all(ts % NANOS["1m"] == 0 for ts in ns(result.orders["ts_submitted"]))
    assert all(ts % NANOS["1m"] == 1_000_000 for ts in ns(result.fills["ts_event"]))
