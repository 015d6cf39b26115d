"""Code leaves the machine only when the user says so: once, after the parse, with the numbers known."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import typer

from qarepo_graph.cli.progress import Display
from qarepo_graph.errors import ConsentError
from qarepo_graph.ledger.snapshot import get_meta, set_meta
from qarepo_graph.llm.profiles import find_profile
from qarepo_graph.runs import Run, model_of
from qarepo_graph.safety.egress import consent_question, destination, refused_consent
from qarepo_graph.settings import NODES_WITH_MODELS, Settings


def ask_consent(settings: Settings, run: Run, state: dict[str, Any], display: Display) -> None:
    """Ask before code goes to another machine; ``--yes`` agrees, and so does an earlier yes to the same hosts.

    Raises:
        ConsentError: When nobody is there to ask, or the answer is no.
    """
    if settings.dry_run:
        return
    targets: dict[str, str] = {}
    for node in NODES_WITH_MODELS:
        spec = model_of(settings, node)
        if not isinstance(spec, str) or spec in ("", "offline"):
            continue
        base_url = settings.base_url if spec == settings.model else ""
        profile = find_profile(spec.partition(":")[0], settings.profiles)
        target = destination(base_url or profile.base_url, allow_http=settings.allow_http)
        if not target.loopback:
            targets[spec] = target.origin
    agreed = ", ".join(sorted(targets.values()))
    if not targets or settings.yes or run.ledger.run(partial(get_meta, name="consent")) == agreed:
        return
    if not sys.stdin.isatty():
        raise ConsentError(refused_consent(targets.values()))
    display.pause()
    size = run.ledger.run(_code_bytes)
    if not typer.confirm(consent_question(targets, sum(state["functions"].values()), size), err=True):
        raise ConsentError(refused_consent(targets.values()))
    run.ledger.run(partial(set_meta, name="consent", value=agreed))


def _code_bytes(connection: Any) -> int:
    return int(connection.execute("SELECT coalesce(sum(length(record)), 0) FROM functions").fetchone()[0])
