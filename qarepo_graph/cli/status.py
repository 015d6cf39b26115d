"""``qarepo status`` and ``qarepo purge``: look into a run, or wipe what it keeps."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from qarepo_graph.errors import StorageError, UsageError

_SHOWN = 20
"""Requests listed at most; a run of many kills has hundreds."""

RunDir = Annotated[Path, typer.Argument(help="The run directory, or the repository it belongs to.", show_default=False)]


def find_run(path: Path) -> Path:
    """Return the run directory: the one given, or that of the repository given.

    Raises:
        UsageError: When there is none.
    """
    from qarepo_graph.ledger.directory import LEDGER_NAME, default_run_dir

    for candidate in (path, default_run_dir(path)):
        if (candidate / LEDGER_NAME).is_file():
            return candidate
    msg = f"There is no run in {str(path)!r}; give the run directory that `qarepo generate` printed."
    raise UsageError(msg)


def status(
    run: RunDir,
    json_output: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show where a run stands: results by node, what may have been billed twice, tokens and cost."""
    from qarepo_graph.ledger import look_into_ledger
    from qarepo_graph.ledger.calls import possibly_billed_twice, usage_by_node
    from qarepo_graph.ledger.snapshot import count_files, count_functions, get_meta
    from qarepo_graph.ledger.work import count_items

    directory = find_run(run)
    ledger = look_into_ledger(directory)
    try:
        found: dict[str, Any] = {
            "run_dir": str(directory),
            "repository": ledger.run(partial(get_meta, name="repo_dir")),
            "files": ledger.run(count_files),
            "functions": ledger.run(count_functions),
            "items": ledger.run(count_items),
            "usage": ledger.run(usage_by_node),
            "possibly_billed_twice": ledger.run(possibly_billed_twice),
        }
    finally:
        ledger.close()
    typer.echo(json.dumps(found) if json_output else "\n".join(_lines(found)))


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [
        f"run         {found['run_dir']}",
        f"repository  {found['repository']}",
        f"functions   {_counts(found['functions'])}",
        f"files       {_counts(found['files'])}",
    ]
    lines += [f"{node:<20}{_counts(counts)}" for node, counts in found["items"].items()]
    for node, usage in found["usage"].items():
        cost = f", ${usage['usd']:.4f}" if usage["usd"] else ""
        lines.append(
            f"{node:<20}{usage['replies']:,} replies, {usage['prompt_tokens']:,} tokens sent "
            f"({usage['cached_tokens']:,} cached), {usage['completion_tokens']:,} answered{cost}"
        )
    twice = found["possibly_billed_twice"]
    if not twice:
        return [*lines, "possibly billed twice: none"]
    words = "sent without an answer so far: lost in a crash, or in flight where the run is going on"
    lines.append(f"possibly billed twice: {len(twice):,} requests, {words}")
    lines += [f"  {request['node']} {request['item']} (attempt {request['try']})" for request in twice[:_SHOWN]]
    if len(twice) > _SHOWN:
        lines.append(f"  … and {len(twice) - _SHOWN:,} more; --json lists them all")
    return lines


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"


def purge(
    run: RunDir,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a run: ledger, prompts, answers. In a directory of your own, files that are not the run's stay."""
    from qarepo_graph.ledger import RunLock, look_into_ledger

    directory = find_run(run)
    look_into_ledger(directory).close()  # another program's ledger.db is not ours to delete
    if not yes:
        typer.confirm(f"Delete {directory} and every answer in it? They would have to be bought again.", abort=True)
    lock = RunLock(directory)
    lock.acquire()
    lock.release()
    left = _wipe(directory)
    stays = f" {left} other file{'s' * (left != 1)} in it stay{'s' * (left == 1)}." if left else ""
    typer.echo(f"Deleted the run in {directory}.{stays}")


def _wipe(directory: Path) -> int:
    """Delete a run directory that we made, or only the run's files in one of the user's; return what is left there.

    Raises:
        StorageError: When something cannot be deleted.
    """
    import shutil

    from qarepo_graph.ledger.directory import RUN_FILES

    try:
        if directory.absolute().parent.name == ".qarepo":
            shutil.rmtree(directory)
            return 0
        for name in RUN_FILES:
            (directory / name).unlink(missing_ok=True)
        left = sum(1 for _ in directory.iterdir())
        if not left:
            directory.rmdir()
    except OSError as error:
        msg = f"{str(error.filename)!r} cannot be deleted ({error.strerror}); delete {str(directory)!r} by hand."
        raise StorageError(msg) from error
    return left
