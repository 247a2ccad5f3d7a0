"""Lesson 12: the message bus.

    python examples/12_bus.py

A feed publishes prices; a recorder must see every one of them, a screen only the latest of each symbol. Each runs in a
thread of its own and at its own speed. The rules are in docs/bus.md.
"""

import threading

import baconalgo as ba

# The shortest program there is: topics are made by their names, a payload is bytes, a message or a table.
bus = ba.QuantumBus()
sub = bus.subscribe("trades")
payload = b"hello"
bus.publish("trades", payload)
print(sub.recv(timeout=1.0))

# A small ring, so that one sees what happens when it is full.
bus = ba.QuantumBus(ba.QuantumBusConfig(ring_buffer_size=1024))
recorder = bus.subscribe("prices", policy="block")  # the feed waits for it
screen = bus.subscribe("prices", policy="conflate", key="symbol")  # nobody waits for it


def feed() -> None:
    for step in range(5_000):
        bus.publish("prices", ba.MarketData("BTC", 50_000.0 + step % 100, 0.1, step))
        bus.publish("prices", ba.MarketData("ETH", 3_000.0 + step % 10, 1.0, step))
    bus.close()  # what was published is still delivered


recorded = []


def record() -> None:
    # Many at a time, as structured NumPy arrays; None at the end.
    while (batch := recorder.recv_batch()) is not None:
        recorded.append(batch.payloads)


threads = [threading.Thread(target=feed), threading.Thread(target=record)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print(f"recorded {sum(map(len, recorded)):,} prices in {len(recorded):,} batches")
for message in screen:
    print(f"on the screen: {message.payload.symbol} {message.payload.price}, number {message.sequence:,}")
print(f"never shown: {screen.conflated:,} replaced by later ones, {screen.lost:,} gone before anybody looked")

metrics = bus.get_metrics()
print(f"{metrics.messages_published:,} published, {metrics.messages_consumed:,} received")
print(f"published to received: median {metrics.p50_latency_ns / 1e3:.0f} us, p99 {metrics.p99_latency_ns / 1e3:.0f} us")
