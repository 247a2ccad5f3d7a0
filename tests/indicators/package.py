"""The indicators of the package, called in one way whatever their columns and outputs are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from baconalgo import indicators

from .definitions import DEFINITIONS, Definition
from .markets import Columns


@dataclass(frozen=True)
class Case:
    """An indicator of the contract with the inputs that it is given."""

    definition: Definition
    inputs: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def id(self) -> str:
        return "+".join([self.name, *(n for n in self.inputs if n in self.definition.optional)])

    def columns(self, market: Columns) -> list[Any]:
        return [market[name] for name in self.inputs]

    def function(self) -> Any:
        found = getattr(indicators, self.name, None)
        return found if found is not None else pytest.fail(f"baconalgo.indicators.{self.name} is missing")

    def stream(self, **parameters: Any) -> Any:
        """A new stream. Its class is called as the function is, in capitals and without underscores."""
        wanted = self.name.replace("_", "")
        found = [name for name in dir(indicators) if name.lower() == wanted and not name.islower()]
        if not found:
            pytest.fail(f"no class for baconalgo.indicators.{self.name}")
        return getattr(indicators, found[0])(**parameters)

    def batch(self, columns: list[Any], **parameters: Any) -> tuple[Any, ...]:
        return self.outputs(self.function()(*columns, **parameters))

    def outputs(self, result: Any) -> tuple[Any, ...]:
        """The outputs as a tuple; several must come as a named one."""
        if len(self.definition.outputs) == 1:
            return (result,)
        assert result._fields == self.definition.outputs
        return tuple(result)

    def numbers(self, result: Any) -> tuple[float, ...]:
        """What one update gave, NaN for nothing."""
        if result is None:
            return (np.nan,) * len(self.definition.outputs)
        if len(self.definition.outputs) == 1:
            assert not np.isnan(result), "None is nothing, not NaN"
        return tuple(np.nan if value is None else value for value in self.outputs(result))

    def one_by_one(self, stream: Any, columns: list[Any]) -> tuple[Any, ...]:
        rows = [self.numbers(stream.update(*row)) for row in zip(*(c.tolist() for c in columns), strict=True)]
        return tuple(np.array(rows, np.float64).reshape(-1, len(self.definition.outputs)).T)

    def in_chunks(self, stream: Any, columns: list[Any], cuts: list[int]) -> tuple[Any, ...]:
        parts = zip(*(np.split(column, cuts) for column in columns), strict=True)
        results = [self.outputs(stream.update_many(*part)) for part in parts]
        return tuple(np.concatenate(one) for one in zip(*results, strict=True))


def cases() -> Iterator[Case]:
    """Every indicator; once more with the inputs that may be left out."""
    for definition in DEFINITIONS.values():
        yield Case(definition, definition.required)
        if definition.optional:
            yield Case(definition, definition.inputs)


CASES = list(cases())
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def same_bits(ours: tuple[Any, ...], wanted: tuple[Any, ...]) -> None:
    """Not one bit differs; any NaN is as good as another."""
    assert len(ours) == len(wanted)
    for output, (one, other) in enumerate(zip(ours, wanted, strict=True)):
        assert one.dtype == np.float64
        assert one.shape == other.shape
        differs = (one.view(np.int64) if one.flags.c_contiguous else one.copy().view(np.int64)) != np.ascontiguousarray(
            other
        ).view(np.int64)
        differs &= ~(np.isnan(one) & np.isnan(other))
        if differs.any():
            row = tuple(np.argwhere(differs)[0])
            pytest.fail(f"output {output}, row {row}: {one[row]!r} is not {other[row]!r}, {differs.sum()} rows differ")
