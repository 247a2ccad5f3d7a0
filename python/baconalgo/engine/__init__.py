"""The live engine: messages in, risk checks, a simulated venue, positions; every stage measured."""

from __future__ import annotations

from baconalgo.engine._config import EngineConfig, SimVenue
from baconalgo.engine._engine import QuantumEngine
from baconalgo.engine._records import EngineReject, EngineStats, Position

__all__ = ["EngineConfig", "EngineReject", "EngineStats", "Position", "QuantumEngine", "SimVenue"]
