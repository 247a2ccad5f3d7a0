"""What was built, from what, for which CPU."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

from baconalgo import _cpu_check


def build_info() -> dict[str, Any]:
    """The build of this installation, for bug reports and beside every benchmark.

    Returns
    -------
    dict
        ``version`` of the package; ``commit``, ``profile``, ``rustflags``, ``rustc``, ``target`` and
        ``cpu_features`` of the extension (None where not recorded); ``cpu`` and ``cpu_missing`` of this machine;
        ``python``, ``numpy``, ``pyarrow`` and ``numba`` versions (None: not installed).

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.build_info()["version"]
    '0.1.0'
    """
    record = _cpu_check.read_record()
    info: dict[str, Any] = {"version": package_version("baconalgo") or record.get("version")}
    for name in ("commit", "profile", "rustflags", "rustc", "target", "cpu_features"):
        info[name] = record.get(name) or None
    info["cpu"] = cpu_name()
    info["cpu_missing"] = _cpu_check.missing_features(record, _cpu_check.cpu_flags())
    info["python"] = platform.python_version()
    for name in ("numpy", "pyarrow", "numba"):
        info[name] = package_version(name)
    return info


def package_version(name: str) -> str | None:
    """Version of an installed distribution, None if there is none; nothing is imported."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def cpu_name() -> str:
    """The CPU's name for people, e.g. ``AMD EPYC 9R14``."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:  # noqa: PTH123 - /proc
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() == "model name":
                    return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
