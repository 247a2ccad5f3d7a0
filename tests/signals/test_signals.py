"""Signals: the engine against the rule once more, and what it must survive."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from tests.signals import reference

import baconalgo as ba
from baconalgo import errors

MINUTE = reference.MINUTE
FRAMES = {"tick": 0.5, "1s": 0.5, "1m": 1.0, "5m": 1.5}
NANOS = {"tick": 0, "1s": 1_000_000_000, "1m": MINUTE, "5m": 5 * MINUTE}
#: Of Ichimoku, the slowest.
WARM_UP = 77


def market(rows: int, seed: int, gap_seconds: float = 2.0):
    """Ticks that trend for a while, then the other way."""
    rng = np.random.default_rng(seed)
    ts = 1_700_000_000_000_000_000 + np.cumsum(rng.exponential(gap_seconds * 1e9, rows)).astype(np.int64)
    drift = 0.15 * np.sign(np.sin(np.arange(rows) / 900.0))
    price = np.round(5_000 + np.cumsum(rng.normal(drift, 1.0))) / 100
    return ts, price, np.round(rng.lognormal(2, 0.5, rows)) + 1.0


def run(engine, ts, price, volume):
    found = []
    for row in range(len(ts)):
        made = engine.analyze_multi_timeframe("X", price[row], volume[row], int(ts[row]))
        found += [(row, s.action, s.timeframe, s.confidence, s.stop_loss, s.take_profit) for s in made]
    return found


@pytest.mark.parametrize("seed", range(4))
def test_signals_are_those_of_the_rule(seed):
    ts, price, volume = market(12_000, seed)
    found = run(ba.SignalEngine(ba.SignalConfig(timeframes=FRAMES)), ts, price, volume)
    wanted = reference.signals(ts, price, volume, reference.Rules(FRAMES), NANOS)
    assert [each[:3] for each in found] == [each[:3] for each in wanted]
    np.testing.assert_allclose([each[3:] for each in found], [each[3:] for each in wanted], rtol=1e-9)
    assert len(found) >= 10
    assert {"BUY_LONG", "SELL_SHORT", "CLOSE_LONG", "CLOSE_SHORT"} <= {each[1] for each in found}


def test_settings_are_heeded():
    ts, price, volume = market(12_000, 9)
    config = ba.SignalConfig(
        timeframes=FRAMES, min_score=0.4, consensus=0.8, min_confidence=70, hold=0.6, stop_atr=1.0, expiry_bars=5
    )
    rules = reference.Rules(FRAMES, 0.4, 0.8, 70.0, 0.6, 1.0, 3.0, 5)
    found = run(ba.SignalEngine(config), ts, price, volume)
    assert [each[:3] for each in found] == [each[:3] for each in reference.signals(ts, price, volume, rules, NANOS)]
    assert found


def test_nothing_is_said_before_the_warm_up():
    ts, _, volume = market(400, 2)
    engine = ba.SignalEngine()
    found = run(engine, ts[:WARM_UP], np.linspace(100, 120, WARM_UP), volume[:WARM_UP])
    assert found == []
    assert engine.view("X").votes == {}
    assert engine.get_active_signals() == []


def test_all_at_once_is_one_by_one():
    table = ba.data.simulate(rows=30_000, seed=4)
    whole = ba.SignalEngine().feed(table)
    ticks = ba.data.load(table)
    half = ba.SignalEngine()
    import pyarrow as pa

    rows = pa.table(ticks.to_arrow() if hasattr(ticks, "to_arrow") else table)
    pieces = half.feed(rows.slice(0, 11_111)) + half.feed(rows.slice(11_111))
    assert pieces == whole
    assert whole


def test_an_entry_carries_its_reasons_stop_and_target():
    ts, price, volume = market(12_000, 1)
    engine = ba.SignalEngine(ba.SignalConfig(timeframes=FRAMES))
    for row in range(len(ts)):
        for signal in engine.on_trade("X", price[row], volume[row], int(ts[row])):
            long = signal.action in ("BUY_LONG", "CLOSE_LONG")
            if signal.action in ("BUY_LONG", "SELL_SHORT"):
                assert signal.entry_price == price[row]
                assert signal.stop_loss < price[row] < signal.take_profit or not long
                assert signal.take_profit < price[row] < signal.stop_loss or long
                assert 60 <= signal.confidence <= 100
                assert signal.supporting_indicators
                assert engine.get_active_signals() == [signal]
                votes = engine.view("X").votes[signal.timeframe]
                assert {name for name, vote in votes.items() if vote == (1 if long else -1)} == set(
                    signal.supporting_indicators
                )
                assert f"led by {signal.timeframe}" in signal.reason
            else:
                assert any(word in signal.reason for word in ("stop", "target", "consensus", "expired"))
            assert signal.timestamp == ts[row]


def test_entries_and_ends_take_turns_and_do_not_flap():
    ts, price, volume = market(20_000, 5)
    found = run(ba.SignalEngine(ba.SignalConfig(timeframes=FRAMES)), ts, price, volume)
    for before, after in itertools.pairwise(found):
        if before[1] == "BUY_LONG":
            assert after[1] == "CLOSE_LONG"
        elif before[1] == "SELL_SHORT":
            assert after[1] == "CLOSE_SHORT"
        else:
            assert after[1] in ("BUY_LONG", "SELL_SHORT")


def test_percent_in_the_place_of_ranges():
    ts, price, volume = market(12_000, 1)
    engine = ba.SignalEngine(ba.SignalConfig(timeframes={"1m": 1.0}, stop_percent=1.0, target_percent=2.5))
    entries = [
        s
        for row in range(len(ts))
        for s in engine.on_trade("X", price[row], volume[row], int(ts[row]))
        if "CLOSE" not in s.action
    ]
    assert entries
    for entry in entries:
        assert abs(entry.stop_loss - entry.entry_price) == pytest.approx(0.01 * entry.entry_price)
        assert abs(entry.take_profit - entry.entry_price) == pytest.approx(0.025 * entry.entry_price)


def test_bars_that_are_fed_give_the_votes_of_bars_that_are_built():
    ts, price, volume = market(30_000, 3)
    frames = {"1m": 1.0, "5m": 1.5}
    by_tick, by_bar = (ba.SignalEngine(ba.SignalConfig(timeframes=frames)) for _ in range(2))
    run(by_tick, ts, price, volume)
    bars = ba.data.bars({"ts": ts, "price": price, "size": volume}, "1m", price="trade")
    # The last minute has not closed for who sees ticks.
    for row in bars.slice(0, len(bars) - 1).to_pylist():
        start = int(np.datetime64(row["ts"].replace(tzinfo=None), "ns").astype(np.int64))
        by_bar.on_bar("X", "1m", start, row["open"], row["high"], row["low"], row["close"], row["volume"])
    one, other = by_tick.view("X").votes["1m"], by_bar.view("X").votes["1m"]
    # Who sees only bars must guess which side their volume was on.
    assert {k: v for k, v in one.items() if k != "CVD"} == {k: v for k, v in other.items() if k != "CVD"}
    assert set(by_bar.view("X").votes) == set(frames)


def test_data_without_volume_is_judged_by_price_alone():
    ts, price, _ = market(3_000, 1)
    engine = ba.SignalEngine(ba.SignalConfig(timeframes={"tick": 1.0}))
    signals = [s for row in range(len(ts)) for s in engine.on_trade("X", price[row], timestamp=int(ts[row]))]
    assert signals
    assert {engine.view("X").votes["tick"][name] for name in ("MFI", "OBV", "VWAP", "Volume profile", "CVD")} == {0}


def test_a_flat_market_gives_no_entry():
    engine = ba.SignalEngine()
    for row in range(500):
        assert engine.on_trade("X", 1.38627, 1.0, row * MINUTE) == []
    assert engine.view("X").action == "HOLD"


def test_what_cannot_be_is_refused_and_changes_nothing():
    ts, price, volume = market(4_000, 6)
    clean, tried = (ba.SignalEngine(ba.SignalConfig(timeframes=FRAMES)) for _ in range(2))
    wanted = run(clean, ts, price, volume)
    found = []
    for row in range(len(ts)):
        if row % 100 == 50:
            for bad in (math.nan, 0.0, -1.0, math.inf):
                with pytest.raises(errors.DataError, match="price must be > 0"):
                    tried.on_trade("X", bad, 1.0, int(ts[row]))
            with pytest.raises(errors.DataError, match="volume must be >= 0"):
                tried.on_trade("X", 1.0, -1.0, int(ts[row]))
            with pytest.raises(errors.DataError, match="timestamp must not be before"):
                tried.on_trade("X", 1.0, 1.0, int(ts[row - 1]) - 1)
            with pytest.raises(errors.DataError, match="low <= open"):
                tried.on_bar("X", "1m", int(ts[row]), 2.0, 1.0, 3.0, 2.0)
        made = tried.on_trade("X", price[row], volume[row], int(ts[row]))
        found += [(row, s.action, s.timeframe, s.confidence, s.stop_loss, s.take_profit) for s in made]
    assert found == wanted


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"timeframes": {}}, "timeframes must be at least one"),
        ({"timeframes": {"1m": 0.0}}, "weight of a timeframe must be"),
        ({"timeframes": {"60s": 1.0, "1m": 1.0}}, "timeframes must be different, was 1m"),
        ({"weights": {"RSY": 1.0}}, "weights must name indicators"),
        ({"weights": {"RSI": -1.0}}, "weights must be >= 0 for RSI"),
        ({"consensus": 0.4}, "consensus must be in"),
        ({"hold": 0.7}, "hold must be in"),
        ({"min_confidence": 101}, "min_confidence must be in"),
        ({"min_timeframes": 11}, "min_timeframes must be in"),
        ({"expiry_bars": 0}, "expiry_bars must be a whole number >= 1"),
        ({"stop_atr": 0.0}, "stop must be in"),
        ({"target_percent": "x"}, "target_percent must be a number"),
    ],
)
def test_settings_without_sense_are_refused_in_words(settings, message):
    with pytest.raises(errors.ConfigError, match=message):
        ba.SignalConfig(**settings)


def test_symbols_do_not_touch_each_other():
    ts, price, volume = market(6_000, 8)
    alone = run(ba.SignalEngine(ba.SignalConfig(timeframes=FRAMES)), ts, price, volume)
    engine = ba.SignalEngine(ba.SignalConfig(timeframes=FRAMES))
    found = []
    for row in range(len(ts)):
        engine.on_trade("Y", 300.0 - price[row], 1.0, int(ts[row]))
        made = engine.on_trade("X", price[row], volume[row], int(ts[row]))
        found += [(row, s.action, s.timeframe, s.confidence, s.stop_loss, s.take_profit) for s in made]
    assert found == alone
    engine.forget("X")
    with pytest.raises(errors.DataError, match="symbol must be one that was fed"):
        engine.view("X")


def test_real_quotes_give_signals_twice_the_same(shared):
    path = shared / "data" / "ticks" / "eurusd_fxcm_quotes_2014-05.parquet"
    one, two = ba.SignalEngine().feed(path), ba.SignalEngine().feed(path)
    assert one == two
    assert len(one) > 50
