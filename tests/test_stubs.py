"""The stubs of the extension name everything that it exports, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from baconalgo import _core

STUBS = Path(_core.__file__).with_name("_core.pyi")


def members(body: list[ast.stmt]) -> set[str]:
    names = {node.name for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    return names | {
        node.target.id for node in body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


TREE = ast.parse(STUBS.read_text(encoding="utf-8"))
CLASSES = {node.name: node for node in TREE.body if isinstance(node, ast.ClassDef)}
EXPORTS = {name for name in dir(_core) if not name.startswith("__")}


def test_every_export_is_typed() -> None:
    typed = {name for name in members(TREE.body) if not name.startswith("_")}
    assert typed == EXPORTS


@pytest.mark.parametrize("name", sorted(name for name in EXPORTS if isinstance(getattr(_core, name), type)))
def test_every_member_of_a_class_is_typed(name: str) -> None:
    there = {member for member in vars(getattr(_core, name)) if not member.startswith("__")}
    typed = {member for member in members(CLASSES[name].body) if not member.startswith("__")}
    assert typed == there


def test_stubs_of_what_is_made_from_the_definitions_are_up_to_date() -> None:
    from baconalgo import _stubs

    for path, text in _stubs.stubs().items():
        assert path.read_text(encoding="utf-8") == text, "run: make stubs"


def test_every_expression_function_is_typed() -> None:
    import baconalgo.expr._made as made

    stub = ast.parse(Path(made.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    aliases = {target.id for node in stub.body if isinstance(node, ast.Assign) for target in node.targets}
    assert set(made.__all__) <= members(stub.body) | aliases
    assert all(callable(getattr(made, name)) for name in made.__all__)
