"""What an obvious definition is made of: its name, its columns, its parameters, its outputs, its rule for missing rows.

A definition is a function of whole columns without a missing row. :func:`defines` puts it into :data:`DEFINITIONS`
and gives it the rule for missing rows. A row is missing if one of its inputs is not finite.

- ``HOLDS`` (recursive): computed on the complete rows alone, as if the missing ones were not there; they get NaN.
- ``STARTS_AGAIN`` (windowed): computed on each run of complete rows by itself; the missing ones get NaN.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

Array = npt.NDArray[np.float64]

HOLDS = "holds"
STARTS_AGAIN = "starts again"


@dataclass(frozen=True)
class Definition:
    """One indicator of the contract."""

    name: str
    #: Columns in, an array or a tuple of arrays out.
    function: Callable[..., Any]
    inputs: tuple[str, ...]
    #: Inputs that may be left out; they come last.
    optional: tuple[str, ...]
    #: Name -> default.
    parameters: dict[str, Any]
    outputs: tuple[str, ...]
    #: The rule for missing rows with given parameters.
    missing: Callable[..., str]
    #: Values of the parameters for a length of 1..64; empty if there is none.
    sized: Callable[[int], dict[str, Any]]
    #: The parameters that count rows.
    lengths: tuple[str, ...]

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(name for name in self.inputs if name not in self.optional)

    def settings(self, lengths: range = range(1, 65)) -> Iterator[dict[str, Any]]:
        """The parameters for every length, each only once."""
        seen: list[dict[str, Any]] = []
        for length in lengths:
            if (values := self.sized(length)) not in seen:
                seen.append(values)
                yield values

    def values(self) -> st.SearchStrategy[dict[str, Any]]:
        """Valid parameters."""
        return st.integers(1, 64).map(self.sized)

    def __call__(self, *columns: Any, **parameters: Any) -> tuple[Array, ...]:
        """The outputs, always as a tuple."""
        result = self.function(*columns, **parameters)
        return result if isinstance(result, tuple) else (result,)


DEFINITIONS: dict[str, Definition] = {}


def defines(
    inputs: str,
    outputs: str,
    missing: str | Callable[..., str],
    sized: Callable[[int], dict[str, Any]] = lambda n: {},
    *,
    lengths: str = "",
    optional: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a definition and applies the rule for missing rows."""
    columns, rule = tuple(inputs.split()), missing if callable(missing) else (lambda **_: missing)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def with_missing_rows(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = {n: np.asarray(bound.arguments[n], np.float64) for n in columns if bound.arguments[n] is not None}
            values = {n: v for n, v in bound.arguments.items() if n not in columns}
            complete = np.logical_and.reduce([np.isfinite(column) for column in given.values()])
            rows = np.flatnonzero(complete)
            if rule(**values) == HOLDS:
                runs = [rows] if rows.size else []
            else:
                runs = [run for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if run.size]
            results = [np.full(complete.size, np.nan) for _ in outputs.split()]
            for run in runs:
                part = function(**{n: c[run] for n, c in given.items()}, **values)
                for result, one in zip(results, part if isinstance(part, tuple) else (part,), strict=True):
                    result[run] = one
            return tuple(results) if len(results) > 1 else results[0]

        parameters = {n: p.default for n, p in signature.parameters.items() if n not in columns}
        DEFINITIONS[function.__name__] = Definition(
            name=function.__name__,
            function=with_missing_rows,
            inputs=columns,
            optional=tuple(optional.split()),
            parameters=parameters,
            outputs=tuple(outputs.split()),
            missing=rule,
            sized=sized,
            lengths=tuple(lengths.split()),
        )
        return with_missing_rows

    return decorate


def period_only(n: int) -> dict[str, Any]:
    """The parameters of an indicator that has a period and nothing else that matters."""
    return {"period": n}


def blank_before(values: Array, rows: int) -> Array:
    """`values` at the end of `rows` rows, NaN before them."""
    return np.concatenate([np.full(rows - len(values), np.nan), values])


def windows(x: Array, period: int) -> Array:
    """All windows of `period` consecutive values, shape (windows, period)."""
    if period > len(x):
        return np.empty((0, 1))
    return np.lib.stride_tricks.sliding_window_view(x, period)


def over_windows(x: Array, period: int, f: Callable[[Array], Any]) -> Array:
    """`f` of each window of `period` values, at the row of its last value."""
    return blank_before(np.array([f(window) for window in windows(x, period)], np.float64), len(x))


def lagged(x: Array, rows: int) -> Array:
    """The value `rows` rows ago."""
    return blank_before(x[: max(len(x) - rows, 0)], len(x))


def on_values(x: Array, f: Callable[[Array], Array]) -> Array:
    """`f` of what comes after the leading NaN of `x`."""
    return blank_before(f(x[~np.isnan(x)]), len(x))
