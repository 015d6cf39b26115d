"""``qarepo export``: a run's rows in other formats and splits, without another model call."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer


def export(
    run: Annotated[Path, typer.Argument(help="The run directory, or the repository it was made from.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the dataset.")] = Path("dataset"),
    formats: Annotated[
        str,
        typer.Option(
            "--format", help="qarepo, alpaca, sharegpt, messages, prompt-completion, parquet; several with commas."
        ),
    ] = "qarepo",
    split: Annotated[str, typer.Option(help="by-function, by-paraphrase or none.")] = "none",
    ratios: Annotated[str, typer.Option(help="Shares of train, validation and test.")] = "0.8,0.1,0.1",
    seed: Annotated[int, typer.Option(help="Of the split and of the sample mixed in.")] = 0,
    context: Annotated[str, typer.Option(help="Functions in each row's input: auto, full, relevant or none.")] = "auto",
    context_budget: Annotated[
        int, typer.Option(help="Tokens of context per row that auto and relevant keep to.")
    ] = 8000,
    code: Annotated[bool, typer.Option("--code/--no-code", help="Keep the code in the input's records.")] = True,
    answer_code: Annotated[
        bool, typer.Option("--answer-code/--no-answer-code", help="Close scenario 1 answers with the code.")
    ] = True,
    reasoning: Annotated[
        bool, typer.Option("--reasoning", help="Begin answers with a <think> block of the steps.")
    ] = False,
    system: Annotated[str, typer.Option(help="System message of every row; empty leaves the template's own.")] = "",
    mix: Annotated[Path | None, typer.Option(help="File of general-instruction rows to mix into training.")] = None,
    mix_share: Annotated[float, typer.Option(help="Their share of the mixed training rows.")] = 0.1,
    language: Annotated[str, typer.Option(help="The run's --language, where it was given one.")] = "auto",
    question_type: Annotated[
        list[str] | None, typer.Option("--question-type", help="The run's question types; repeatable.")
    ] = None,
    push_to_hub: Annotated[str, typer.Option(help="Upload the folder as this dataset (owner/name).")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace files that are not ours.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to the upload without being asked.")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="The summary as one JSON line.")] = False,
) -> None:
    """Write a run's rows in other formats and splits."""
    from qarepo_graph.cli.options import settings_from
    from qarepo_graph.dataset.export import DatasetOptions
    from qarepo_graph.dataset.splits import parse_ratios
    from qarepo_graph.dataset.writer import ExportOptions
    from qarepo_graph.exports import export_run

    given = {"language": language, "context": context, "context_budget": context_budget}
    settings = settings_from(given | ({"question_types": tuple(question_type)} if question_type else {}))
    options = DatasetOptions(
        rows=ExportOptions(
            context=settings.context,
            context_budget=context_budget,
            code=code,
            answer_code=answer_code,
            force=force,
        ),
        formats=tuple(dict.fromkeys(name.strip() for name in formats.split(",") if name.strip())),
        split=split,  # type: ignore[arg-type]  # checked with its sentence by DatasetOptions.checked
        ratios=parse_ratios(ratios),
        seed=seed,
        system=system,
        reasoning=reasoning,
        mix=mix,
        mix_share=mix_share,
    )
    summary = export_run(run, output, options, settings)
    if json_lines:
        sys.stdout.write(orjson.dumps(summary.to_record()).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_lines(summary.to_record())) + "\n")
    if push_to_hub:
        from qarepo_graph.cli.hub import push

        push(output, push_to_hub, yes=yes)


def _lines(summary: dict[str, object]) -> list[str]:
    rows, files = summary["rows"], summary["files"]
    assert isinstance(rows, dict)
    assert isinstance(files, dict)
    lines = [
        f"rows        {sum(rows.values()):>8,}  ({', '.join(f'{count:,} {split}' for split, count in rows.items())})",
        f"files       {len(files):>8,}  in {summary['folder']}",
        f"context     {summary['context']:>8}"
        + (
            "  (the full list is over the budget; --context full writes it all the same)"
            if summary["context_switched"]
            else ""
        ),
    ]
    leakage = summary["leakage"]
    if isinstance(leakage, dict):
        found = ", ".join(f"{count} {name}" for name, count in leakage.items() if name != "rows")
        lines.append(f"leakage     of {leakage['rows']:,} held-out rows: {found}")
    return lines
