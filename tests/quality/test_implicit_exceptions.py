from __future__ import annotations

import pytest

from qarepo_graph.quality.implicit_exceptions import may_raise


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("PermissionError", "path.write_text(a)", True),
        ("PermissionError", "os.unlink(a)", True),
        ("PermissionError", "self.stream.write_headers(a)", False),
        ("PermissionError", "os.path.join(a, b)", False),
        ("PermissionError", "self.socket.recv(1)", False),
        ("OSError", "self.socket.recv(1)", True),
        ("TimeoutError", "run(a, timeout=3)", True),
        ("TimeoutError", "self.loop.remove(timeout)", False),
    ],
)
def test_only_what_touches_files_or_waits_raises_their_errors(name: str, code: str, said: bool):
    assert may_raise(name, code, "python") is said
