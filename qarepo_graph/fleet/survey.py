"""What a repository holds, before anything is asked: its functions as the run will see them, one table row each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qarepo_graph.code import parse_files
from qarepo_graph.code.askable import why_not_asked
from qarepo_graph.dataset.parquet import load_pyarrow
from qarepo_graph.dataset.publish import replace
from qarepo_graph.errors import RepositoryError, StorageError
from qarepo_graph.fleet.manifest import Repository
from qarepo_graph.ledger.directory import slug
from qarepo_graph.safety.screen import Policy, Screening, screen
from qarepo_graph.schema import Function
from qarepo_graph.settings import Settings

BATCH_ROWS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One repository's survey.

    Attributes:
        repository: Its name.
        file: Table with a row per function: ``repository``, ``position``, ``id``, ``file``, ``asked``, ``body``
            (hash of the text with white space folded) and ``text``.
        content: Hash of all functions, asked or not: whatever changes it can change a prompt.
        functions: Functions found.
        asked: Those worth asking about.
        bytes: Characters of their code.
        error: Why there is nothing, one sentence; the other fields are then empty.
    """

    repository: str
    file: str = ""
    content: str = ""
    functions: int = 0
    asked: int = 0
    bytes: int = 0
    error: str = ""


def survey_repository(repository: Repository, knobs: Mapping[str, Any], folder: str) -> Survey:
    """Parse a repository and write its table into the fleet's folder.

    Args:
        repository: The repository.
        knobs: Settings of its shards.
        folder: The fleet's folder.

    Raises:
        StorageError: When the table cannot be written. A repository that cannot be read is no error here: the survey
            says so, and the others go on.
    """
    digest = hashlib.sha256(repository.name.encode()).hexdigest()[:8]
    target = Path(folder) / "survey" / f"{slug(repository.name)}-{digest}.parquet"
    try:
        return _write(repository, functions_of(repository.path, Settings(**knobs)), target)
    except RepositoryError as error:
        return Survey(repository=repository.name, error=str(error))


def functions_of(repo_dir: str, settings: Settings) -> Iterator[Function]:
    """Yield the functions a run with these settings would have in its ledger, in order, secrets replaced."""
    parsed = parse_files(
        repo_dir,
        include=settings.include,
        exclude=settings.exclude,
        skip_anonymous=settings.skip_anonymous,
        include_vendored=settings.include_vendored,
        include_generated=settings.include_generated,
        max_file_bytes=settings.max_file_bytes,
        file_seconds=settings.file_seconds,
    )
    policy = Policy(settings.secrets, settings.pii, settings.allow_licenses, settings.include_suspicious)
    found = 0
    for file in screen(parsed, policy, Screening()):
        for function in file.functions:
            if settings.max_functions and found >= settings.max_functions:
                return
            found += 1
            yield function


def body_hash(code: str) -> str:
    """Return the hash of a function's text with white space folded: layout does not make a copy another function."""
    return hashlib.sha256(" ".join(code.split()).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _write(repository: Repository, functions: Iterator[Function], target: Path) -> Survey:
    pa = load_pyarrow()
    text, number = pa.string(), pa.int64()
    columns = [("repository", text), ("position", number), ("id", text), ("file", text)]
    schema = pa.schema([*columns, ("asked", pa.bool_()), ("body", text), ("text", text)])
    content = hashlib.sha256()
    found = asked = size = 0
    pending: list[dict[str, Any]] = []
    temporary = target.with_suffix(".tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with pa.parquet.ParquetWriter(temporary, schema, compression="zstd") as writer:
            for function in functions:
                content.update(f"{function.id}\0{function.start_line}\0{function.code_hash}\n".encode())
                worth = not why_not_asked(function)
                pending.append(
                    {
                        "repository": repository.name,
                        "position": found,
                        "id": function.id,
                        "file": function.file,
                        "asked": worth,
                        "body": body_hash(function.code),
                        "text": function.code.encode("utf-8", "replace").decode(),
                    }
                )
                found, asked, size = found + 1, asked + worth, size + len(function.code)
                if len(pending) >= BATCH_ROWS:
                    writer.write_table(pa.Table.from_pylist(pending, schema=schema))
                    pending = []
            writer.write_table(pa.Table.from_pylist(pending, schema=schema))
        temporary.chmod(0o600)
        replace(temporary, target)
    except OSError as error:
        msg = f"{target} cannot be written ({error.strerror}); make room or choose another folder."
        raise StorageError(msg) from error
    finally:
        temporary.unlink(missing_ok=True)
    return Survey(
        repository=repository.name,
        file=str(target),
        content=content.hexdigest(),
        functions=found,
        asked=asked,
        bytes=size,
        error="" if asked else f"{repository.path!r} holds no function worth asking about.",
    )
