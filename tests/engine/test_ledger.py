"""An account kept by hand agrees with the engine's over random messages, at any number of workers."""

from __future__ import annotations

import os
import random
from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

import pytest

import baconalgo as ba

COUNT = 1_000_000 if os.environ.get("BACONALGO_SOAK") == "1" else 100_000
SYMBOLS = [f"LEDGER{n}" for n in range(12)]
LIMITLESS = ba.RiskConfig(
    total_capital=1e9,
    max_exposure_pct=None,
    max_drawdown_pct=None,
    max_daily_loss=None,
    max_concurrent_positions=None,
    enable_circuit_breakers=False,
)


@dataclass
class Account:
    """Positions at average cost, in hundredths of units and of the currency; nothing is rounded."""

    cash: int = 10_000 * 10**9
    lots: dict[str, int] = field(default_factory=dict)
    cost: dict[str, Fraction] = field(default_factory=dict)
    realized: dict[str, Fraction] = field(default_factory=dict)
    mark: dict[str, int] = field(default_factory=dict)
    #: By the sender's number: symbol, sign, lots, price.
    resting: dict[int, tuple[str, int, int, int]] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    fills: int = 0
    refused: dict[int, int] = field(default_factory=dict)

    def refuse(self, code: int) -> None:
        self.refused[code] = self.refused.get(code, 0) + 1

    def fill(self, symbol: str, sign: int, lots: int, price: int) -> None:
        self.fills += 1
        held = self.lots.get(symbol, 0)
        cost = self.cost.get(symbol, Fraction(0))
        closing = min(abs(held), lots) if held * sign < 0 else 0
        if closing:
            removed = cost * closing / abs(held)
            gain = price * closing * (1 if held > 0 else -1) - removed
            self.realized[symbol] = self.realized.get(symbol, Fraction(0)) + gain
            cost -= removed
        cost += sign * price * (lots - closing)
        self.cost[symbol], self.lots[symbol] = cost, held + sign * lots
        self.cash -= sign * price * lots

    def data(self, symbol: str, price: int) -> None:
        self.mark[symbol] = price
        for number, (of, sign, lots, limit) in list(self.resting.items()):
            if of == symbol and (limit - price) * sign >= 0:
                del self.resting[number]
                self.fill(symbol, sign, lots, limit)

    def market(self, symbol: str, sign: int, lots: int, price: int) -> None:
        self.mark.setdefault(symbol, price)
        self.fill(symbol, sign, lots, self.mark[symbol])

    def limit(self, number: int, symbol: str, sign: int, lots: int, limit: int) -> None:
        if number in self.known:
            return self.refuse(1006)
        self.known.add(number)
        if symbol not in self.mark:
            return self.refuse(2001)
        if (limit - self.mark[symbol]) * sign >= 0:
            return self.fill(symbol, sign, lots, self.mark[symbol])
        self.resting[number] = (symbol, sign, lots, limit)
        return None

    def cancel(self, number: int) -> None:
        if number not in self.known:
            self.refuse(1004)
        elif self.resting.pop(number, None) is None:
            self.refuse(3001)


def stream(seed: int, count: int) -> tuple[list[object], Account]:
    """Messages, and the account they lead to."""
    dice, account, messages = random.Random(seed), Account(), []
    recent: deque[int] = deque([0], maxlen=40)
    side = {1: ba.Side.BUY, -1: ba.Side.SELL}
    for n in range(1, count + 1):
        symbol = dice.choice(SYMBOLS)
        price, lots, sign = dice.randint(9_000, 11_000), dice.randint(1, 500), dice.choice((1, -1))
        what = dice.random()
        if what < 0.55:
            messages.append(ba.MarketData(symbol, price / 100, 1.0, n))
            account.data(symbol, price)
        elif what < 0.70:
            action = ba.Action.BUY if sign > 0 else ba.Action.SELL
            messages.append(ba.Signal(symbol, action, price / 100, lots / 100, 0.5))
            account.market(symbol, sign, lots, price)
        elif what < 0.85:
            number = dice.choice(recent) if dice.random() < 0.05 else n
            recent.append(number)
            messages.append(ba.ExecuteOrder(number, symbol, "LIMIT", side[sign], lots / 100, price / 100))
            account.limit(number, symbol, sign, lots, price)
        elif what < 0.95:
            number = dice.choice(recent)
            messages.append(ba.CancelOrder(number))
            account.cancel(number)
        elif what < 0.97:
            messages.append(ba.Signal(symbol, ba.Action.BUY, float("nan"), 1.0, 0.5))
            account.refuse(1007)
        elif what < 0.99:
            messages.append(ba.MarketData(symbol, -price / 100, 1.0, n))
            account.refuse(1003)
        else:
            messages.append(ba.Signal(symbol, ba.Action.HOLD, 1.0, 1.0, 0.5))
    return messages, account


def test_an_account_kept_by_hand_agrees_at_one_worker_and_at_four() -> None:
    messages, account = stream(4, COUNT)
    records = ba.messages.records(messages)
    hashes = []
    for workers in (1, 4):
        engine = ba.QuantumEngine(ba.EngineConfig(clock="replay", num_workers=workers), risk=LIMITLESS)
        with engine:
            assert engine.send_many(records) == COUNT
            assert engine.flush(600)
        stats = engine.get_stats()
        assert stats.messages_processed == COUNT
        assert dict(stats.rejects_by_code) == account.refused
        assert stats.fills == account.fills > COUNT / 10
        cash, equity, fees, _ = engine._native.account()
        value = sum(account.mark[symbol] * lots for symbol, lots in account.lots.items())
        # 1e-18 of the currency, in hundredths of a price and of a quantity.
        assert (cash, equity, fees) == (account.cash * 10**14, (account.cash + value) * 10**14, 0)
        for symbol in SYMBOLS:
            position = engine.get_position(symbol)
            assert position.quantity == account.lots[symbol] / 100
            assert position.mark_price == account.mark[symbol] / 100
            lots, cost = account.lots[symbol], account.cost[symbol]
            assert position.realized_pnl == pytest.approx(float(account.realized[symbol]) / 1e4, abs=1e-6)
            open_pnl = float(account.mark[symbol] * lots - cost) / 1e4
            assert position.unrealized_pnl == pytest.approx(open_pnl, abs=1e-6)
            if lots:
                assert position.average_price == pytest.approx(float(cost / lots) / 100, rel=1e-12)
        assert engine.active_positions() == sum(lots != 0 for lots in account.lots.values())
        hashes.append(engine.hash)
    assert hashes[0] == hashes[1]
