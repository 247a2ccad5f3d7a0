"""Results made by hand, so that what shows them is tested without the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from baconalgo.backtest import MonteCarloResult
from baconalgo.report.explain import GROUPS
from baconalgo.result import BacktestResult

UTC = pa.timestamp("ns", "UTC")
DAY = 86_400 * 10**9
START = int(np.datetime64("2023-01-02", "ns").astype(np.int64))


@dataclass(frozen=True)
class Instrument:
    symbol: str
    tick_size: str = "0.00001"
    lot_size: str = "1000"
    currency: str = "USD"


@dataclass(frozen=True)
class Config:
    initial_capital: float = 100_000.0
    commission_pct: float = 0.1
    slippage_pct: float = 0.05
    start_date: None = None
    realistic_fills: bool = True
    sample: str = "1D"
    seed: int = 0


def dictionary(values: Any) -> pa.Array:
    return pa.array(list(values), pa.string()).dictionary_encode()


def stamps(values: Any) -> pa.Array:
    return pa.array(np.asarray(values, dtype=np.int64)).cast(UTC)


def make_result(
    *, days: float = 700, fills: int = 240, samples: int = 700, symbols: tuple[str, ...] = ("EURUSD",), **parts: Any
) -> BacktestResult:
    rng = np.random.default_rng(7)
    end = START + int(days * DAY)
    sample_ts = np.linspace(START, end, samples).astype(np.int64)
    fill_ts = np.sort(rng.integers(START, max(end, START + 1), fills))
    ts = np.concatenate([sample_ts, fill_ts])
    event = np.array(["start"] + ["sample"] * (samples - 1) + ["fill"] * fills)
    if samples > 1:
        event[samples - 1] = "end"
    order = np.argsort(ts, kind="stable")
    ts, event = ts[order], event[order]
    steps = rng.normal(0.0004, 0.006, len(ts)) + 0.004 * np.sin(np.arange(len(ts)) / 90)
    steps[0] = 0.0
    equity = 100_000 * np.cumprod(1 + steps)
    high = np.maximum.accumulate(equity)
    drawdown = 100 * (1 - equity / high)
    curve = pa.table({"ts": stamps(ts), "equity": equity, "drawdown_pct": drawdown, "event": dictionary(event)})
    names = rng.choice(symbols, fills)
    price = np.round(1.1 + 0.02 * np.cumsum(rng.normal(0, 0.1, fills)), 5)
    side = np.where(np.arange(fills) % 2 == 0, "BUY", "SELL")
    fill_table = pa.table(
        {
            "fill_id": pa.array(np.arange(1, fills + 1), pa.uint64()),
            "order_id": pa.array(np.arange(1, fills + 1), pa.uint64()),
            "symbol": dictionary(names),
            "side": dictionary(side),
            "quantity": np.full(fills, 10_000.0),
            "price": price,
            "fee": np.full(fills, 1.1),
            "liquidity": dictionary(rng.choice(["TAKER", "MAKER"], fills, p=[0.8, 0.2])),
            "ts_event": stamps(fill_ts),
            "ts_recv": stamps(fill_ts + 1_000_000),
        }
    )
    n = fills // 2
    pnl = 10_000 * (price[1 : 2 * n : 2] - price[0 : 2 * n : 2]) - 2.2
    trade_table = pa.table(
        {
            "symbol": dictionary(names[: 2 * n : 2]),
            "side": dictionary(["LONG"] * n),
            "quantity": np.full(n, 10_000.0),
            "entry_time": stamps(fill_ts[0 : 2 * n : 2]),
            "exit_time": stamps(fill_ts[1 : 2 * n : 2]),
            "entry_price": price[0 : 2 * n : 2],
            "exit_price": price[1 : 2 * n : 2],
            "pnl": pnl,
            "commission": np.full(n, 2.2),
        }
    )
    statuses = ["FILLED"] * fills + ["REJECTED"] * 3 + ["CANCELLED"] * 7
    reasons = [None] * fills + ["exposure exceeds equity x leverage"] * 3 + [None] * 7
    orders = pa.table({"status": dictionary(statuses), "reject_reason": dictionary(reasons)})
    values: dict[str, Any] = {line.key: 1.5 for lines in GROUPS.values() for line in lines}
    values |= {
        "initial_capital": 100_000.0,
        "final_equity": float(equity[-1]),
        "return_pct": float(equity[-1] / 1000 - 100),
        "max_drawdown_pct": float(drawdown.max()),
        "total_trades": n,
        "winning_trades": int((pnl > 0).sum()),
        "losing_trades": int((pnl < 0).sum()),
        "win_rate": 0.5417 if n else None,
        "cagr": 0.0812,
        "volatility": 0.113,
        "value_at_risk_95": -0.0104,
        "cvar_95": -0.0143,
        "total_pnl": float(pnl.sum()),
        "total_fees": 264.0,
        "largest_win": float(pnl.max()) if n else None,
        "largest_loss": float(pnl.min()) if n else None,
        "avg_trade_duration_secs": 31_400.5,
        "calmar_ratio": None,
        "tail_ratio": None,
    }
    whole: dict[str, Any] = {
        "metrics": values,
        "orders": orders,
        "fills": fill_table,
        "trades": trade_table,
        "equity_curve": curve,
        "assumptions": {
            "latency": "entry 1 ms, response 1 ms, feed 0",
            "fill_model": "through: a resting limit order fills when the market trades through it",
            "commission": "0.1 % of notional, maker and taker",
            "slippage": "0.05 % against the order on marketable fills, to the next whole tick",
            "crossed_quotes": 114_480,
            "ambiguous_bars": 0,
        },
        "hash": "9f2c4e8a71d05b3366e1c0ffee5aa210",
        "instruments": [Instrument(s) for s in symbols],
        "config": Config(),
        "stats": {"events": 1_204_377, "step_seconds": 0.0143, "total_seconds": 0.61, "events_per_second": 84.2e6},
    }
    return BacktestResult(**{**whole, **parts})


def make_monte_carlo(runs: int = 400, steps: int = 121) -> MonteCarloResult:
    rng = np.random.default_rng(3)
    paths = 100_000 + np.cumsum(rng.normal(25, 300, (runs, steps)), axis=1)
    paths[:, 0] = 100_000
    last = paths[:, -1]
    fan = {f"p{p}": np.percentile(paths, p, axis=0) for p in (5, 25, 50, 75, 95)}
    return MonteCarloResult(
        percentiles={p: float(np.percentile(last, p)) for p in (1, 5, 25, 50, 75, 95, 99)},
        drawdown_percentiles={p: p / 10 for p in (1, 5, 25, 50, 75, 95, 99)},
        probability_of_loss=float((last < 100_000).mean()),
        probability_of_ruin=0.0,
        final_equity=last,
        max_drawdown_pct=np.full(runs, 5.0),
        paths=pa.table({"step": np.arange(steps), **fan}),
        initial_capital=100_000.0,
        method="trades drawn one by one",
    )
