"""`import baconalgo` loads next to nothing; names are imported when they are first used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import baconalgo as ba


def loaded(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


HEAVY = ("pyarrow", "numpy", "numba", "pandas", "polars", "rich", "typer", "tqdm", "IPython")


def test_importing_the_package_loads_no_library_and_not_the_extension() -> None:
    found = loaded("import baconalgo")
    assert [name for name in (*HEAVY, "baconalgo._core") if name in found] == []


def test_enums_errors_and_settings_need_neither_arrow_nor_the_extension() -> None:
    found = loaded("import baconalgo as ba; ba.Side.BUY; ba.ConfigError; ba.build_info")
    assert "pyarrow" not in found
    assert "baconalgo._core" not in found


def test_a_backtest_loads_no_optional_library() -> None:
    # pyarrow itself looks for pandas when it takes NumPy arrays.
    code = "import baconalgo as ba; ba.BacktestEngine().run(ba.ExprStrategy(ba.close > 0), ba.data.simulate(rows=10))"
    found = loaded(code)
    assert [name for name in ("numba", "polars", "tqdm", "IPython") if name in found] == []


def test_every_public_name_is_there_and_listed() -> None:
    assert len(ba.__all__) == len(set(ba.__all__))
    for name in ba.__all__:
        assert getattr(ba, name) is not None, name
        assert name in dir(ba)


def test_a_star_import_brings_every_name() -> None:
    names: dict[str, object] = {}
    exec("from baconalgo import *", names)
    assert set(ba.__all__) <= set(names)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'baconalgo' has no attribute 'nope'"):
        ba.nope  # noqa: B018
