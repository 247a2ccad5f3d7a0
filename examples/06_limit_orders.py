"""Lesson 6: limit orders, cancels, and what one is told about them.

    python examples/06_limit_orders.py

A resting limit order earns the spread if it is filled, and it is filled only when the market trades through it: that
is the pessimistic rule, and the default. This strategy bids a little below the market, and offers what it was given.
"""

import baconalgo as ba

QUANTITY = 100.0
PATIENCE = "30s"


class Bidder(ba.Strategy):
    """Bids at the best bid, re-prices every so often, takes profit at the ask."""

    def on_start(self) -> None:
        self.working: int | None = None
        self.quote: ba.Quote | None = None
        self.filled = 0.0
        self.set_timer("reprice", every=PATIENCE)

    def on_quote(self, quote: ba.Quote) -> None:
        self.quote = quote
        if self.working is None:
            self.work()

    def on_timer(self, name: str) -> None:
        # What was not filled in time is cancelled; `on_order` says when that has happened.
        if self.working is not None:
            self.cancel(self.working)

    def on_fill(self, fill: ba.Fill) -> None:
        self.filled += fill.quantity

    def on_order(self, order: ba.Order) -> None:
        # Filled, cancelled or refused: this order is done, so there is room for the next.
        if order.order_id == self.working and order.status in {"FILLED", "CANCELLED", "REJECTED", "EXPIRED"}:
            self.working = None

    def work(self) -> None:
        """Send what the position asks for: flat, bid; long, offer what we hold."""
        assert self.quote is not None
        held = self.position(self.quote.symbol)
        if held > 0:
            self.working = self.sell(self.quote.symbol, held, price=self.quote.ask)
        else:
            self.working = self.buy(self.quote.symbol, QUANTITY, price=self.quote.bid)


if __name__ == "__main__":
    data = ba.data.simulate(rows=200_000, seed=7)
    config = ba.BacktestConfig(commission_pct=0.0)
    result = ba.BacktestEngine(config).run(Bidder(), data)
    print(result)
    print("\nHow the orders ended:")
    for row in result.orders.group_by("status").aggregate([("order_id", "count")]).to_pylist():
        print(f"  {row['status']:<12} {row['order_id_count']}")
