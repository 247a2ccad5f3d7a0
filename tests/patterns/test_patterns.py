"""Patterns: equal to their definitions, the same bits each way, blind to the future, hard to upset."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import baconalgo as ba
from baconalgo import errors, patterns

from .definitions import Bars, define
from .markets import market, with_missing_rows

NAMES = list(patterns.SPECS)

#: Parameters other than the defaults, by pattern.
OTHERS: dict[str, list[dict[str, Any]]] = {
    "breakout": [{"period": 1}, {"period": 7}],
    "volume_anomaly": [{"period": 1}, {"period": 8, "threshold": 1.5}, {"period": 16, "threshold": 0.0}],
    "opening_range": [{"bars": 1}, {"bars": 5}],
    "swing_points": [{"swing": 1}, {"swing": 3}],
    "support_resistance": [
        {"swing": 1, "period": 4, "tolerance": 0.25},
        {"swing": 2, "period": 8, "least": 3, "swings": 7},
        {"swing": 3, "period": 1, "tolerance": 0.0, "least": 1},
    ],
    "golden_pocket": [{"swing": 1, "shallow": 0.25, "deep": 0.75}, {"swing": 3, "shallow": 0.5, "deep": 0.5}],
    "momentum_divergence": [{"period": 3, "swing": 1}, {"period": 2, "swing": 4}],
    "bos": [{"swing": 1}, {"swing": 3}],
    "choch": [{"swing": 1}, {"swing": 3}],
    "liquidity_sweep": [{"swing": 1}, {"swing": 3}],
    "fair_value_gap": [{"lookback": 0}, {"lookback": 4, "candle": "own"}],
    "order_block": [
        {"lookback": 4, "period": 8, "factor": 0.75},
        {"lookback": 8, "period": 4, "factor": 0.5, "side": "bullish"},
        {"lookback": 1, "period": 1, "factor": 0.25, "side": "bearish"},
        {"lookback": 16, "period": 16},
    ],
    "hammer": [{"trend": 1}, {"shadow": 1.0, "other": 1.0, "trend": 4}],
    "shooting_star": [{"trend": 1}, {"shadow": 1.0, "other": 1.0, "trend": 4}],
    "doji": [{"body": 0.0}, {"body": 0.25}],
    "morning_star": [{"body": 0.25, "star": 1.0, "depth": 0.0}],
    "evening_star": [{"body": 0.25, "star": 1.0, "depth": 0.0}],
    "harami": [{"body": 0.0}, {"body": 0.75}],
}
SETTINGS = [pytest.param(name, given, id=f"{name} {given}") for name in NAMES for given in [{}, *OTHERS.get(name, [])]]

MARKETS = {
    "fine": market(400, 1),
    "on ticks": market(400, 2, tick=0.25),
    "fine, with holes": with_missing_rows(market(400, 3), 4),
    "on ticks, with holes": with_missing_rows(market(400, 5, tick=0.25), 6),
}


def columns_of(name: str, bars: Bars) -> list[np.ndarray]:
    return [getattr(bars, entry.name) for entry in patterns.SPECS[name].inputs]


def run(name: str, bars: Bars, given: dict[str, Any]) -> np.ndarray:
    """All outputs, a row a bar."""
    return np.stack(getattr(patterns, name)(*columns_of(name, bars), **given), axis=1)


def bits(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x).view(np.int64)


def obvious(name: str, bars: Bars, given: dict[str, Any]) -> np.ndarray:
    """What the definition says, with the rule of the pattern for missing rows."""
    spec = patterns.SPECS[name]
    values = [given.get(param.name, param.default) for param in spec.params]
    whole = np.isfinite(np.stack(columns_of(name, bars))).all(axis=0)
    out = np.full((len(bars), len(spec.outputs)), np.nan)
    if spec.missing == "hold":
        parts = [np.flatnonzero(whole)]
    else:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], whole, [False]]).astype(int)))
        parts = [np.arange(start, end) for start, end in edges.reshape(-1, 2)]
    for part in parts:
        for at, row in zip(part, define(name, bars.take(part), *values), strict=True):
            if row is not None:
                out[at, : len(row)] = row
    return out


@pytest.mark.parametrize("kind", MARKETS)
@pytest.mark.parametrize(("name", "given"), SETTINGS)
def test_a_pattern_is_what_its_definition_says(name: str, given: dict[str, Any], kind: str) -> None:
    bars = MARKETS[kind]
    got, wanted = run(name, bars, given), obvious(name, bars, given)
    np.testing.assert_array_equal(got[:, 0], wanted[:, 0], "direction")
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_every_pattern_is_found_in_a_random_market(name: str) -> None:
    bars = market(5000, 9)
    direction = run(name, bars, {"period": 50} if name == "breakout" else {})[:, 0]
    sides = {"hammer": {1.0}, "morning_star": {1.0}, "shooting_star": {-1.0}, "evening_star": {-1.0}}
    assert sides.get(name, {1.0, -1.0}) <= set(direction[~np.isnan(direction)])


@pytest.mark.parametrize("rows", [3_000, pytest.param(100_000, marks=pytest.mark.soak)])
@pytest.mark.parametrize(("name", "given"), SETTINGS)
def test_columns_and_single_bars_and_pieces_give_the_same_bits(name: str, given: dict[str, Any], rows: int) -> None:
    bars = with_missing_rows(market(rows, 21, tick=0.05), 22)
    columns = columns_of(name, bars)
    wanted = bits(run(name, bars, given))
    spec = patterns.SPECS[name]
    stream = getattr(patterns, spec.class_name)(**given)
    nothing = [np.nan] * len(spec.outputs)
    one = [nothing if (row := stream.update(*bar)) is None else row for bar in zip(*columns, strict=True)]
    np.testing.assert_array_equal(bits(np.array(one)), wanted)
    stream.reset()
    cuts = np.sort(np.random.default_rng(23).integers(0, rows, 40))
    parts = [stream.update_many(*(column[at] for column in columns)) for at in np.split(np.arange(rows), cuts)]
    np.testing.assert_array_equal(bits(np.concatenate([np.stack(part, axis=1) for part in parts])), wanted)


@pytest.mark.parametrize(("name", "given"), SETTINGS)
def test_no_row_knows_the_future(name: str, given: dict[str, Any]) -> None:
    bars = market(1500, 31, tick=0.05)
    wanted = bits(run(name, bars, given))
    rng = np.random.default_rng(32)
    for cut in rng.integers(1, 1500, 12):
        np.testing.assert_array_equal(bits(run(name, bars.take(slice(cut)), given)), wanted[:cut])
        other = market(1500, int(cut) + 1000)
        columns = ("open", "high", "low", "close", "volume", "session")
        spoilt = Bars(*(np.concatenate([getattr(bars, x)[:cut], getattr(other, x)[cut:] * 3]) for x in columns))
        np.testing.assert_array_equal(bits(run(name, spoilt, given))[:cut], wanted[:cut])


@pytest.mark.parametrize("name", NAMES)
def test_a_row_says_all_or_nothing(name: str) -> None:
    bars = market(4000, 41, tick=0.05)
    direction, start, end, level, strength = run(name, bars, {})[:, :5].T
    warm_up = patterns.SPECS[name].warm_up()
    assert np.isnan(direction[:warm_up]).all()
    assert set(direction[warm_up:]) <= {-1.0, 0.0, 1.0}
    there = np.abs(direction) == 1
    assert (np.isnan(start) == ~there).all()
    assert (np.isnan(end) == ~there).all()
    assert (np.isnan(level) == ~there).all()
    assert (strength[direction == 0] == 0).all()
    assert ((strength[there] >= 0) & (strength[there] <= 1)).all()
    assert ((start >= end) & (end >= 0) & (start <= np.arange(4000)))[there].all()


@pytest.mark.parametrize("name", NAMES)
def test_a_matrix_is_its_columns(name: str) -> None:
    markets = [market(300, seed) for seed in range(50, 61)]
    spec = patterns.SPECS[name]
    for order in ("C", "F"):
        matrices = [
            np.array(np.stack(columns, axis=1), order=order)
            for columns in zip(*(columns_of(name, bars) for bars in markets), strict=True)
        ]
        got = getattr(patterns, name)(*matrices)
        for place, bars in enumerate(markets):
            for out, wanted in zip(got, run(name, bars, {}).T, strict=True):
                np.testing.assert_array_equal(bits(out[:, place]), bits(wanted))
    assert len(got) == len(spec.outputs)


@pytest.mark.parametrize("name", NAMES)
def test_odd_input_is_survived(name: str) -> None:
    names = [entry.name for entry in patterns.SPECS[name].inputs]
    for rows in (0, 1, 2, 300):
        for value in (100.0, 0.0, 1e-5 / 3, np.nan, np.inf):
            columns = [np.zeros(rows) if x in ("volume", "session") else np.full(rows, value) for x in names]
            got = getattr(patterns, name)(*columns)
            assert got.direction.shape == (rows,)
            there = got.direction[np.abs(got.direction) == 1]
            # A bar of one price is a doji; nothing else is ever found in a flat market.
            assert len(there) == (rows if name == "doji" and np.isfinite(value) else 0)
    for columns in ([[100, 101, 99]] * len(names), [np.array([1.0, 2.0, 3.0], np.float32)[::-1]] * len(names)):
        assert len(getattr(patterns, name)(*columns).direction) == 3


@pytest.mark.parametrize("name", NAMES)
def test_bars_that_contradict_themselves_are_survived(name: str) -> None:
    rng = np.random.default_rng(61)
    columns = [rng.normal(0, 1, 2000) for _ in patterns.SPECS[name].inputs]
    got = getattr(patterns, name)(*columns)
    there = np.abs(got.direction) == 1
    assert ((got.strength[there] >= 0) & (got.strength[there] <= 1)).all()
    assert (np.isnan(got.level) == ~there).all()


@pytest.mark.parametrize("name", NAMES)
def test_parameters_out_of_range_are_refused(name: str) -> None:
    bars = market(5, 71)
    for param in patterns.SPECS[name].params:
        for value in {"rows": [-1, 1.5, "x"], "number": [-0.5, np.nan, "x"], "choice": ["nope", 1]}[param.kind]:
            with pytest.raises(errors.ConfigError, match=f"^{param.name} must be"):
                run(name, bars, {param.name: value})


@pytest.mark.parametrize("name", NAMES)
def test_a_length_beyond_the_data_gives_nothing_and_takes_no_memory(name: str) -> None:
    bars = market(300, 72)
    long = {param.name for param in patterns.SPECS[name].params if param.kind == "rows"} - {
        "swings",
        "lookback",
        "least",
    }
    if long:
        assert np.isnan(run(name, bars, dict.fromkeys(long, 10**12))[:, :5]).all()


def test_parameters_that_do_not_fit_each_other_are_refused() -> None:
    bars = market(5, 73)
    with pytest.raises(errors.ConfigError, match=r"^deep must be >= shallow \(0.7\), was 0.65$"):
        run("golden_pocket", bars, {"shallow": 0.7})
    with pytest.raises(errors.ConfigError, match=r"^swings must be in \[1, 1000\], was 1001$"):
        run("support_resistance", bars, {"swings": 1001})


def test_optional_inputs_may_be_left_out() -> None:
    bars = market(300, 74)
    bare = patterns.volume_anomaly(bars.volume)
    np.testing.assert_array_equal(bare.direction, np.abs(patterns.volume_anomaly(bars.volume, bars.close).direction))
    block = patterns.order_block(bars.open, bars.high, bars.low, bars.close)
    assert set(block.volume[~np.isnan(block.volume)]) == {0.0}
    assert np.nansum(np.abs(patterns.opening_range(bars.high, bars.low, bars.close, bars=30).direction)) <= 2


def test_patterns_know_what_they_are() -> None:
    assert ba.patterns.Breakout(7).period == 7
    assert repr(ba.patterns.OrderBlock(side="bullish")) == "OrderBlock(20, 20, 1.5, 'bullish')"
    assert ba.patterns.hammer.__module__ == ba.patterns.Hammer.__module__ == "baconalgo.patterns"
    assert set(ba.patterns.SPECS).isdisjoint(ba.indicators.SPECS)
    assert dir(patterns) == sorted(patterns.__all__)
    for name, spec in patterns.SPECS.items():
        assert [output.name for output in spec.outputs][:5] == ["direction", "start", "end", "level", "strength"]
        assert getattr(patterns, name).__doc__.startswith(spec.title)
        assert getattr(patterns, spec.class_name)().is_ready is False
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        patterns.nope  # noqa: B018
