"""Code leaves the machine, and bought answers are made anew, only when the user says so: after the parse, once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import typer

from qarepo_graph.display import Display
from qarepo_graph.engine.node_models import model_of
from qarepo_graph.engine.runs import Run
from qarepo_graph.errors import ConsentError
from qarepo_graph.ledger.snapshot import get_meta, set_meta
from qarepo_graph.ledger.work import accepted_by_prompt
from qarepo_graph.llm.profiles import find_profile, has_profile
from qarepo_graph.llm.prompts import read_prompt
from qarepo_graph.nodes.data_language import language_of
from qarepo_graph.safety.egress import consent_question, destination, refused_consent
from qarepo_graph.schema import Language
from qarepo_graph.settings import NODES_WITH_MODELS, Settings
from qarepo_graph.state import RepoState


def ask_consent(settings: Settings, run: Run, state: dict[str, Any], display: Display) -> None:
    """Ask before code goes to another machine; ``--yes`` agrees, and so does an earlier yes to the same hosts.

    Raises:
        ConsentError: When nobody is there to ask, or the answer is no.
    """
    if settings.dry_run:
        return
    targets = remote_targets(settings)
    agreed = ", ".join(sorted(targets.values()))
    if not targets or settings.yes or run.ledger.run(partial(get_meta, name="consent")) == agreed:
        return
    ask(targets, sum(state["functions"].values()), run.ledger.run(_code_bytes), display)
    run.ledger.run(partial(set_meta, name="consent", value=agreed))


def remote_targets(settings: Settings) -> dict[str, str]:
    """Return ``host:port`` by model of every model that is not on this machine."""
    targets: dict[str, str] = {}
    for node in NODES_WITH_MODELS:
        spec = model_of(settings, node)
        if not isinstance(spec, str) or spec in ("", "offline"):
            continue
        provider = spec.partition(":")[0]
        if not has_profile(provider, settings.profiles):
            targets[spec] = f"the address that LangChain's client of {provider} is set to"
            continue
        base_url = settings.base_url if spec == settings.model else ""
        profile = find_profile(provider, settings.profiles)
        target = destination(base_url or profile.base_url, allow_http=settings.allow_http)
        if not target.loopback:
            targets[spec] = target.origin
    return targets


def ask(targets: Mapping[str, str], functions: int, size: int, display: Display) -> None:
    """Ask the user whether so much code may go there.

    Raises:
        ConsentError: When nobody is there to ask, or the answer is no.
    """
    if not sys.stdin.isatty():
        raise ConsentError(refused_consent(targets.values()))
    display.pause()
    if not typer.confirm(consent_question(targets, functions, size), err=True):
        raise ConsentError(refused_consent(targets.values()))


def ask_new_prompts(settings: Settings, run: Run, state: dict[str, Any], display: Display) -> None:
    """Ask before answers of an earlier prompt are bought again with another one; ``--yes`` agrees.

    Raises:
        ConsentError: When nobody is there to ask, or the answer is no.
    """
    if settings.dry_run or settings.yes:
        return
    made_new = _made_new(settings, run, language_of(cast("RepoState", state), settings))
    if not made_new:
        return
    what = f"Another prompt makes results anew that were bought before: {'; '.join(made_new)}."
    if sys.stdin.isatty():
        display.pause()
        if typer.confirm(f"{what} Go on?", err=True):
            return
    raise ConsentError(f"{what} Add --yes to agree, or name the earlier version with --prompt NODE=VERSION.")


def _made_new(settings: Settings, run: Run, language: Language) -> list[str]:
    """Return one clause per prompt whose accepted results the settings' prompts would replace."""
    clauses = []
    for node, reference, sha256, count in run.ledger.run(accepted_by_prompt):
        if model_of(settings, node) in ("", "offline"):
            continue  # rules cost nothing
        prompt = read_prompt(node, settings.prompt.get(node, ""), language, settings.prompts or None)
        if prompt.sha256 != sha256:
            clauses.append(f"{count:,} of {node} by {reference}, now {prompt.reference} ({prompt.language})")
    return clauses


def _code_bytes(connection: Any) -> int:
    return int(connection.execute("SELECT coalesce(sum(length(record)), 0) FROM functions").fetchone()[0])
