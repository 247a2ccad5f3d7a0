"""Limits as data: checked, versioned, read back as they were written."""

from __future__ import annotations

import pickle
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import baconalgo as ba

EVERYTHING: dict[str, Any] = {
    "total_capital": 250_000.5,
    "max_risk_per_trade_pct": 0.25,
    "max_exposure_pct": 150.0,
    "max_drawdown_pct": None,
    "max_daily_loss": None,
    "max_concurrent_positions": 3,
    "enable_kelly_criterion": False,
    "enable_circuit_breakers": False,
    "var_confidence_level": 0.99,
    "leverage": 2.5,
    "margin_pct": 10.0,
    "max_net_exposure_pct": 50.0,
    "max_concentration_pct": 33.3,
    "max_instrument_exposure": 9_000.0,
    "max_order_quantity": 12.5,
    "max_position": 100.0,
    "max_notional": 5_000.0,
    "price_collar_pct": 2.5,
    "max_open_orders": 7,
    "max_orders_per_second": 10,
    "max_messages_per_second": 20,
    "duplicate_window": "2s",
    "refuse_self_cross": True,
    "max_data_age": timedelta(seconds=5),
    "max_var_pct": 2.5,
    "var_horizon": "390m",
    "var_interval": "5m",
    "var_decay": 0.99,
    "var_warm_up": 30,
    "day_start": timedelta(hours=17),
    "session_timezone": "America/New_York",
    "flatten_on_trip": True,
    "cool_down": "5m",
    "reduce_only": True,
    "sectors": {"AAPL": "tech", "BRK.B": 'in "quotes"'},
    "strategies": {"AAPL": "trend"},
    "venues": {"AAPL": "ARCA"},
    "sector_limits": {"tech": 40_000.0},
    "strategy_limits": {"trend": 30_000.0},
    "venue_limits": {"ARCA": 20_000.0},
    "currency_limits": {"USD": 10_000.0},
    "instrument_limits": {
        "AAPL": ba.InstrumentLimit(max_exposure=5_000, margin_pct=12.5),
        "B/T C": {"max_position": 1},
    },
}


def test_every_limit_survives_toml_and_pickle() -> None:
    assert set(EVERYTHING) == {limit.name for limit in fields(ba.RiskConfig)}
    config = ba.RiskConfig(**EVERYTHING)
    assert ba.RiskConfig.from_toml(config.to_toml()) == config
    assert pickle.loads(pickle.dumps(config)) == config
    assert hash(pickle.loads(pickle.dumps(config))) == hash(config)
    assert config != ba.RiskConfig()


def test_defaults_are_those_of_the_contract_and_an_empty_document() -> None:
    config = ba.RiskConfig()
    values = (100_000.0, 1.0, 20.0, 10.0, 2_000.0, 10, True, True, 0.95)
    assert tuple(getattr(config, limit.name) for limit in fields(config))[:9] == values
    assert ba.RiskConfig(*values) == config
    assert ba.RiskConfig.from_toml("version = 1\n") == config


def test_files_are_written_and_read(tmp_path: Path) -> None:
    config = ba.RiskConfig(max_exposure_pct=50)
    assert config.to_toml(tmp_path / "risk.toml") == (tmp_path / "risk.toml").read_text()
    assert ba.RiskConfig.from_toml(tmp_path / "risk.toml") == config
    assert ba.RiskConfig.from_toml(str(tmp_path / "risk.toml")) == config


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("version = 2\n", "version"),
        ("[risk]\nleverage = 2\n", "version"),
        ("version = 1\n[risk]\nleverag = 2\n", "risk configuration"),
        ("version = 1\n[limits]\nleverage = 2\n", "risk configuration"),
        ("version = 1\n[risk\n", "risk configuration"),
        ("version = 1\nrisk = 3\n", "risk configuration"),
        ("version = 1\n[risk]\nleverage = 'two'\n", "leverage"),
        ("version = 1\n[risk]\nrefuse_self_cross = 1\n", "refuse_self_cross"),
        ("version = 1\n[risk.instrument_limits.A]\nmax_size = 1\n", "instrument_limits.A"),
        ("nowhere.toml", "path"),
    ],
)
def test_a_document_that_says_something_else_is_refused(text: str, parameter: str) -> None:
    with pytest.raises(ba.ConfigError) as caught:
        ba.RiskConfig.from_toml(text)
    assert caught.value.parameter == parameter


@pytest.mark.parametrize(
    "wrong",
    [
        {"total_capital": 0},
        {"total_capital": -1},
        {"total_capital": float("nan")},
        {"total_capital": None},
        {"max_exposure_pct": -1},
        {"max_exposure_pct": "20"},
        {"max_drawdown_pct": 0},
        {"max_drawdown_pct": 101},
        {"max_daily_loss": 0},
        {"max_daily_loss": float("inf")},
        {"max_concurrent_positions": 1.5},
        {"var_confidence_level": 1},
        {"var_confidence_level": 0.5},
        {"leverage": 0},
        {"max_orders_per_second": 0},
        {"duplicate_window": -1},
        {"enable_circuit_breakers": 1},
        {"sectors": {"A": 1}},
        {"sector_limits": {"tech": -5}},
        {"instrument_limits": {"A": 5}},
    ],
)
def test_limits_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ba.ConfigError) as caught:
        ba.RiskConfig(**wrong)
    assert next(iter(wrong)) in caught.value.parameter
