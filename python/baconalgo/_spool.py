"""Result rows that do not fit in memory, in memory-mapped Arrow files that go with the result."""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path
from typing import Any

import pyarrow as pa


class Spool:
    """Takes batches over, writes them to files, and maps these back as tables."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._writers: dict[str, pa.ipc.RecordBatchFileWriter] = {}

    def write(self, name: str, batch: Any) -> None:
        """Append a batch to the file of a table."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="baconalgo-result-", ignore_cleanup_errors=True)
        taken = pa.record_batch(batch)
        if name not in self._writers:
            path = Path(self._folder.name, f"{name}.arrow")
            self._writers[name] = pa.ipc.new_file(str(path), taken.schema)
        self._writers[name].write_batch(taken)

    def table(self, name: str, rest: pa.Table) -> pa.Table:
        """The spilled rows, mapped, and then the rest."""
        writer = self._writers.pop(name, None)
        if writer is None or self._folder is None:
            return rest
        writer.close()
        mapped = pa.ipc.open_file(pa.memory_map(str(Path(self._folder.name, f"{name}.arrow")))).read_all()
        return pa.concat_tables([mapped, rest.cast(mapped.schema)])

    def keep_for(self, owner: object) -> None:
        """Let the files live as long as their owner."""
        if self._folder is not None:
            self._folder._finalizer.detach()  # type: ignore[attr-defined]
            weakref.finalize(owner, self._folder.cleanup)
