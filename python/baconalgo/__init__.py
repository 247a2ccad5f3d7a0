"""baconalgo: backtests on real ticks."""

from baconalgo import data as data
from baconalgo import errors as errors
