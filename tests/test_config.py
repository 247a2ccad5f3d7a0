"""Settings: defaults of the contract, what they refuse, and what they cover."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import baconalgo as ba

DAY = 1_704_153_600_000_000_000  # 2024-01-02 UTC


def test_the_defaults_are_those_of_the_contract() -> None:
    config = ba.BacktestConfig()
    assert (config.initial_capital, config.commission_pct, config.slippage_pct) == (100_000.0, 0.1, 0.05)
    assert (config.start_date, config.end_date, config.realistic_fills) == (None, None, True)
    assert config.latency == ba.Latency(entry=1_000_000, response=1_000_000, feed=0, cancel=1_000_000)
    assert (config.leverage, config.sample, config.fill_model) == (1, "1D", "through")
    assert (config.enable_monte_carlo, config.monte_carlo_simulations, config.seed) == (False, 1000, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("initial_capital", 0),
        ("initial_capital", -1),
        ("initial_capital", float("nan")),
        ("initial_capital", float("inf")),
        ("initial_capital", "1000"),
        ("initial_capital", None),
        ("initial_capital", True),
        ("initial_capital", [1]),
        ("commission_pct", float("nan")),
        ("commission_pct", "cheap"),
        ("slippage_pct", -0.01),
        ("slippage_pct", 100),
        ("slippage_pct", None),
        ("leverage", 0),
        ("leverage", 1e300),
        ("start_date", "yesterday"),
        ("start_date", 1.5),
        ("start_date", True),
        ("start_date", 2**80),
        ("start_date", "9999-01-01"),
        ("start_date", np.datetime64("NaT")),
        ("end_date", object()),
        ("latency", -1),
        ("latency", 1.5),
        ("latency", None),
        ("latency", "soon"),
        ("fill_model", "hope"),
        ("fill_model", None),
        ("limits", 5),
        ("sample", 0),
        ("sample", "now and then"),
        ("sample", -1),
        ("sample", None),
        ("monte_carlo_simulations", 0),
        ("monte_carlo_simulations", 1.5),
        ("monte_carlo_simulations", True),
        ("seed", -1),
        ("seed", 2**64),
        ("seed", "lucky"),
    ],
    ids=repr,
)
def test_a_setting_that_cannot_be_is_named(name: str, value: Any) -> None:
    with pytest.raises(ba.ConfigError, match=rf"^{name} must ") as caught:
        ba.BacktestConfig(**{name: value})
    error = caught.value
    assert error.parameter == name
    assert str(error) == f"{error.parameter} {error.rule}, was {ba.errors.shown(error.value)}"
    assert isinstance(error.code, int)


def test_a_setting_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="comission"):
        ba.BacktestConfig(comission=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("field", ["entry", "response", "feed", "cancel"])
@pytest.mark.parametrize("value", [-1, 1.5, "x", 2**63], ids=repr)
def test_a_latency_that_cannot_be_is_named(field: str, value: Any) -> None:
    with pytest.raises(ba.ConfigError, match=rf"^latency\.{field} must"):
        ba.Latency(**{field: value})


@pytest.mark.parametrize("field", ["max_order_quantity", "max_position", "max_notional", "price_collar_pct"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), "x", 1e300], ids=repr)
def test_a_limit_that_cannot_be_is_named(field: str, value: Any) -> None:
    with pytest.raises(ba.ConfigError, match=rf"^{field} must"):
        ba.OrderLimits(**{field: value})


@pytest.mark.parametrize("value", [float("nan"), "x", None], ids=repr)
def test_a_commission_that_cannot_be_is_named(value: Any) -> None:
    with pytest.raises(ba.ConfigError, match=r"^commission_pct\.maker must"):
        ba.Commission(maker=value, taker=0)
    with pytest.raises(ba.ConfigError, match=r"^commission_pct\.taker must"):
        ba.Commission(maker=0, taker=value)


@pytest.mark.parametrize(
    "value",
    [
        DAY,
        np.int64(DAY),
        "2024-01-02",
        "2024-01-02T00:00:00Z",
        "2024-01-02T01:00:00+01:00",
        dt.date(2024, 1, 2),
        dt.datetime(2024, 1, 2),
        dt.datetime(2024, 1, 2, tzinfo=dt.UTC),
        dt.datetime(2024, 1, 2, 1, tzinfo=ZoneInfo("Europe/Berlin")),
        np.datetime64("2024-01-02"),
        np.datetime64(DAY, "ns"),
    ],
    ids=repr,
)
def test_times_are_what_python_calls_times(value: Any) -> None:
    assert ba.BacktestConfig(start_date=value).start_ns == DAY
    assert ba.BacktestConfig(end_date=value).end_ns == DAY


def test_times_of_pandas_keep_their_nanoseconds() -> None:
    pandas = pytest.importorskip("pandas")
    assert ba.BacktestConfig(start_date=pandas.Timestamp(DAY + 7)).start_ns == DAY + 7
    with pytest.raises(ba.ConfigError, match=r"^start_date must"):
        ba.BacktestConfig(start_date=pandas.NaT)


def test_the_end_must_come_after_the_start() -> None:
    with pytest.raises(ba.ConfigError, match=r"^end_date must be after start_date"):
        ba.BacktestConfig(start_date=DAY, end_date=DAY)


def test_one_latency_is_for_orders_and_responses_and_a_length_may_be_text() -> None:
    assert ba.BacktestConfig(latency=5).latency == ba.Latency(5, 5, 0, 5)
    assert ba.BacktestConfig(latency=dt.timedelta(milliseconds=2)).latency == ba.Latency(2_000_000, 2_000_000)
    assert ba.BacktestConfig(latency={"entry": 7}).latency == ba.Latency(entry=7)
    assert ba.BacktestConfig(limits={"max_position": 3}).limits == ba.OrderLimits(max_position=3)
    assert ba.BacktestConfig(initial_capital=Decimal("5.5")).initial_capital == 5.5


def test_settings_do_not_change_and_are_equal_by_value() -> None:
    config = ba.BacktestConfig(seed=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.seed = 4  # type: ignore[misc]
    assert config == ba.BacktestConfig(seed=3) != ba.BacktestConfig(seed=4)
    assert dataclasses.replace(config, leverage=2.0).leverage == 2.0


def test_what_is_no_config_is_refused() -> None:
    with pytest.raises(ba.ConfigError, match=r"^config must be a ba\.BacktestConfig"):
        ba.BacktestEngine({"seed": 1})  # type: ignore[arg-type]


FLIPS = ba.SignalStrategy(np.where(np.arange(2_000) // 100 % 2 == 0, 1.0, -1.0), 200.0)
DATA = ba.data.simulate(rows=2_000, seed=4)


def hash_of(**settings: Any) -> str:
    return ba.BacktestEngine(ba.BacktestConfig(**settings)).run(FLIPS, DATA).hash


@pytest.mark.parametrize(
    "settings",
    [
        {"initial_capital": 100_001.0},
        {"commission_pct": 0.11},
        {"commission_pct": ba.Commission(maker=0.0, taker=0.1)},
        {"slippage_pct": 0.06},
        {"latency": 0},
        {"latency": ba.Latency(cancel=5)},
        {"realistic_fills": False},
        {"leverage": 2.0},
        {"limits": ba.OrderLimits(max_position=1e6)},
        {"sample": "1h"},
        {"start_date": "2024-01-01"},
        {"seed": 1},
        {"fill_model": "touch"},
    ],
    ids=repr,
)
def test_the_hash_covers_every_setting(settings: Any) -> None:
    assert hash_of(**settings) != hash_of()
    assert hash_of(**settings) == hash_of(**settings)


def test_ideal_fills_have_no_latency_no_slippage_and_no_bound_and_say_so() -> None:
    result = ba.BacktestEngine(ba.BacktestConfig(realistic_fills=False)).run(FLIPS, DATA)
    assert "off" in str(result.assumptions["realistic_fills"])
    orders, fills = result.orders, result.fills
    assert fills.num_rows == orders.num_rows
    assert fills["ts_event"].equals(fills["ts_recv"])
    assert result.assumptions["takes_bounded_by_size"] == 0
    sides, prices = fills["side"].to_pylist(), fills["price"].to_pylist()
    at = {ts.value: row for row, ts in enumerate(DATA["ts"])}
    for side, price, ts in zip(sides, prices, fills["ts_event"], strict=True):
        assert price == DATA["ask" if side == "BUY" else "bid"][at[ts.value]].as_py()
