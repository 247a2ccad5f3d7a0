"""Covariance that follows prices as they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from baconalgo import _core
from baconalgo.config import Time, length_ns, time_ns
from baconalgo.errors import ConfigError, DataError
from baconalgo.risk_models._covariance import Correlation, Covariance
from baconalgo.risk_models._inputs import number, numbers

__all__ = ["LiveCovariance"]


class LiveCovariance:
    """Exponentially weighted covariance on a grid of equal intervals, updated as each closes.

    At the end of an interval the last price of every name counts (previous tick); its log return enters with weight 1
    and all before fade by `decay`. An interval in which nobody traded is none: nights fade nothing.

    Parameters
    ----------
    names : sequence of str
        Known from the start.
    interval : int ns, timedelta or text
        Length of an interval; ``"1m"`` by default.
    decay : float
        Between 0 and 1; half of the weight lies in the last ``ln 2 / -ln decay`` intervals: 69 at 0.99.

    Raises
    ------
    ConfigError
        If there are no names, two are alike, or a setting is out of its range.

    Examples
    --------
    >>> import baconalgo as ba
    >>> live = ba.risk_models.LiveCovariance(["BTC", "ETH"], "1m", decay=0.9)
    >>> minute = 60 * 10**9
    >>> for k, (btc, eth) in enumerate([(100, 10), (101, 10.2), (100, 10), (102, 10.3), (101, 10.1)]):
    ...     _ = live.on_price("BTC", k * minute, btc), live.on_price("ETH", k * minute + 1, eth)
    >>> live.advance(5 * minute), live.observations
    (True, 4)
    >>> live.correlation().of("BTC", "ETH") > 0.9
    True
    """

    def __init__(self, names: Sequence[str], interval: Any = "1m", *, decay: float = 0.99) -> None:
        self._names = tuple(str(name) for name in names)
        self._places = {name: place for place, name in enumerate(self._names)}
        if len(self._places) != len(self._names):
            raise ConfigError("names", "must differ", list(self._names))
        length = length_ns("interval", interval, least=1)
        self._inner = _core.LiveCovariance(len(self._names), length, number("decay", decay))

    def _place(self, name: str) -> int:
        place = self._places.get(name)
        if place is None:
            raise DataError("name", "must be one of those it was made with", name)
        return place

    def on_price(self, name: str, ts: Time, price: float) -> bool:
        """A price of a name; says whether an interval closed.

        Raises
        ------
        DataError
            If the name is unknown, the price not above 0, or the time before the interval that is open.
        """
        return self._inner.on_price(self._place(name), time_ns("ts", ts), number("price", price))

    def on_prices(self, names: Sequence[str], ts: Any, prices: Any) -> int:
        """Many prices in order of time; how many intervals closed.

        Raises
        ------
        DataError
            As :meth:`on_price`; what came before the price at fault counts.
        """
        places = np.array([self._place(name) for name in names], dtype=np.uint64)
        times = np.asarray(ts)
        if times.dtype.kind == "M":
            times = times.astype("datetime64[ns]")
        times = np.ascontiguousarray(times.astype(np.int64))
        values = numbers("prices", prices, 1)
        if not len(places) == len(times) == len(values):
            raise DataError("prices", f"must have {len(places)} entries", f"{len(times)} times, {len(values)} prices")
        return self._inner.on_prices(places, times, values)

    def advance(self, ts: Time) -> bool:
        """Time has come to `ts`: closes the interval that is open if it has ended; says whether it did."""
        return self._inner.advance(time_ns("ts", ts))

    @property
    def names(self) -> tuple[str, ...]:
        """The names."""
        return self._names

    @property
    def observations(self) -> int:
        """Intervals that count."""
        return self._inner.observations

    def covariance(self) -> Covariance:
        """Of the log returns of one interval; NaN for names with fewer than two returns."""
        return Covariance(self._names, self._inner.covariance(), f"ewma of {self.observations} intervals")

    def correlation(self) -> Correlation:
        """The correlations now; NaN for names with fewer than two returns."""
        values = self._inner.covariance()
        known = ~np.isnan(np.diag(values))
        made = np.full_like(values, np.nan)
        if known.any():
            made[np.ix_(known, known)] = _core.correlation_of(np.ascontiguousarray(values[np.ix_(known, known)]))
        return Correlation(self._names, made, f"ewma of {self.observations} intervals")
