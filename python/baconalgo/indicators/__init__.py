"""Indicators over arrays and one value at a time - the same bits each way.

``rsi(close, 14)`` takes a column: a NumPy array, a pandas or polars series, an Arrow array, or a matrix of
(bars, instruments). ``RSI(14).update(price)`` takes one value. ``ba.rsi(ba.close, 14)`` is the same thing in an
expression. All are made from one definition each, in the Rust core; :data:`SPECS` lists them.

Notes
-----
Arguments come in the order open, high, low, close, volume, then parameters. A row on which an input is not a finite
number is missing and gives NaN: recursive indicators hold their state over it, windowed ones give NaN for as long as it
lies in the window. The value on a row depends on that row and the ones before it, never on later ones.
"""

from __future__ import annotations

from typing import Any

from baconalgo.indicators import _functions, _streams
from baconalgo.indicators._records import ema_state, ema_update, fma, sma_state, sma_update
from baconalgo.indicators._specs import SPECS, Spec

__all__ = ["SPECS", "Spec", "ema_state", "ema_update", "fma", "sma_state", "sma_update"]
__all__ += SPECS
__all__ += (spec.class_name for spec in SPECS.values())

_CLASSES = {spec.class_name: spec for spec in SPECS.values()}


def __getattr__(name: str) -> Any:
    # Made when it is first used: the import stays quick.
    if name in SPECS:
        made = _functions.function(SPECS[name])
    elif name in _CLASSES:
        made = _streams.stream_class(_CLASSES[name])
    else:
        raise AttributeError(f"module 'baconalgo.indicators' has no attribute {name!r}")
    globals()[name] = made
    return made


def __dir__() -> list[str]:
    return sorted(__all__)
