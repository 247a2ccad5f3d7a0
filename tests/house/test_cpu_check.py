"""The extension is not loaded on a CPU that would die of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from baconalgo import _cpu_check

AVX2_CPU = "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu sse2 pni ssse3 sse4_1 sse4_2 avx avx2 fma abm\n"


def record(*features: str, arch: str = "x86_64") -> dict[str, object]:
    return {"arch": arch, "cpu_features": list(features)}


def flags(tmp_path: Path, text: str = AVX2_CPU) -> frozenset[str] | None:
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    return _cpu_check.cpu_flags(path)


def test_features_that_the_kernel_names_otherwise_are_found(tmp_path: Path) -> None:
    built = record("sse3", "sse4.1", "sse4.2", "avx2", "fma", "lzcnt")
    assert _cpu_check.missing_features(built, flags(tmp_path)) == []


def test_missing_features_are_named(tmp_path: Path) -> None:
    assert _cpu_check.missing_features(record("avx2", "avx512vl", "avx512f"), flags(tmp_path)) == [
        "avx512f",
        "avx512vl",
    ]


def test_features_that_only_handwritten_code_uses_do_not_refuse(tmp_path: Path) -> None:
    assert _cpu_check.missing_features(record("rdseed", "aes", "feature-of-the-future"), flags(tmp_path)) == []


@pytest.mark.parametrize("text", ["", "nothing to see", "flags without a colon"])
def test_unreadable_cpuinfo_passes(tmp_path: Path, text: str) -> None:
    assert flags(tmp_path, text) is None
    assert _cpu_check.missing_features(record("avx512f"), None) == []


@pytest.mark.parametrize("content", ["", "[1, 2]", "{not json", None])
def test_absent_or_broken_record_is_no_record(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "record.json"
    if content is not None:
        path.write_text(content)
    assert _cpu_check.read_record(path) == {}


def test_import_error_names_the_features_and_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(record("avx2", "avx512f")))
    built, cpu = _cpu_check.read_record(path), flags(tmp_path)
    monkeypatch.setattr(_cpu_check, "read_record", lambda: built)
    monkeypatch.setattr(_cpu_check, "cpu_flags", lambda: cpu)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("BACONALGO_SKIP_CPU_CHECK", raising=False)
    with pytest.raises(ImportError, match=r"avx512f.*RUSTFLAGS"):
        _cpu_check.check_cpu()
    monkeypatch.setenv("BACONALGO_SKIP_CPU_CHECK", "1")
    _cpu_check.check_cpu()


def test_this_machine_runs_what_was_built_on_it() -> None:
    assert _cpu_check.missing_features(_cpu_check.read_record(), _cpu_check.cpu_flags()) == []
