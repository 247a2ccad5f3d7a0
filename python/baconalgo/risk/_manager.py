"""An account that watches its limits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from baconalgo import _core
from baconalgo.config import Time, decimal_text, finite_number, length_ns, time_ns, whole_number
from baconalgo.errors import ConfigError, RiskError, shown
from baconalgo.risk import _at_risk
from baconalgo.risk._at_risk import Returns
from baconalgo.risk._config import InstrumentLimit, RiskConfig
from baconalgo.risk._history import PriceHistory
from baconalgo.risk._report import RiskReport, risk_report

if TYPE_CHECKING:
    from baconalgo.risk_models import Correlation, StressResult, VarContributions, VarResult

_YEAR_NS = 365.25 * 86_400e9


@dataclass(frozen=True, slots=True)
class RiskMetrics:
    """What an account risks now.

    Attributes
    ----------
    var, cvar
        Loss of the positions over one step of the price grid that is exceeded with probability 1 - confidence, and the
        mean loss beyond it, in the currency; 0 without positions, None without enough prices.
    current_exposure
        Sum of |positions| at their marks, shorts included.
    exposure_pct
        The same in percent of the total capital.
    current_drawdown_pct, max_drawdown_pct
        The fall of equity from its peak now, and the largest one, percent.
    daily_pnl
        Profit since the start of the day, realised or not.
    open_positions
        How many.
    sharpe_ratio
        Of equity from step to step of the price grid, annualised; None if undefined.
    circuit_breaker_active
        Whether a breaker has tripped and was not reset.
    live_var, live_var_used_pct
        Value at risk that `max_var_pct` goes by, and how much of the limit that is, percent; None without the limit,
        and while something held has too few returns.
    """

    var: float | None
    cvar: float | None
    current_exposure: float
    exposure_pct: float
    current_drawdown_pct: float
    max_drawdown_pct: float
    daily_pnl: float
    open_positions: int
    sharpe_ratio: float | None
    circuit_breaker_active: bool
    live_var: float | None = None
    live_var_used_pct: float | None = None


@dataclass(frozen=True, slots=True)
class RiskPosition:
    """One position of an account; money in the currency."""

    symbol: str
    quantity: float
    average_price: float
    mark_price: float
    value: float
    exposure: float
    unrealized_pnl: float
    realized_pnl: float


@dataclass(frozen=True, slots=True)
class RiskDecision:
    """What the limits say to a trade. True if it is allowed.

    Attributes
    ----------
    code, limit, reason
        Of the first limit that it breaks; None if it breaks none.
    value, bound
        What it would have led to, and the bound; None where the limit has none.
    """

    code: int | None = None
    limit: str | None = None
    reason: str | None = None
    value: float | None = None
    bound: float | None = None

    @property
    def allowed(self) -> bool:
        """Whether it breaks no limit."""
        return self.code is None

    def __bool__(self) -> bool:
        return self.code is None


class RiskManager:
    """An account with positions, prices and limits, and the judgement on what it may do next.

    Parameters
    ----------
    config
        The limits; by default those of :class:`RiskConfig`. The account starts with its `total_capital` in cash.
    history_interval
        The step of the grid on which prices are kept for value at risk: the last price of each symbol.
    history_length
        How many steps are kept.
    clock
        What time it is where no timestamp is given, ns.

    Examples
    --------
    >>> import baconalgo as ba
    >>> manager = ba.RiskManager(ba.RiskConfig())
    >>> manager.calculate_position_size(win_rate=0.65, avg_win=1000, avg_loss=500, price=50_000)
    0.02
    >>> manager.validate_trade("BTC", 0.4, 50_000)
    >>> manager.validate_trade("BTC", 1, 50_000)
    Traceback (most recent call last):
        ...
    baconalgo.errors.RiskError: max_exposure_pct allows at most 20,000: gross exposure would be larger than allowed, was 50,000
    """  # noqa: E501 - the message is one line

    def __init__(
        self,
        config: RiskConfig | None = None,
        *,
        history_interval: int | str = "1m",
        history_length: int = 10_000,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        if config is not None and not isinstance(config, RiskConfig):
            raise ConfigError("config", "must be a ba.RiskConfig", type(config).__name__)
        self.config = config if config is not None else RiskConfig()
        self._clock = clock
        self._interval = length_ns("history_interval", history_interval, least=1)
        length = whole_number("history_length", history_length, least=2, below=10_000_001)
        self._history = PriceHistory(interval=self._interval, length=length)
        self._equity: list[float] = []
        self._length = length
        self._returns = Returns(self._history)
        self._sectors = dict(self.config.sectors)
        settings = self.config.settings()
        self._book = _core.RiskBook(settings, settings["total_capital"])

    def __repr__(self) -> str:
        state = self._book.state()
        return (
            f"RiskManager: equity {state['equity']:,.2f}, gross exposure {state['gross']:,.2f}, "
            f"{state['open_positions']} positions, {state['condition']}"
        )

    # -- sizing and judgement ------------------------------------------------------------------------------------------

    def calculate_position_size(self, win_rate: float, avg_win: float, avg_loss: float, price: float) -> float:
        """Units to trade: capital x min(max(f, 0) / 2, max_risk_per_trade_pct / 100) / price.

        f = W - (1 - W) / R is Kelly's fraction of win rate W and R = avg_win / avg_loss; half of it is taken. Without
        `enable_kelly_criterion`, the second term alone.

        Parameters
        ----------
        win_rate
            Part of the trades that win, 0..1.
        avg_win, avg_loss
            Mean win, mean loss (its sign does not matter), in one unit.
        price
            Of one unit, > 0.

        Raises
        ------
        ConfigError
            If a number is out of its range or not finite.

        Examples
        --------
        >>> RiskManager().calculate_position_size(0.5, 100, 100, 10)
        0.0
        """
        wins = finite_number("win_rate", win_rate, least=0)
        if wins > 1:
            raise ConfigError("win_rate", "must be <= 1", wins)
        win = finite_number("avg_win", avg_win, least=0)
        loss = abs(finite_number("avg_loss", avg_loss))
        price = finite_number("price", price, above=0)
        most = self.config.max_risk_per_trade_pct / 100
        if self.config.enable_kelly_criterion:
            kelly = wins - (1 - wins) * loss / win if win > 0 else -math.inf
            most = min(max(kelly, 0.0) / 2, most)
        return self.config.total_capital * most / price

    def what_if(
        self, symbol: str, quantity: float, price: float | None = None, *, timestamp: Time | None = None
    ) -> RiskDecision:
        """What the limits say to a trade of a signed quantity; nothing changes.

        Parameters
        ----------
        symbol
            Which; one not seen before has ticks and lots of 1e-8.
        quantity
            Units, > 0 to buy, < 0 to sell.
        price
            What it would cost at worst; None is a market order: the last price, and the collar if there is one.
        timestamp
            When; by default now.
        """
        found = self._book.judge(symbol, float(quantity), None if price is None else float(price), self._now(timestamp))
        return RiskDecision() if found is None else RiskDecision(*found)

    def validate_trade(
        self, symbol: str, quantity: float, price: float | None = None, *, timestamp: Time | None = None
    ) -> None:
        """Refuse a trade that the limits do not allow; see :meth:`what_if`.

        Raises
        ------
        RiskError
            With the limit as ``parameter``, ``value``, ``bound`` and ``code``.
        """
        decision = self.what_if(symbol, quantity, price, timestamp=timestamp)
        if decision.code is None or decision.limit is None:
            return
        if decision.bound is None:
            rule, value = f"does not allow it: {decision.reason}", f"{quantity:g} {symbol} at {price}"
            raise RiskError(decision.limit, rule, value, code=decision.code)
        rule = f"allows at most {shown(decision.bound)}: {decision.reason}"
        error = RiskError(decision.limit, rule, decision.value, code=decision.code)
        error.bound = decision.bound
        raise error

    # -- what happens --------------------------------------------------------------------------------------------------

    def add_instrument(
        self,
        symbol: str,
        *,
        tick_size: float = 1e-8,
        lot_size: float = 1e-8,
        multiplier: float = 1.0,
        currency: str = "USD",
    ) -> None:
        """Make a symbol known with its own tick and lot."""
        tick, lot = decimal_text("tick_size", tick_size), decimal_text("lot_size", lot_size)
        self._book.add(symbol, tick, lot, decimal_text("multiplier", multiplier), currency)

    def update_price(self, symbol: str, price: float, *, timestamp: Time | None = None) -> bool:
        """A new price; NaN says that there is none any more. Gives whether it tripped a breaker."""
        now, price = self._now(timestamp), float(price)
        tripped = self._book.mark(symbol, price, now)
        if math.isfinite(price) and self._history.update(symbol, price, now):
            self._equity.append(self._book.state()["equity"])
            del self._equity[: -self._length]
        return tripped

    def on_fill(
        self, symbol: str, quantity: float, price: float, fee: float = 0.0, *, timestamp: Time | None = None
    ) -> bool:
        """A fill of a signed quantity, of whatever order. Gives whether it tripped a breaker."""
        return self._book.fill(symbol, float(quantity), float(price), float(fee), self._now(timestamp))

    def set_returns(self, returns: Any) -> None:
        """Returns by symbol, for value at risk and correlation, in place of those of :meth:`update_price`.

        Parameters
        ----------
        returns
            A mapping of symbols to columns of one length, or a frame or table with such columns; fractions.
        """
        names = returns.column_names if hasattr(returns, "column_names") else list(returns)
        made = {str(name): np.asarray(returns[name], dtype=np.float64) for name in names}
        if len({column.shape for column in made.values()}) > 1 or any(c.ndim != 1 for c in made.values()):
            raise ConfigError("returns", "must be columns of one length", {n: c.shape for n, c in made.items()})
        self._returns.given = made

    # -- limits --------------------------------------------------------------------------------------------------------

    def set_instrument_limit(
        self, symbol: str, limit: float | InstrumentLimit | None = None, **limits: float | None
    ) -> None:
        """Set a symbol's own limits in place of those it has; orders under way stay under way.

        Parameters
        ----------
        symbol
            Which.
        limit
            Largest exposure, in the currency; or an :class:`InstrumentLimit`.
        **limits
            The names of :class:`InstrumentLimit`. None at all lifts them.
        """
        if not isinstance(limit, InstrumentLimit):
            if limit is not None:
                limits["max_exposure"] = limit
            try:
                limit = InstrumentLimit(**limits)
            except TypeError as error:
                raise ConfigError("limits", "must have the names of ba.InstrumentLimit", sorted(limits)) from error
        self._book.limit_instrument(symbol, *limit.row())

    def set_sector_limit(self, sector: str, limit: float | None) -> None:
        """Set the largest exposure of a sector, in the currency; None lifts it."""
        self.set_group_limit("sector", sector, limit)

    def set_group_limit(self, dimension: str, name: str, limit: float | None) -> None:
        """Set the largest exposure of a ``"sector"``, ``"strategy"``, ``"venue"`` or ``"currency"``."""
        amount = None if limit is None else finite_number(f"{dimension}_limits.{name}", limit, least=0, below=1e15)
        self._book.limit_group(dimension, name, None if amount is None else decimal_text(name, amount))

    def set_var_limit(
        self, limit: float | None, *, symbols: Iterable[str] | None = None, method: str = "sample"
    ) -> None:
        """Set the largest value at risk of all positions together, in the currency; None lifts it.

        Value at risk is that of normal returns over one step, at the config's ``var_confidence_level``, with the
        covariance of the returns that are known now. From then on an order that adds risk in a symbol without returns
        is refused; one that lowers value at risk passes.

        Parameters
        ----------
        limit
            The limit.
        symbols
            The symbols in the model; by default all with returns.
        method
            Of the covariance, as :func:`baconalgo.risk_models.covariance` defines them.

        Raises
        ------
        DataError
            Without two steps of returns of all of them.
        """
        if limit is None:
            self._book.limit_var([], np.empty((0, 0)), 0.95, None)
            return
        chosen = list(symbols) if symbols is not None else self._returns.symbols
        matrix = _at_risk.covariances(self._returns, chosen, method)
        amount = decimal_text("limit", finite_number("limit", limit, least=0, below=1e15))
        self._book.limit_var(chosen, np.ascontiguousarray(matrix.values), self.config.var_confidence_level, amount)

    def assign(
        self, symbol: str, *, sector: str | None = None, strategy: str | None = None, venue: str | None = None
    ) -> None:
        """Say which sector, strategy or venue a symbol belongs to."""
        if sector is not None:
            self._sectors[symbol] = sector
        for dimension, name in (("sector", sector), ("strategy", strategy), ("venue", venue)):
            if name is not None:
                self._book.assign(symbol, dimension, name)

    def set_trading(self, symbol: str, trades: bool) -> None:
        """Say whether a symbol trades; if not, nothing of it is allowed, not even what reduces."""
        self._book.set_trading(symbol, bool(trades))

    def set_reduce_only(self, only: bool = True) -> None:
        """Say whether orders may only reduce positions."""
        self._book.set_reduce_only(bool(only))

    def kill_switch(self, *, timestamp: Time | None = None) -> None:
        """Let nothing through that adds risk until :meth:`reset_circuit_breaker`."""
        self._book.kill(self._now(timestamp))

    def reset_circuit_breaker(self, *, timestamp: Time | None = None) -> None:
        """Reset tripped breakers and the kill switch; losses are measured from the equity now on.

        Raises
        ------
        RiskError
            During the cool-down.
        """
        wait = self._book.reset(self._now(timestamp))
        if wait:
            raise RiskError("cool_down", "must be over before a reset", f"{wait / 1e9:g} s left", code=2007)

    # -- what is at risk -----------------------------------------------------------------------------------------------

    def get_metrics(self) -> RiskMetrics:
        """What the account risks now.

        Examples
        --------
        >>> import baconalgo as ba
        >>> manager = ba.RiskManager()
        >>> tripped = manager.on_fill("BTC", 0.3, 50_000)
        >>> metrics = manager.get_metrics()
        >>> metrics.current_exposure, metrics.exposure_pct, metrics.open_positions
        (15000.0, 15.0, 1)
        """
        state = self._book.state()
        var, cvar = _at_risk.loss_and_tail(self._returns, self._values(), self.config.var_confidence_level)
        live, bound = state["live_var"] or (None, None)
        held = sum(position.exposure for position in self.positions())
        return RiskMetrics(
            var=var,
            cvar=cvar,
            current_exposure=held,
            exposure_pct=100 * held / self.config.total_capital,
            current_drawdown_pct=state["drawdown_pct"],
            max_drawdown_pct=state["max_drawdown_pct"],
            daily_pnl=state["daily_pnl"],
            open_positions=state["open_positions"],
            sharpe_ratio=_at_risk.sharpe(self._equity, _YEAR_NS / self._interval),
            circuit_breaker_active=state["condition"] == "TRIPPED",
            live_var=live,
            live_var_used_pct=None if live is None else 100 * live / bound,
        )

    def value_at_risk(
        self, method: str = "historical", *, confidence: float | None = None, **options: Any
    ) -> VarResult:
        """Value at risk of the positions over one step of their returns, in the currency.

        Parameters
        ----------
        method
            ``historical``, ``normal``, ``student_t``, ``cornish_fisher`` or ``monte_carlo``, as
            :func:`baconalgo.risk_models.value_at_risk` defines them.
        confidence
            By default the config's ``var_confidence_level``.
        **options
            ``df``, ``draw``, ``paths``, ``seed``.

        Raises
        ------
        DataError
            Without positions, or without two steps of returns of all of them.

        Examples
        --------
        >>> import numpy as np
        >>> import baconalgo as ba
        >>> manager = ba.RiskManager()
        >>> tripped = manager.on_fill("BTC", 0.3, 50_000)
        >>> returns = np.random.default_rng(1).normal(0, 0.01, 1_000)
        >>> manager.set_returns({"BTC": returns})
        >>> bool(np.isclose(manager.value_at_risk().var, -15_000 * np.quantile(returns, 0.05)))
        True
        """
        level = self.config.var_confidence_level if confidence is None else confidence
        return _at_risk.value_at_risk(self._returns, self._values(), level, method, options)

    def monte_carlo_var(
        self,
        *,
        confidence: float | None = None,
        paths: int = 100_000,
        draw: str = "normal",
        df: float | None = None,
        seed: int = 0,
    ) -> VarResult:
        """Value at risk of the positions by Monte Carlo: seeded, the same bits at any number of threads.

        Parameters
        ----------
        confidence
            By default the config's ``var_confidence_level``.
        paths, draw, df, seed
            As for :func:`baconalgo.risk_models.value_at_risk`.
        """
        options = {"paths": paths, "draw": draw, "seed": seed}
        return self.value_at_risk("monte_carlo", confidence=confidence, df=df, **options)

    def component_var(self, *, confidence: float | None = None, method: str = "sample") -> VarContributions:
        """How much of the value at risk each position makes: marginal, component and incremental VaR.

        Parameters
        ----------
        confidence
            By default the config's ``var_confidence_level``.
        method
            Of the covariance, as :func:`baconalgo.risk_models.covariance` defines them.
        """
        level = self.config.var_confidence_level if confidence is None else confidence
        return _at_risk.contributions(self._returns, self._values(), level, method)

    def correlation_matrix(self, symbols: Iterable[str] | None = None, *, method: str = "sample") -> Correlation:
        """Correlation of returns, by default of all symbols with returns; shows itself as a heat map.

        Raises
        ------
        DataError
            Without two steps of returns of all of them.
        """
        return _at_risk.correlations(self._returns, symbols, method)

    def stress_test(self, scenarios: Any = None) -> StressResult:
        """Profit or loss of the positions if something happens at once.

        Parameters
        ----------
        scenarios
            ``ba.risk_models.Scenario`` objects; or a mapping of names to shocks, each a fraction for everything or a
            mapping of symbols to fractions. By default what has happened: 1987, 2008, 2015, 2020, 2022.

        Examples
        --------
        >>> import baconalgo as ba
        >>> manager = ba.RiskManager()
        >>> tripped = manager.on_fill("BTC", 0.3, 50_000)
        >>> manager.stress_test({"half": -0.5, "BTC alone": {"BTC": 0.1}}).totals
        {'half': -7500.0, 'BTC alone': 1500.0}
        """
        return _at_risk.stress(self._values(), self._sectors, scenarios)

    def _values(self) -> dict[str, float]:
        return {position.symbol: position.value for position in self.positions()}

    def positions(self) -> list[RiskPosition]:
        """The open positions."""
        return [RiskPosition(*row) for row in self._book.positions()]

    def report(self) -> RiskReport:
        """How the limits were used, and what the breakers went through."""
        return risk_report(self._book.state())

    def _now(self, timestamp: Time | None) -> int:
        return self._clock() if timestamp is None else time_ns("timestamp", timestamp)
