from __future__ import annotations

import os
import subprocess
import sys

_PROGRAM = """
from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.schema import SourceFile, TypeDeclaration
ends = [f"{letter}{number}" for letter in "abcde" for number in range(6)]
names = [*(f"shi{end}" for end in ends), *(f"{end}ift" for end in ends)]
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
        for seed in ("1", "2", "3", "4")
    }
    assert said == {"shie5 shie4 shie3 shie2 shie1\n"}
