"""Every public name is documented, its examples run, and importing the package is cheap."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import baconalgo as ba
from baconalgo import _core

MODULES = sorted(m.name for m in pkgutil.walk_packages(ba.__path__, "baconalgo.") if not m.name.endswith("__main__"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    # A module may be callable or replaced on import; its file says what is in it.
    assert isinstance(module, ModuleType)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(module, optionflags=flags).failed == 0


@pytest.mark.parametrize("name", sorted(ba.__all__))
def test_public_name_is_documented(name: str) -> None:
    value = getattr(ba, name)
    if inspect.isclass(value) or callable(value) or inspect.ismodule(value):
        assert (value.__doc__ or "").strip(), f"ba.{name} has no docstring"
    if inspect.isclass(value):
        bare = [
            member
            for member, found in vars(value).items()
            if not member.startswith("_")
            and callable(found)
            and not (inspect.getdoc(getattr(value, member)) or "").strip()
        ]
        assert not bare, f"ba.{name} has methods without a docstring: {bare}"


@pytest.mark.parametrize("name", [n for n in dir(_core) if not n.startswith("_")])
def test_export_of_the_extension_is_documented(name: str) -> None:
    assert (getattr(_core, name).__doc__ or "").strip()


def test_import_of_the_package_loads_nothing_heavy() -> None:
    code = "import sys, baconalgo; print([m for m in ('numpy', 'pyarrow', 'pandas', 'numba') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        ba.no_such_name  # noqa: B018
