"""Every indicator of the package once more, as obvious as can be: the fast ones are tested against these.

Written for reading, not for speed: a window is a slice, a recursion is a loop. Own words, own code.
"""

from . import averages, momentum, quotes, rolling, volatility, volume
from .registry import DEFINITIONS, HOLDS, STARTS_AGAIN, Definition

__all__ = [
    "DEFINITIONS",
    "HOLDS",
    "STARTS_AGAIN",
    "Definition",
    "averages",
    "momentum",
    "quotes",
    "rolling",
    "volatility",
    "volume",
]
