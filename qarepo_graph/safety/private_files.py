"""Files that only their owner may read, whatever the umask says."""

from __future__ import annotations

import os
from pathlib import Path

from qarepo_graph.errors import StorageError


def write_private(path: Path, data: bytes) -> None:
    """Write a file with mode 0600 in a folder with mode 0700 (POSIX); a link in its place is refused.

    Raises:
        StorageError: When folder or file cannot be written.
    """
    flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            if os.name == "posix":
                os.fchmod(file.fileno(), 0o600)
            file.write(data)
    except OSError as error:
        msg = f"The file {str(path)!r} cannot be written ({error.strerror}); choose another folder."
        raise StorageError(msg) from error
