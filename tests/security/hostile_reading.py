"""Read hostile repositories and say what became of each; a program of its own so that strace can watch it.

``python -m tests.security.hostile_reading BASE`` reads every ``BASE/<row>-<seed>/repo`` and prints a line of JSON each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from qarepo_graph.code import parse_files
from qarepo_graph.errors import QarepoError
from tests.security.hostile_repositories import GOOD, OUTSIDE_MARK

CHANGED_WHILE_READ = {6, 37}


def examine(root: Path, outside: Path, *, changing: bool = False) -> dict[str, Any]:
    """Read one repository; whatever is raised becomes part of the answer."""
    statuses: Counter[str] = Counter()
    functions = 0
    refused = failure = ""
    leaks: list[str] = []
    started = time.monotonic()
    stop = threading.Event()
    mutator = threading.Thread(target=_change, args=(root, outside, stop))
    if changing:
        mutator.start()
    try:
        for parsed in parse_files(root):
            statuses[f"{parsed.file.status}:{parsed.file.reason}"] += 1
            functions += len(parsed.functions)
            # What is kept must be writable as UTF-8 JSON.
            written = json.dumps(
                [parsed.file.to_record(), *(f.to_record() for f in parsed.functions)], ensure_ascii=False
            )
            if OUTSIDE_MARK.encode() in written.encode("utf-8"):
                leaks.append(parsed.file.path)
    except QarepoError as error:
        refused = str(error)
    except Exception:
        failure = traceback.format_exc()
    finally:
        stop.set()
        if changing:
            mutator.join()
    return {
        "seconds": time.monotonic() - started,
        "functions": functions,
        "statuses": dict(statuses),
        "refused": refused,
        "failure": failure,
        "leaks": leaks,
        "ran": sorted(path.name for path in (outside / "ran").iterdir()),
    }


def _change(root: Path, outside: Path, stop: threading.Event) -> None:
    """Swap files for links to the outside, remove them and put them back, until told to stop."""
    files = sorted(root.rglob("*.py"))
    turn = 0
    while not stop.is_set():
        path = files[turn % len(files)]
        beside = path.with_suffix(".tmp")
        turn += 1
        try:
            if turn % 3 == 0:
                path.unlink(missing_ok=True)
                continue
            beside.unlink(missing_ok=True)
            if turn % 3 == 1:
                beside.symlink_to(outside / "secret.py")
            else:
                beside.write_text(GOOD["py"], "utf-8")
            beside.replace(path)
        except OSError:
            continue
        time.sleep(0.0005)


def remove(folder: Path) -> None:
    """Remove a folder whatever its modes; by programs, because paths in it may be longer than Python can name."""
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        subprocess.run([*command, str(folder)], check=False, capture_output=True)


def main() -> None:
    """Read what was built; one line of JSON each."""
    for place in sorted(Path(sys.argv[1]).iterdir()):
        row, _, seed = place.name.partition("-")
        result = examine(place / "repo", place / "outside", changing=int(row) in CHANGED_WHILE_READ)
        print(json.dumps({"row": int(row), "seed": int(seed), **result}), flush=True)


if __name__ == "__main__":
    main()
