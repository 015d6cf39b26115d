"""``qarepo parse``: a repository's functions as JSON lines, without a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from qarepo_graph.cli.options import with_settings
from qarepo_graph.schema import ParsedFile
from qarepo_graph.settings import Settings

_SHOWN_LOSSES = 20


def _parse(
    repository: Annotated[Path, typer.Argument(help="Folder of the repository.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, one function per line.", show_default=False)
    ] = None,
    stats: Annotated[bool, typer.Option("--stats", help="Print a table by language and reason.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an output file that is not ours.")] = False,
    *,
    settings: Settings,
) -> int:
    """Find every function of a repository and write one JSON record per line, sorted by path and line."""
    from qarepo_graph.code import parse_files
    from qarepo_graph.safety.screen import Policy, Screening, screen

    parsed = parse_files(
        repository,
        include=settings.include,
        exclude=settings.exclude,
        skip_anonymous=settings.skip_anonymous,
        include_vendored=settings.include_vendored,
        include_generated=settings.include_generated,
        max_file_bytes=settings.max_file_bytes,
        file_seconds=settings.file_seconds,
    )
    policy = Policy(settings.secrets, settings.pii, settings.allow_licenses, settings.include_suspicious)
    tally = _Tally()
    files = tally.watching(screen(parsed, policy, Screening()))
    if output is None:
        for _ in files:
            pass
    else:
        _write(files, output, force=force)
    lines = tally.table() if stats or output is None else []
    lines += [tally.sentence(), *tally.losses()]
    typer.echo("\n".join(lines))
    return 3 if tally.lost else 0


parse = with_settings(_parse, groups=("Repository",))


def _write(files: Iterable[ParsedFile], output: Path, *, force: bool) -> None:
    from qarepo_graph.dataset.publish import Publication

    with Publication(output.with_name(output.name + ".manifest.json"), force=force) as publication:
        written = publication.open(output)
        for file in files:
            for function in file.functions:
                written.add(orjson.dumps(function))
        publication.commit({"functions": written.rows})


class _Tally:
    """What became of every file, counted while the files go by."""

    def __init__(self) -> None:
        self.lost: list[tuple[str, str]] = []
        self._files: Counter[tuple[str, str]] = Counter()
        self._functions: Counter[str] = Counter()
        self._recovered: Counter[str] = Counter()

    def watching(self, files: Iterable[ParsedFile]) -> Iterator[ParsedFile]:
        """Hand the files on and count them."""
        for parsed in files:
            file = parsed.file
            outcome = f"{file.status} ({file.reason})" if file.reason else file.status
            self._files[file.language or "-", outcome] += 1
            for function in parsed.functions:
                self._functions[function.language] += 1
                self._recovered[function.language] += function.parse_status != "ok"
            if file.status == "failed":
                self.lost.append((file.path, file.reason))
            yield parsed

    def sentence(self) -> str:
        """Return the totals in one line."""
        read = sum(count for (_, outcome), count in self._files.items() if outcome in ("parsed", "recovered"))
        return f"{sum(self._functions.values()):,} functions in {read:,} of {sum(self._files.values()):,} files"

    def losses(self) -> list[str]:
        """Name the files that could not be read."""
        from qarepo_graph.safety.terminal import visible

        shown = [f"not read: {visible(path, 200)} ({reason})" for path, reason in self.lost[:_SHOWN_LOSSES]]
        more = len(self.lost) - len(shown)
        return [*shown, f"not read: {more:,} more"] if more > 0 else shown

    def table(self) -> list[str]:
        """Return files by language and outcome, and functions by language."""
        rows = [("language", "outcome", "files", "functions", "recovered")]
        for (language, outcome), count in sorted(self._files.items()):
            read = outcome in ("parsed", "recovered")
            rows.append(
                (language, outcome, f"{count:,}", "", "") if read else (language, outcome, f"{count:,}", "-", "-")
            )
        for language, count in sorted(self._functions.items()):
            rows.append((language, "all", "", f"{count:,}", f"{self._recovered[language]:,}"))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return [
            "  ".join(
                cell.ljust(width) if column < 2 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
