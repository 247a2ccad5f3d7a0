"""Lesson 5: deciding on bars, trading on ticks.

    python examples/05_bars.py

A strategy may ask for bars of any length. The engine builds them from the ticks and hands each one over when its time
is up, so a bar is never seen before it is complete; the orders still trade on the quotes. Bars can be data, too: most
people have those first.
"""

import baconalgo as ba

LOOKBACK = 20


class Breakout(ba.Strategy):
    """Buys a close above the highest high of the last bars, leaves below the lowest low."""

    def on_start(self) -> None:
        self.subscribe_bars("1m")
        self.highs: list[float] = []
        self.lows: list[float] = []
        self.long = False

    def on_bar(self, bar: ba.Bar) -> None:
        if len(self.highs) == LOOKBACK:
            if not self.long and bar.close > max(self.highs):
                self.long = True
                self.buy(bar.symbol, 100.0)
            elif self.long and bar.close < min(self.lows):
                self.long = False
                self.sell(bar.symbol, 100.0)
        self.highs = [*self.highs, bar.high][-LOOKBACK:]
        self.lows = [*self.lows, bar.low][-LOOKBACK:]


if __name__ == "__main__":
    ticks = ba.data.simulate(rows=200_000, seed=7)
    engine = ba.BacktestEngine(ba.BacktestConfig(commission_pct=0.002, slippage_pct=0.0))
    print("Decided on bars, traded on ticks:")
    print(engine.run(Breakout(), ticks))

    # The same market as bars. Without ticks nobody knows what happened inside a bar, so the fills follow stricter
    # rules; see docs/simulation.md, "Bars alone".
    bars = ba.data.bars(ticks, "1m")
    rule = ba.ema(ba.close, 10) > ba.ema(ba.close, 40)
    print("\nOn bars alone:")
    print(engine.run(ba.ExprStrategy(entry=rule, exit=~rule, quantity=100.0), ba.data.load(bars, timeframe="1m")))
