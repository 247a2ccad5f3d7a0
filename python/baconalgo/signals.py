"""Signals from many timeframes at once: fifteen indicators vote on each, the votes are fused.

The rule, with every definition and default, is in ``docs/signals.md``.
"""

from __future__ import annotations

import dataclasses
import operator
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import numpy as np

from baconalgo import _core
from baconalgo.config import Time, time_ns
from baconalgo.data._load import load
from baconalgo.data._timeframes import nanoseconds
from baconalgo.data._times import text
from baconalgo.enums import Side
from baconalgo.errors import ConfigError, DataError

__all__ = ["SignalAction", "SignalConfig", "SignalEngine", "SignalView", "TradingSignal"]

_MEMBERS: Final = dict(_core.signal_members())

#: Timeframes and the weights of their opinions.
TIMEFRAMES: Final = {
    "tick": 0.5,
    "1s": 0.5,
    "1m": 1.0,
    "5m": 1.5,
    "15m": 2.0,
    "30m": 2.0,
    "1h": 2.5,
    "4h": 3.0,
    "1D": 3.0,
    "1W": 3.0,
}


class SignalAction(StrEnum):
    """What a signal says to do. Each member equals its own name as a string."""

    BUY_LONG = "BUY_LONG"
    SELL_SHORT = "SELL_SHORT"
    CLOSE_LONG = "CLOSE_LONG"
    CLOSE_SHORT = "CLOSE_SHORT"
    HOLD = "HOLD"


@dataclasses.dataclass(frozen=True, slots=True)
class TradingSignal:
    """A signal: what to do, how sure, why, where it is wrong and where it has paid.

    Examples
    --------
    >>> import baconalgo as ba
    >>> prices = 100 + np.cumsum(np.random.default_rng(3).normal(0.002, 0.05, 400))
    >>> engine = ba.SignalEngine(ba.SignalConfig(timeframes={"tick": 1.0}))
    >>> signals = [s for i, p in enumerate(prices) for s in engine.analyze_multi_timeframe("BTC", p, 1.0, i)]
    >>> signals[0].action, signals[0].timeframe
    (<SignalAction.SELL_SHORT: 'SELL_SHORT'>, 'tick')
    """

    symbol: str
    action: SignalAction
    timeframe: str
    """The timeframe that counted most; of a close, that of its entry."""
    confidence: float
    """0 to 100."""
    supporting_indicators: tuple[str, ...]
    """The indicators of that timeframe that voted for it."""
    entry_price: float
    """The price when it was given."""
    stop_loss: float
    take_profit: float
    reason: str
    timestamp: int
    """Nanoseconds since the epoch, UTC."""

    def __str__(self) -> str:
        return (
            f"{text(self.timestamp)}  {self.symbol}  {self.action}  {self.entry_price:.6g}  "
            f"confidence {self.confidence:.0f}  stop {self.stop_loss:.6g}  target {self.take_profit:.6g}  {self.reason}"
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class SignalConfig:
    """How votes become signals.

    Parameters
    ----------
    timeframes
        Timeframes and the weights of their opinions, > 0: ``"tick"`` or a length of time such as ``"5m"``.
    weights
        Weights of indicators, >= 0, by name; those that are not named keep theirs. 0 leaves one out.
    min_timeframes
        How many timeframes must be warm before anything is said.
    min_score
        The score from which on a timeframe has a direction, in (0, 1].
    consensus
        The share of the timeframes' weights that an entry needs, in (0.5, 1].
    min_confidence
        The confidence that an entry needs, 0 to 100.
    hold
        The share below which an entry ends, at most `consensus`: the gap keeps signals from flapping.
    stop_atr, target_atr
        How far stop and target are from the entry, in average true ranges of the signal's timeframe.
    stop_percent, target_percent
        The same in percent of the price; given, they take the place of the ranges.
    atr_period
        Bars of the average true range.
    expiry_bars
        Bars of its timeframe after which an entry expires.

    Raises
    ------
    ConfigError
        If a setting makes no sense; it names the setting.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.SignalConfig(consensus=0.7, weights={"RSI": 1.0}).hold
    0.4
    """

    timeframes: Mapping[str, float] = dataclasses.field(default_factory=lambda: dict(TIMEFRAMES))
    weights: Mapping[str, float] = dataclasses.field(default_factory=dict)
    min_timeframes: int = 1
    min_score: float = 0.2
    consensus: float = 0.6
    min_confidence: float = 60.0
    hold: float = 0.4
    stop_atr: float = 2.0
    target_atr: float = 3.0
    stop_percent: float | None = None
    target_percent: float | None = None
    atr_period: int = 14
    expiry_bars: int = 50

    def __post_init__(self) -> None:
        self._engine()

    def _engine(self) -> _core.SignalEngine:
        for name in self.weights:
            if name not in _MEMBERS:
                raise ConfigError("weights", f"must name indicators: {', '.join(_MEMBERS)}", repr(name))
        frames = [(_nanos(name), _number("weight of a timeframe", each)) for name, each in self.timeframes.items()]
        weights = [_number("weights", self.weights.get(name, default)) for name, default in _MEMBERS.items()]
        settings: dict[str, Any] = {
            "stop": _distance("stop", self.stop_atr, self.stop_percent),
            "target": _distance("target", self.target_atr, self.target_percent),
        }
        for name in ("min_score", "consensus", "min_confidence", "hold"):
            settings[name] = _number(name, getattr(self, name))
        for name in ("min_timeframes", "atr_period", "expiry_bars"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise ConfigError(name, "must be a whole number >= 1", repr(value))
            settings[name] = int(value)
        return _core.SignalEngine(frames, weights, settings)


def _nanos(timeframe: str) -> int:
    return 0 if timeframe == "tick" else nanoseconds(timeframe)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ConfigError(name, "must be a number", repr(value))
    return float(value)


def _distance(name: str, ranges: Any, percent: Any) -> tuple[str, float]:
    if percent is None:
        return "atr", _number(f"{name}_atr", ranges)
    return "percent", _number(f"{name}_percent", percent)


@dataclasses.dataclass(frozen=True, slots=True)
class SignalView:
    """What all timeframes of a symbol say together; `print` shows every vote."""

    symbol: str
    action: SignalAction
    """BUY_LONG or SELL_SHORT where consensus and confidence are enough for an entry, else HOLD."""
    consensus_long: float
    """Share of the weights of the timeframes, 0 to 1."""
    consensus_short: float
    confidence_long: float
    """0 to 100."""
    confidence_short: float
    scores: Mapping[str, float]
    """The score of each warm timeframe, -1 to 1."""
    votes: Mapping[str, Mapping[str, int]]
    """What each indicator votes on each warm timeframe: 1 long, -1 short, 0 nothing."""

    def __str__(self) -> str:
        head = (
            f"{self.symbol}: {self.action}   long {self.consensus_long:.0%} of the weight, confidence "
            f"{self.confidence_long:.0f}   short {self.consensus_short:.0%}, confidence {self.confidence_short:.0f}"
        )
        if not self.votes:
            return head + "\nno timeframe is warm yet"
        marks = {1: "+", -1: "-", 0: "·"}
        rows = ["", f"{'':15}" + "".join(f"{name:>7}" for name in self.votes)]
        for member in _MEMBERS:
            rows.append(f"{member:15}" + "".join(f"{marks[votes[member]]:>7}" for votes in self.votes.values()))
        rows.append(f"{'score':15}" + "".join(f"{score:>+7.2f}" for score in self.scores.values()))
        return head + "\n".join(rows)


class SignalEngine:
    """Takes ticks or bars of many symbols, gives signals.

    Nothing is said about a symbol before a timeframe is warm: the slowest indicator (Ichimoku) needs 77 of its bars.
    Indicators that need volume abstain where there is none.

    Parameters
    ----------
    config
        Timeframes, weights and bounds.

    Examples
    --------
    >>> import baconalgo as ba
    >>> engine = ba.SignalEngine()
    >>> engine.analyze_multi_timeframe("EURUSD", 1.1, 1_000_000, timestamp=0)
    []
    >>> engine.get_active_signals()
    []
    """

    def __init__(self, config: SignalConfig | None = None) -> None:
        self.config = SignalConfig() if config is None else config
        self._core = self.config._engine()

    def analyze_multi_timeframe(
        self, symbol: str, price: float, volume: float, timestamp: Time | None = None
    ) -> list[TradingSignal]:
        """Takes one tick, looks at all timeframes, gives the signals that come of it.

        Parameters
        ----------
        symbol
            Of what.
        price
            Of a trade, or the middle of a quote, > 0.
        volume
            Units, >= 0; NaN for none.
        timestamp
            Nanoseconds since the epoch, or anything else that says when; None: now, by this machine's clock.

        Returns
        -------
        list of TradingSignal
            At most two: the end of an entry, and a new one. Empty for no news.

        Raises
        ------
        DataError
            For a price or volume out of range, and a time before the last one of the symbol. Nothing changes then.
        """
        return self.on_trade(symbol, price, volume, timestamp)

    def on_trade(
        self,
        symbol: str,
        price: float,
        volume: float = float("nan"),
        timestamp: Time | None = None,
        side: Side | str | None = None,
    ) -> list[TradingSignal]:
        """As :meth:`analyze_multi_timeframe`, with the aggressor's side where it is known.

        Without it a trade counts as bought if the price rose last, as sold if it fell.
        """
        ts = time.time_ns() if timestamp is None else time_ns("timestamp", timestamp)
        sign = 0 if side is None else 1 if Side(side) is Side.BUY else -1
        return [_signal(each) for each in self._core.on_trade(symbol, ts, float(price), float(volume), sign)]

    def on_bar(
        self,
        symbol: str,
        timeframe: str,
        timestamp: Time,
        open: float,  # noqa: A002 # the name of the column
        high: float,
        low: float,
        close: float,
        volume: float = float("nan"),
    ) -> list[TradingSignal]:
        """Takes a bar that has closed; it goes into timeframes of its length and longer ones.

        Parameters
        ----------
        symbol
            Of what.
        timeframe
            Its length, such as ``"1m"``.
        timestamp
            Its start.
        open, high, low, close
            Prices, > 0.
        volume
            Units, >= 0; NaN for none.

        Raises
        ------
        DataError
            As :meth:`analyze_multi_timeframe`, and for a bar whose prices contradict each other.
        """
        made = self._core.on_bar(
            symbol, time_ns("timestamp", timestamp), nanoseconds(timeframe), (open, high, low, close, volume)
        )
        return [_signal(each) for each in made]

    def feed(self, data: Any, **options: Any) -> list[TradingSignal]:
        """Takes whole data in time order - quotes, trades or bars of any symbols - gives all signals that came of it.

        Parameters
        ----------
        data
            As :func:`baconalgo.data.load`: a path, a table, several of them.
        **options
            As :func:`baconalgo.data.load`.

        Returns
        -------
        list of TradingSignal
            By time.

        Raises
        ------
        DataError
            If the data cannot be read; for a row before the last one of its symbol. Rows before it were taken.

        Examples
        --------
        >>> import baconalgo as ba
        >>> signals = ba.SignalEngine().feed(ba.data.simulate(rows=20_000, seed=1))
        >>> signals[0].action in (ba.SignalAction.BUY_LONG, ba.SignalAction.SELL_SHORT)
        True
        """
        loaded = load(data, **options)
        made = [signal for source in loaded.sources() for signal in self._core.feed(source, list(loaded.symbols))]
        return sorted((_signal(each) for each in made), key=operator.attrgetter("timestamp"))

    def get_active_signals(self) -> list[TradingSignal]:
        """The entries that have not ended, by symbol."""
        return [_signal(each) for each in self._core.active()]

    def view(self, symbol: str) -> SignalView:
        """What the timeframes of a symbol say now.

        Raises
        ------
        DataError
            If the symbol was never seen.
        """
        found = self._core.view(symbol)
        if found is None:
            raise DataError("symbol", "must be one that was fed", repr(symbol))
        voting, consensus, confidence, frames = found
        action = SignalAction.HOLD
        for side, each in enumerate((SignalAction.BUY_LONG, SignalAction.SELL_SHORT)):
            enough = consensus[side] >= self.config.consensus and confidence[side] >= self.config.min_confidence
            if enough and voting >= self.config.min_timeframes:
                action = each
        votes = {name: dict(zip(_MEMBERS, cast, strict=True)) for name, _, cast in frames}
        scores = {name: score for name, score, _ in frames}
        (long, short), (sure_long, sure_short) = consensus, confidence
        return SignalView(symbol, action, long, short, sure_long, sure_short, scores, votes)

    def forget(self, symbol: str) -> None:
        """Drops all that is known of a symbol."""
        self._core.forget(symbol)

    def __repr__(self) -> str:
        return f"SignalEngine({', '.join(self.config.timeframes)})"


def _signal(made: _core._Signal) -> TradingSignal:
    symbol, action, timeframe, confidence, members, entry, stop, target, reason, timestamp = made
    return TradingSignal(
        symbol, SignalAction(action), timeframe, confidence, tuple(members), entry, stop, target, reason, timestamp
    )
