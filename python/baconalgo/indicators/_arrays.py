"""Columns and matrices of any library as the float64 arrays that the core reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from baconalgo._masks import filled
from baconalgo.errors import DataError

Floats: TypeAlias = npt.NDArray[np.float64]


def floats(name: str, x: Any) -> Floats:
    """An aligned float64 array of one dimension, contiguous, or two; read without a copy where it is one already."""
    try:
        array = np.asarray(filled(x))
    except ValueError as error:
        raise DataError(name, "must be numbers, as many in each row", str(error).partition(".")[0]) from error
    if array.dtype == np.float64 and array.flags.aligned:
        pass
    elif array.dtype.kind in "fiub":
        array = array.astype(np.float64)
    elif array.dtype.kind in "mM" and name == "session":
        array = array.astype("i8").astype(np.float64)
    elif array.size == 0:
        array = array.astype(np.float64)
    else:
        raise DataError(name, "must be numbers", f"an array of {array.dtype}")
    if array.ndim == 1:
        return np.ascontiguousarray(array)
    if array.ndim != 2:
        raise DataError(name, "must have one dimension, or two: (bars, instruments)", array.ndim)
    return array


def outputs(given: Any, count: int, inputs: Sequence[Floats | None]) -> list[Floats]:
    """Where to write: new arrays, or those of the caller, checked."""
    shape = next(array.shape for array in inputs if array is not None)
    if given is None:
        return [np.empty(shape) for _ in range(count)]
    outs = [given] if count == 1 and isinstance(given, np.ndarray) else list(given)
    if len(outs) != count:
        raise DataError("out", f"must be {count} arrays", len(outs))
    for place, out in enumerate(outs):
        if not isinstance(out, np.ndarray) or out.dtype != np.float64 or out.shape != shape or not _writes(out):
            rule = f"must be a writeable float64 array of shape {shape}" + (", contiguous" if len(shape) == 1 else "")
            raise DataError("out", rule, f"{getattr(out, 'dtype', type(out).__name__)} of shape {np.shape(out)}")
        others = [*(array for array in inputs if array is not None), *outs[:place]]
        if any(np.may_share_memory(out, other) for other in others):
            raise DataError("out", "must not overlap an input or another output", "the same memory")
    return outs


def _writes(out: npt.NDArray[Any]) -> bool:
    return out.flags.writeable and out.flags.aligned and (out.ndim == 2 or out.flags.c_contiguous)


def same_shape(names: Sequence[str], arrays: Sequence[Floats | None]) -> None:
    """Refuses inputs that do not fit each other."""
    given = [(name, array) for name, array in zip(names, arrays, strict=True) if array is not None]
    first, shape = given[0][0], given[0][1].shape
    for name, array in given[1:]:
        if array.shape != shape:
            raise DataError(name, f"must be of shape {shape} as {first}", array.shape)
