from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import gc, sys
from qarepo_graph.engine.runs import open_run, release
root = sys.argv[1]
print(gc.get_freeze_count())
one, two = (open_run(root, run_dir=f"{root}/{name}") for name in ("one", "two"))
print(gc.get_freeze_count() > 10_000)
release(one, close=True)
print(gc.get_freeze_count() > 10_000)
release(two, close=True)
print(gc.get_freeze_count(), gc.isenabled())
gc.freeze()
release(open_run(root, run_dir=f"{root}/one"), close=True)
print(gc.get_freeze_count() > 10_000)
"""


def test_what_was_there_is_set_aside_while_a_run_is_open_and_what_others_set_aside_stays(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["0", "True", "True", "0 True", "True"]
