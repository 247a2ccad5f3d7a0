"""Which of our indicators is which of TA-Lib's, and where the conventions differ.

TA-Lib 0.8 (C library 0.8.1). Outputs are named as in the reference file: ``NAME`` or ``NAME.output``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .definitions import DEFINITIONS
from .markets import Columns


@dataclass(frozen=True)
class Parity:
    """One function of TA-Lib and what it is here."""

    ours: str
    theirs: str
    #: Our output -> theirs; None: the only one.
    outputs: dict[str, str | None]
    #: Our parameter -> theirs.
    parameters: dict[str, str] = field(default_factory=dict)
    #: Our parameters that give TA-Lib's defaults; None: there are none.
    defaults: dict[str, Any] | None = field(default_factory=dict)
    #: Parameters of both sides that are not TA-Lib's defaults.
    fixed: dict[str, Any] = field(default_factory=dict)
    their_fixed: dict[str, Any] = field(default_factory=dict)
    #: The shortest length that TA-Lib takes, and the steps to the next.
    shortest: int = 2
    step: int = 1
    #: Our inputs, made of the columns; None: the columns of their names.
    inputs: Callable[[Columns], list[Any]] | None = None

    @property
    def id(self) -> str:
        return f"{self.ours}-{self.theirs}"

    def columns(self, market: Columns) -> list[Any]:
        if self.inputs is not None:
            return self.inputs(market)
        return [market["close"] if name == "x" else market[name] for name in DEFINITIONS[self.ours].required]

    def settings(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Our parameters and theirs, for many lengths."""
        for length in range(self.shortest, 65 if self.parameters else self.shortest + 1, self.step):
            ours = {name: max(self.shortest, length * (n + 1) % 61) for n, name in enumerate(self.parameters)}
            if "width" in ours:
                ours["width"] = length / 16.0
            theirs = {self.parameters[name]: value for name, value in ours.items()}
            yield ours | self.fixed, theirs | self.their_fixed


PERIOD = {"period": "timeperiod"}
BANDS: dict[str, str | None] = {"upper": "upperband", "middle": "middleband", "lower": "lowerband"}


def one(ours: str, theirs: str, default: int | None = None, *, shortest: int = 2, **more: Any) -> Parity:
    """A function with one output and a period, or nothing."""
    if default is None:
        return Parity(ours, theirs, {DEFINITIONS[ours].outputs[0]: None}, **more)
    name = {DEFINITIONS[ours].outputs[0]: None}
    return Parity(ours, theirs, name, PERIOD, {"period": default}, shortest=shortest, **more)


def returns_of(market: Columns, name: str) -> Any:
    return DEFINITIONS["returns"].function(market[name], 1)


PARITY = [
    one("ema", "EMA", 30, shortest=1),
    one("sma", "SMA", 30, shortest=1),
    one("wma", "WMA", 30, shortest=1),
    one("wilder", "RMA", 30, shortest=1),
    one("dema", "DEMA", 30, shortest=1),
    one("tema", "TEMA", 30, shortest=1),
    one("hull", "HMA", 20, shortest=1),
    # TA-Lib fixes the two smoothing periods at 2 and 30.
    one("kama", "KAMA", 30, shortest=1),
    one("trix", "TRIX", 30, shortest=1),
    Parity(
        "macd",
        "MACD",
        {"macd": "macd", "signal": "macdsignal", "hist": "macdhist"},
        {"fast": "fastperiod", "slow": "slowperiod", "signal": "signalperiod"},
        {"fast": 12, "slow": 26, "signal": 9},
    ),
    one("rsi", "RSI", 14),
    Parity(
        "stochastic",
        "STOCH",
        {"k": "slowk", "d": "slowd"},
        {"k": "fastk_period", "smooth_k": "slowk_period", "d": "slowd_period"},
        {"k": 5, "smooth_k": 3, "d": 3},
        shortest=1,
    ),
    Parity(
        "stochastic",
        "STOCHF",
        {"k": "fastk", "d": "fastd"},
        {"k": "fastk_period", "d": "fastd_period"},
        {"k": 5, "smooth_k": 1, "d": 3},
        {"smooth_k": 1},
        shortest=1,
    ),
    one("williams_r", "WILLR", 14),
    one("cci", "CCI", 14),
    one("mfi", "MFI", 14),
    one("roc", "ROC", 10, shortest=1),
    one("momentum", "MOM", 10, shortest=1),
    one("returns", "ROCP", 10, shortest=1),
    Parity("aroon", "AROON", {"up": "aroonup", "down": "aroondown"}, PERIOD, {"period": 14}),
    Parity("aroon", "AROONOSC", {"oscillator": None}, PERIOD, {"period": 14}),
    one("true_range", "TRANGE"),
    one("atr", "ATR", 14, shortest=1),
    one("adx", "ADX", 14),
    # With a period of 1 TA-Lib gives a ratio, we give percent as everywhere.
    Parity("adx", "PLUS_DI", {"plus_di": None}, PERIOD, {"period": 14}),
    Parity("adx", "MINUS_DI", {"minus_di": None}, PERIOD, {"period": 14}),
    # Width above and below are two parameters of TA-Lib.
    Parity("bollinger", "BBANDS", BANDS, PERIOD, {"period": 20, "width": 2.0}, {"width": 2.0}),
    Parity(
        "keltner",
        "KC",
        BANDS,
        {"period": "timeperiod", "atr_period": "atrperiod", "width": "nbdev"},
        {"period": 20, "atr_period": 10, "width": 2.0},
    ),
    Parity("donchian", "DONCHIAN", BANDS, PERIOD, {"period": 20}),
    Parity(
        "supertrend",
        "SUPERTREND",
        {"line": "supertrend", "direction": "trend"},
        {"period": "timeperiod", "width": "multiplier"},
        {"period": 10, "width": 3.0},
    ),
    Parity("parabolic_sar", "SAR", {"sar": None}),
    Parity(
        "parabolic_sar",
        "SAR",
        {"sar": None},
        {},
        None,
        {"step": 0.5, "limit": 0.3},
        {"acceleration": 0.5, "maximum": 0.3},
    ),
    one("obv", "OBV"),
    one("ad", "AD"),
    # A guess of the aggressor from the place of the close is the line of accumulation and distribution.
    one("cvd_estimate", "AD"),
    Parity(
        "chaikin", "ADOSC", {"chaikin": None}, {"fast": "fastperiod", "slow": "slowperiod"}, {"fast": 3, "slow": 10}
    ),
    # Before the first volume TA-Lib gives 0, we give NaN.
    one("vwap", "VWAP"),
    one("rolling_min", "MIN", 30),
    one("rolling_max", "MAX", 30),
    one("rolling_std", "STDDEV", 5),
    # PERCENTILE takes the nearest rank: the median of an odd number of rows alone is ours.
    Parity("rolling_median", "PERCENTILE", {"rolling_median": None}, PERIOD, None, {}, {}, 3, 2),
    # CORREL and BETA of the file are of high and low; BETA works on their returns, and takes the first for the market;
    # two returns of tick-rounded prices differ by next to nothing, and by rounding.
    one("correlation", "CORREL", 30, shortest=1, inputs=lambda m: [m["high"], m["low"]]),
    one("beta", "BETA", 5, shortest=3, inputs=lambda m: [returns_of(m, "low"), returns_of(m, "high")]),
]

#: Indicators without a counterpart, and why.
WITHOUT_COUNTERPART = {
    "ichimoku": "TA-Lib has none; its lines are middles of DONCHIAN",
    "realised_volatility": "TA-Lib has none",
    "vwap_bands": "TA-Lib has VWAP without bands",
    "delta": "TA-Lib knows no aggressor",
    "cvd": "TA-Lib knows no aggressor",
    "volume_profile": "TA-Lib has none",
    "book_imbalance": "TA-Lib knows no quotes",
    "microprice": "TA-Lib knows no quotes",
    "rolling_zscore": "TA-Lib has none; checked as a composite of SMA and STDDEV",
    "rolling_quantile": "PERCENTILE takes the nearest rank, ours lies between two",
    "rolling_rank": "PERCENTRANK compares with the rows before, and counts no ties; checked where there are none",
    "rolling_skew": "TA-Lib has none",
    "log_returns": "TA-Lib has LN of a price; checked as a composite of LN and MOM",
}


def their_outputs(parity: Parity, market: Columns, parameters: dict[str, Any]) -> dict[str, Any]:
    """TA-Lib run on a market."""
    from talib import abstract

    function = abstract.Function(parity.theirs)
    columns = {name: np.ascontiguousarray(market[name]) for name in ("open", "high", "low", "close", "volume")}
    result = function(columns, **parameters)
    if len(function.output_names) == 1:
        return {parity.theirs: result}
    return {f"{parity.theirs}.{name}": one for name, one in zip(function.output_names, result, strict=True)}


def mismatches(parity: Parity, ours: Any, theirs: Any) -> list[str]:
    """What differs by more than ``1e-9 max(1, |theirs|)``, or in which rows it is missing."""
    found = []
    for output, values in zip(DEFINITIONS[parity.ours].outputs, ours, strict=True):
        if output not in parity.outputs:
            continue
        name = parity.outputs[output]
        wanted = np.asarray(theirs[parity.theirs if name is None else f"{parity.theirs}.{name}"])
        if wanted.dtype.kind in "iu" or name == "trend":
            # A whole number has no NaN: 0 stands for it.
            wanted = np.where(wanted == 0, np.nan, wanted)
        wanted = wanted.astype(np.float64)
        if not np.array_equal(np.isnan(values), np.isnan(wanted)):
            row = int(np.flatnonzero(np.isnan(values) != np.isnan(wanted))[0])
            found.append(f"{output} row {row}: {values[row]} is not {wanted[row]}")
            continue
        away = np.abs(values - wanted) / np.maximum(1.0, np.abs(wanted))
        if np.nanmax(away, initial=0.0) > 1e-9:
            row = int(np.nanargmax(away))
            found.append(f"{output} row {row}: {values[row]!r} is not {wanted[row]!r}")
    return found
