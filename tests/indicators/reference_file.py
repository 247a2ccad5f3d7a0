"""The outputs of TA-Lib on real bars, from the data beside the repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from .markets import Columns


@dataclass(frozen=True)
class Reference:
    """Daily bars of AAPL, and what TA-Lib made of them with its default parameters."""

    market: Columns
    #: ``NAME`` or ``NAME.output`` -> values.
    outputs: dict[str, Any]


def read_reference(shared: Path) -> Reference:
    data = shared / "data"
    bars = pq.read_table(data / "bars" / "sp500_daily_2013_2018.parquet", filters=[("name", "=", "AAPL")])
    table = pq.read_table(data / "reference" / "talib_handout_AAPL_2013_2018.parquet")
    names = ("open", "high", "low", "close", "volume")
    market = {name: np.asarray(bars[name], np.float64) for name in names}
    for name in names:
        np.testing.assert_array_equal(market[name], np.asarray(table[name], np.float64))
    outputs = {name: np.asarray(table[name]) for name in table.column_names if name not in {*names, "date"}}
    return Reference(market, outputs)
