"""The reference pages say what the definitions say."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest

import baconalgo as ba
from baconalgo.indicators import SPECS, _reference

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_page_of_indicators_is_what_the_definitions_make() -> None:
    wanted = _reference.page()
    assert (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8") == wanted, (
        "run: python -m baconalgo.indicators > docs/indicators.md"
    )


@pytest.mark.parametrize("name", SPECS)
def test_the_example_of_an_indicator_is_true(name: str) -> None:
    example = doctest.DocTestParser().get_doctest(SPECS[name].example, {"ba": ba, "np": np}, name, None, None)
    assert example.examples, "has no example"
    assert not doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example).failed


@pytest.mark.parametrize("name", SPECS)
def test_an_indicator_is_documented(name: str) -> None:
    spec = SPECS[name]
    assert spec.title.endswith(".")
    for text in (spec.formula, spec.source, *(entry.doc for entry in (*spec.inputs, *spec.params, *spec.outputs))):
        assert text.strip() == text
        assert text
    function = getattr(ba.indicators, name)
    stream = getattr(ba.indicators, spec.class_name)
    assert spec.formula in function.__doc__
    assert spec.formula in stream.__doc__
