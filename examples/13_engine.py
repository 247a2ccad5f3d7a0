"""Lesson 13: the live engine.

    python examples/13_engine.py

A signal goes through the limits of risk to a simulated venue, fills and changes the position; one that is too large is
refused, and the engine says by which limit. On the command line: `baconalgo bench engine`.
"""

import baconalgo as ba

engine = ba.QuantumEngine(ba.EngineConfig())
engine.start()

# A tenth of a bitcoin: 5,000 of the 20,000 that may be exposed by default (20 % of 100,000).
engine.send_message(ba.Signal("BTC", ba.Action.BUY, 50_000.0, 0.1, 0.95))
# A whole one: refused.
engine.send_message(ba.Signal("BTC", ba.Action.BUY, 50_000.0, 1.0, 0.95))
# The market moves.
engine.send_message(ba.MarketData("BTC", 51_000.0, 2.5))
engine.flush()

position = engine.get_position("BTC")
print(f"position: {position.quantity} BTC at {position.average_price:,.0f}, unrealised {position.unrealized_pnl:,.2f}")
for refused in engine.rejects():
    print(f"refused: {refused.reason} ({refused.code}): {refused.value:,.0f} would exceed {refused.bound:,.0f}")

# Orders by their sender's own numbers, and what is told of them.
events = engine.events()
engine.send_message(ba.ExecuteOrder(1, "BTC", ba.OrderType.LIMIT, ba.Side.SELL, 0.1, 52_000.0))
engine.send_message(ba.MarketData("BTC", 52_010.0, 1.0))
engine.flush()
while (event := events.recv(timeout=0)) is not None:
    print(event)

print(engine.get_stats())
shown = ["order_id", "side", "quantity", "status", "average_price", "reject_code", "reject_reason"]
for order in engine.orders().select(shown).to_pylist():  # an Arrow table: also .to_pandas(), polars.from_arrow(...)
    refused = f" by {order['reject_reason']}" if order["reject_code"] else f" at {order['average_price']:,.0f}"
    print(f"order {order['order_id']}: {order['side']} {order['quantity']} {order['status']}{refused}")

# What the plain venue assumes. ba.SimVenue() has the costs and latencies of a backtest.
for name, what in engine.assumptions.items():
    print(f"{name}: {what}")
engine.stop()
