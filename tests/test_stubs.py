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
