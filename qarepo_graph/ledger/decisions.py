"""What a person said of rows in review; the newest decision on a row holds."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson

from qarepo_graph.schema import Description, DescriptionInFile, QAPair, Requirement

DecisionVerdict = Literal["accepted", "rejected", "edited", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision.

    Attributes:
        row_id: Id of the pair.
        verdict: What was decided; ``withdrawn`` takes back what was decided before.
        reason: Why, for a rejection.
        edit: For an edit: ``question``, ``answer``, ``description`` or ``requirement`` with their new values.
        who: The reviewer's name.
        decided_at: Seconds since the epoch.
    """

    row_id: str
    verdict: DecisionVerdict
    reason: str = ""
    edit: dict[str, Any] | None = None
    who: str = ""
    decided_at: float = 0.0

    def apply(self, pair: QAPair) -> QAPair:
        """Return the pair as the reviewer wants it."""
        edit = self.edit or {}
        changes: dict[str, Any] = {}
        if "question" in edit:
            changes["question"] = edit["question"]
        if "answer" in edit:
            changes["answer"] = edit["answer"]
        if "description" in edit and pair.description is not None:
            said = Description.model_validate(edit["description"])
            changes["description"] = DescriptionInFile.of(said.model_dump())
        if "requirement" in edit and pair.requirement is not None:
            changes["requirement"] = Requirement.model_validate(edit["requirement"])
        return replace(pair, **changes)


def add_decision(connection: sqlite3.Connection, decision: Decision) -> None:
    """Write a decision; earlier ones on the same row stay as history."""
    connection.execute(
        "INSERT INTO decisions (row_id, verdict, reason, edit, who, decided_at) VALUES (?, ?, ?, ?, ?, ?)",
        (
            decision.row_id,
            decision.verdict,
            decision.reason,
            None if decision.edit is None else orjson.dumps(decision.edit),
            decision.who,
            decision.decided_at or time.time(),
        ),
    )


def latest_decisions(connection: sqlite3.Connection) -> dict[str, Decision]:
    """Return the decision that holds for each row that has one, withdrawn ones left out."""
    rows = connection.execute(
        "SELECT row_id, verdict, reason, edit, who, decided_at FROM decisions ORDER BY number"
    ).fetchall()
    latest = {
        row[0]: Decision(
            row_id=row[0],
            verdict=row[1],
            reason=row[2],
            edit=None if row[3] is None else orjson.loads(row[3]),
            who=row[4],
            decided_at=row[5],
        )
        for row in rows
    }
    return {row_id: decision for row_id, decision in latest.items() if decision.verdict != "withdrawn"}
