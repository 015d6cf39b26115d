"""The search behind "no test wrote an API key" finds one where there is one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.canary import holding


def test_a_word_is_found_in_files_and_where_a_database_splits_it(tmp_path: Path) -> None:
    # Put together here: the word as a whole must not stand in what pytest prints of this test.
    word = "-".join(("not", "the", "canary"))
    (tmp_path / "plain.txt").write_text("nothing", "utf-8")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "log.txt").write_bytes(b"\xff" + word.encode() + b"\n")
    # A long value goes on in overflow pages; behind so many letters the word falls onto the end of one.
    split = tmp_path / "split.db"
    with closing(sqlite3.connect(split)) as database:
        database.execute("PRAGMA page_size = 512")
        database.execute("CREATE TABLE t (value TEXT)")
        database.execute("INSERT INTO t VALUES (?)", ("x" * 693 + word + "z" * 507,))
        database.commit()
    assert word.encode() not in split.read_bytes()
    assert sorted(holding(tmp_path, word)) == sorted([str(tmp_path / "below" / "log.txt"), str(split)])
