"""Backtests: strategies over recorded markets, ready-made trades, and paths drawn from either."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from baconalgo import _core
from baconalgo._assumptions import assumptions_of
from baconalgo._progress import watched
from baconalgo._spool import Spool
from baconalgo._trades import BacktestTrade, result_of_trades
from baconalgo.config import MOST_PATHS, BacktestConfig, finite_number, whole_number
from baconalgo.data import Data, load
from baconalgo.data._times import text
from baconalgo.errors import BaconError, ConfigError, DataError, StrategyError
from baconalgo.result import BacktestResult
from baconalgo.risk._config import RiskConfig
from baconalgo.risk._report import risk_report

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["BacktestEngine", "BacktestTrade", "MonteCarloResult"]

#: Called with the rows done so far, and the rows there are if that is known.
ProgressCallback = Callable[[int, int | None], None]

_PERCENTS = (1, 5, 10, 25, 50, 75, 90, 95, 99)


@dataclass(frozen=True, repr=False)
class MonteCarloResult:
    """What else could have happened.

    Attributes
    ----------
    percentiles
        Percentiles of the final equity, by percent.
    drawdown_percentiles
        Percentiles of the maximum drawdown, in percent, by percent.
    probability_of_loss
        The part of the paths that end below the initial capital, 0..1.
    probability_of_ruin
        The part of the paths that ever lost `ruin_loss_pct` of it, 0..1.
    final_equity, max_drawdown_pct
        One value a path.
    paths
        A table of equity over the steps, for a fan chart: ``step, p5, p25, p50, p75, p95``.
    initial_capital, method
        What the paths start with, and how they were drawn.
    """

    percentiles: dict[int, float]
    drawdown_percentiles: dict[int, float]
    probability_of_loss: float
    probability_of_ruin: float
    final_equity: npt.NDArray[np.float64]
    max_drawdown_pct: npt.NDArray[np.float64]
    paths: pa.Table | None
    initial_capital: float
    method: str

    def __repr__(self) -> str:
        rows = [
            f"MonteCarloResult: {len(self.final_equity):,} paths, {self.method}",
            f"  probability of loss {self.probability_of_loss:.1%}, of ruin {self.probability_of_ruin:.1%}",
            "  percent      final equity   max drawdown",
        ]
        rows += [f"  {p:>6} {self.percentiles[p]:>18,.2f} {self.drawdown_percentiles[p]:>13.2f}%" for p in _PERCENTS]
        return "\n".join(rows)


class BacktestEngine:
    """Runs strategies over recorded markets.

    Parameters
    ----------
    config
        Settings; by default those of :class:`BacktestConfig`.
    risk
        A :class:`RiskConfig` that guards the account as a whole, beside the limits of `config`; its exposures refer to
        its own ``total_capital``. ``result.risk`` says how close the run came to each limit.

    Attributes
    ----------
    last_result
        What the last run computed, also when it was interrupted or failed (``complete=False``).

    Examples
    --------
    >>> import baconalgo as ba
    >>> strategy = ba.ExprStrategy(entry=ba.ema(ba.close, 20) > ba.ema(ba.close, 50), exit=ba.ema(ba.close, 20)
    ...                            < ba.ema(ba.close, 50))
    >>> engine = ba.BacktestEngine(ba.BacktestConfig(commission_pct=0.01, slippage_pct=0))
    >>> result = engine.run(strategy, ba.data.simulate(rows=5_000, seed=1))
    >>> result.complete, engine.last_result is result
    (True, True)
    """

    def __init__(self, config: BacktestConfig | None = None, *, risk: RiskConfig | None = None) -> None:
        if config is not None and not isinstance(config, BacktestConfig):
            raise ConfigError("config", "must be a ba.BacktestConfig", type(config).__name__)
        if risk is not None and not isinstance(risk, RiskConfig):
            raise ConfigError("risk", "must be a ba.RiskConfig", type(risk).__name__)
        self.config = config if config is not None else BacktestConfig()
        self.risk = risk
        self.last_result: BacktestResult | None = None

    def run(
        self, strategy: Any, data: Any = None, *, progress: ProgressCallback | bool | None = None, **options: Any
    ) -> BacktestResult:
        """Run a strategy over data, or account for ready-made trades.

        Parameters
        ----------
        strategy
            A :class:`Strategy`, :class:`ExprStrategy`, :class:`SignalStrategy` or :func:`compiled` strategy; or, with
            no data, a sequence of :class:`BacktestTrade`.
        data
            What :func:`baconalgo.data.load` takes: a path, a table of any library, a list or dict of these.
        progress
            A function called with (rows done, rows in all or None) ten times a second; True or None for a bar in
            notebooks and terminals once a run takes longer than a second; False for none.
        **options
            Passed on to :func:`baconalgo.data.load`.

        Returns
        -------
        BacktestResult

        Raises
        ------
        DataError, ConfigError
            If data or settings cannot be used.
        StrategyError
            If the strategy raised; what was computed until then is in :attr:`last_result`.
        KeyboardInterrupt
            After Ctrl-C; the same.
        """
        if data is None and not options:
            return self._run_trades(strategy)
        began = time.perf_counter()
        loaded = data if isinstance(data, Data) and not options else load(data, **options)
        native = native_strategy(strategy)
        counter, spool = _core.Progress(), Spool()
        settings, limits = self.config.settings(), None
        if self.risk is not None:
            limits = self.risk.settings()
            settings["hash_text"] += self.risk.to_toml()
        with watched(counter, progress):
            output = _core.run_backtest(native, loaded.sources(), settings, counter, spool, limits)
        failure = _failure(output)
        result = BacktestResult(
            metrics=output.metrics,
            **{name: spool.table(name, pa.table(output.table(name))) for name in _TABLES},
            assumptions=assumptions_of(self.config, loaded, output) | self._risk_assumptions(),
            hash=output.hash,
            outcome_hash=output.outcome_hash,
            complete=output.complete,
            error=failure if isinstance(failure, BaconError) else None,
            instruments=list(loaded.instruments),
            config=self.config,
            stats=_stats(output, time.perf_counter() - began),
            risk=None if output.risk is None else risk_report(output.risk),
        )
        result = self._with_paths(result)
        spool.keep_for(result)
        self.last_result = result
        events, counts = output.events, output.counts
        # It holds the strategy's exception, whose traceback leads back to this frame: a cycle through the extension,
        # which no garbage collection would find.
        del output
        if failure is not None:
            raise failure
        if isinstance(native, _core.Targets) and self.config.end_ns is None:
            _check_length(strategy, counts[0]["rows"])
        if events == 0:
            raise DataError("data", "must have rows in the run's range", "none", code=1108)
        return result

    def _risk_assumptions(self) -> dict[str, str | int | float]:
        if self.risk is None:
            return {}
        return {"risk_limits": "those of the RiskConfig hold as well; how they were used is in result.risk"}

    def _run_trades(self, trades: Any) -> BacktestResult:
        if not isinstance(trades, Iterable) or isinstance(trades, str | bytes):
            raise ConfigError("data", "must be given with a strategy", None)
        self.last_result = self._with_paths(result_of_trades(_checked(trades), self.config))
        return self.last_result

    def _with_paths(self, result: BacktestResult) -> BacktestResult:
        """The result with a Monte Carlo, if the settings ask for one and there are trades to draw from."""
        if not (self.config.enable_monte_carlo and result.complete and result.trades.num_rows):
            return result
        return replace(result, monte_carlo=self.run_monte_carlo(result))

    def run_monte_carlo(
        self,
        result_or_trades: BacktestResult | Sequence[BacktestTrade],
        *,
        method: str = "trades",
        simulations: int | None = None,
        block: float | None = None,
        ruin_loss_pct: float = 50.0,
        seed: int | None = None,
    ) -> MonteCarloResult:
        """Draw paths from what happened: seeded, in parallel, the same at any number of threads.

        Parameters
        ----------
        result_or_trades
            A result, or ready-made trades.
        method
            ``"trades"``: P&L of trades, drawn one by one with replacement, added up; ``"returns"``: returns between
            the samples of equity, drawn in blocks of random length (stationary bootstrap), compounded.
        simulations, seed
            Paths, and the seed; by default the config's.
        block
            Mean length of a block of returns; default: the cube root of their number, at least 1.
        ruin_loss_pct
            The loss of initial capital that counts as ruin, percent.

        Raises
        ------
        ConfigError, DataError
            If a setting is out of its range, or there is nothing to draw from.
        """
        paths = self.config.monte_carlo_simulations if simulations is None else simulations
        paths = whole_number("simulations", paths, least=1, below=MOST_PATHS + 1)
        chosen = self.config.seed if seed is None else whole_number("seed", seed, least=0, below=2**63)
        loss = finite_number("ruin_loss_pct", ruin_loss_pct, above=0)
        result = (
            result_or_trades
            if isinstance(result_or_trades, BacktestResult)
            else result_of_trades(_checked(result_or_trades), self.config)
        )
        capital = result.metrics.get("initial_capital") or self.config.initial_capital
        if method == "trades":
            values = result.trades["pnl"].to_numpy()
            length = None
            described = "trades drawn one by one"
        elif method == "returns":
            curve = result.equity_curve
            kept = curve.filter(pa.compute.not_equal(curve["event"].cast(pa.string()), "fill"))
            equity = kept["equity"].to_numpy()
            if not (equity > 0).all():
                raise DataError("equity", "must stay above zero to draw returns from", float(equity.min()))
            values = np.diff(equity) / equity[:-1]
            length = max(1.0, round(len(values) ** (1 / 3))) if block is None else finite_number("block", block)
            if len(values) and not 1 <= length <= len(values):
                raise ConfigError("block", f"must be from 1 to the {len(values)} returns there are", length)
            described = f"returns drawn in blocks of {length:g} on average"
        else:
            raise ConfigError("method", "must be one of trades, returns", repr(method))
        if not len(values):
            raise DataError(method, "must not be empty", "no rows", code=1108)
        equity_at_end, drawdown, equities, drawdowns, probabilities, steps, fan = _core.monte_carlo_paths(
            np.ascontiguousarray(values, dtype=np.float64),
            compounding=method == "returns",
            block=length,
            paths=paths,
            steps=None,
            seed=chosen,
            initial_capital=float(capital),
            ruin_loss_pct=loss,
            percents=[float(percent) for percent in _PERCENTS],
        )
        names = ("p5", "p25", "p50", "p75", "p95")
        return MonteCarloResult(
            percentiles=dict(zip(_PERCENTS, equities, strict=True)),
            drawdown_percentiles=dict(zip(_PERCENTS, drawdowns, strict=True)),
            probability_of_loss=probabilities[0],
            probability_of_ruin=probabilities[1],
            final_equity=equity_at_end,
            max_drawdown_pct=drawdown,
            paths=pa.table({"step": steps, **{name: fan[:, place] for place, name in enumerate(names)}}),
            initial_capital=float(capital),
            method=described,
        )


def _checked(trades: Any) -> list[BacktestTrade]:
    rows = list(trades) if isinstance(trades, Iterable) else [trades]
    for row in rows:
        if not isinstance(row, BacktestTrade):
            raise ConfigError("trades", "must be a sequence of ba.BacktestTrade", type(row).__name__)
    return rows


_TABLES = ("orders", "fills", "trades", "equity_curve")


def native_strategy(strategy: Any) -> Any:
    """What the extension takes for a strategy."""
    if isinstance(strategy, type) and issubclass(strategy, _core.StrategyBase):
        strategy = strategy()
    if isinstance(strategy, _core.StrategyBase):
        return strategy
    native = getattr(strategy, "_native", None)
    if native is None:
        rule = "must be a ba.Strategy, ba.ExprStrategy, ba.SignalStrategy or a function made by ba.compiled"
        raise ConfigError("strategy", rule, type(strategy).__name__)
    return native()


def _check_length(strategy: Any, rows: int) -> None:
    """Refuse targets that go on after the last row: they belong to another table."""
    values = len(strategy.targets)
    if values > rows:
        rule = f"must be one for each of the {rows} rows of the primary table"
        raise StrategyError("targets", rule, f"{values} values", code=1102)


def _failure(output: _core.RunOutput) -> BaseException | None:
    """The exception that a run ended with, in the package's terms."""
    if output.error is None:
        return None
    error, context = output.error
    if context is None or not isinstance(error, Exception):
        return error
    told, ts = context
    if isinstance(error, StrategyError):
        error.ts = ts
        return error
    where = f"{type(error).__name__}: {error} (at {text(ts)} UTC, told {told!r})"
    failure = StrategyError("strategy", "must not raise", where, code=1101)
    failure.event, failure.ts, failure.__cause__ = told, ts, error
    return failure


def _stats(output: _core.RunOutput, total: float) -> dict[str, Any]:
    stepped = output.step_seconds
    return {
        "events": output.events,
        "step_seconds": stepped,
        "read_seconds": output.read_seconds,
        "range": output.range,
        "total_seconds": total,
        "events_per_second": output.events / stepped if stepped > 0 else math.nan,
    }
