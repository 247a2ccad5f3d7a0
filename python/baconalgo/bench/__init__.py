"""Benchmarks on the user's own machine, with a base case and the peers that are installed beside them."""

from __future__ import annotations

from baconalgo.bench._bus import bench_bus
from baconalgo.bench._engine import bench_engine
from baconalgo.bench._row import Row, show

__all__ = ["Row", "bench_bus", "bench_engine", "show"]
