"""``parse``: the repository's files to functions, written into the ledger as its new snapshot."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from langgraph.runtime import Runtime

from qarepo_graph.code import parse_files
from qarepo_graph.code.askable import why_not_asked
from qarepo_graph.engine.node_models import check_models
from qarepo_graph.engine.progress import NodeProgress
from qarepo_graph.engine.runs import Run
from qarepo_graph.errors import RepositoryError, SecretsFoundError
from qarepo_graph.ledger.directory import run_directory
from qarepo_graph.ledger.snapshot import (
    add_files,
    add_functions,
    begin_snapshot,
    count_files,
    count_functions,
    finish_snapshot,
    set_meta,
)
from qarepo_graph.nodes.context import opened, settings_of, watch
from qarepo_graph.nodes.data_language import language_of
from qarepo_graph.nodes.review import check_review
from qarepo_graph.safety.screen import Policy, Screening, screen
from qarepo_graph.safety.secrets import redact
from qarepo_graph.safety.terminal import visible
from qarepo_graph.schema import Function, ParsedFile
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoState

_BATCH_FILES = 64
_BATCH_FUNCTIONS = 256
"""What is written at a time: more would be felt in the peak memory of a large repository (33 MB at 3,200)."""


def parse(state: RepoState, runtime: Runtime[Settings]) -> dict[str, Any]:
    """Parse the repository. Synchronous: LangGraph runs it in a thread.

    Raises:
        SettingsError: When a model's name, address or key cannot work.
        RepositoryError: When there is nothing to parse.
        SecretsFoundError: With ``--secrets fail``, when a secret stands in the code.
    """
    settings = settings_of(runtime)
    check_review(settings)
    check_models(settings, needs_key=not settings.dry_run)
    return take_snapshot(state, runtime)


def take_snapshot(state: RepoState, runtime: Runtime[Settings]) -> dict[str, Any]:
    """Parse the repository into the run's ledger, whatever model is to be asked afterwards.

    Raises:
        RepositoryError: When there is nothing to parse.
        SecretsFoundError: With ``--secrets fail``, when a secret stands in the code.
    """
    settings = settings_of(runtime)
    root = Path(state.get("repo_dir") or ".")
    parsed = parse_files(
        root,
        include=settings.include,
        exclude=settings.exclude,
        skip_anonymous=settings.skip_anonymous,
        include_vendored=settings.include_vendored,
        include_generated=settings.include_generated,
        max_file_bytes=settings.max_file_bytes,
        file_seconds=settings.file_seconds,
    )
    # From here on nobody sees a secret: ledger, prompts and exports all read what the screen lets through.
    screening = Screening()
    policy = Policy(settings.secrets, settings.pii, settings.allow_licenses, settings.include_suspicious)
    parsed = screen(parsed, policy, screening)
    first = next(parsed, None)  # a wrong folder is refused before a run directory is made
    with opened(state, runtime) as run:
        progress = watch("parse", run, runtime.stream_writer)
        not_asked: Counter[str] = Counter()
        written = _write_snapshot(run, _with_first(first, parsed), settings.max_functions, progress, not_asked)
        files = run.ledger.run(count_files)
        functions = run.ledger.run(count_functions)
        run.ledger.run(partial(set_meta, name="repo_dir", value=str(root.absolute())))
        description = redact(state.get("repo_description", ""), personal=settings.pii).text
        run.ledger.run(partial(set_meta, name="repo_description", value=description))
        run.ledger.run(partial(set_meta, name="screening", value=orjson.dumps(screening.to_record()).decode()))
        # Whoever looks at the run afterwards (report, review) must name its rows as this run does.
        run.ledger.run(partial(set_meta, name="language", value=language_of(state, settings)))
        kinds = settings.question_types if settings.questions else ()
        run.ledger.run(partial(set_meta, name="question_types", value=" ".join(kinds)))
        run.ledger.run(partial(set_meta, name="negatives", value=str(settings.negatives)))
        run.ledger.run(partial(set_meta, name="seed", value=str(settings.seed)))
        progress.tell(now=True)
        if screening.secrets and settings.secrets == "fail":
            raise SecretsFoundError(_say_secrets(screening))
        if not written:
            raise RepositoryError(_say_nothing(root, files, screening))
        run_dir = str(run_directory(root, state.get("run_dir", ""), settings.dry_run))
        return {
            "run_dir": run_dir,
            "repo_description": description,  # later nodes put it into prompts and rows
            "files": files,
            "functions": functions,
            "not_asked": dict(not_asked),
            "screening": screening.counts(),
            "round": 0,
            "unsettled": 0,
        }


def _write_snapshot(
    run: Run, parsed: Iterator[ParsedFile], most: int, progress: NodeProgress, not_asked: Counter[str]
) -> int:
    """Write files and functions in batches; return the number of functions, and count those not worth a question."""
    snapshot = run.ledger.run(begin_snapshot)
    digest = hashlib.sha256()
    position = 0
    batch: list[ParsedFile] = []

    def flush() -> None:
        nonlocal position
        functions: list[Function] = [function for file in batch for function in file.functions]
        if most:
            functions = functions[: max(0, most - position)]
        # Everything a prompt may quote takes part: a stage whose snapshot has this digest is not gone through again.
        files = partial(add_files, snapshot=snapshot, files=[file.file for file in batch])
        digest.update(b"".join(run.ledger.run(files)))
        added = partial(add_functions, snapshot=snapshot, first_position=position, functions=functions)
        digest.update(b"".join(run.ledger.run(added)))
        not_asked.update(why for function in functions if (why := why_not_asked(function)))
        position += len(functions)
        progress.accepted = position
        progress.tell()
        batch.clear()

    for file in parsed:
        run.raise_if_stopped()
        batch.append(file)
        if len(batch) >= _BATCH_FILES or sum(len(one.functions) for one in batch) >= _BATCH_FUNCTIONS:
            flush()
    flush()
    run.ledger.run(partial(finish_snapshot, snapshot=snapshot, digest=digest.hexdigest()))
    run.forget_code_map()
    return position


def _with_first(first: ParsedFile | None, rest: Iterator[ParsedFile]) -> Iterator[ParsedFile]:
    if first is not None:
        yield first
    yield from rest


def _say_secrets(screening: Screening) -> str:
    count = sum(screening.secrets.values())
    where = f"{count} secret{'s' * (count != 1)} in the code, the first at {visible(screening.places[0])}"
    return f"There {'are' if count != 1 else 'is'} {where}; take them out, or use --secrets redact."


def _say_nothing(root: Path, files: dict[str, int], screening: Screening) -> str:
    if not screening.left_out:
        return f"No function was found in {str(root)!r} ({_say(files)}); give a folder with code in it."
    name, reason = next(iter(screening.left_out.items()))
    count = len(screening.left_out)
    return f"No function is left of {count}; of the first, {visible(name)}, it is said: {reason}"


def _say(files: dict[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in files.items()) or "no files"
