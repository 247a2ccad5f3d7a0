"""Refuses a CPU that the extension was not built for, before the extension is loaded.

Rationale
---------
Code built for a newer CPU does not fail politely: the process dies of an illegal instruction, possibly while the
module initialises, before any check of its own could run. So the check is pure Python and runs first. It reads
one small file beside the package and the first 4 KiB of ``/proc/cpuinfo``, in well under a millisecond.

Limitations
-----------
Linux on x86-64 and aarch64 only; elsewhere the features of the CPU are not known and the check passes. A
feature that the kernel does not name is taken to be there.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("_build_features.json")
"""What the extension was built for; written by the build, absent in a checkout that was not built."""

# Names of rustc -> names of the kernel, where they differ. An empty name: the kernel has no flag for it.
_KERNEL_NAMES = {
    "x86_64": {
        "sse3": "pni",
        "sse4.1": "sse4_1",
        "sse4.2": "sse4_2",
        "lzcnt": "abm",
        "avxvnni": "avx_vnni",
        "avx512vpopcntdq": "avx512_vpopcntdq",
        "avx512vbmi2": "avx512_vbmi2",
        "avx512vnni": "avx512_vnni",
        "avx512bitalg": "avx512_bitalg",
        "avx512bf16": "avx512_bf16",
    },
    "aarch64": {"neon": "asimd", "lse": "atomics", "rdm": "asimdrdm", "fp16": "fphp", "dotprod": "asimddp"},
}

# Only these are judged: what the compiler chooses by itself, under names that are sure. Not judged is what code
# must ask for (aes, sha, rdrand, ...): kernels hide some of it, as they do rdseed on CPUs where it is broken.
_JUDGED = {
    "x86_64": frozenset(
        "sse3 ssse3 sse4.1 sse4.2 sse4a popcnt avx avx2 fma f16c bmi1 bmi2 lzcnt movbe gfni avxvnni "
        "avx512f avx512bw avx512cd avx512dq avx512vl avx512ifma avx512vbmi avx512vbmi2 avx512vnni avx512bitalg "
        "avx512vpopcntdq avx512bf16".split()
    ),
    "aarch64": frozenset("neon lse rdm fp16 dotprod sve sve2".split()),
}


def read_record(path: Path = RECORD) -> dict[str, Any]:
    """The record the build left beside the package.

    Returns
    -------
    dict
        Keys ``version, target, arch, os, profile, rustflags, rustc, commit`` (text) and ``cpu_features`` (list of
        text); empty when the file is absent or is not a record.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str] | None:
    """The features of this CPU under the kernel's names, or None where they cannot be known."""
    try:
        with cpuinfo.open("rb") as file:
            head = file.read(4096).decode("ascii", "replace")
    except OSError:
        return None
    for line in head.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"flags", "Features"}:
            return frozenset(value.split())
    return None


def missing_features(record: dict[str, Any], flags: frozenset[str] | None) -> list[str]:
    """Features that the build uses and the CPU lacks, under rustc's names, sorted.

    Examples
    --------
    >>> missing_features({"arch": "x86_64", "cpu_features": ["avx2", "avx512f"]}, frozenset({"avx2"}))
    ['avx512f']
    >>> missing_features({"arch": "x86_64", "cpu_features": ["avx512f"]}, None)
    []
    """
    if flags is None:
        return []
    arch = str(record.get("arch", ""))
    names = _KERNEL_NAMES.get(arch, {})
    judged = _JUDGED.get(arch, frozenset())
    built = [str(feature) for feature in record.get("cpu_features", [])]
    return sorted(feature for feature in built if feature in judged and names.get(feature, feature) not in flags)


def check_cpu() -> None:
    """Raise where loading the extension would kill the process.

    Raises
    ------
    ImportError
        The CPU lacks features that the extension was built to use. The message names them and the fix.
        ``BACONALGO_SKIP_CPU_CHECK=1`` in the environment skips the check.
    """
    if os.environ.get("BACONALGO_SKIP_CPU_CHECK") == "1" or not sys.platform.startswith("linux"):
        return
    record = read_record()
    missing = missing_features(record, cpu_flags())
    if missing:
        raise ImportError(
            f"baconalgo was built for a CPU with {', '.join(missing)}, which this CPU lacks; loading it would kill the "
            "process. Fix: build it on this machine (`pip install --force-reinstall --no-binary baconalgo baconalgo`, "
            "or `make clean && make demo` in a checkout), or for any x86-64 CPU since 2013 with "
            'RUSTFLAGS="-Ctarget-cpu=x86-64-v3". BACONALGO_SKIP_CPU_CHECK=1 skips this check.'
        )
