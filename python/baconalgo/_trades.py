"""Ready-made trades: their costs, equity and metrics."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from baconalgo import _core
from baconalgo.config import BacktestConfig, Time, length_ns, time_ns
from baconalgo.enums import Side
from baconalgo.errors import DataError
from baconalgo.result import BacktestResult


@dataclass(frozen=True, slots=True)
class BacktestTrade:
    """A trade that was made elsewhere, from flat to flat.

    Parameters
    ----------
    symbol
        Of what.
    entry_time, exit_time
        When; the exit not before the entry.
    entry_price, exit_price
        Finite.
    quantity
        Units, > 0.
    side
        ``BUY`` (long) or ``SELL`` (short).
    pnl
        Net of all costs; taken as it is. Missing: computed with the config's slippage and commission.
    commission
        What it cost. Missing: computed with the config's taker commission, where `pnl` is computed too.

    Raises
    ------
    DataError
        If a value is out of its range.

    Examples
    --------
    >>> trade = BacktestTrade("X", "2024-01-02", "2024-01-03", 100.0, 110.0, 1, "BUY")
    >>> trade.side
    <Side.BUY: 'BUY'>
    """

    symbol: str
    entry_time: Time
    exit_time: Time
    entry_price: float
    exit_price: float
    quantity: float
    side: Side | str
    pnl: float | None = None
    commission: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.symbol, str):
            raise DataError("symbol", "must be text", repr(self.symbol))
        for name in ("entry_price", "exit_price", "quantity", "pnl", "commission"):
            value = getattr(self, name)
            if value is None and name in ("pnl", "commission"):
                continue
            if isinstance(value, bool) or not isinstance(value, int | float | Decimal | np.integer | np.floating):
                raise DataError(name, "must be a number", repr(value))
            if not math.isfinite(value):
                raise DataError(name, "must be finite", value)
        if not self.quantity > 0:
            raise DataError("quantity", "must be > 0", self.quantity)
        word = {"LONG": "BUY", "SHORT": "SELL"}.get(str(self.side).upper(), str(self.side).upper())
        if word not in Side.__members__:
            raise DataError("side", "must be one of BUY, SELL", repr(self.side))
        object.__setattr__(self, "side", Side(word))
        if time_ns("exit_time", self.exit_time) < time_ns("entry_time", self.entry_time):
            raise DataError("exit_time", "must not be before entry_time", self.exit_time)


def _costed(trade: BacktestTrade, config: BacktestConfig) -> tuple[float, float]:
    """Net P&L and commission."""
    if trade.pnl is not None:
        return float(trade.pnl), float(trade.commission or 0.0)
    sign = 1.0 if trade.side == Side.BUY else -1.0
    slip = config.slippage_pct / 100 if config.realistic_fills else 0.0
    entry = trade.entry_price + sign * abs(trade.entry_price) * slip
    leave = trade.exit_price - sign * abs(trade.exit_price) * slip
    commission = trade.commission
    if commission is None:
        commission = (abs(entry) + abs(leave)) * trade.quantity * config.commission.taker / 100
    return sign * (leave - entry) * trade.quantity - commission, float(commission)


def result_of_trades(trades: Sequence[BacktestTrade], config: BacktestConfig) -> BacktestResult:
    """Account for ready-made trades: realised equity at each exit, and the metrics of it."""

    def exit_of(trade: BacktestTrade) -> int:
        return time_ns("exit_time", trade.exit_time)

    start, end = config.start_ns, config.end_ns
    kept = [
        trade
        for trade in sorted(trades, key=exit_of)
        if (start is None or time_ns("entry_time", trade.entry_time) >= start) and (end is None or exit_of(trade) < end)
    ]
    rows, curve = [], []
    sample = length_ns("sample", config.sample, least=1)
    offset = 4 * 86_400_000_000_000 if sample % 604_800_000_000_000 == 0 else 0
    equity = peak = config.initial_capital
    deepest = 0.0
    samples: list[tuple[int, float]] = []
    for trade in kept:
        entry_ts, exit_ts = time_ns("entry_time", trade.entry_time), exit_of(trade)
        if not samples:
            first = min(time_ns("entry_time", other.entry_time) for other in kept)
            samples.append(((first - offset) // sample * sample + offset, equity))
            curve.append((samples[0][0], equity, 0.0, "start"))
        until = ((exit_ts - offset) // sample + 1) * sample + offset
        if len(samples) > 1 and samples[-1][0] == until:
            samples.pop()
        elif len(samples) > 1:
            curve.append((*samples[-1], 100 * (peak - equity) / peak, "sample"))
        pnl, commission = _costed(trade, config)
        equity += pnl
        peak = max(peak, equity)
        deepest = max(deepest, (peak - equity) / peak)
        curve.append((exit_ts, equity, 100 * (peak - equity) / peak, "fill"))
        samples.append((until, equity))
        rows.append((trade, entry_ts, exit_ts, pnl, commission))
    if len(samples) > 1:
        curve.append((*samples[-1], 100 * (peak - equity) / peak, "sample"))
    native = [
        (t.side == Side.BUY, i, o, float(t.quantity), float(t.entry_price), float(t.exit_price), pnl, commission)
        for t, i, o, pnl, commission in rows
    ]
    metrics = _core.trade_metrics(native, samples, 100 * deepest, _time_in_market(native))
    if not rows:
        metrics.update(initial_capital=config.initial_capital, final_equity=config.initial_capital)
    settings = config.settings()
    return BacktestResult(
        metrics=metrics,
        orders=_ORDERS.empty_table(),
        fills=_FILLS.empty_table(),
        trades=_trades_table(rows),
        equity_curve=_curve_table(curve),
        assumptions={
            "trades": "ready-made: prices, times and given P&L are taken as they are",
            "missing_pnl": (
                f"computed with slippage {settings['slippage_pct']} % and commission "
                f"{config.commission.taker:g} % on both legs"
            ),
            "equity": "moves at exits only: open trades are not marked",
            "trades_outside_the_range": len(trades) - len(kept),
        },
        hash=hashlib.sha256(repr((settings["hash_text"], native)).encode()).hexdigest()[:32],
        config=config,
        stats={"events": len(rows)},
    )


def _time_in_market(rows: Sequence[tuple[bool, int, int, float, float, float, float, float]]) -> float | None:
    """The part of the time in which any trade was open, percent."""
    spans = sorted((row[1], row[2]) for row in rows)
    if not spans or spans[0][0] == max(end for _, end in spans):
        return None
    covered, reached = 0, spans[0][0]
    for begin, end in spans:
        covered += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return 100 * covered / (reached - spans[0][0])


_UTC = pa.timestamp("ns", "UTC")
_WORD = pa.dictionary(pa.int32(), pa.string())
_ORDERS = pa.schema(
    {
        "order_id": pa.uint64(),
        "symbol": _WORD,
        "side": _WORD,
        "order_type": _WORD,
        "time_in_force": _WORD,
        "quantity": pa.float64(),
        "price": pa.float64(),
        "stop_price": pa.float64(),
        "status": _WORD,
        "filled_quantity": pa.float64(),
        "average_price": pa.float64(),
        "reject_code": pa.uint16(),
        "reject_reason": _WORD,
        "reject_value": pa.float64(),
        "reject_bound": pa.float64(),
        "ts_submitted": _UTC,
        "ts_closed": _UTC,
    }
)
_FILLS = pa.schema(
    {
        "fill_id": pa.uint64(),
        "order_id": pa.uint64(),
        "symbol": _WORD,
        "side": _WORD,
        "quantity": pa.float64(),
        "price": pa.float64(),
        "fee": pa.float64(),
        "liquidity": _WORD,
        "ts_event": _UTC,
        "ts_recv": _UTC,
    }
)


def _trades_table(rows: Sequence[tuple[BacktestTrade, int, int, float, float]]) -> pa.Table:
    word = {Side.BUY: "LONG", Side.SELL: "SHORT"}
    return pa.table(
        {
            "symbol": pa.array([row[0].symbol for row in rows], pa.string()).dictionary_encode(),
            "side": pa.array([word[Side(row[0].side)] for row in rows], pa.string()).dictionary_encode(),
            "quantity": pa.array([float(row[0].quantity) for row in rows], pa.float64()),
            "entry_time": pa.array([row[1] for row in rows], _UTC),
            "exit_time": pa.array([row[2] for row in rows], _UTC),
            "entry_price": pa.array([float(row[0].entry_price) for row in rows], pa.float64()),
            "exit_price": pa.array([float(row[0].exit_price) for row in rows], pa.float64()),
            "pnl": pa.array([row[3] for row in rows], pa.float64()),
            "commission": pa.array([row[4] for row in rows], pa.float64()),
        }
    )


def _curve_table(rows: Sequence[tuple[int, float, float, str]]) -> pa.Table:
    return pa.table(
        {
            "ts": pa.array([row[0] for row in rows], _UTC),
            "equity": pa.array([row[1] for row in rows], pa.float64()),
            "drawdown_pct": pa.array([row[2] for row in rows], pa.float64()),
            "event": pa.array([row[3] for row in rows], pa.string()).dictionary_encode(),
        }
    )
