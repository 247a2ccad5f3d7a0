"""Every module of the core has its place, and imports only from the rows above it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "rust" / "core" / "src"

# The table of rust/core/src/lib.rs. A row imports from the rows above it; within the first row all is one.
ROWS = [
    {"types", "error", "rng"},
    {"event", "bar"},
    {"book", "indicators", "order", "data", "fix"},
    {"patterns", "ledger", "router", "metrics"},
    {"expr", "risk"},
    {"signals", "scanner", "strategy", "venue"},
    {"engine", "sim"},
    {"backtest"},
]
ROW_OF = {module: row for row, modules in enumerate(ROWS) for module in modules}

FORBIDDEN = {
    r"\bstd::fs\b": "the core opens no file",
    r"\bstd::net\b": "the core opens no socket",
    r"\bstd::process\b": "the core starts no process",
    r"\bstd::env\b": "configuration is a parameter",
    r"\b(SystemTime|Instant)\b": "the clock is a parameter",
    r"\bstd::thread\b|\bthread::(spawn|Builder)\b": "the core makes no thread",
    r"\bThreadPoolBuilder\b": "the pool is a parameter",
    r"\b(thread_rng|from_entropy|RandomState|OsRng)\b": "randomness is a parameter",
    r"\bextern crate (tokio|pyo3)\b|\b(tokio|pyo3)::": "the core knows neither tokio nor Python",
}


def without_tests_and_comments(source: str) -> str:
    """The code that ships: tests may import what they like, and comments prove nothing."""
    source = re.split(r"#\[cfg\(test\)\]\s*mod \w+ \{", source)[0]
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    return re.sub(r"(?m)//.*$", "", source)


def imported_modules(source: str) -> set[str]:
    """First segments of all `crate::` paths, `use crate::{a, b::{C}}` included."""
    found = set()
    for match in re.finditer(r"(?<![\w$])crate::", source):
        rest = source[match.end() :].lstrip()
        if not rest.startswith("{"):
            found.add(re.match(r"\w*", rest)[0])
            continue
        depth, start = 0, True
        for token in re.findall(r"[{},]|\w+|::|\S", rest):
            if token == "{":
                depth += 1
            elif token == "}":
                depth -= 1
                if depth == 0:
                    break
            elif depth == 1 and start and token != ",":
                found.add(token)
            start = token == "," or (token == "{" and depth == 1)
    return found


def core_sources() -> list[Path]:
    return [p for p in sorted(CORE.rglob("*.rs")) if p != CORE / "lib.rs" and not p.stem.endswith("tests")]


def module_of(path: Path) -> str:
    return path.relative_to(CORE).parts[0].removesuffix(".rs")


@pytest.mark.parametrize("path", core_sources(), ids=lambda p: str(p.relative_to(CORE)))
def test_module_imports_only_from_rows_above(path: Path) -> None:
    module = module_of(path)
    assert module in ROW_OF, f"{module} has no place in the import table"
    source = without_tests_and_comments(path.read_text(encoding="utf-8"))
    for other in sorted(imported_modules(source) - {module}):
        assert other in ROW_OF, f"{path.name} imports crate::{other}, which has no place in the import table"
        allowed = ROW_OF[other] < ROW_OF[module] or ROW_OF[module] == 0 == ROW_OF[other]
        assert allowed, f"{module} (row {ROW_OF[module]}) imports {other} (row {ROW_OF[other]})"
    top = path if path.name != "mod.rs" else path.parent
    if top.parent == CORE:
        assert "super::" not in source, "write crate::, so that the import table can be checked"


@pytest.mark.parametrize("path", core_sources(), ids=lambda p: str(p.relative_to(CORE)))
def test_core_has_no_files_network_clock_threads_or_system_randomness(path: Path) -> None:
    source = without_tests_and_comments(path.read_text(encoding="utf-8"))
    for pattern, reason in FORBIDDEN.items():
        assert not re.search(pattern, source), f"{path.name}: {reason}"


def test_table_in_lib_rs_is_the_table_of_this_test() -> None:
    source = (CORE / "lib.rs").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^//! (\d)  (.*?)(?: {3,}\(.*)?$", source))
    for number, names in rows.items():
        for module in names.split():
            assert ROW_OF.get(module) == int(number), f"lib.rs puts {module} in row {number}"
    for module in re.findall(r"(?m)^pub(?:\(crate\))? mod (\w+);", source):
        assert module in ROW_OF, f"{module} has no place in the import table"


def test_nested_braces_in_a_use_are_understood() -> None:
    source = "use crate::{error::Error, types::{Px, Qty}};\nfn f() -> crate::order::Order {}\nuse crate::\n  {bar};"
    assert imported_modules(source) == {"error", "types", "order", "bar"}
