"""Market data: from any file or table to what a run reads; bars; and what is odd about it.

- :func:`load`: quotes, trades, both in a row, or bars, from files and tables;
- :func:`inspect`: rows, range, gaps, duplicates, crossed quotes and everything else that is odd, counted;
- :func:`bars`: time, tick, volume and dollar bars;
- :func:`simulate`: a market made by a seeded generator.
"""

from baconalgo.data._bars import bars
from baconalgo.data._inspect import Inspection, inspect
from baconalgo.data._instruments import Instrument
from baconalgo.data._load import Data, load
from baconalgo.data._simulate import simulate

__all__ = ["Data", "Inspection", "Instrument", "bars", "inspect", "load", "simulate"]
