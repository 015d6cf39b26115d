"""``qarepo report --coverage``: what became of every function, as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any


def coverage_lines(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield one tab-separated line per function (status, place, name, reason), then the totals.

    Args:
        data: See :func:`qarepo_graph.report.data.report_data`.
    """
    totals: Counter[str] = Counter()
    for function in data["functions"]:
        totals[function["status"]] += 1
        place = f"{function['file']}:{function['start']}-{function['end']}"
        reason = " ".join(function["reason"].split())
        yield "\t".join((function["status"], place, function["name"], reason)).rstrip("\t")
    for function_id, reason in data["left_out"]:
        totals["skipped"] += 1
        file, _, name = function_id.partition("::")
        yield "\t".join(("skipped", file, name, " ".join(reason.split())))
    yield ", ".join(f"{count} {status}" for status, count in totals.most_common())
