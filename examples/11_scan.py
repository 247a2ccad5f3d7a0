"""Lesson 11: scanning a universe.

    python examples/11_scan.py

The scanner holds the bars of thousands of instruments and answers questions about the last bar of each. On the command
line: `baconalgo scan --data bars/ --where 'rsi(close, 14) < 30' --top 20`. The score is explained in docs/scanner.md.
"""

import numpy as np

import baconalgo as ba

# Two hundred instruments that the package makes up. Yours: a table with a column `symbol`, or a directory of files.
rng = np.random.default_rng(7)
days = np.datetime64("2024-01-01", "ns") + np.arange(300) * np.timedelta64(1, "D")


def instrument() -> dict[str, np.ndarray]:
    close = np.round(rng.uniform(5, 200) * np.exp(np.cumsum(rng.normal(0.0, 0.02, len(days)))), 2)
    before = np.concatenate([close[:1], close[:-1]])
    high = np.round(np.maximum(before, close) * (1 + rng.random(len(days)) * 0.01), 2)
    low = np.round(np.minimum(before, close) * (1 - rng.random(len(days)) * 0.01), 2)
    return {
        "ts": days,
        "open": before,
        "high": high,
        "low": low,
        "close": close,
        "volume": rng.lognormal(12, 1, len(days)),
    }


universe = {f"SYM{number:03}": instrument() for number in range(200)}
scanner = ba.QuantumScanner(ba.QuantumScannerConfig(), universe)

# Cheap and oversold, those with the most unusual volume first.
oversold = ba.ScanFilter(min_price=5, where=ba.rsi(ba.close, 14) < 35, rank_by=ba.volume / ba.sma(ba.volume, 20))
print(scanner.scan_instruments(filter=oversold, top=8))

# The strongest of all, among those that broke out.
strong = ba.ScanFilter(where="breakout().direction > 0", rank_by="rank(roc(close, 20))")
for found in scanner.scan_instruments(filter=strong, top=5):
    print(found.symbol, f"{found.price:.2f}", f"score {found.signal_score:.0f}", ", ".join(found.reasons[:3]))
