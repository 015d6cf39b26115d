"""Write ``constraints/ci.txt`` anew: the newest versions that go together, for all that the tests and the site need.

    python scripts/pin_versions.py

Asks pip's resolver and installs nothing. Run the tests with the new versions before keeping them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parents[1]
TORCH = "2.13.0"
HEAD = f"""\
# Versions the tests of the last release ran with: `make`, `.ci/run` and the audit in the workflow use this file.
#     python -m pip install -c constraints/ci.txt -e ".[test]"
# torch is pinned by hand: a CPU build of exactly {TORCH} is at hand where .ci/run runs, a range would bring CUDA.
# The rest is written by scripts/pin_versions.py.
"""


def resolve(*extras: str) -> dict[str, str]:
    """Return name and version of everything an install of these extras brings."""
    with tempfile.TemporaryDirectory() as folder:
        report, torch = Path(folder) / "report.json", Path(folder) / "torch.txt"
        torch.write_text(f"torch=={TORCH}\n", "utf-8")
        ask = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed"]
        environment = {**os.environ, "PIP_CONSTRAINT": str(torch)}
        wanted = f"{PROJECT}[{','.join(extras)}]"
        subprocess.run([*ask, "--report", str(report), wanted], check=True, env=environment)
        installed = [entry["metadata"] for entry in json.loads(report.read_text("utf-8"))["install"]]
    return {re.sub(r"[-_.]+", "-", found["name"]).lower(): found["version"].partition("+")[0] for found in installed}


def main() -> None:
    versions = resolve("test", "full", "docs")
    del versions["qarepo-graph"]
    lines = [f"{name}=={version}\n" for name, version in sorted(versions.items())]
    (PROJECT / "constraints" / "ci.txt").write_text(HEAD + "".join(lines), "utf-8", newline="\n")
    print(f"{len(lines)} versions")


if __name__ == "__main__":
    main()
