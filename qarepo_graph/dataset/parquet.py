"""Columns instead of lines: Parquet through pyarrow (extra ``[parquet]``)."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from qarepo_graph.dataset.context import without_surrogates
from qarepo_graph.dataset.publish import measure
from qarepo_graph.errors import MissingExtraError, StorageError

_BATCH_ROWS = 1024


def load_pyarrow() -> ModuleType:
    """Return pyarrow.

    Raises:
        MissingExtraError: When it is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError as error:
        msg = 'Parquet needs pyarrow: pip install "qarepo-graph[parquet]".'
        raise MissingExtraError(msg) from error
    return pa  # type: ignore[no-any-return]  # pyarrow has no types


class ParquetFile:
    """One Parquet file being written beside its target; see ``publish.StagedFile``.

    Args:
        target: Where it goes.
        texts: Names of text columns beside the ordinary ones.
        facts: Kept in the file's own metadata.
    """

    def __init__(self, target: Path, texts: Sequence[str] = (), facts: Mapping[str, str] | None = None) -> None:
        self._pa = load_pyarrow()
        self.target = target
        self.rows = 0
        self.bytes = 0
        self.sha256 = ""
        pa = self._pa
        text, number = pa.string(), pa.int64()
        self._schema = pa.schema(
            [("id", text), ("group_id", text), ("scenario", number)]
            + [(name, text) for name in ("question_type", "language", "instruction", "input", "output", "system")]
            + [("function_ids", pa.list_(text))]
            + [(name, text) for name in ("model", "generator", "licence", *texts)],
            metadata=dict(facts or {}),
        )
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
        os.close(descriptor)
        self.temporary = Path(name)
        self._writer = pa.parquet.ParquetWriter(self.temporary, self._schema, compression="zstd")
        self._pending: list[dict[str, Any]] = []

    def add_row(self, row: dict[str, Any]) -> None:
        """Append one row; keys are the schema's."""
        self._pending.append(row)
        self.rows += 1
        if len(self._pending) >= _BATCH_ROWS:
            self._drain()

    def finish(self) -> None:
        """Flush to the disk, read back and count.

        Raises:
            StorageError: When the file does not hold the rows that were written.
        """
        self._drain()
        self._writer.close()
        with self.temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if self._pa.parquet.read_metadata(self.temporary).num_rows != self.rows:
            msg = f"{self.target} did not read back as it was written; check the disk and run the same command again."
            raise StorageError(msg)
        found = measure(self.temporary)
        self.bytes, self.sha256 = found.bytes, found.sha256

    def discard(self) -> None:
        """Close and remove the temporary file."""
        with contextlib.suppress(OSError):
            self._writer.close()
        self.temporary.unlink(missing_ok=True)

    def _drain(self) -> None:
        if not self._pending:
            return
        try:
            table = self._pa.Table.from_pylist(self._pending, schema=self._schema)
        except UnicodeEncodeError:  # half a surrogate pair, as json_bytes meets it
            table = self._pa.Table.from_pylist(without_surrogates(self._pending), schema=self._schema)
        self._writer.write_table(table)
        self._pending = []
