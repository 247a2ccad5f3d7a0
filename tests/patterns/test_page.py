"""The page of patterns and its pictures are what the definitions and the cases make."""

from __future__ import annotations

import doctest
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import numpy as np
import pytest

import baconalgo as ba
from baconalgo import patterns


@pytest.fixture(scope="module")
def drawing(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_patterns", root / "docs" / "draw_patterns.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_and_the_pictures_are_what_the_definitions_make(drawing: ModuleType, root: Path) -> None:
    made = drawing.made()
    for path, wanted in made.items():
        there = (root / "docs" / path).read_text(encoding="utf-8")
        assert there == wanted, f"docs/{path} is old, run: python docs/draw_patterns.py"
    pictures = {f"patterns/{path.name}" for path in (root / "docs" / "patterns").iterdir()}
    assert pictures == set(made) - {"patterns.md"}


@pytest.mark.parametrize("name", patterns.SPECS)
def test_a_picture_is_one_that_can_be_read(name: str, root: Path) -> None:
    tree = ElementTree.parse(root / "docs" / "patterns" / f"{name}.svg").getroot()
    _, _, width, height = (float(x) for x in tree.attrib["viewBox"].split())
    for element in tree.iter():
        for across in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.attrib.get(across, 0)) <= width
        for down in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.attrib.get(down, 0)) <= height


@pytest.mark.parametrize("name", patterns.SPECS)
def test_the_example_of_a_pattern_is_true(name: str) -> None:
    example = doctest.DocTestParser().get_doctest(patterns.SPECS[name].example, {"ba": ba, "np": np}, name, None, None)
    assert example.examples, "has no example"
    assert not doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example).failed


@pytest.mark.parametrize("name", patterns.SPECS)
def test_a_pattern_is_documented(name: str) -> None:
    spec = patterns.SPECS[name]
    assert spec.title.endswith(".")
    for text in (spec.formula, spec.source, *(entry.doc for entry in (*spec.inputs, *spec.params, *spec.outputs))):
        assert text.strip() == text
        assert text
    assert spec.formula in getattr(patterns, name).__doc__
    assert spec.formula in getattr(patterns, spec.class_name).__doc__
