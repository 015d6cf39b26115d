from __future__ import annotations

import os
import subprocess
import sys

_PROGRAM = """
from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.schema import SourceFile, TypeDeclaration
names = [f"shift_{first}{second}" for first in "abcdefghij" for second in "qrstuvwxyz"]
types = tuple(
    TypeDeclaration(name=n, qualified_name=n, kind="class", start_line=1, end_line=1, head="") for n in names
)
print(*SymbolIndex.build([SourceFile(path="a.py", language="python", status="parsed", types=types)]).nearest("shift"))
"""


def test_names_equally_near_are_ranked_alike_in_every_process() -> None:
    """What is near goes into prompts, so another order would be another prompt."""
    said = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert said == {"shift_ft shift_dy shift_dx shift_dw shift_dv\n"}
