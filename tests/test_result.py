"""What a run gives back: tables, their types, and how they fit together."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import baconalgo as ba

WORD, TIME = pa.dictionary(pa.int32(), pa.string()), pa.timestamp("ns", "UTC")
SCHEMAS = {
    "orders": {
        "order_id": pa.uint64(),
        "symbol": WORD,
        "side": WORD,
        "order_type": WORD,
        "time_in_force": WORD,
        "quantity": pa.float64(),
        "price": pa.float64(),
        "stop_price": pa.float64(),
        "status": WORD,
        "filled_quantity": pa.float64(),
        "average_price": pa.float64(),
        "reject_code": pa.uint16(),
        "reject_reason": WORD,
        "reject_value": pa.float64(),
        "reject_bound": pa.float64(),
        "ts_submitted": TIME,
        "ts_closed": TIME,
    },
    "fills": {
        "fill_id": pa.uint64(),
        "order_id": pa.uint64(),
        "symbol": WORD,
        "side": WORD,
        "quantity": pa.float64(),
        "price": pa.float64(),
        "fee": pa.float64(),
        "liquidity": WORD,
        "ts_event": TIME,
        "ts_recv": TIME,
    },
    "trades": {
        "symbol": WORD,
        "side": WORD,
        "quantity": pa.float64(),
        "entry_time": TIME,
        "exit_time": TIME,
        "entry_price": pa.float64(),
        "exit_price": pa.float64(),
        "pnl": pa.float64(),
        "commission": pa.float64(),
    },
    "equity_curve": {"ts": TIME, "equity": pa.float64(), "drawdown_pct": pa.float64(), "event": WORD},
}
METRICS = """
    total_trades winning_trades losing_trades win_rate total_pnl avg_pnl_per_trade largest_win largest_loss avg_win
    avg_loss profit_factor sharpe_ratio sortino_ratio calmar_ratio max_drawdown_pct expectancy return_pct cagr
    volatility
    omega_ratio ulcer_index tail_ratio exposure_pct turnover time_in_market_pct max_consecutive_wins
    max_consecutive_losses long_trades short_trades long_win_rate short_win_rate long_pnl short_pnl
    probabilistic_sharpe_ratio total_fees initial_capital final_equity avg_trade_duration_secs skewness kurtosis
    value_at_risk_95 cvar_95
""".split()


def cross(quantity: float = 500.0) -> ba.ExprStrategy:
    fast, slow = ba.ema(ba.close, 20), ba.ema(ba.close, 60)
    return ba.ExprStrategy(fast > slow, short_entry=fast < slow, quantity=quantity)


@pytest.fixture(scope="module")
def result() -> ba.BacktestResult:
    data = {name: ba.data.simulate(rows=30_000, seed=seed, symbol=name) for name, seed in (("A", 1), ("B", 2))}
    return ba.BacktestEngine(ba.BacktestConfig(sample="10m", commission_pct=0.01)).run(cross(200.0), data)


NOTHING = ba.ExprStrategy(ba.close < 0)
EMPTY = {
    "a run without orders": lambda: ba.BacktestEngine().run(NOTHING, ba.data.simulate(rows=100, seed=1)),
    "no trades": lambda: ba.BacktestEngine().run([]),
    "one trade": lambda: ba.BacktestEngine().run([ba.BacktestTrade("X", 0, 1, 1.0, 2.0, 1.0, "BUY")]),
}


@pytest.mark.parametrize("table", SCHEMAS)
def test_tables_have_the_promised_columns_and_types(result: ba.BacktestResult, table: str) -> None:
    found = {field.name: field.type for field in getattr(result, table).schema}
    assert found == SCHEMAS[table]
    assert list(found) == list(SCHEMAS[table])
    assert getattr(result, table).num_rows > 100


@pytest.mark.parametrize("table", SCHEMAS)
@pytest.mark.parametrize("case", EMPTY)
def test_tables_without_rows_have_the_same_types(case: str, table: str) -> None:
    assert {field.name: field.type for field in getattr(EMPTY[case](), table).schema} == SCHEMAS[table]


def test_words_are_those_of_the_enums(result: ba.BacktestResult) -> None:
    def words(table: pa.Table, column: str) -> set[str]:
        return set(table[column].cast(pa.string()).to_pylist())

    assert words(result.orders, "side") | words(result.fills, "side") <= set(ba.Side)
    assert words(result.orders, "order_type") <= set(ba.OrderType)
    assert words(result.orders, "time_in_force") <= set(ba.TimeInForce)
    assert words(result.orders, "status") <= set(ba.OrderStatus)
    assert words(result.fills, "liquidity") <= set(ba.Liquidity)
    assert words(result.trades, "side") == {"LONG", "SHORT"}
    assert {"start", "sample", "fill"} <= words(result.equity_curve, "event") <= {"start", "sample", "fill", "end"}
    assert words(result.fills, "symbol") == {"A", "B"}


@pytest.mark.parametrize("case", [None, *EMPTY])
def test_metrics_have_the_promised_names(result: ba.BacktestResult, case: str | None) -> None:
    metrics = (result if case is None else EMPTY[case]()).metrics
    assert set(METRICS) <= set(metrics)
    for name, value in metrics.items():
        assert value is None or (isinstance(value, int | float) and np.isfinite(value)), name


def test_tables_fit_together(result: ba.BacktestResult) -> None:
    orders, fills = result.orders.to_pandas(), result.fills.to_pandas()
    assert fills["fill_id"].tolist() == list(range(1, len(fills) + 1))
    assert set(fills["order_id"]) <= set(orders["order_id"])
    assert orders["order_id"].is_unique
    filled = fills.groupby("order_id")["quantity"].sum()
    by_id = orders.set_index("order_id")
    np.testing.assert_allclose(filled, by_id.loc[filled.index, "filled_quantity"], rtol=1e-12)
    value = (fills["quantity"] * fills["price"]).groupby(fills["order_id"]).sum()
    np.testing.assert_allclose(value / filled, by_id.loc[filled.index, "average_price"], rtol=1e-12)
    assert (fills["ts_recv"] >= fills["ts_event"]).all()
    assert fills["ts_recv"].is_monotonic_increasing
    signed = np.where(fills["side"] == "BUY", 1.0, -1.0)
    cash = -(signed * fills["quantity"] * fills["price"]).sum() - fills["fee"].sum()
    position = (signed * fills["quantity"]).groupby(fills["symbol"].astype(str)).sum()
    marks = {
        name: (table["bid"][-1].as_py() + table["ask"][-1].as_py()) / 2
        for name, table in (("A", ba.data.simulate(30_000, 1)), ("B", ba.data.simulate(30_000, 2)))
    }
    worth = sum(position[name] * mark for name, mark in marks.items())
    assert result.metrics["final_equity"] == pytest.approx(100_000 + cash + worth, rel=1e-12)
    curve = result.equity_curve.to_pandas()
    assert (curve["event"] == "fill").sum() == len(fills)
    assert curve["ts"].is_monotonic_increasing
    assert curve["equity"].iloc[-1] == result.metrics["final_equity"]
    assert (curve["drawdown_pct"] >= 0).all()


def test_trades_go_from_flat_to_flat_and_account_for_every_fee(result: ba.BacktestResult) -> None:
    trades, fills = result.trades.to_pandas(), result.fills.to_pandas()
    assert (trades["exit_time"] >= trades["entry_time"]).all()
    assert (trades["quantity"] > 0).all()
    assert trades["commission"].sum() <= fills["fee"].sum() + 1e-9
    sign = np.where(trades["side"] == "LONG", 1.0, -1.0)
    gross = sign * (trades["exit_price"] - trades["entry_price"]) * trades["quantity"]
    np.testing.assert_allclose(trades["pnl"], gross - trades["commission"], rtol=1e-9, atol=1e-9)


def test_tables_go_to_pandas_and_polars(result: ba.BacktestResult) -> None:
    polars = pytest.importorskip("polars")
    for name in SCHEMAS:
        table = getattr(result, name)
        assert len(table.to_pandas()) == polars.from_arrow(table).height == table.num_rows


def test_a_result_says_what_it_assumed_and_what_it_ran(result: ba.BacktestResult) -> None:
    for name in ("market_orders", "fill_model", "latency", "slippage", "commission", "displayed_size", "rows_read"):
        assert name in result.assumptions
    assert result.assumptions["rows_read"] == 60_000
    assert [instrument.symbol for instrument in result.instruments] == ["A", "B"]
    assert result.complete
    assert result.error is None
    assert result.config == ba.BacktestConfig(sample="10m", commission_pct=0.01)
    assert set(result.stats) >= {"events", "step_seconds", "total_seconds", "events_per_second"}
    assert (len(result.hash), int(result.hash, 16) >= 0) == (32, True)


def test_a_result_shows_itself_as_text_table_chart_and_page(result: ba.BacktestResult, tmp_path: Path) -> None:
    assert "Sharpe" in repr(result)
    assert "<table" in result._repr_html_()
    assert result.plot()._repr_html_()
    path = result.tearsheet(tmp_path / "sheet.html")
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "http://" not in page.replace("http://www.w3.org", "")
    for case in EMPTY.values():
        assert case().tearsheet(tmp_path / "empty.html").exists()


ERRORS = [
    ba.BaconError("x", "must be", 1),
    ba.ConfigError("period", "must be >= 1", 0),
    ba.DataError("bid", "must be finite", float("inf"), code=1106),
    ba.OrderError("symbol", "must be known", "NOPE", code=1001),
    ba.BackpressureError("ring", "must have room", "full", code=8003),
]


@pytest.mark.parametrize("copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_survive_pickling_whole(error: ba.BaconError, copied: Any) -> None:
    other = copied(error)
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert (other.parameter, other.rule, other.value, other.code) == (
        error.parameter,
        error.rule,
        error.value,
        error.code,
    )


def test_a_strategy_error_keeps_its_time_when_it_is_pickled() -> None:
    error = ba.StrategyError("strategy", "must not raise", "ValueError: no", code=1101)
    error.event, error.ts = "beat", 123
    other = pickle.loads(pickle.dumps(error))
    assert (other.event, other.ts, other.code) == ("beat", 123, 1101)
    error.event = ba.Quote("X", 1, 2, 3.0, 4.0)
    assert pickle.loads(pickle.dumps(error)).event == repr(error.event)


def test_errors_of_the_extension_pickle_too() -> None:
    with pytest.raises(ba.DataError) as caught:
        ba.BacktestEngine().run(NOTHING, {"ts": [1, 2], "price": [1.0, float("inf")]}, time_unit="ns")
    other = pickle.loads(pickle.dumps(caught.value))
    assert (str(other), other.code) == (str(caught.value), caught.value.code)


def test_every_kind_of_error_is_a_bacon_error() -> None:
    kinds = [kind for name, kind in vars(ba.errors).items() if name.endswith("Error")]
    assert len(kinds) == 11
    assert all(issubclass(kind, ba.BaconError) for kind in kinds)
    assert issubclass(ba.BackpressureError, ba.EngineError)
    assert issubclass(ba.BackpressureError, ba.BusError)
