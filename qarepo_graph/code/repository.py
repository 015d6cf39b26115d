"""A folder to its functions: walk, parse in isolated workers, account for every file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from qarepo_graph.code.languages import LANGUAGES
from qarepo_graph.code.licences import LicenceFiles
from qarepo_graph.code.walk import WalkedFile, check_root, walk
from qarepo_graph.code.worker import FileJob, WorkerOptions
from qarepo_graph.code.workers import Lost, default_workers, run_jobs
from qarepo_graph.errors import RepositoryError
from qarepo_graph.schema import Function, ParsedFile, SourceFile


def parse_files(
    root: str | os.PathLike[str],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    skip_anonymous: bool = False,
    include_vendored: bool = False,
    include_generated: bool = False,
    max_file_bytes: int = 2_000_000,
    file_seconds: float = 10.0,
    workers: int | None = None,
    max_functions: int = 0,
) -> Iterator[ParsedFile]:
    """Parse a repository, one file after the other in the order of their paths.

    Every file of the walk is yielded: parsed, recovered, skipped or failed, the last two with a reason and without
    functions. A folder that is not entered is one skipped entry whose path ends in ``/``.

    Args:
        root: The repository's folder.
        include: Patterns as in ``.gitignore``; only files that match one are read. Empty means all.
        exclude: Patterns of files not to read.
        skip_anonymous: Leave out methods of anonymous classes.
        include_vendored: Read ``vendor``, ``third_party`` and their like too.
        include_generated: Read generated and minified files too.
        max_file_bytes: Larger files are skipped (``too_large``).
        file_seconds: Processor time after which a file is given up (``timeout``); wall time on Windows.
        workers: Worker processes; None chooses by the amount of source and the processors.
        max_functions: Stop after that many functions; 0 = all.

    Raises:
        RepositoryError: At once, when the folder is missing, no folder, unreadable or has no file to read.
    """
    folder = check_root(root)
    walked = list(
        walk(
            folder,
            include=include,
            exclude=exclude,
            include_vendored=include_vendored,
            max_file_bytes=max_file_bytes,
        )
    )
    _check_supported(str(root), walked)
    options = WorkerOptions(max_file_bytes, skip_anonymous, include_generated, file_seconds, {})
    count = workers or default_workers(sum(file.bytes for file in walked if not file.reason))
    return _parsed(walked, options, count, max_functions, LicenceFiles(folder))


def parse_repository(root: str | os.PathLike[str], **options: Any) -> Iterator[Function]:
    """Yield the functions of a repository lazily, in the order of path and line.

    Args:
        root: The repository's folder.
        **options: As for :func:`parse_files`.

    Raises:
        RepositoryError: As :func:`parse_files`.
    """
    return (function for parsed in parse_files(root, **options) for function in parsed.functions)


def _parsed(
    walked: list[WalkedFile], options: WorkerOptions, workers: int, max_functions: int, licences: LicenceFiles
) -> Iterator[ParsedFile]:
    jobs = [FileJob(file.path, file.location, file.language, file.bytes) for file in walked if not file.reason]
    options = replace(options, learned=_learned(jobs, options, workers))
    results = run_jobs("parse", jobs, options, workers=workers)
    left = max_functions or -1
    try:
        for file in walked:
            parsed = _skipped(file, file.reason) if file.reason else _accounted(file, next(results))
            if left >= 0 and len(parsed.functions) > left:
                parsed = ParsedFile(parsed.file, parsed.functions[:left])
            left -= len(parsed.functions) if left > 0 else 0
            yield _licensed(parsed, licences)
            if left == 0:
                return
    finally:
        results.close()  # type: ignore[attr-defined]  # run_jobs is a generator: closing it ends the workers


def _licensed(parsed: ParsedFile, licences: LicenceFiles) -> ParsedFile:
    """Give a file without a licence of its own the one of the nearest licence file."""
    if not parsed.functions or parsed.file.licence or not (licence := licences.of(parsed.file.path)):
        return parsed
    return ParsedFile(replace(parsed.file, licence=licence), parsed.functions)


def _learned(jobs: list[FileJob], options: WorkerOptions, workers: int) -> dict[str, Any]:
    learned: dict[str, Any] = {}
    surveys = dict.fromkeys(adapter.survey for adapter in LANGUAGES.values() if adapter.survey)
    for survey in surveys:  # languages with the same survey (C and C++) learn from each other's files
        sharing = [adapter for adapter in LANGUAGES.values() if adapter.survey is survey]
        names = {adapter.name for adapter in sharing}
        wanted = [job for job in jobs if job.language in names]
        learn = sharing[0].learn
        if wanted and learn:
            facts = run_jobs("survey", wanted, options, workers=workers)
            lesson = learn(fact for fact in facts if fact is not None and not isinstance(fact, Lost))
            learned.update(dict.fromkeys(names, lesson))
    return learned


def _accounted(file: WalkedFile, result: Any) -> ParsedFile:
    if isinstance(result, ParsedFile):
        return result
    if isinstance(result, Lost):
        return _skipped(file, result.reason, failed=True)
    return _skipped(file, str(result), failed=result not in ("symlink", "not_regular", "too_large"))


def _skipped(file: WalkedFile, reason: str, *, failed: bool = False) -> ParsedFile:
    failed = failed or reason == "unreadable"
    return ParsedFile(
        SourceFile(
            path=file.path,
            language=file.language,
            status="failed" if failed else "skipped",
            reason=reason,
            bytes=file.bytes,
        )
    )


def _check_supported(root: str, walked: list[WalkedFile]) -> None:
    if any(not file.reason for file in walked):
        return
    skipped = Counter(file.reason for file in walked if file.language)
    if skipped:
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(skipped.items()))
        msg = f"Every source file in {root!r} is skipped ({counts}); change --include, --exclude or the limits."
        raise RepositoryError(msg)
    suffixes = " ".join(suffix for adapter in LANGUAGES.values() for suffix in adapter.suffixes)
    msg = f"There is no source file to read in {root!r}; supported are {suffixes}."
    raise RepositoryError(msg)
