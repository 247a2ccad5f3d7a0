"""Lesson 2: a strategy as a class, and the command line.

    baconalgo backtest examples/02_ema_cross.py --data quotes.parquet --out report.html

A class sees the market event by event, as it would live. It is told of quotes, trades, bars, of its orders and their
fills; it sends orders and may remember whatever it likes.
"""

import baconalgo as ba

FAST = 500
SLOW = 2_000
QUANTITY = 100.0


class EmaCross(ba.Strategy):
    """Long while the fast average of the mid is above the slow one, else short."""

    def on_start(self) -> None:
        # One pair of averages for each instrument, made when its first quote comes.
        self.averages: dict[str, tuple[ba.indicators.EMA, ba.indicators.EMA]] = {}
        self.targets: dict[str, float] = {}

    def on_quote(self, quote: ba.Quote) -> None:
        symbol = quote.symbol
        if symbol not in self.averages:
            self.averages[symbol] = (ba.indicators.EMA(FAST), ba.indicators.EMA(SLOW))
            self.targets[symbol] = 0.0
        fast, slow = (average.update(quote.mid) for average in self.averages[symbol])
        if fast is None or slow is None or fast == slow:
            return  # warming up, or undecided

        # What we want is kept here, not asked of `position`: an order takes a millisecond to be filled, and a quote
        # that arrives in that millisecond must not send it a second time.
        wanted = QUANTITY if fast > slow else -QUANTITY
        change = wanted - self.targets[symbol]
        if change == 0.0:
            return
        self.targets[symbol] = wanted
        if change > 0:
            self.buy(symbol, change)
        else:
            self.sell(symbol, -change)


if __name__ == "__main__":
    data = ba.data.simulate(rows=200_000, seed=7)
    print(ba.BacktestEngine(ba.BacktestConfig(commission_pct=0.002, slippage_pct=0.0)).run(EmaCross(), data))
