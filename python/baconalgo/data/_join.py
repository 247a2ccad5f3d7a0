"""Files that follow each other in time become one source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from baconalgo.data import _inputs
from baconalgo.data._instruments import common
from baconalgo.data._series import Held, Series
from baconalgo.data._times import nanos


def joined(series: list[Series]) -> list[Series]:
    """Parquet files of one symbol and one layout that follow each other in time become one source.

    So do more than 16 files of one symbol whatever their format: that many streams are not opened at once.
    """
    groups: dict[Any, list[Series]] = {}
    for place, each in enumerate(series):
        alone = each.by_column or isinstance(each.input, Held)
        types = tuple((name, str(each.input.schema.field(name).type)) for name in each.meaning.names)
        key = place if alone else (each.symbols, each.kind, types, each.time_unit, each.timeframe)
        groups.setdefault(key, []).append(each)
    result: list[Series] = []
    for group in groups.values():
        ordered = sorted(group, key=lambda each: each.first if each.first is not None else 0)
        if len(group) > 1 and (len(group) > 16 or _follow(ordered)):
            known = common(grid for each in ordered for grid in each.grids.values())
            both = {ordered[0].symbols[0]: known}
            result.append(replace(ordered[0], input=_inputs.chained([each.input for each in ordered]), grids=both))
        else:
            result.extend(group)
    return result


def _follow(ordered: Sequence[Series]) -> bool:
    """Whether statistics prove that no file reaches beyond the start of the next."""
    for this, following in pairwise(ordered):
        last = _last(this)
        if last is None or following.first is None or last > following.first:
            return False
    return True


def _last(series: Series) -> int | None:
    """The latest time of a Parquet file by its statistics, if it has them."""
    if series.input.path is None:
        return None
    with _inputs.readable(series.name):
        metadata = pq.read_metadata(series.input.path)
        name = series.meaning.columns["ts"].name
        place = metadata.schema.to_arrow_schema().get_field_index(name)
        groups = [metadata.row_group(group).column(place).statistics for group in range(metadata.num_row_groups)]
        if not groups or any(statistics is None or not statistics.has_min_max for statistics in groups):
            return None
        kind = series.input.schema.field(name).type
        whole = pa.int32() if pa.types.is_date32(kind) else pa.int64()
        latest = pa.array([max(statistics.max_raw for statistics in groups)], whole).cast(kind)
        return int(nanos(pa.chunked_array([latest]), series.time_unit)[0])
