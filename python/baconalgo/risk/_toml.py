"""Plain values as TOML text: numbers, switches, words, and tables of them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from baconalgo.errors import ConfigError


def document(values: Mapping[str, Any]) -> str:
    """A TOML document of values and of tables in tables.

    Examples
    --------
    >>> print(document({"version": 1, "risk": {"leverage": 2.0, "sectors": {"AAPL": "tech"}}}), end="")
    version = 1
    <BLANKLINE>
    [risk]
    leverage = 2.0
    <BLANKLINE>
    [risk.sectors]
    AAPL = "tech"
    """
    lines: list[str] = []
    _table(values, (), lines)
    return "\n".join(lines) + "\n"


def _table(values: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    plain = {name: value for name, value in values.items() if not isinstance(value, Mapping)}
    if path and (plain or not values):
        lines += ["", f"[{'.'.join(map(_key, path))}]"]
    lines += [f"{_key(name)} = {_value(name, value)}" for name, value in plain.items()]
    for name, value in values.items():
        if isinstance(value, Mapping):
            _table(value, (*path, name), lines)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | str):
        return json.dumps(value, ensure_ascii=True)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    raise ConfigError(name, "must be a number, a word or True or False", repr(value))
