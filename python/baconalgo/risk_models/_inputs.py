"""What people hand over as the arrays that the extension takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from baconalgo._masks import filled
from baconalgo.errors import ConfigError, DataError

Floats = npt.NDArray[np.float64]


def numbers(parameter: str, values: Any, ndim: int) -> Floats:
    """Floats of so many dimensions.

    Examples
    --------
    >>> numbers("returns", [1, 2], 1)
    array([1., 2.])
    """
    try:
        made = np.ascontiguousarray(filled(values), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(parameter, "must be numbers", type(values).__name__) from error
    if np.ndim(values) != ndim:
        raise DataError(parameter, f"must have {ndim} dimension{'s' if ndim > 1 else ''}", f"shape {made.shape}")
    return made


def number(parameter: str, value: Any) -> float:
    """One float."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ConfigError(parameter, "must be a number", value)
    return float(value)


def count(parameter: str, value: Any, least: int = 0) -> int:
    """One whole number of 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value < 2**63:
        raise ConfigError(parameter, f"must be a whole number >= {least}", value)
    return int(value)


def table(returns: Any, names: Sequence[str] | None = None, missing: str = "error") -> tuple[Floats, tuple[str, ...]]:
    """Periods x names, and the names: those given, else those of the columns, else numbers.

    Accepts NumPy, a pandas or polars frame, an Arrow table, or a mapping of names to columns.
    """
    if missing not in ("error", "drop"):
        raise ConfigError("missing", "must be error or drop", missing)
    found: Sequence[str] | None = None
    if isinstance(returns, Mapping):
        found = [str(name) for name in returns]
        columns = [numbers(name, column, 1) for name, column in zip(found, returns.values(), strict=True)]
        if len({len(column) for column in columns}) > 1:
            raise DataError("returns", "must be as long in every column", [len(column) for column in columns])
        returns = np.column_stack(columns) if columns else np.empty((0, 0))
    elif hasattr(returns, "column_names") and hasattr(returns, "column"):
        return table({name: returns.column(name).to_numpy() for name in returns.column_names}, names, missing)
    elif hasattr(returns, "columns") and hasattr(returns, "to_numpy"):
        found = [str(name) for name in returns.columns]
        returns = returns.to_numpy()
    values = numbers("returns", returns, 2)
    if missing == "drop":
        values = np.ascontiguousarray(values[np.isfinite(values).all(axis=1)])
    labels = tuple(str(name) for name in (names or found or range(values.shape[1])))
    if len(labels) != values.shape[1]:
        raise DataError("names", f"must have {values.shape[1]} entries", len(labels))
    if len(set(labels)) != len(labels):
        raise DataError("names", "must differ", next(name for name in labels if labels.count(name) > 1))
    return values, labels


def by_name(parameter: str, values: Any, names: Sequence[str]) -> Floats:
    """One number a name: in their order, or a mapping in which names that are not there count as 0."""
    if isinstance(values, Mapping):
        unknown = [name for name in values if str(name) not in names]
        if unknown:
            raise DataError(parameter, f"must name some of {', '.join(names[:5])}, ...", unknown[0])
        given = {str(name): value for name, value in values.items()}
        values = [given.get(name, 0.0) for name in names]
    made = numbers(parameter, values, 1)
    if len(made) != len(names):
        raise DataError(parameter, f"must have {len(names)} entries", len(made))
    return made


def matrix(parameter: str, values: Any) -> tuple[Floats, tuple[str, ...]]:
    """A square matrix and its names."""
    names = getattr(values, "names", None)
    if names is None and hasattr(values, "columns") and hasattr(values, "to_numpy"):
        names, values = values.columns, values.to_numpy()
    made = numbers(parameter, np.asarray(filled(values)), 2)
    if made.shape[0] != made.shape[1]:
        raise DataError(parameter, "must be square", f"shape {made.shape}")
    return made, tuple(str(name) for name in (range(len(made)) if names is None else names))
