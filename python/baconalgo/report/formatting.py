"""Numbers, times and durations as people read them."""

from __future__ import annotations

import math
from typing import Any

MISSING = "–"
"""What stands for an undefined number."""


def number(value: Any, kind: str = "ratio") -> str:
    """A number as text.

    Parameters
    ----------
    value : float, int or None
        None and NaN become :data:`MISSING`.
    kind : str
        ``money`` (two decimals, thousands), ``signed`` (money with its sign), ``percent`` (is percent already),
        ``signed_percent``, ``fraction`` (0..1, shown in percent), ``ratio`` (two decimals), ``times`` (a multiple),
        ``count`` or ``seconds``.

    Examples
    --------
    >>> number(1234.5, "money"), number(0.256, "fraction"), number(None), number(5400, "seconds")
    ('1,234.50', '25.60 %', '–', '1 h 30 min')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, float) and math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if kind not in {"count", "seconds"} and abs(value) >= 1e13:
        return f"{value:.3g}".replace("-", "−")
    match kind:
        case "money":
            text = _money(value)
        case "signed":
            text = ("+" if value > 0 else "") + _money(value)
        case "percent":
            text = f"{value:,.2f} %"
        case "signed_percent":
            text = f"{value:+,.2f} %"
        case "fraction":
            text = f"{100 * value:,.2f} %"
        case "times":
            text = f"{value:,.2f}×"
        case "count":
            text = f"{value:,.0f}"
        case "seconds":
            text = duration(value)
        case _:
            text = f"{value:,.2f}" if abs(value) < 1e6 else f"{value:.3g}"
    # No "-0.00": zero has no sign.
    if text.startswith(("-", "+")) and not any(c in "123456789" for c in text):
        text = text[1:]
    return text.replace("-", "−")


def _money(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 1e9 else f"{value:,.0f}"


def duration(seconds: float) -> str:
    """A length of time in its two largest units.

    Examples
    --------
    >>> duration(90), duration(0.25), duration(200_000)
    ('1 min 30 s', '250 ms', '2 d 7 h')
    """
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    whole = round(seconds)
    units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)]
    for index, (name, size) in enumerate(units):
        if whole >= size:
            count, rest = divmod(whole, size)
            if index + 1 < len(units):
                smaller, smaller_size = units[index + 1]
                if rest // smaller_size:
                    return f"{count} {name} {rest // smaller_size} {smaller}"
            return f"{count} {name}"
    return "0 s"


def rate(per_second: float | None) -> str:
    """Events per second as text: ``84.2 M/s``."""
    if not per_second or math.isnan(per_second):
        return MISSING
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if per_second >= limit:
            return f"{per_second / limit:.1f} {unit}/s"
    return f"{per_second:.0f}/s"


def span(start_ns: int, end_ns: int) -> str:
    """A period as text; the time of day only where the period is short."""
    import numpy as np

    unit = "D" if end_ns - start_ns > 3 * 86_400 * 10**9 else "m"
    first, last = (
        str(np.datetime64(int(ns), "ns").astype(f"M8[{unit}]")).replace("T", " ") for ns in (start_ns, end_ns)
    )
    return first if first == last else f"{first} – {last}" + (" UTC" if unit == "m" else "")
