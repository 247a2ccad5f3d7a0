"""Tables of bars that a trader can read: where each pattern is, and where it is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from baconalgo import patterns

from .cases import Case, cases_of

ALL = [case for name in patterns.SPECS for case in cases_of(name)]


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.pattern}: {case.title}")
def test_a_pattern_says_what_the_table_says(case: Case) -> None:
    got = case.run()
    for name, wanted in case.wanted.items():
        np.testing.assert_allclose(getattr(got, name), wanted, rtol=0, atol=1e-6, err_msg=f"{case.title}: {name}")


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.pattern}: {case.title}")
def test_bars_of_a_table_are_bars(case: Case) -> None:
    bars = case.columns
    body = np.stack([bars["open"], bars["close"]])
    assert (bars["high"] >= body.max(axis=0)).all()
    assert (bars["low"] <= body.min(axis=0)).all()


@pytest.mark.parametrize("name", patterns.SPECS)
def test_every_pattern_has_a_case_where_it_is_and_one_where_it_is_not(name: str) -> None:
    found = [bool(np.isin(case.wanted["direction"], (1.0, -1.0)).any()) for case in cases_of(name)]
    rows = np.concatenate([case.wanted["direction"] for case in cases_of(name)])
    assert found[0], "the first case is the one that is drawn"
    assert (rows == 0.0).any()


def test_every_table_belongs_to_a_pattern() -> None:
    tables = {path.stem for path in Path(__file__).with_name("cases").glob("*.txt")}
    assert tables == set(patterns.SPECS)
