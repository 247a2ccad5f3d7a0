"""Limits on what an account may risk, and an account that watches them.

The same limits guard a notebook (:class:`RiskManager`), a backtest (``BacktestEngine(config, risk=...)``) and a live
engine: one implementation in the core judges every order, and nothing reaches a venue without it.
"""

from __future__ import annotations

from baconalgo.risk._config import InstrumentLimit, RiskConfig
from baconalgo.risk._manager import RiskManager, RiskMetrics, RiskPosition
from baconalgo.risk._report import RiskReport

__all__ = ["InstrumentLimit", "RiskConfig", "RiskManager", "RiskMetrics", "RiskPosition", "RiskReport"]
