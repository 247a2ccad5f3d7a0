"""Stress: each rule by hand, the table against NumPy, the scenarios as data."""

from __future__ import annotations

import numpy as np
import pytest

import baconalgo as ba
from baconalgo.errors import BaconError
from baconalgo.risk_models import Position, Scenario, stress


def only(position: Position, scenario: Scenario) -> float:
    return float(stress([position], [scenario]).pnl[0, 0])


def test_the_most_particular_shock_counts() -> None:
    held = Position("A", 1000.0, sector="Tech", betas={"market": 1.5, "oil": -0.5})
    factors = {"market": -0.1, "oil": 0.2, "gold": 0.5}
    assert only(held, Scenario("s", factors=factors)) == pytest.approx(1000 * (1.5 * -0.1 - 0.5 * 0.2))
    assert only(held, Scenario("s", factors=factors, sectors={"Tech": -0.3})) == -300.0
    assert only(held, Scenario("s", factors=factors, sectors={"Tech": -0.3}, instruments={"A": 0.1})) == 100.0
    assert only(held, Scenario("s", sectors={"Banks": -0.3}, instruments={"B": 0.1})) == 0.0


def test_stops_hold_unless_prices_gap() -> None:
    crash, rally = ({"factors": {"market": shock}} for shock in (-0.4, 0.4))
    long, short = Position("A", 100.0, stop=0.05), Position("A", -100.0, stop=0.05)
    assert only(long, Scenario("s", **crash)) == pytest.approx(-5.0)
    assert only(long, Scenario("s", gap=True, **crash)) == pytest.approx(-40.0)
    assert only(long, Scenario("s", **rally)) == pytest.approx(40.0)
    assert only(short, Scenario("s", **rally)) == pytest.approx(-5.0)
    assert only(short, Scenario("s", gap=True, **rally)) == pytest.approx(-40.0)


def test_no_price_falls_below_zero_and_getting_out_costs_half_the_spread() -> None:
    assert only(Position("A", 100.0, betas={"market": 3.0}), Scenario("s", factors={"market": -0.5})) == -100.0
    dry = Scenario("s", spread_multiple=20)
    assert only(Position("A", -100.0, spread=0.001), dry) == pytest.approx(-1.0)


def test_the_table_is_that_of_a_loop() -> None:
    rng = np.random.default_rng(3)
    sectors = ["X", "Y", "Z", None]
    book = [
        Position(
            f"S{k}",
            float(rng.normal() * 1000),
            sector=sectors[k % 4],
            betas={"market": float(rng.normal()), "oil": float(rng.normal())},
            spread=float(rng.uniform(0, 0.01)),
            stop=None if k % 3 else float(rng.uniform(0.01, 0.3)),
        )
        for k in range(60)
    ]
    played = [
        Scenario(
            f"C{k}",
            instruments={f"S{int(rng.integers(80))}": float(rng.normal() * 0.2)},
            sectors={"X": float(rng.normal() * 0.2)} if k % 2 else {},
            factors={"market": float(rng.normal() * 0.2), "oil": float(rng.normal() * 0.2)},
            spread_multiple=float(rng.uniform(0, 10)),
            gap=k % 3 == 0,
        )
        for k in range(40)
    ]
    found = stress(book, played)
    for row, scenario in zip(found.pnl, played, strict=True):
        for pnl, held in zip(row, book, strict=True):
            shock = sum(beta * scenario.factors.get(name, 0.0) for name, beta in held.betas.items())
            shock = scenario.sectors.get(held.sector or "", shock)
            shock = max(-1.0, scenario.instruments.get(held.symbol, shock))
            if held.stop is not None and not scenario.gap:
                shock = max(shock, -held.stop) if held.value >= 0 else min(shock, held.stop)
            wanted = held.value * shock - abs(held.value) * held.spread * scenario.spread_multiple / 2
            assert pnl == pytest.approx(wanted, abs=1e-9)
    assert found.totals["C7"] == pytest.approx(found.pnl[7].sum())
    name, loss = found.worst or ("", 0.0)
    assert loss == min(found.totals.values()) and found.totals[name] == loss
    assert found.table.num_rows == 40 and found.table.column_names[:3] == ["scenario", "total", "S0"]


def test_what_happened_is_data_with_sources() -> None:
    scenarios = ba.risk_models.historical_scenarios()
    assert {"1987", "2008", "2015", "2022"} <= {scenario.name[:4] for scenario in scenarios}
    assert all(scenario.source and scenario.period for scenario in scenarios)
    losses = stress({"SPY": 100.0}).totals
    assert losses["1987 Black Monday"] == pytest.approx(-20.47)
    assert losses["March 2020"] == pytest.approx(-33.9)
    assert losses["2015 Swiss franc"] == 0.0
    bank = Position("JPM", 100.0, sector="Financials")
    assert stress([bank]).totals["2008 Financial crisis"] == pytest.approx(-56.95)
    coin = Position("BTCUSDT", 100.0, betas={"crypto": 1.0})
    assert stress([coin]).totals["2022 Crypto winter"] == pytest.approx(-64.3)


def test_no_positions_or_no_scenarios_are_no_table() -> None:
    assert stress([]).pnl.shape == (len(ba.risk_models.historical_scenarios()), 0)
    empty = stress({"SPY": 1.0}, [])
    assert empty.pnl.shape == (0, 1) and empty.worst is None and empty.table.num_rows == 0


def test_what_makes_no_sense_is_refused() -> None:
    for wrong in (
        lambda: Position("A", 1.0, stop=0.0),
        lambda: Position("A", "1"),
        lambda: Position("A", 1.0, betas=[1.0]),
        lambda: Scenario("s", factors={"market": "-20%"}),
        lambda: stress([Position("A", 1.0), Position("A", 2.0)], []),
        lambda: stress([], [Scenario("s"), Scenario("s")]),
        lambda: stress([Position("A", float("nan"))], [Scenario("s")]),
        lambda: stress([Position("A", 1.0, spread=-0.1)], [Scenario("s")]),
        lambda: stress([Position("A", 1.0)], [Scenario("s", spread_multiple=-1.0)]),
        lambda: stress([Position("A", 1.0)], [Scenario("s", factors={"market": float("inf")})]),
    ):
        with pytest.raises(BaconError):
            wrong()
