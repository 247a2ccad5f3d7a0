"""W1: each indicator over a million bars, one thread, whole output arrays, against everyone who has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from baconalgo import indicators
from benches import indicator_loops as loops
from benches import workloads
from benches.conftest import Measure

BARS = 1_000_000
ROUNDS = 15
#: Seeds and ties differ between the baselines in the first rows; far behind them all say the same.
SETTLED, AGREEMENT = 5_000, 1e-6

#: Not the same numbers: rounded prices tie, which not all treat as ties; the weights of 12 and 26 are 0.15 and 0.075;
#: the lower band comes first.
DIFFERENT = {("mfi", "tulipy"), ("mfi", "numba"), ("macd", "tulipy"), ("bollinger", "tulipy")}

Case = Callable[[workloads.Columns], Any]


def _talib(function: str, columns: str, *parameters: float) -> Case:
    def run(bars: workloads.Columns) -> Any:
        import talib

        return getattr(talib, function)(*(bars[name] for name in columns.split()), *parameters)

    return run


def _tulipy(function: str, columns: str, *parameters: float) -> Case:
    def run(bars: workloads.Columns) -> Any:
        import tulipy

        return getattr(tulipy, function)(*(bars[name] for name in columns.split()), *parameters)

    return run


def _loop(function: Callable[..., Any], columns: str, *parameters: float) -> Case:
    return lambda bars: function(*(bars[name] for name in columns.split()), *parameters)


def _ours(name: str, columns: str, *parameters: float) -> Case:
    return lambda bars: getattr(indicators, name)(*(bars[column] for column in columns.split()), *parameters)


HLC, HLCV = "high low close", "high low close volume"
#: Ours, then the baselines.
CASES: dict[str, tuple[Case, dict[str, Case]]] = {
    "rsi": (
        _ours("rsi", "close", 14),
        {
            "TA-Lib": _talib("RSI", "close", 14),
            "tulipy": _tulipy("rsi", "close", 14),
            "numba": _loop(loops.rsi, "close", 14),
        },
    ),
    "ema": (
        _ours("ema", "close", 20),
        {
            "TA-Lib": _talib("EMA", "close", 20),
            "tulipy": _tulipy("ema", "close", 20),
            "numba": _loop(loops.ema, "close", 20),
        },
    ),
    "sma": (
        _ours("sma", "close", 20),
        {
            "TA-Lib": _talib("SMA", "close", 20),
            "tulipy": _tulipy("sma", "close", 20),
            "numba": _loop(loops.sma, "close", 20),
        },
    ),
    "macd": (
        _ours("macd", "close", 12, 26, 9),
        {
            "TA-Lib": _talib("MACD", "close", 12, 26, 9),
            "tulipy": _tulipy("macd", "close", 12, 26, 9),
            "numba": _loop(loops.macd, "close", 12, 26, 9),
        },
    ),
    "bollinger": (
        _ours("bollinger", "close", 20, 2.0),
        {
            "TA-Lib": _talib("BBANDS", "close", 20, 2.0, 2.0),
            "tulipy": _tulipy("bbands", "close", 20, 2.0),
            "numba": _loop(loops.bollinger, "close", 20, 2.0),
        },
    ),
    "stochastic": (
        _ours("stochastic", HLC, 14, 3, 3),
        {
            "TA-Lib": _talib("STOCH", HLC, 14, 3, 0, 3, 0),
            "tulipy": _tulipy("stoch", HLC, 14, 3, 3),
            "numba": _loop(loops.stochastic, HLC, 14, 3, 3),
        },
    ),
    "williams_r": (
        _ours("williams_r", HLC, 14),
        {
            "TA-Lib": _talib("WILLR", HLC, 14),
            "tulipy": _tulipy("willr", HLC, 14),
            "numba": _loop(loops.williams_r, HLC, 14),
        },
    ),
    "cci": (
        _ours("cci", HLC, 20),
        {"TA-Lib": _talib("CCI", HLC, 20), "tulipy": _tulipy("cci", HLC, 20), "numba": _loop(loops.cci, HLC, 20)},
    ),
    "mfi": (
        _ours("mfi", HLCV, 14),
        {"TA-Lib": _talib("MFI", HLCV, 14), "tulipy": _tulipy("mfi", HLCV, 14), "numba": _loop(loops.mfi, HLCV, 14)},
    ),
    "atr": (
        _ours("atr", HLC, 14),
        {"TA-Lib": _talib("ATR", HLC, 14), "tulipy": _tulipy("atr", HLC, 14), "numba": _loop(loops.atr, HLC, 14)},
    ),
    "keltner": (
        _ours("keltner", HLC, 20, 10, 2.0),
        {"TA-Lib": _talib("KC", HLC, 20, 10, 2.0), "numba": _loop(loops.keltner, HLC, 20, 10, 2.0)},
    ),
    "ichimoku": (_ours("ichimoku", HLC, 9, 26, 52), {"numba": _loop(loops.ichimoku, "high low", 9, 26, 52)}),
    "obv": (
        _ours("obv", "close volume"),
        {
            "TA-Lib": _talib("OBV", "close volume"),
            "tulipy": _tulipy("obv", "close volume"),
            "numba": _loop(loops.obv, "close volume"),
        },
    ),
    "vwap": (_ours("vwap", HLCV), {"TA-Lib": _talib("VWAP", HLCV), "numba": _loop(loops.vwap, HLCV)}),
    "cvd": (_ours("cvd", "volume buy_volume"), {"numba": _loop(loops.cvd, "volume buy_volume")}),
}


def _first(result: Any) -> np.ndarray[Any, Any]:
    return np.asarray(result[0] if isinstance(result, tuple | list) else result)


@pytest.mark.parametrize(("name", "peer"), [(name, peer) for name, (_, all_) in CASES.items() for peer in all_])
def test_an_indicator_over_a_million_bars(measure: Measure, name: str, peer: str) -> None:
    ours, baselines = CASES[name]
    if peer != "numba":
        pytest.importorskip({"TA-Lib": "talib"}.get(peer, peer), reason=f"{peer} is not installed")
    bars = workloads.bars(BARS)
    theirs = baselines[peer]
    found = measure(
        "W1 indicators",
        name,
        lambda: ours(bars),
        n=BARS,
        unit="bars",
        baseline=(peer, lambda: theirs(bars)),
        rounds=ROUNDS,
    )
    # tulipy leaves the first rows out and OBV may begin at zero: the last rows are compared, moved by a constant.
    mine, other = _first(found)[SETTLED:], _first(theirs(bars))
    other = other[len(other) - len(mine) :]
    if name == "obv":
        other = other + (mine[0] - other[0])
    if (name, peer) not in DIFFERENT:
        np.testing.assert_allclose(mine, other, rtol=AGREEMENT, atol=AGREEMENT * np.abs(other).max())
