"""Expression functions of all indicators and patterns; each is made when it is first used."""

from __future__ import annotations

from typing import Any

from baconalgo.expr import _calls

_ALIASES = {"highest": "rolling_max", "lowest": "rolling_min"}

__all__ = [*(name for name in _calls.names() if name not in _calls.CUSTOMS), *_ALIASES]


def __getattr__(name: str) -> Any:
    spec = None if name.startswith("_") or name in _calls.CUSTOMS else _calls.callee(_ALIASES.get(name, name))
    if spec is None:
        raise AttributeError(f"module 'baconalgo' has no attribute {name!r}")
    made = _calls.function(spec)
    globals()[name] = made
    return made


def __dir__() -> list[str]:
    return sorted(__all__)
