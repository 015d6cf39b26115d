"""General-instruction rows mixed in, against forgetting: a model tuned on one repository should still chat."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from qarepo_graph.dataset.formats import Record
from qarepo_graph.dataset.read import read_rows
from qarepo_graph.errors import UsageError


def read_general_rows(path: Path) -> list[Record]:
    """Read a file of alpaca or messages rows (JSON array or JSONL).

    Raises:
        UsageError: When the file is missing, is not JSON, or a row is neither alpaca nor one question with its answer.
    """
    rows = list(read_rows(path))
    if not rows:
        msg = f"--mix {path} holds no rows; name a file of instruction rows."
        raise UsageError(msg)
    return [_record(row, number, path) for number, row in enumerate(rows, start=1)]


def sample_share(rows: list[Record], own_rows: int, share: float, seed: int) -> list[Record]:
    """Return as many general rows as make up ``share`` of the mixed training rows, or all where there are fewer.

    Raises:
        UsageError: When the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        msg = f"--mix-share {share} cannot work; give a share between 0 and 1, as 0.1."
        raise UsageError(msg)
    wanted = min(len(rows), round(own_rows * share / (1 - share)))
    return random.Random(seed).sample(rows, wanted)


def _record(row: Any, number: int, path: Path) -> Record:
    match row:
        case {"instruction": str(instruction), "output": str(output), **rest}:
            shown, system = str(rest.get("input") or ""), str(rest.get("system") or "")
        case {
            "messages": [
                *head,
                {"role": "user", "content": str(instruction)},
                {"role": "assistant", "content": str(output)},
            ]
        }:
            if any(message.get("role") != "system" for message in head):
                msg = (
                    f"Row {number} of --mix {path} is a longer conversation; give rows of one question and one answer."
                )
                raise UsageError(msg)
            shown, system = "", "\n".join(str(message.get("content", "")) for message in head)
        case _:
            msg = f"Row {number} of --mix {path} has neither instruction and output nor messages; convert it first."
            raise UsageError(msg)
    metadata = {
        "group_id": f"mix-{number}",
        "scenario": 0,
        "question_type": "general",
        "language": "",
        "function_ids": [],
        "provenance": {"source": path.name, "row": number},
    }
    # Every row of a file has the same system message; a general row's own goes in front of its question.
    asked = f"{system}\n\n{instruction}" if system else instruction
    return Record(id=f"mix-{number}", instruction=asked, input=shown, context=shown, output=output, metadata=metadata)
