"""``qarepo report``: one HTML file to decide by whether to train on a run's rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qarepo_graph.cli.status import RunDir, find_run


def report(
    run: RunDir,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the page goes.")] = Path("report.html"),
    tokenizer: Annotated[
        str, typer.Option("--tokenizer", help="tokenizer.json of the model to tune, to count row lengths with.")
    ] = "",
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Print what became of every function instead of writing the page.")
    ] = False,
) -> None:
    """Write a run's report: overview, browser of pairs with the code beside the answer, every function's fate."""
    from qarepo_graph.ledger import look_into_ledger
    from qarepo_graph.report.coverage import coverage_lines
    from qarepo_graph.report.data import report_data
    from qarepo_graph.report.page import write_report
    from qarepo_graph.report.source import recorded_pairs

    ledger = look_into_ledger(find_run(run))
    try:
        data = report_data(recorded_pairs(ledger), tokenizer_file=tokenizer)
    finally:
        ledger.close()
    if coverage:
        for line in coverage_lines(data):
            typer.echo(line)
        return
    write_report(data, output)
    facts = data["overview"]
    typer.echo(f"{output}: {facts['rows']} rows, {facts['covered']} of {facts['functions']} functions covered.")
