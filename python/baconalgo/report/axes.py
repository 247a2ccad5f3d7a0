"""Ticks of axes, and values as places on a chart."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from baconalgo.report.formatting import number

SCALE = 1000
"""A chart is SCALE wide and SCALE high in its own units; CSS stretches it to the space there is."""

_TIME_STEPS = [
    ("ms", [1, 5, 10, 50, 100, 500]),
    ("s", [1, 5, 15, 30]),
    ("m", [1, 5, 15, 30]),
    ("h", [1, 3, 6, 12]),
    ("D", [1, 2, 7, 14]),
    ("M", [1, 3, 6]),
    ("Y", [1, 2, 5, 10, 25, 100]),
]
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "D": 86_400.0, "M": 2_629_800.0, "Y": 31_557_600.0}


class Domain(NamedTuple):
    """The range of an axis."""

    low: float
    high: float

    def place(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Where values lie from 0 (low) to SCALE (high)."""
        array = np.asarray(values, dtype=np.float64)
        return (array - self.low) / (self.high - self.low) * SCALE

    def percent(self, value: float) -> float:
        """Where a value lies, 0 to 100."""
        return float(self.place(value)) * 100 / SCALE


def padded(low: float, high: float, *, share: float = 0.06) -> Domain:
    """A range with some air; a single value, or what is as good as one in floats, gets a range around it."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return Domain(0.0, 1.0)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        half = max(abs(low) * 0.001, 1e-9) if low else 1.0
        return Domain(low - half, low + half)
    pad = (high - low) * share
    return Domain(low - pad, high + pad)


def time_domain(start: int, end: int) -> Domain:
    """A range of times in ns; one instant gets a second around it."""
    return Domain(start, end) if end > start else Domain(start - 500_000_000, start + 500_000_000)


def value_ticks(domain: Domain, count: int = 5) -> list[tuple[float, str]]:
    """Round values inside a range and their labels."""
    raw = (domain.high - domain.low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(domain.low / step - 1e-9)
    values = [step * (first + i) for i in range(math.floor(domain.high / step + 1e-9) - first + 1)]
    divisor, unit = 1.0, ""
    largest = max(abs(domain.low), abs(domain.high))
    for size, name in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if largest >= size and step >= size / (10 if name == "k" else 1000):
            divisor, unit = (1e3, "k") if name == "k" else (size, name)
            break
    decimals = max(0, -math.floor(math.log10(step / divisor) + 1e-9))
    if round(step / divisor, decimals) != step / divisor:
        decimals += 1
    if largest >= 1e13:
        return [(v, f"{v:.3g}") for v in values]
    return [(v, f"{v / divisor + 0.0:,.{min(decimals, 10)}f}{unit}".replace("-", "−")) for v in values]


def time_ticks(domain: Domain, count: int = 8) -> list[tuple[float, str]]:
    """Round times inside a range of ns and their labels, UTC."""
    seconds = (domain.high - domain.low) / 1e9
    unit, step = "Y", 1000
    for name, steps in _TIME_STEPS:
        fitting = [s for s in steps if seconds / (s * _SECONDS[name]) <= count]
        if fitting:
            unit, step = name, fitting[0]
            break
    low, high = (np.datetime64(int(v), "ns") for v in domain)
    first, last = low.astype(f"M8[{unit}]").astype(np.int64), high.astype(f"M8[{unit}]").astype(np.int64)
    ticks = []
    for index in range(-(-int(first) // step) * step, int(last) + 1, step):
        at = np.array(index).astype(f"M8[{unit}]")[()]
        ns = float(at.astype("M8[ns]").astype(np.int64))
        if domain.low <= ns <= domain.high:
            ticks.append((ns, _time_label(at, unit)))
    return ticks


_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def _time_label(at: Any, unit: str) -> str:
    text = str(at.astype("M8[ms]"))
    month, day = _MONTHS[int(text[5:7]) - 1], int(text[8:10])
    match unit:
        case "Y":
            return text[:4]
        case "M":
            return f"{month} {text[:4]}"
        case "D":
            return f"{day} {month}"
        case "ms":
            return text[14:23]
        case "s":
            return text[11:19]
    return f"{day} {month}" if text[11:16] == "00:00" else text[11:16]


def count_ticks(domain: Domain) -> list[tuple[float, str]]:
    """Round whole numbers inside a range and their labels."""
    return [(v, number(v, "count")) for v, _ in value_ticks(domain) if abs(v - round(v)) < 1e-9]
