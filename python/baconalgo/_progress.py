"""A bar for long runs: rich in a terminal, tqdm in a notebook."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from baconalgo import _core

_PERIOD = 0.1
_PATIENCE = 1.0


@contextmanager
def watched(counter: _core.Progress, progress: Callable[[int, int | None], None] | bool | None) -> Iterator[None]:
    """Report on a counter from a thread of its own while the body runs."""
    if progress is False:
        yield
        return
    report = progress if callable(progress) else _bar()
    if report is None:
        yield
        return
    patience = 0.0 if callable(progress) else _PATIENCE
    done = threading.Event()

    def watch() -> None:
        if done.wait(patience):
            return
        while not done.wait(_PERIOD):
            report(counter.rows, None)

    thread = threading.Thread(target=watch, name="baconalgo-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        report_end = getattr(report, "close", None)
        if callable(progress):
            report(counter.rows, None)
        if report_end is not None:
            report_end()


class _Bar:
    """A tqdm bar that appears with its first report."""

    def __init__(self, make: Callable[..., object]) -> None:
        self._make = make
        self._bar: object = None

    def __call__(self, rows: int, total: int | None) -> None:
        if self._bar is None:
            self._bar = self._make(total=total, unit=" rows", unit_scale=True, desc="backtest", leave=False)
        self._bar.update(rows - self._bar.n)  # type: ignore[attr-defined]

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()  # type: ignore[attr-defined]


def _bar() -> _Bar | None:
    """A bar where somebody looks: a notebook or a terminal."""
    notebook = "ipykernel" in sys.modules
    if not notebook and not sys.stderr.isatty():
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return _Bar(tqdm)
