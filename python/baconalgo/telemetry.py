"""What the process measures of itself: every counter and latency histogram of every bus and engine, in one place.

>>> import baconalgo as ba
>>> bus = ba.QuantumBus()
>>> bus.publish("trades", b"...")
>>> ba.telemetry.snapshot()[bus.name]["messages_published"]
1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["snapshot", "table"]


def snapshot() -> dict[str, dict[str, Any]]:
    """The measurements of all components that live, by name.

    Returns
    -------
    dict
        Component (``"bus-1"``) to measurement to value: a count, a level, a word, or for times a dict of `count`,
        `mean`, `min`, `max`, `p50`, `p90`, `p99`, `p999`, all in ns. Parts of a component, such as the topics of a bus,
        are a dict of their own: ``snapshot()["bus-1"]["topic"]["trades"]["messages_published"]``.

    Notes
    -----
    Read without stopping who writes: values of one component may be apart by what happened while they were read.
    A component that is closed and dropped disappears.

    Examples
    --------
    >>> import baconalgo as ba
    >>> isinstance(ba.telemetry.snapshot(), dict)
    True
    """
    from baconalgo._core import measurements

    found: dict[str, dict[str, Any]] = {}
    for component, kind, part, name, value in measurements():
        of = found.setdefault(component, {})
        if kind is not None:
            of = of.setdefault(kind, {}).setdefault(part, {})
        of[name] = value
    return found


def table() -> pa.Table:
    """The same as a table, one row a number; words are left out.

    Returns
    -------
    pyarrow.Table
        Columns `component`, `part` (null for the whole component), `metric` (``latency_ns.p99``) and `value`.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.telemetry.table().column_names
    ['component', 'part', 'metric', 'value']
    """
    import pyarrow as pa

    from baconalgo._core import measurements

    rows: list[tuple[str, str | None, str, float]] = []
    for component, _, part, name, value in measurements():
        if isinstance(value, dict):
            rows += [(component, part, f"{name}.{statistic}", float(number)) for statistic, number in value.items()]
        elif not isinstance(value, str) and value is not None:
            rows.append((component, part, name, float(value)))
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    types = [pa.string(), pa.string(), pa.string(), pa.float64()]
    arrays = [pa.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
    return pa.table(arrays, names=["component", "part", "metric", "value"])
