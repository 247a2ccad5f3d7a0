"""Ready-made trades: P&L computed or taken, equity at exits, metrics."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

import baconalgo as ba

DAY = 86_400_000_000_000


def trade(
    entry: float, leave: float, *, side: str = "BUY", quantity: float = 1.0, day: int = 0, days: int = 1, **more: Any
) -> ba.BacktestTrade:
    return ba.BacktestTrade("X", day * DAY, (day + days) * DAY, entry, leave, quantity, side, **more)


def run(trades: Any, **settings: Any) -> ba.BacktestResult:
    return ba.BacktestEngine(ba.BacktestConfig(**settings)).run(trades)


FREE = {"commission_pct": 0, "slippage_pct": 0}


def test_a_missing_pnl_is_computed_without_costs() -> None:
    trades = [
        trade(100, 110, quantity=2),
        trade(100, 110, side="SELL", quantity=3, day=1),
        trade(50, 40, side="SELL", day=2),
    ]
    assert run(trades, **FREE).trades["pnl"].to_pylist() == [20.0, -30.0, 10.0]


def test_a_missing_pnl_is_net_of_slippage_and_commission_on_both_legs() -> None:
    result = run([trade(100, 110, quantity=2)], commission_pct=0.1, slippage_pct=0.05)
    bought, sold = 100 * 1.0005, 110 * 0.9995
    fees = (bought + sold) * 2 * 0.001
    assert result.trades["commission"][0].as_py() == pytest.approx(fees, rel=1e-12)
    assert result.trades["pnl"][0].as_py() == pytest.approx((sold - bought) * 2 - fees, rel=1e-12)
    short = run([trade(100, 110, quantity=2, side="SELL")], commission_pct=0.1, slippage_pct=0.05)
    sold, bought = 100 * 0.9995, 110 * 1.0005
    fees = (bought + sold) * 2 * 0.001
    assert short.trades["pnl"][0].as_py() == pytest.approx((sold - bought) * 2 - fees, rel=1e-12)


def test_a_given_pnl_is_net_and_untouched() -> None:
    result = run([trade(100, 110, pnl=-3.25, commission=7.0), trade(100, 110, day=1, pnl=5.0)])
    assert result.trades["pnl"].to_pylist() == [-3.25, 5.0]
    assert result.trades["commission"].to_pylist() == [7.0, 0.0]
    assert result.metrics["total_pnl"] == 1.75


def test_a_given_commission_takes_the_place_of_the_computed_one() -> None:
    result = run([trade(100, 110, commission=4.0)], slippage_pct=0)
    assert result.trades["pnl"].to_pylist() == [6.0]


def test_metrics_worked_by_hand() -> None:
    pnl = [100.0, -50.0, 30.0, 0.0, -10.0, -20.0, 60.0]
    sides = ["BUY", "SELL", "BUY", "BUY", "SELL", "SELL", "SELL"]
    trades = [trade(1, 1, pnl=p, side=s, day=i) for i, (p, s) in enumerate(zip(pnl, sides, strict=True))]
    metrics = run(trades, initial_capital=1_000).metrics
    wanted = {
        "total_trades": 7,
        "winning_trades": 3,
        "losing_trades": 3,
        "win_rate": 3 / 7,
        "total_pnl": 110.0,
        "avg_pnl_per_trade": 110 / 7,
        "largest_win": 100.0,
        "largest_loss": -50.0,
        "avg_win": 190 / 3,
        "avg_loss": -80 / 3,
        "profit_factor": 190 / 80,
        "expectancy": 110 / 7,
        "return_pct": 11.0,
        "max_consecutive_wins": 1,
        "max_consecutive_losses": 2,
        "long_trades": 3,
        "short_trades": 4,
        "long_pnl": 130.0,
        "short_pnl": -20.0,
        "long_win_rate": 2 / 3,
        "short_win_rate": 1 / 4,
        "avg_trade_duration_secs": 86_400.0,
        "initial_capital": 1_000.0,
        "final_equity": 1_110.0,
        # 1,000 -> 1,100 -> 1,050 -> 1,080 -> 1,080 -> 1,070 -> 1,050: 50 of 1,100.
        "max_drawdown_pct": 100 * 50 / 1_100,
        "time_in_market_pct": 100.0,
    }
    for name, value in wanted.items():
        assert metrics[name] == pytest.approx(value, rel=1e-12), name


def test_ratios_come_from_the_equity_at_the_ends_of_days_with_exits() -> None:
    # Exits at 00:00 of the days 1, 2 and 4: samples at the ends of these days.
    trades = [trade(1, 1, pnl=p, day=d) for p, d in ((10.0, 0), (-20.0, 1), (40.0, 3))]
    metrics = run(trades, initial_capital=1_000).metrics
    equity = [1_000, 1_010, 990, 1_030]
    returns = [b / a - 1 for a, b in pairwise(equity)]
    mean = sum(returns) / 3
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / 2)
    years = 5 / 365.25
    assert metrics["sharpe_ratio"] == pytest.approx(mean / deviation * math.sqrt(3 / years), rel=1e-10)
    assert metrics["cagr"] == pytest.approx(1.03 ** (1 / years) - 1, rel=1e-9)


def test_trades_are_taken_in_the_order_of_their_exits() -> None:
    late, early = trade(1, 1, pnl=1.0, day=5), trade(1, 1, pnl=-2.0, day=1)
    result = run([late, early])
    assert result.trades["pnl"].to_pylist() == [-2.0, 1.0]
    assert run([early, late]).hash == result.hash
    exits = result.equity_curve.filter(pc_equal(result, "fill"))
    assert exits["equity"].to_pylist() == [99_998.0, 99_999.0]


def pc_equal(result: ba.BacktestResult, event: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.equal(result.equity_curve["event"].cast(pa.string()), event)


def test_trades_outside_the_range_are_left_out_and_counted() -> None:
    trades = [trade(1, 1, pnl=1.0, day=d) for d in range(10)]
    result = run(trades, start_date=2 * DAY, end_date=5 * DAY)
    assert result.trades.num_rows == 2  # those that begin on day 2 and 3 and end before day 5
    assert result.assumptions["trades_outside_the_range"] == 8


def test_no_trades_are_a_flat_account() -> None:
    result = run([])
    assert result.metrics["final_equity"] == 100_000.0
    assert result.metrics["total_trades"] == 0
    assert result.metrics["win_rate"] is None
    repr(result)
    result._repr_html_()


def test_the_hash_is_of_trades_and_settings() -> None:
    one = [trade(100, 110)]
    assert run(one).hash == run(one).hash
    assert run(one).hash != run([trade(100, 111)]).hash
    assert run(one).hash != run(one, seed=1).hash


def test_sides_may_be_called_long_and_short() -> None:
    sides = [trade(1, 1, side=s).side for s in ("BUY", "sell", "LONG", "short", ba.Side.SELL)]
    assert sides == ["BUY", "SELL", "BUY", "SELL", "SELL"]


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": math.nan}, "quantity"),
        ({"quantity": "1"}, "quantity"),
        ({"entry_price": math.inf}, "entry_price"),
        ({"exit_price": math.nan}, "exit_price"),
        ({"exit_price": None}, "exit_price"),
        ({"pnl": math.nan}, "pnl"),
        ({"commission": math.inf}, "commission"),
        ({"side": "UP"}, "side"),
        ({"side": 1}, "side"),
        ({"entry_time": 3 * DAY}, "exit_time"),
        ({"entry_time": "x"}, "entry_time"),
        ({"symbol": 5}, "symbol"),
    ],
    ids=repr,
)
def test_a_trade_that_cannot_be_is_refused_by_name(change: Any, parameter: str) -> None:
    fields = {
        "symbol": "X",
        "entry_time": 0,
        "exit_time": DAY,
        "entry_price": 1.0,
        "exit_price": 2.0,
        "quantity": 1.0,
        "side": "BUY",
    }
    with pytest.raises(ba.BaconError, match=rf"^{parameter} must") as caught:
        ba.BacktestTrade(**{**fields, **change})
    assert caught.value.parameter == parameter


@pytest.mark.parametrize("trades", [5, "abc", [1], [None], {"a": 1}], ids=repr)
def test_what_are_no_trades_is_refused(trades: Any) -> None:
    with pytest.raises(ba.ConfigError):
        run(trades)
