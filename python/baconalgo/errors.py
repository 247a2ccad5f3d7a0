"""Errors that name the parameter, the rule and the value."""

from __future__ import annotations

from typing import Any


class BaconError(Exception):
    """Base of all errors: reads ``{parameter} {rule}, was {value}``."""

    def __init__(self, parameter: str, rule: str, value: Any, *, code: int = 1001) -> None:
        super().__init__(f"{parameter} {rule}, was {value}")
        self.parameter = parameter
        self.rule = rule
        self.value = value
        self.code = code


class DataError(BaconError):
    """Market data that cannot be used."""


class OrderError(BaconError):
    """An order that cannot be understood."""


class ConfigError(BaconError):
    """A setting."""


class EngineError(BaconError):
    """The engine itself."""


class StrategyError(BaconError):
    """A user's strategy failed."""
