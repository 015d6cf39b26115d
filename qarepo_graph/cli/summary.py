"""The last lines of a run: what was found, made, refused and reused, what it cost, and where the files are."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from qarepo_graph.engine.node_models import model_of
from qarepo_graph.safety.licences import output_notice
from qarepo_graph.settings import Settings

_STAGES = ("describe", "paraphrase", "ideate_requirements")
_SCREENED = {
    "secrets": ("secret replaced", "secrets replaced"),
    "left_out": ("function left out", "functions left out"),
    "hidden_text": ("function with hidden text", "functions with hidden text"),
    "instructions": ("function that speaks to a model", "functions that speak to a model"),
}
_NOT_ASKED = {"no_body": "without a body", "stub": "stubs", "too_long": "too long for a prompt"}


def say_summary(state: dict[str, Any], settings: Settings, *, json_lines: bool = False) -> None:
    """Print the summary: words, or one JSON line."""
    if json_lines:
        sys.stdout.write(json.dumps({"event": "summary", **state}) + "\n")
        return
    if settings.dry_run:
        count = sum(1 for _ in Path(settings.dry_run).glob("*.json"))
        sys.stdout.write(
            f"{count:,} request bodies are in {settings.dry_run}; nothing was sent. "
            "Requests that build on answers (wordings, second tries) are not among them.\n"
        )
        return
    sys.stdout.write("\n".join(_lines(state, settings)) + "\n")


def exit_code(state: dict[str, Any]) -> int:
    """Return 3 when some item has no verdict or a file could not be read, else 0 (rejected rows are normal)."""
    failed = sum(state.get(node, {}).get("failed", 0) for node in _STAGES)
    unread = sum(count for status, count in state.get("files", {}).items() if status.startswith("failed"))
    return 3 if failed or unread else 0


def _lines(state: dict[str, Any], settings: Settings) -> list[str]:
    exported = state["export"]
    scenarios = {f"scenario {number}": count for number, count in exported["scenarios"].items()}
    lines = [
        f"functions   {sum(state['functions'].values()):>8,}  ({_counts(state['functions'])})",
        f"files       {sum(state['files'].values()):>8,}  ({_counts(state['files'])})",
        f"rows        {exported['rows']:>8,}  ({_counts(scenarios)})",
    ]
    if state.get("not_asked"):
        named = {_NOT_ASKED[why]: count for why, count in state["not_asked"].items()}
        lines.insert(1, f"not asked   {sum(named.values()):>8,}  ({_counts(named)})")
    found = {name: state.get("screening", {}).get(name, 0) for name in _SCREENED}
    if any(found.values()):
        screened = {_SCREENED[name][count != 1]: count for name, count in found.items()}
        lines.append(f"screened    {_counts(screened)}; `qarepo report` has the places")
    for node in _STAGES:
        counts = state.get(node, {})
        if counts.get("total"):
            told = {name: counts.get(name, 0) for name in ("accepted", "reused", "rejected", "failed", "skipped")}
            why = "; the code suggests no more to the rules, a model thinks up others" if told["skipped"] else ""
            lines.append(f"{node:<20}{_counts(told)}{why}")
    lines.append(_spent(state))
    lines += _spent_by_node(state.get("usage", {}), settings)
    if exported["context_switched"]:
        lines.append(
            f"context     relevant functions per row: all of them are over {settings.context_budget:,} tokens "
            "(--context full keeps them all)"
        )
    lines.append(f"written     {_near(exported['output'])}  ({exported['bytes']:,} bytes)")
    if exported["rejected"]:
        lines.append(
            f"rejected    {_near(exported['rejected_file'])}  ({exported['rejected']:,} results with their reasons)"
        )
    lines.append(f"run         {_near(state['run_dir'])}")
    if isinstance(settings.model, str) and settings.model != "offline":
        lines.append(f"terms       {output_notice(settings.model.partition(':')[0])}")
    if settings.model == "offline":
        lines.append("model       offline:rules, rows are rule-based; --model deepseek:deepseek-flash asks a model")
    return lines


def _near(path: str) -> str:
    """Return a path as seen from the current directory, where it lies inside it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def _spent(state: dict[str, Any]) -> str:
    usage = state.get("usage", {})
    prompt = int(sum(node["prompt_tokens"] for node in usage.values()))
    cached = int(sum(node["cached_tokens"] for node in usage.values()))
    answered = int(sum(node["completion_tokens"] for node in usage.values()))
    replies = int(sum(node["replies"] for node in usage.values()))
    usd = sum(node["usd"] for node in usage.values())
    share = f", {100 * cached / prompt:.0f} % from the provider's cache" if cached else ""
    cost = f", ${usd:.4f}" if usd else ""
    took = f"{state['seconds']:.1f} s"
    return f"asked       {replies:>8,}  ({prompt:,} tokens sent{share}, {answered:,} answered{cost}, {took})"


def _spent_by_node(usage: dict[str, dict[str, float]], settings: Settings) -> list[str]:
    """Return what each node asked of its model, prompt tokens from the provider's cache apart."""
    lines = []
    for node, spent in usage.items():
        if not spent["prompt_tokens"]:
            continue  # the rules spend nothing
        model = model_of(settings, node)
        name = model if isinstance(model, str) else type(model).__name__
        cost = f", ${spent['usd']:.4f}" if spent["usd"] else ""
        lines.append(
            f"  {node:<20}{int(spent['replies']):,} replies of {name}, {int(spent['prompt_tokens']):,} tokens sent "
            f"({int(spent['cached_tokens']):,} cached), {int(spent['completion_tokens']):,} answered{cost}"
        )
    return lines


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none"
