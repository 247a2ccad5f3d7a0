"""Masked values are missing ones."""

from __future__ import annotations

from typing import Any

import numpy as np


def filled(x: Any) -> Any:
    """NaN where a masked array has no value; anything else as it is.

    Examples
    --------
    >>> filled(np.ma.masked_array([1, 2], mask=[False, True]))
    array([ 1., nan])
    """
    if not isinstance(x, np.ma.MaskedArray):
        return x
    return np.ma.filled(x.astype(np.float64), np.nan) if x.dtype.kind in "fiub" else x
