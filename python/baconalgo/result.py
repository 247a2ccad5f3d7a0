"""What a backtest gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    import pyarrow as pa

    from baconalgo.backtest import MonteCarloResult
    from baconalgo.config import BacktestConfig
    from baconalgo.data import Instrument
    from baconalgo.errors import BaconError
    from baconalgo.risk import RiskReport


@dataclass(frozen=True, eq=False, repr=False)
class BacktestResult:
    """Everything a run computed. Shows itself as a table; all tables are Arrow (`.to_pandas()`).

    Two results are the same run if their :attr:`hash` is the same.

    Examples
    --------
    >>> import baconalgo as ba
    >>> strategy = ba.ExprStrategy(entry=ba.cross_above(ba.ema(ba.close, 20), ba.ema(ba.close, 50)))
    >>> result = ba.BacktestEngine(ba.BacktestConfig()).run(strategy, ba.data.simulate(rows=2_000, seed=1))
    >>> result.complete
    True
    """

    metrics: dict[str, float | int | None]
    """Numbers by name; undefined is None."""
    orders: pa.Table
    """One row an order: what was asked for, and how it ended."""
    fills: pa.Table
    """One row a fill."""
    trades: pa.Table
    """One row a closed trade, from flat to flat; P&L net of fees."""
    equity_curve: pa.Table
    """``ts, equity, drawdown_pct, event``: the samples and one row a fill."""
    assumptions: dict[str, str | int | float]
    """What the simulator assumed, and how often it mattered."""
    hash: str
    """Of the config, the orders, the fills and the integer ledger; hexadecimal."""
    complete: bool = True
    """Whether the run reached the end of its data."""
    error: BaconError | None = None
    """Why it did not, if it was an error."""
    instruments: list[Instrument] = field(default_factory=list)
    """What was traded, with tick and lot."""
    config: BacktestConfig | None = None
    """The configuration of the run."""
    stats: dict[str, Any] = field(default_factory=dict)
    """``events``; ``step_seconds`` in the step loop, ``read_seconds`` reading and decoding, ``total_seconds`` in all;
    ``events_per_second`` of the step loop; ``range``, the times of the first and the last event, ns. Not part of
    the hash."""
    monte_carlo: MonteCarloResult | None = None
    """Paths drawn from the trades, where the configuration has ``enable_monte_carlo`` and there are trades."""

    outcome_hash: str = ""
    """Of the orders, the fills and the integer ledger, whatever the config: the :attr:`QuantumEngine.hash` of a live
    engine that has done the same. Empty for a run on ready-made trades."""

    risk: RiskReport | None = None
    """How close the run came to each limit of its ``RiskConfig``, where it had one."""

    def __repr__(self) -> str:
        from baconalgo.report import terminal

        return terminal.plain(self)

    def __rich__(self) -> Any:
        from baconalgo.report import terminal

        return terminal.table(self)

    def _repr_html_(self) -> str:
        from baconalgo.report import inline

        return inline.summary(self)

    def plot(self) -> Plot:
        """Draw equity, drawdown and fills.

        Returns
        -------
        Plot
            Shows itself in a notebook, offline; ``.save(path)`` writes it as a page elsewhere.
        """
        from baconalgo.report import inline

        return Plot(inline.plot(self))

    def tearsheet(
        self,
        path: str | os.PathLike[str] = "tearsheet.html",
        *,
        monte_carlo: MonteCarloResult | None = None,
        title: str | None = None,
    ) -> Path:
        """Write one self-contained page that opens offline.

        Parameters
        ----------
        path : path
            Where to; an existing file is replaced once the page is whole.
        monte_carlo : MonteCarloResult, optional
            Of :meth:`BacktestEngine.run_monte_carlo`; adds the fan of paths and the probability of loss and ruin.
            Else :attr:`monte_carlo`, if there is one.
        title : str, optional
            Headline; else the symbols.

        Returns
        -------
        pathlib.Path
            The absolute path of the page.

        Raises
        ------
        OSError
            The file cannot be written.
        """
        from baconalgo.report import tearsheet

        target = Path(path).expanduser().absolute()
        text = tearsheet.page(self, title=title, monte_carlo=monte_carlo or self.monte_carlo)
        partial = target.with_name(target.name + ".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(target)
        return target


@dataclass(frozen=True, repr=False)
class Plot:
    """A chart that shows itself in a notebook."""

    html: str
    """The chart as an HTML fragment with its style."""

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return "Plot: shown in a notebook; .save(path) writes it as an HTML page"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the chart as a page; returns its absolute path."""
        target = Path(path).expanduser().absolute()
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Backtest</title>'
        style = "<style>body{margin:32px auto;max-width:1080px;padding:0 16px;color-scheme:light dark}</style>"
        target.write_text(head + style + self.html + "</html>\n", encoding="utf-8")
        return target
