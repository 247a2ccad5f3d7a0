"""Limits as part of a run: the same orders judged the same, each refusal with its value and bound."""

from __future__ import annotations

from typing import Any

import pytest

import baconalgo as ba

DATA = ba.data.simulate(rows=20_000, seed=2)


class Steady(ba.Strategy):
    """Buys 40 twice, sells 60 once, again and again."""

    def __init__(self) -> None:
        self.rows = 0

    def on_quote(self, quote: ba.Quote) -> None:
        self.rows += 1
        if self.rows % 50 == 0:
            if (self.rows // 50) % 3:
                self.buy(quote.symbol, 40)
            else:
                self.sell(quote.symbol, 60)


def run(risk: ba.RiskConfig | None, strategy: Any = Steady, **settings: Any) -> ba.BacktestResult:
    return ba.BacktestEngine(ba.BacktestConfig(**settings), risk=risk).run(strategy(), DATA)


def test_each_refusal_says_the_limit_the_value_and_the_bound() -> None:
    result = run(ba.RiskConfig())
    refused = [row for row in result.orders.to_pylist() if row["reject_code"] == 2019]
    assert refused
    for row in refused:
        assert row["reject_bound"] == 20_000
        assert 20_000 < row["reject_value"] < 30_000
    accepted = [row for row in result.orders.to_pylist() if row["reject_code"] is None]
    assert all(row["reject_value"] is None and row["reject_bound"] is None for row in accepted)


def test_the_report_says_how_close_each_limit_was_and_when_a_breaker_tripped() -> None:
    result = run(ba.RiskConfig())
    assert result.risk is not None
    used = {row["limit"]: row for row in result.risk.limits.to_pylist()}
    assert 95 < used["max_exposure_pct"]["most_used_pct"] <= 100
    counts = [row["reject_code"] for row in result.orders.to_pylist()]
    for row in used.values():
        assert row["refused"] == counts.count(row["code"])
    assert result.risk.condition == "TRIPPED"
    tripped = next(row for row in result.risk.incidents.to_pylist() if row["condition"] == "TRIPPED")
    assert tripped["cause"] == "daily_loss"
    assert tripped["loss"] >= tripped["bound"] == 2_000
    after = [row for row in result.orders.to_pylist() if row["ts_submitted"] > tripped["ts"]]
    assert {row["reject_code"] for row in after} <= {None, 2007}
    assert "TRIPPED by daily_loss" in repr(result.risk)


def test_a_tripped_breaker_cancels_and_where_it_is_told_to_flattens() -> None:
    class Resting(Steady):
        def on_start(self) -> None:
            self.resting = False

        def on_quote(self, quote: ba.Quote) -> None:
            if not self.resting:
                self.resting = True
                self.buy(quote.symbol, 1, price=1.0)
            super().on_quote(quote)

    kept = run(ba.RiskConfig(max_daily_loss=30), Resting)
    flat = run(ba.RiskConfig(max_daily_loss=30, flatten_on_trip=True), Resting)
    for result in (kept, flat):
        assert result.orders.to_pylist()[-1]["reject_code"] == 2007
        resting = next(row for row in result.orders.to_pylist() if row["price"] == 1.0)
        assert resting["status"] == "CANCELLED"

    def after_the_trip(result: ba.BacktestResult) -> list[dict[str, Any]]:
        assert result.risk is not None
        tripped = next(row["ts"] for row in result.risk.incidents.to_pylist() if row["condition"] == "TRIPPED")
        return [row for row in result.fills.to_pylist() if row["ts_event"] > tripped]

    # Orders of the engine's own close the position, no sooner than the price that trips is seen.
    assert kept.orders.num_rows < flat.orders.num_rows
    ids = flat.orders.column("order_id").to_pylist()
    assert len(set(ids)) == len(ids)
    closing = [row for row in after_the_trip(flat) if row["side"] == "SELL"]
    assert flat.trades.to_pylist()[-1]["exit_time"] == closing[-1]["ts_event"]
    assert sum(row["quantity"] for row in closing) == 60
    sold = [row for row in after_the_trip(kept) if row["side"] == "SELL"]
    assert all(row["ts_event"] > closing[-1]["ts_event"] for row in sold)


def test_limits_that_never_bind_change_nothing_but_the_hash() -> None:
    lax = ba.RiskConfig(
        max_exposure_pct=None, max_drawdown_pct=None, max_daily_loss=None, max_concurrent_positions=None
    )
    free, guarded = run(None), run(lax)
    for table in ("orders", "fills", "trades", "equity_curve"):
        assert getattr(free, table).equals(getattr(guarded, table)), table
    assert free.hash != guarded.hash
    assert free.risk is None
    assert run(lax).hash == guarded.hash


@pytest.mark.parametrize("form", ["expression", "signals"])
def test_other_forms_of_strategies_are_guarded_alike(form: str) -> None:
    fast, slow = ba.ema(ba.close, 20), ba.ema(ba.close, 50)
    rule = ba.ExprStrategy(entry=fast > slow, exit=fast < slow, short_entry=fast < slow, quantity=300)
    targets = ba.SignalStrategy([1.0, -1.0] * 10_000, quantity=300)
    result = ba.BacktestEngine(risk=ba.RiskConfig()).run(rule if form == "expression" else targets, DATA)
    codes = set(result.orders.column("reject_code").to_pylist())
    assert 2019 in codes
    assert result.fills.num_rows == 0


def test_the_stricter_of_two_limits_counts() -> None:
    loose = ba.RiskConfig(max_exposure_pct=None, leverage=3, max_daily_loss=None, max_drawdown_pct=None)
    result = run(loose, leverage=0.1)
    refused = [row for row in result.orders.to_pylist() if row["reject_code"] == 2006]
    assert refused
    assert all(row["reject_bound"] <= 10_010 for row in refused)


def test_something_else_than_limits_is_refused() -> None:
    with pytest.raises(ba.ConfigError):
        ba.BacktestEngine(risk={"leverage": 1})  # type: ignore[arg-type]
