"""One run from the command line: progress, the table, the page, the exit code."""

from __future__ import annotations

import json
import math
import sys
import tomllib
import traceback
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from baconalgo.errors import BaconError, ConfigError, StrategyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from baconalgo.backtest import MonteCarloResult
    from baconalgo.config import BacktestConfig
    from baconalgo.result import BacktestResult

BAD_INPUT = 1
STRATEGY_RAISED = 3
INTERRUPTED = 130

Progress = Callable[[int, int | None], None]


def read_config(path: Path | None) -> dict[str, Any]:
    """Names and values of a BacktestConfig from a TOML file; an empty dict without a file.

    Raises
    ------
    ConfigError
        The file cannot be read, or has a name that BacktestConfig does not have.
    """
    if path is None:
        return {}
    try:
        settings = tomllib.loads(path.expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError("--config", "must be a TOML file that can be read", f"{path}: {error}") from error
    import inspect

    from baconalgo import BacktestConfig, Latency

    known = set(inspect.signature(BacktestConfig).parameters)
    for name in settings:
        if name not in known:
            raise ConfigError("--config", f"must have names of {', '.join(sorted(known))}", name)
    if isinstance(settings.get("latency"), dict):
        try:
            settings["latency"] = Latency(**settings["latency"])
        except TypeError as error:
            raise ConfigError("latency", "must have the names of ba.Latency", str(error)) from error
    return settings


def read_options(given: Sequence[str] | None, known: Sequence[str] | None = None) -> dict[str, Any]:
    """Options of :func:`baconalgo.data.load`, or some of them, from ``name=value`` texts.

    Raises
    ------
    ConfigError
        If a text is not of that form, or there is no such option.

    Examples
    --------
    >>> read_options(["tz=EST", "names=ts,price", "columns=price:Last", "day_first=yes"])
    {'tz': 'EST', 'names': ['ts', 'price'], 'columns': {'price': 'Last'}, 'day_first': True}
    """
    if known is None:
        import inspect

        from baconalgo.data import load

        known = [name for name in inspect.signature(load).parameters if name != "x"]
    options: dict[str, Any] = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or name not in known:
            raise ConfigError("--read", f"must be NAME=VALUE with a name of {', '.join(known)}", repr(text))
        if name == "names":
            options[name] = value.split(",")
        elif name == "columns":
            options[name] = dict(pair.partition(":")[::2] for pair in value.split(","))
        elif name == "day_first":
            if value.lower() not in ("yes", "true", "no", "false"):
                raise ConfigError("day_first", "must be yes or no", repr(value))
            options[name] = value.lower() in ("yes", "true")
        else:
            options[name] = value
    return options


class Session:
    """Runs a backtest for people or, with `as_json`, for programs; errors end as a line and an exit code.

    As a context manager: :attr:`code` is what the process should exit with.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.code = 0
        self._as_json = as_json

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if isinstance(error, KeyboardInterrupt):
            self._fail(INTERRUPTED, "interrupted")
        elif isinstance(error, BaconError):
            self._fail(STRATEGY_RAISED if isinstance(error, StrategyError) else BAD_INPUT, _line(error))
        elif isinstance(error, OSError):
            name = f"{error.filename}: " if error.filename else ""
            self._fail(BAD_INPUT, f"{name}{error.strerror or error}")
        else:
            return False
        return True

    def say(self, text: str) -> None:
        """A line for people."""
        if not self._as_json:
            self._console().print(text, highlight=False, soft_wrap=True)

    def run(
        self,
        strategy: Any,
        data: Any,
        config: BacktestConfig,
        out: Path,
        *,
        title: str,
        monte_carlo: bool,
        open_page: bool,
        note: Callable[[], str] | None = None,
    ) -> None:
        """Run, show, write. What was computed is shown and written after an error and after Ctrl-C, too."""
        import baconalgo as ba

        _writable(out)
        engine = ba.BacktestEngine(config)
        stopped: BaseException | None = None
        try:
            with self._progress(rows_of(data)) as progress:
                engine.run(strategy, data, progress=progress)
        except (BaconError, KeyboardInterrupt) as error:
            stopped = error
        result = engine.last_result
        if result is None:
            if stopped is not None:
                raise stopped
            return
        simulated = (
            engine.run_monte_carlo(result) if monte_carlo and result.complete and result.trades.num_rows else None
        )
        page = result.tearsheet(out, monte_carlo=simulated, title=title)
        if self._as_json:
            sys.stdout.write(_json(result, page, simulated) + "\n")
        else:
            self._show(result, page, simulated, note)
        if stopped is not None:
            if isinstance(stopped, StrategyError) and not self._as_json:
                self._where(stopped)
            raise stopped
        if open_page:
            webbrowser.open(page.as_uri())

    def _show(
        self, result: BacktestResult, page: Path, simulated: MonteCarloResult | None, note: Callable[[], str] | None
    ) -> None:
        from baconalgo.report.formatting import number
        from baconalgo.report.tearsheet import counts_of

        console = self._console()
        console.print()
        console.print(result)
        if simulated is not None:
            loss, ruin = (number(p, "fraction") for p in (simulated.probability_of_loss, simulated.probability_of_ruin))
            console.print(f"\nMonte Carlo: probability of loss {loss}, of ruin {ruin}", highlight=False)
        if result.orders.num_rows and not result.fills.num_rows:
            reasons = counts_of(result.orders, "reject_reason")
            why = f"; most often because {reasons[0][0]}" if reasons else ""
            console.print(f"\nNone of the orders was filled{why}.", style="yellow", highlight=False, markup=False)
        elif not result.orders.num_rows and result.complete:
            console.print("\nThe strategy sent no orders.", style="yellow", highlight=False)
        if note is not None and result.complete:
            console.print("\n" + note(), highlight=False)
        console.print(f"\nTearsheet: {page}", highlight=False, soft_wrap=True, markup=False)

    def _where(self, error: StrategyError) -> None:
        """Where in the user's code it happened; our own frames say nothing to them."""
        cause = error.__cause__
        if cause is None:
            return
        ours = str(Path(__file__).parent)
        frames = [f for f in traceback.extract_tb(cause.__traceback__) if not f.filename.startswith(ours)]
        text = "".join(traceback.format_list(frames)) + "".join(traceback.format_exception_only(cause))
        self._console(stderr=True).print(text.rstrip(), style="dim", markup=False, highlight=False)

    def _fail(self, code: int, text: str) -> None:
        self.code = code
        console = self._console(stderr=True)
        console.print(text, style="bold red", markup=False, highlight=False, soft_wrap=True)

    def _console(self, *, stderr: bool = False) -> Console:
        from rich.console import Console

        return Console(stderr=stderr)

    @contextmanager
    def _progress(self, rows: int | None) -> Iterator[Progress | bool]:
        console = self._console(stderr=True)
        if not console.is_terminal:
            # Nobody looks: no bar of ours, and none of the engine.
            yield False
            return
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TextColumn("{task.fields[rows]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Bar(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=rows, rows="")

            def progress(done: int, total: int | None) -> None:
                from baconalgo.report.formatting import rate

                elapsed = bar.tasks[0].elapsed or 0.0
                speed = rate(done / elapsed) if elapsed > 0 else ""
                bar.update(task, completed=done, total=total or rows, rows=f"{done:,} rows  {speed}")

            yield progress


def _line(error: BaconError) -> str:
    return f"{type(error).__name__}: {error}"


def rows_of(data: Any) -> int | None:
    """How many rows a run will see, where that is known without reading them; None otherwise."""
    if hasattr(data, "num_rows"):
        return int(data.num_rows)
    series = getattr(data, "series", None)
    if not series:
        return None
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = 0.0
    for path in (one.input.path for one in series):
        try:
            rows += pq.read_metadata(path).num_rows if path is not None and path.suffix == ".parquet" else math.inf
        except (OSError, pa.ArrowException):
            return None
    return int(rows) if math.isfinite(rows) else None


def _writable(out: Path) -> None:
    """Refuse a report that cannot be written before the run, not after it."""
    directory = out.expanduser().absolute().parent
    if not directory.is_dir():
        raise ConfigError("--out", "must lie in a directory that exists", str(out))
    if out.expanduser().is_dir():
        raise ConfigError("--out", "must be a file", str(out))


def _json(result: BacktestResult, page: Path, simulated: Any) -> str:
    document: dict[str, Any] = {
        "complete": result.complete,
        "error": None if result.error is None else _line(result.error),
        "hash": result.hash,
        "metrics": {name: _finite(value) for name, value in result.metrics.items()},
        "assumptions": result.assumptions,
        "orders": result.orders.num_rows,
        "fills": result.fills.num_rows,
        "trades": result.trades.num_rows,
        "stats": {name: _finite(value) for name, value in result.stats.items()},
        "report": str(page),
    }
    if simulated is not None:
        document["monte_carlo"] = {
            "probability_of_loss": _finite(simulated.probability_of_loss),
            "probability_of_ruin": _finite(simulated.probability_of_ruin),
        }
    return json.dumps(document, indent=2, default=str, allow_nan=False)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
