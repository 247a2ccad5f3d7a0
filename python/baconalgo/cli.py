"""The command line: ``baconalgo demo | backtest | scan | inspect | bench | doctor``.

Exit codes: 0 done; 1 bad input, said in one line; 2 the command line itself is wrong; 3 the strategy raised; 130
Ctrl-C. After 3 and 130 the report of what was computed is still written.
"""

# No `from __future__ import annotations`: typer reads the annotations. Nothing heavy is imported up here, so that
# `--help` and completion are quick.

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="baconalgo",
    help="Backtests that can be believed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line: the entry point of the `baconalgo` command."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        from baconalgo._build import build_info

        typer.echo(f"baconalgo {build_info()['version']}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    rows: Annotated[int, typer.Option(min=1_000, help="Rows of the simulated market.")] = 500_000,
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 7,
    out: Annotated[Path, typer.Option(help="Where the tearsheet goes.")] = Path("baconalgo-demo.html"),
    open_page: Annotated[bool, typer.Option("--open", help="Open the tearsheet in the browser.")] = False,
) -> None:
    """Backtest an example strategy on a market that baconalgo simulates itself."""
    from baconalgo import demo as example
    from baconalgo._session import Session

    with Session(as_json=False) as session:
        strategy, data, config = example.prepare(rows=rows, seed=seed)
        session.say(example.WHAT.format(rows=rows))
        session.run(
            strategy,
            data,
            config,
            out,
            title=example.TITLE,
            monte_carlo=True,
            open_page=open_page,
            note=lambda: example.without_costs(strategy, data, config),
        )
    raise typer.Exit(session.code)


@app.command()
def backtest(
    strategy: Annotated[Path, typer.Argument(metavar="STRATEGY.py", help="File that defines a strategy.")],
    more: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", hidden=True)] = None,
    data: Annotated[list[str] | None, typer.Option("--data", metavar="FILE...", help="Parquet, CSV or Arrow.")] = None,
    out: Annotated[Path, typer.Option(help="Where the tearsheet goes.")] = Path("report.html"),
    config: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Names and values of BacktestConfig.")
    ] = None,
    symbol: Annotated[str | None, typer.Option(help="Symbol of the data, or which rows of it.")] = None,
    read: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Any option of ba.data.load: tz=EST, names=ts,open,..., label=close."),
    ] = None,
    tick_size: Annotated[str | None, typer.Option(help="Price step; inferred if not given.")] = None,
    lot_size: Annotated[str | None, typer.Option(help="Quantity step; inferred if not given.")] = None,
    off_tick: Annotated[str, typer.Option(help="Prices off the tick: error or round.")] = "error",
    invalid: Annotated[str, typer.Option(help="Rows that cannot be (high below low, ...): error or skip.")] = "error",
    unsorted: Annotated[str, typer.Option(help="Rows out of time order: error or sort.")] = "error",
    capital: Annotated[float | None, typer.Option(help="Initial capital.")] = None,
    commission_pct: Annotated[float | None, typer.Option(help="Commission, percent of the notional.")] = None,
    slippage_pct: Annotated[float | None, typer.Option(help="Slippage of marketable fills, percent.")] = None,
    latency_ms: Annotated[float | None, typer.Option(help="Latency of orders and of their reports, each way.")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="No latency, full fills at the touch: optimistic.")] = False,
    start: Annotated[str | None, typer.Option(help="First day or time traded, e.g. 2014-05-06.")] = None,
    end: Annotated[str | None, typer.Option(help="First day or time not traded any more.")] = None,
    monte_carlo: Annotated[int | None, typer.Option(min=1, metavar="N", help="Simulate N reorderings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON on standard output.")] = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open the tearsheet in the browser.")] = False,
) -> None:
    """Backtest a strategy on files, show the result, write a tearsheet.

    Several files are merged by time: --data eurusd.parquet xauusd.parquet
    """
    from baconalgo._session import Session, read_config, read_options

    with Session(as_json=as_json) as session:
        import baconalgo as ba
        from baconalgo._strategy_file import load_strategy, title_of
        from baconalgo.errors import ConfigError

        settings = read_config(config)
        given = {
            "initial_capital": capital,
            "commission_pct": commission_pct,
            "slippage_pct": slippage_pct,
            "start_date": start,
            "end_date": end,
            "monte_carlo_simulations": monte_carlo,
            "realistic_fills": False if fast else None,
        }
        settings |= {name: value for name, value in given.items() if value is not None}
        if latency_ms is not None:
            settings["latency"] = round(latency_ms * 1e6)
        paths = [*(data or []), *(more or [])]
        if not paths:
            raise ConfigError("--data", "must name at least one file", "none")
        loaded_strategy, checked = load_strategy(strategy), ba.BacktestConfig(**settings)
        options = {
            "symbol": symbol,
            "tick_size": tick_size,
            "lot_size": lot_size,
            "off_tick": off_tick,
            "invalid": invalid,
            "unsorted": unsorted,
        }
        loaded = ba.data.load(paths if len(paths) > 1 else paths[0], **(options | read_options(read)))
        session.run(
            loaded_strategy,
            loaded,
            checked,
            out,
            title=title_of(strategy),
            monte_carlo=monte_carlo is not None,
            open_page=open_page,
        )
    raise typer.Exit(session.code)


@app.command()
def scan(
    data: Annotated[
        Path, typer.Option("--data", metavar="PATH", help="File or directory of bars: a file a symbol, or long ones.")
    ],
    where: Annotated[str | None, typer.Option(help="Condition on the last bar: 'rsi(close, 14) < 30'.")] = None,
    rank_by: Annotated[str | None, typer.Option(help="Number to rank by, the largest first; else the score.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many to show at most.")] = 50,
    symbols: Annotated[str | None, typer.Option(metavar="A,B,...", help="Only these.")] = None,
    min_price: Annotated[float | None, typer.Option(help="Least last close.")] = None,
    max_price: Annotated[float | None, typer.Option(help="Largest last close.")] = None,
    min_volume: Annotated[float | None, typer.Option(help="Least volume of the last bar.")] = None,
    max_age: Annotated[str | None, typer.Option(help="Oldest last bar, e.g. 1D, back from the newest one.")] = None,
    sectors: Annotated[str | None, typer.Option(metavar="A,B,...", help="Sectors, as in --instruments.")] = None,
    instruments: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Table with symbol, sector, market_cap, float, short_interest.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; as many as cores if not given.")] = None,
    max_bars: Annotated[
        int | None, typer.Option(min=1, help="Bars of a symbol that are kept; all if not given.")
    ] = None,
    read: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="How to read the data: tz=EST, names=ts,open,..., day_first=yes."),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Follow the files: a new table after every change.")] = False,
    interval: Annotated[float, typer.Option(min=0.05, help="Seconds between looks at the files.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON on standard output.")] = False,
) -> None:
    """Scan instruments on their last bar: filter, rank, score, and say why.

    baconalgo scan --data bars/ --where 'rsi(close, 14) < 30' --rank-by 'volume / sma(volume, 20)' --top 20
    """
    from baconalgo._session import Session, read_options

    with Session(as_json=as_json) as session:
        from baconalgo.scanner import ScanFilter
        from baconalgo.scanner._command import READING
        from baconalgo.scanner._command import scan as run

        asked = ScanFilter(
            where=where,
            rank_by=rank_by,
            min_price=min_price,
            max_price=max_price,
            min_volume=min_volume,
            max_age=max_age,
            sectors=None if sectors is None else sectors.split(","),
        )
        run(
            data,
            asked,
            symbols=None if symbols is None else symbols.split(","),
            top=top,
            instruments=instruments,
            threads=threads,
            max_bars=max_bars,
            reading=read_options(read, READING),
            watch=watch,
            interval=interval,
            as_json=as_json,
        )
    raise typer.Exit(session.code)


@app.command()
def inspect(
    file: Annotated[list[str], typer.Argument(metavar="FILE...", help="Parquet, CSV or Arrow.")],
    symbol: Annotated[str | None, typer.Option(help="Symbol of the data, or which rows of it.")] = None,
    read: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Any option of ba.data.load: tz=EST, names=ts,open,..., label=close."),
    ] = None,
) -> None:
    """Say what is in a file of market data, and what is odd about it."""
    from baconalgo._session import Session, read_options

    with Session(as_json=False) as session:
        import baconalgo as ba

        options = read_options(read) | ({} if symbol is None else {"symbol": symbol})
        for path in file:
            typer.echo(repr(ba.data.inspect(path, **options)))
    raise typer.Exit(session.code)


@app.command()
def bench(
    what: Annotated[str, typer.Argument(metavar="engine|bus", help="What to measure.")],
    scale: Annotated[float, typer.Option(min=0.001, help="How much of the usual number of messages.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a result on standard output.")] = False,
) -> None:
    """Measure the live engine or the bus on this machine, beside a base case and the peers that are installed."""
    from baconalgo._session import Session

    with Session(as_json=as_json) as session:
        from baconalgo.bench import bench_bus, bench_engine, show
        from baconalgo.errors import ConfigError

        cases = {"engine": bench_engine, "bus": bench_bus}
        if what not in cases:
            raise ConfigError("bench", "must be one of engine, bus", repr(what))
        show(what, cases[what](scale=scale), as_json=as_json)
    raise typer.Exit(session.code)


@app.command()
def doctor() -> None:
    """Check this installation, and run a tiny backtest."""
    from baconalgo.doctor import examine

    raise typer.Exit(examine())
