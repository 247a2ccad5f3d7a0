"""The command line: what it takes, what it says, how it ends. The engine is played by a stand-in here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthetic import make_monte_carlo, make_result
from typer.testing import CliRunner, Result

import baconalgo as ba
from baconalgo import cli
from baconalgo._strategy_file import load_strategy
from baconalgo.errors import BaconError, ConfigError, DataError, StrategyError


class Engine:
    """Gives a result, or fails as it is told after having computed half of it."""

    failure: BaseException | None = None
    seen: dict[str, Any]

    def __init__(self, config: Any) -> None:
        self.last_result: Any = None
        Engine.seen = {"config": config}

    def run(self, strategy: Any, data: Any, progress: Any = None) -> Any:
        Engine.seen |= {"strategy": strategy, "data": data}
        if callable(progress):
            progress(10, 20)
        error = self.failure if isinstance(self.failure, BaconError) else None
        self.last_result = make_result(complete=self.failure is None, error=error, days=30, samples=30)
        if self.failure is not None:
            raise self.failure
        return self.last_result

    def run_monte_carlo(self, result: Any) -> Any:
        return make_monte_carlo(runs=50)


class Config:
    def __init__(self, initial_capital: float = 1.0, latency: Any = None, **others: Any) -> None:
        vars(self).update(others, initial_capital=initial_capital, latency=latency)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Calls `baconalgo backtest` on an empty strategy with the stand-in."""
    monkeypatch.setattr(ba, "BacktestEngine", Engine, raising=False)
    monkeypatch.setattr(ba, "BacktestConfig", Config, raising=False)
    monkeypatch.setattr(ba, "Latency", dict, raising=False)
    monkeypatch.setattr(ba.data, "load", lambda x, **options: (x, options))
    monkeypatch.setattr(Engine, "failure", None)
    (tmp_path / "cross.py").write_text("strategy = 'the strategy'\n")

    def call(*arguments: str) -> Result:
        out = ("--out", str(tmp_path / "report.html"))
        return CliRunner().invoke(cli.app, ["backtest", str(tmp_path / "cross.py"), *out, *arguments])

    return call


def test_backtest_shows_the_result_and_writes_the_page(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("--data", "a.parquet")
    assert result.exit_code == 0, result.output
    assert "Sharpe" in result.output
    assert str(tmp_path / "report.html") in result.output.replace("\n", "")
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert Engine.seen["strategy"] == "the strategy"


def test_run_without_a_fill_says_why(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    def play(self: Engine, *_: Any, **__: Any) -> None:
        self.last_result = make_result(fills=0)

    monkeypatch.setattr(Engine, "run", play)
    output = " ".join(run("--data", "a").output.split())
    assert "None of the orders was filled; most often because exposure exceeds equity x leverage." in output


def test_several_files_may_follow_data(run: Callable[..., Result]) -> None:
    assert run("--data", "a.parquet", "b.csv", "--symbol", "X").exit_code == 0
    files, options = Engine.seen["data"]
    assert files == ["a.parquet", "b.csv"]
    assert options["symbol"] == "X"


def test_options_override_the_config_file(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("initial_capital = 5.0\n[latency]\nentry = 7\n")
    assert run("--data", "a", "--config", str(tmp_path / "c.toml"), "--capital", "6").exit_code == 0
    assert Engine.seen["config"].initial_capital == 6.0
    assert Engine.seen["config"].latency == {"entry": 7}
    assert run("--data", "a", "--latency-ms", "0.25").exit_code == 0
    assert Engine.seen["config"].latency == 250_000


def test_unknown_name_in_the_config_file_is_refused(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("initial_captial = 5.0\n")
    result = run("--data", "a", "--config", str(tmp_path / "c.toml"))
    assert result.exit_code == 1
    assert "initial_captial" in result.stderr


def test_json_is_all_there_is_on_standard_output(run: Callable[..., Result]) -> None:
    result = run("--data", "a", "--json", "--monte-carlo", "10")
    document = json.loads(result.stdout)
    assert document["complete"] is True
    assert document["metrics"]["calmar_ratio"] is None
    assert document["monte_carlo"]["probability_of_ruin"] == 0.0


@pytest.mark.parametrize(
    ("failure", "code", "says"),
    [
        (StrategyError("on_quote", "must not raise", "ZeroDivisionError"), 3, "StrategyError: on_quote"),
        (DataError("price", "must be finite", "nan"), 1, "DataError: price must be finite, was nan"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
    ids=["strategy", "data", "Ctrl-C"],
)
def test_report_of_what_was_computed_is_written_after_a_failure(
    run: Callable[..., Result],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    code: int,
    says: str,
) -> None:
    monkeypatch.setattr(Engine, "failure", failure)
    result = run("--data", "a")
    assert result.exit_code == code
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert "did not finish" in (tmp_path / "report.html").read_text()


def test_data_is_asked_for(run: Callable[..., Result]) -> None:
    result = run()
    assert result.exit_code == 1
    assert "--data must name at least one file" in result.stderr


def test_report_that_cannot_be_written_is_refused_before_the_run(run: Callable[..., Result], tmp_path: Path) -> None:
    Engine.seen = {}
    result = run("--data", "a", "--out", str(tmp_path / "nowhere" / "r.html"))
    assert result.exit_code == 1
    assert "strategy" not in Engine.seen


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(text)
    return path


def test_strategy_file_may_define_a_factory(tmp_path: Path) -> None:
    assert load_strategy(write(tmp_path, "def make():\n    return 42\n")) == 42


def test_strategy_file_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside_the_strategy.py").write_text("VALUE = 7\n")
    assert load_strategy(write(tmp_path, "from beside_the_strategy import VALUE as strategy\n")) == 7


def test_strategy_file_may_hold_exactly_one_class(tmp_path: Path) -> None:
    one = "import baconalgo as ba\nfrom baconalgo import Strategy\nclass A(ba.Strategy):\n    pass\n"
    assert type(load_strategy(write(tmp_path, one))).__name__ == "A"
    with pytest.raises(ConfigError, match=r"exactly one.*A, B"):
        load_strategy(write(tmp_path, one + "class B(A):\n    pass\n"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\n", "with none"),
        ("import math\n\nmath.sqrt(-1)\n", r"mine\.py:3: ValueError"),
        ("def f(:\n", r"mine\.py:1: SyntaxError"),
        ("def make():\n    return 1 / 0\n", r"mine\.py:2: ZeroDivisionError"),
    ],
)
def test_strategy_file_that_is_none_says_where_and_why(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_strategy(write(tmp_path, text))


def test_strategy_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match=r"exists, was nowhere\.py"):
        load_strategy("nowhere.py")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom baconalgo import cli\n"
        "assert CliRunner().invoke(cli.app, ['--help']).exit_code == 0\n"
        "print([m for m in ('numpy', 'pyarrow', 'pandas', 'numba') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_version_is_said() -> None:
    result = CliRunner().invoke(cli.app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.startswith("baconalgo ")


def test_inspect_reads_a_file_as_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "eurusd.csv"
    path.write_text("01/02/2024 17:00;1.1;1.2\n02/02/2024 17:00;1.1;1.2\n")
    told = ["--read", "names=ts,bid,ask", "--read", "day_first=yes", "--read", "tz=America/New_York"]
    found = CliRunner().invoke(cli.app, ["inspect", str(path), *told])
    assert found.exit_code == 0
    assert "2024-02-01 22:00:00" in found.stdout
    wrong = CliRunner().invoke(cli.app, ["inspect", str(path), "--read", "zone=EST"])
    assert wrong.exit_code == 1
    assert "must be NAME=VALUE with a name of symbol, kind, columns, names" in " ".join(wrong.output.split())
