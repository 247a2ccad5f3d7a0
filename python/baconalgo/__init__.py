"""Backtests that can be believed: a trading platform for Python with a Rust core.

>>> import baconalgo as ba
>>> strategy = ba.ExprStrategy(
...     entry=ba.cross_above(ba.ema(ba.close, 20), ba.ema(ba.close, 50)),
...     short_entry=ba.cross_below(ba.ema(ba.close, 20), ba.ema(ba.close, 50)),
... )
>>> result = ba.BacktestEngine().run(strategy, ba.data.simulate(rows=10_000, seed=1))
>>> result.complete
True

Names are imported when they are first used.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from baconalgo import _cpu_check

if TYPE_CHECKING:
    from baconalgo import data, errors, indicators, messages, metrics, patterns, risk_models, telemetry
    from baconalgo._build import build_info
    from baconalgo._core import (
        Bar,
        BookDelta,
        CancelOrder,
        EmergencyStop,
        ExecuteOrder,
        Fill,
        MarketData,
        Order,
        OrderUpdate,
        Quote,
        Signal,
        Trade,
    )
    from baconalgo.backtest import BacktestEngine, BacktestTrade, MonteCarloResult
    from baconalgo.bus import BusBatch, BusMessage, BusMetrics, QuantumBus, QuantumBusConfig, Subscription
    from baconalgo.compiled import EVENT_DTYPE, ORDER_DTYPE, compiled
    from baconalgo.config import BacktestConfig, Commission, Latency, OrderLimits
    from baconalgo.data import Instrument
    from baconalgo.engine import EngineConfig, EngineReject, EngineStats, Position, QuantumEngine, SimVenue
    from baconalgo.enums import Action, Liquidity, OrderStatus, OrderType, Side, TimeInForce
    from baconalgo.errors import (
        BackpressureError,
        BaconError,
        BusError,
        ConfigError,
        DataError,
        EngineError,
        FixError,
        OrderError,
        RiskError,
        StrategyError,
        VenueError,
    )
    from baconalgo.expr import (
        Explanation,
        Expr,
        ExprStrategy,
        ExprStream,
        absolute,
        ask,
        ask_size,
        bid,
        bid_size,
        buy_volume,
        close,
        cross_above,
        cross_below,
        custom,
        exp,
        falling,
        high,
        lag,
        log,
        low,
        maximum,
        mid,
        minimum,
        open,
        param,
        parse,
        power,
        price,
        rank,
        rising,
        session,
        sign,
        sqrt,
        top,
        volume,
        where,
        zscore,
    )
    from baconalgo.expr._made import *  # noqa: F403 # the expression functions of all indicators and patterns
    from baconalgo.indicators import ema_state, ema_update, sma_state, sma_update
    from baconalgo.result import BacktestResult
    from baconalgo.risk import InstrumentLimit, RiskConfig, RiskManager, RiskMetrics, RiskReport
    from baconalgo.scanner import QuantumScanner, QuantumScannerConfig, ScanFilter, ScanResult, ScanTable
    from baconalgo.signals import SignalAction, SignalConfig, SignalEngine, SignalView, TradingSignal
    from baconalgo.strategy import SignalStrategy, Strategy

__version__ = "0.1.0"

# Before the extension is loaded: on a CPU it was not built for, its first instruction could kill the interpreter.
_cpu_check.check_cpu()

_MODULES = ("data", "errors", "indicators", "messages", "metrics", "patterns", "risk_models", "telemetry")

#: Where each public name lives.
_HOMES = {
    "baconalgo._build": ("build_info",),
    "baconalgo._core": (
        "Bar",
        "BookDelta",
        "CancelOrder",
        "EmergencyStop",
        "ExecuteOrder",
        "Fill",
        "MarketData",
        "Order",
        "OrderUpdate",
        "Quote",
        "Signal",
        "Trade",
    ),
    "baconalgo.backtest": ("BacktestEngine", "BacktestTrade", "MonteCarloResult"),
    "baconalgo.bus": ("BusBatch", "BusMessage", "BusMetrics", "QuantumBus", "QuantumBusConfig", "Subscription"),
    "baconalgo.compiled": ("EVENT_DTYPE", "ORDER_DTYPE", "compiled"),
    "baconalgo.config": ("BacktestConfig", "Commission", "Latency", "OrderLimits"),
    "baconalgo.data": ("Instrument",),
    "baconalgo.engine": ("EngineConfig", "EngineReject", "EngineStats", "Position", "QuantumEngine", "SimVenue"),
    "baconalgo.enums": ("Action", "Liquidity", "OrderStatus", "OrderType", "Side", "TimeInForce"),
    "baconalgo.errors": (
        "BackpressureError",
        "BaconError",
        "BusError",
        "ConfigError",
        "DataError",
        "EngineError",
        "FixError",
        "OrderError",
        "RiskError",
        "StrategyError",
        "VenueError",
    ),
    "baconalgo.expr": (
        "Explanation",
        "Expr",
        "ExprStrategy",
        "ExprStream",
        "absolute",
        "ask",
        "ask_size",
        "bid",
        "bid_size",
        "buy_volume",
        "close",
        "cross_above",
        "cross_below",
        "custom",
        "exp",
        "falling",
        "high",
        "lag",
        "log",
        "low",
        "maximum",
        "mid",
        "minimum",
        "open",
        "param",
        "parse",
        "power",
        "price",
        "rank",
        "rising",
        "session",
        "sign",
        "sqrt",
        "top",
        "volume",
        "where",
        "zscore",
    ),
    "baconalgo.indicators": ("ema_state", "ema_update", "sma_state", "sma_update"),
    "baconalgo.result": ("BacktestResult",),
    "baconalgo.risk": ("InstrumentLimit", "RiskConfig", "RiskManager", "RiskMetrics", "RiskReport"),
    "baconalgo.scanner": ("QuantumScanner", "QuantumScannerConfig", "ScanFilter", "ScanResult", "ScanTable"),
    "baconalgo.signals": ("SignalAction", "SignalConfig", "SignalEngine", "SignalView", "TradingSignal"),
    "baconalgo.strategy": ("SignalStrategy", "Strategy"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Action",
    "BackpressureError",
    "BacktestConfig",
    "BacktestEngine",
    "BacktestResult",
    "BacktestTrade",
    "BaconError",
    "Bar",
    "BookDelta",
    "BusBatch",
    "BusError",
    "BusMessage",
    "BusMetrics",
    "CancelOrder",
    "Commission",
    "ConfigError",
    "DataError",
    "EVENT_DTYPE",
    "EmergencyStop",
    "EngineConfig",
    "EngineError",
    "EngineReject",
    "EngineStats",
    "ExecuteOrder",
    "Explanation",
    "Expr",
    "ExprStrategy",
    "ExprStream",
    "Fill",
    "FixError",
    "Instrument",
    "InstrumentLimit",
    "Latency",
    "Liquidity",
    "MarketData",
    "MonteCarloResult",
    "ORDER_DTYPE",
    "Order",
    "OrderError",
    "OrderLimits",
    "OrderStatus",
    "OrderType",
    "OrderUpdate",
    "Position",
    "QuantumBus",
    "QuantumBusConfig",
    "QuantumEngine",
    "QuantumScanner",
    "QuantumScannerConfig",
    "Quote",
    "RiskConfig",
    "RiskError",
    "RiskManager",
    "RiskMetrics",
    "RiskReport",
    "ScanFilter",
    "ScanResult",
    "ScanTable",
    "Side",
    "Signal",
    "SignalAction",
    "SignalConfig",
    "SignalEngine",
    "SignalStrategy",
    "SignalView",
    "SimVenue",
    "Strategy",
    "StrategyError",
    "Subscription",
    "TimeInForce",
    "Trade",
    "TradingSignal",
    "VenueError",
    "absolute",
    "ask",
    "ask_size",
    "bid",
    "bid_size",
    "build_info",
    "buy_volume",
    "close",
    "compiled",
    "cross_above",
    "cross_below",
    "custom",
    "data",
    "ema_state",
    "ema_update",
    "errors",
    "exp",
    "falling",
    "high",
    "indicators",
    "lag",
    "log",
    "low",
    "maximum",
    "messages",
    "metrics",
    "mid",
    "minimum",
    "open",
    "param",
    "parse",
    "patterns",
    "power",
    "price",
    "rank",
    "rising",
    "risk_models",
    "session",
    "sign",
    "sma_state",
    "sma_update",
    "sqrt",
    "telemetry",
    "top",
    "volume",
    "where",
    "zscore",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"baconalgo.{name}")
    home = _HOME_OF.get(name)
    if home is not None:
        value = getattr(importlib.import_module(home), name)
    elif name.startswith("_") or importlib.util.find_spec(f"baconalgo.{name}") is not None:
        # A module that nobody has imported yet: `from baconalgo import cli` looks here first.
        raise AttributeError(f"module 'baconalgo' has no attribute {name!r}")
    else:
        # What remains are the indicators and patterns as expressions.
        value = getattr(importlib.import_module("baconalgo.expr"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from baconalgo.expr import _made

    return sorted({*globals(), *__all__, *_made.__all__})
