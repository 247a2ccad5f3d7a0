"""Chart patterns over arrays and one bar at a time - the same bits each way.

``hammer(open, high, low, close)`` takes columns: NumPy arrays, pandas or polars series, Arrow arrays, or matrices of
(bars, instruments). ``Hammer().update(open, high, low, close)`` takes one bar. Both are made from one definition each,
in the Rust core; :data:`SPECS` lists them, and docs/patterns.md shows a picture of each.

Every pattern gives a named tuple that begins with ``direction`` (1 bullish, -1 bearish, 0 none), ``start`` and ``end``
(how many bars ago it began and ended, 0 is this bar), ``level`` (the price that matters) and ``strength`` (0 to 1).

Notes
-----
A pattern is reported on the bar on which it is known: what stands on a row depends on that row and the ones before it,
never on later ones. A row on which an input is not a finite number is missing and gives NaN; bars ago are counted
without such rows.

Examples
--------
>>> import baconalgo as ba
>>> found = ba.patterns.inside_bar([9.0, 10.0], [11.0, 10.5], [8.0, 9.5], [10.0, 9.8])
>>> found.direction, found.level
(array([nan,  1.]), array([nan, 11.]))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from baconalgo import _core
from baconalgo.indicators import _functions, _streams
from baconalgo.indicators._specs import Spec, specs_of

#: Every pattern by its name.
SPECS: Final[Mapping[str, Spec]] = specs_of(_core.pattern_specs(), "baconalgo.patterns")

__all__ = ["SPECS", "Spec"]
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
        raise AttributeError(f"module 'baconalgo.patterns' has no attribute {name!r}")
    globals()[name] = made
    return made


def __dir__() -> list[str]:
    return sorted(__all__)
