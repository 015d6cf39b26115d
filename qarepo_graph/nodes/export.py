"""``export``: the accepted rows to files. A pure function of the ledger, so it can be done again at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from langgraph.runtime import Runtime

from qarepo_graph import __version__
from qarepo_graph.code.commit import commit_of
from qarepo_graph.dataset.publish import file_sha256, known_hashes
from qarepo_graph.dataset.writer import ExportOptions, write_dataset
from qarepo_graph.engine.runs import Run
from qarepo_graph.errors import StorageError
from qarepo_graph.ledger.calls import reply_of, usage_by_node
from qarepo_graph.ledger.decisions import add_decision, latest_decisions
from qarepo_graph.ledger.directory import REJECTED_NAME
from qarepo_graph.ledger.snapshot import get_meta, set_meta
from qarepo_graph.ledger.work import count_items, items_with_status, results_digest, verdict_history
from qarepo_graph.nodes.context import opened, settings_of, watch
from qarepo_graph.nodes.data_language import language_of
from qarepo_graph.nodes.pairs import pair_source
from qarepo_graph.nodes.review import wait_for_decisions
from qarepo_graph.schema import Rejected
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoState

_NODES = ("describe", "paraphrase", "ideate_requirements")


def export(state: RepoState, runtime: Runtime[Settings]) -> dict[str, Any]:
    """Write the dataset, the rejected results with their reasons, and say what was written.

    Synchronous: LangGraph runs it in a thread.

    Raises:
        UsageError: When there is no row, or the output cannot be replaced.
        StorageError: When the disk fails.
    """
    decisions = wait_for_decisions(state, runtime)
    if settings_of(runtime).dry_run:
        with opened(state, runtime, last=True):
            return {"export": {}, "usage": {}}  # no answers were asked for, so there is nothing to export
    with opened(state, runtime, last=True) as run:
        for decision in decisions:
            run.ledger.run(partial(add_decision, decision=decision))
        progress = watch("export", run, runtime.stream_writer)
        output = Path(state.get("output_file") or run.directory / "dataset.json")
        rejected = write_rejected(run)
        options = ExportOptions(
            repository_description=state.get("repo_description", ""),
            context=run.settings.context,
            context_budget=run.settings.context_budget,
            code=run.settings.code,
            answer_code=run.settings.answer_code,
            force=run.settings.force,
        )
        summary = _written(run, state, output, options)
        progress.accepted = progress.total = int(summary["rows"])
        progress.tell(now=True)
        summary |= {"rejected": rejected, "rejected_file": str(run.directory / REJECTED_NAME)}
        usage = run.ledger.run(partial(usage_by_node, session=run.session))
        return {
            "output_file": str(summary["output"]),
            "export": summary,
            "usage": usage,
            **_final_counts(run, state),
        }


def _written(run: Run, state: RepoState, output: Path, options: ExportOptions) -> dict[str, Any]:
    """Write the dataset, unless it lies there already, made of the same and unchanged since; return its summary."""
    root = Path(run.ledger.run(partial(get_meta, name="repo_dir")))
    settings = run.settings
    parts: list[Any] = [__version__, str(output.absolute()), asdict(options), root.name, commit_of(root)]
    parts += [language_of(state, settings), bool(settings.questions), settings.question_types]
    parts += [run.ledger.run(partial(get_meta, name=name)) for name in ("snapshot_digest", "negatives", "seed")]
    parts += [run.ledger.run(partial(results_digest, node=node)) for node in _NODES]
    parts += [asdict(decision) for decision in run.ledger.run(latest_decisions).values()]
    made_of = hashlib.sha256(orjson.dumps(parts)).hexdigest()
    before = orjson.loads(run.ledger.run(partial(get_meta, name="exported", default="{}")))
    if before.get("made_of") == made_of and _lies_there(before["summary"]):
        return dict(before["summary"])
    source = pair_source(run, state)
    accepted = run.ledger.run(count_items).get("paraphrase", {}).get("accepted", 0)
    rows = accepted * settings.questions + settings.requirements
    summary = write_dataset(source.pairs(), source.functions, output, options, rows=rows).to_record()
    kept = orjson.dumps({"made_of": made_of, "summary": summary}).decode()
    run.ledger.run(partial(set_meta, name="exported", value=kept))
    return summary


def _lies_there(summary: dict[str, Any]) -> bool:
    """Say whether the files of an earlier export are as it wrote them."""
    known = known_hashes(Path(summary["manifest"]))
    files = [Path(summary["output"]), Path(summary["sidecar"])]
    return all(file.is_file() and file_sha256(file) in known.get(file.name, ()) for file in files)


def _final_counts(run: Run, state: RepoState) -> dict[str, Any]:
    """Return each node's counts as the critique left them; it refuses what the node itself had accepted."""
    counts = run.ledger.run(count_items)
    final = {}
    for node in _NODES:
        told = dict(state.get(node) or {})  # type: ignore[call-overload]  # the three keys hold StageCounts
        told |= {status: counts.get(node, {}).get(status, 0) for status in ("accepted", "pending", "rejected")}
        told["reused"] = min(told.get("reused", 0), told["accepted"])
        final[node] = told
    return final


def write_rejected(run: Run) -> int:
    """Write every result refused for good with all its reasons; return how many there are."""
    lines = [orjson.dumps(rejected.model_dump()) + b"\n" for rejected in _rejected(run)]
    path = run.directory / REJECTED_NAME
    temporary = path.with_suffix(".tmp")
    try:
        temporary.write_bytes(b"".join(lines))
        temporary.chmod(0o600)
        temporary.replace(path)
    except OSError as error:
        msg = f"{str(path)!r} could not be written ({error.strerror}); free some space and run the same command again."
        raise StorageError(msg) from error
    return len(lines)


def _rejected(run: Run) -> Iterator[Rejected]:
    screening = orjson.loads(run.ledger.run(partial(get_meta, name="screening", default="{}")))
    for function_id, reason in screening.get("left_out", {}).items():
        yield Rejected(item=function_id, node="parse", attempts=0, reasons=(reason,), reply="")
    for node in _NODES:
        for item in run.ledger.run(partial(items_with_status, node=node, statuses=("rejected", "failed"))):
            history = run.ledger.run(partial(verdict_history, node=node, item=item.item))
            reasons = dict.fromkeys(reason for _, _, reasons in history for reason in reasons)
            reply = run.ledger.run(partial(reply_of, key=item.key))
            yield Rejected(
                item=item.item,
                node=node,
                attempts=item.attempt,
                reasons=tuple(reasons or item.reasons),
                gates=item.gates,
                reply=reply.text if reply else "",
            )
