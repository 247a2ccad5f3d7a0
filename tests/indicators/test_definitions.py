"""The definitions themselves: against TA-Lib, and by the rule for missing rows."""

from __future__ import annotations

import numpy as np
import pytest

from .definitions import DEFINITIONS, HOLDS
from .markets import market, with_missing_rows
from .reference_file import Reference
from .talib_table import PARITY, WITHOUT_COUNTERPART, Parity, mismatches, their_outputs

NO_TALIB = "TA-Lib is not installed"
MARKETS = {"fine": market(400, 1), "on ticks": market(400, 2, tick=0.05)}
# TA-Lib says 0 before the first volume.
MARKETS["on ticks"]["volume"][:2] = 7.0

every_parity = pytest.mark.parametrize("parity", PARITY, ids=lambda p: p.id)


def test_every_indicator_has_a_counterpart_or_a_reason_for_none() -> None:
    assert {p.ours for p in PARITY} | set(WITHOUT_COUNTERPART) == set(DEFINITIONS)
    assert not {p.ours for p in PARITY} & set(WITHOUT_COUNTERPART)


@every_parity
@pytest.mark.parametrize("kind", MARKETS)
def test_a_definition_equals_talib_for_every_length(parity: Parity, kind: str) -> None:
    pytest.importorskip("talib", reason=NO_TALIB)
    found = []
    for ours, theirs in parity.settings():
        values = DEFINITIONS[parity.ours](*parity.columns(MARKETS[kind]), **ours)
        found += [f"{ours}: {m}" for m in mismatches(parity, values, their_outputs(parity, MARKETS[kind], theirs))]
    assert not found, found[:5]


@every_parity
def test_a_definition_equals_the_reference_file(parity: Parity, reference: Reference) -> None:
    if parity.defaults is None:
        pytest.skip("the file has TA-Lib's default parameters only")
    values = DEFINITIONS[parity.ours](*parity.columns(reference.market), **parity.defaults)
    assert not mismatches(parity, values, reference.outputs)


def test_rank_is_percentrank_where_there_are_no_ties() -> None:
    talib = pytest.importorskip("talib", reason=NO_TALIB)
    x = MARKETS["fine"]["close"]
    for period in (2, 5, 20, 63):
        (ours,) = DEFINITIONS["rolling_rank"](x, period + 1)
        np.testing.assert_allclose(100.0 * ours, talib.PERCENTRANK(x, period), rtol=1e-12, atol=1e-9)


def test_zscore_and_log_returns_are_composites_of_talib() -> None:
    talib = pytest.importorskip("talib", reason=NO_TALIB)
    x = MARKETS["fine"]["close"]
    for period in (2, 5, 20, 63):
        (ours,) = DEFINITIONS["rolling_zscore"](x, period)
        np.testing.assert_allclose(ours, (x - talib.SMA(x, period)) / talib.STDDEV(x, period), atol=1e-9)
        (ours,) = DEFINITIONS["log_returns"](x, period)
        np.testing.assert_allclose(ours, talib.MOM(talib.LN(x), period), atol=1e-12)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_missing_rows_follow_the_rule(name: str) -> None:
    definition = DEFINITIONS[name]
    spoiled = with_missing_rows(MARKETS["on ticks"], 5)
    parameters = definition.sized(5)
    columns = [spoiled[n] for n in definition.inputs]
    complete = np.logical_and.reduce([np.isfinite(c) for c in columns])
    assert not complete.all()
    values = definition(*columns, **parameters)
    for value in values:
        assert np.isnan(value[~complete]).all()
    if definition.missing(**parameters) == HOLDS:
        alone = definition(*(c[complete] for c in columns), **parameters)
        for value, wanted in zip(values, alone, strict=True):
            np.testing.assert_array_equal(value[complete], wanted)
    else:
        last = int(np.flatnonzero(~complete)[-2]) + 1
        alone = definition(*(c[last:] for c in columns), **parameters)
        for value, wanted in zip(values, alone, strict=True):
            np.testing.assert_array_equal(value[last:], wanted)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_no_row_of_a_definition_depends_on_a_later_one(name: str) -> None:
    definition = DEFINITIONS[name]
    columns = [MARKETS["on ticks"][n] for n in definition.inputs]
    whole = definition(*columns, **definition.sized(7))
    for rows in (1, 2, 50, 333):
        for value, wanted in zip(definition(*(c[:rows] for c in columns), **definition.sized(7)), whole, strict=True):
            np.testing.assert_array_equal(value, wanted[:rows])
