"""The commands put together, and every error turned into one sentence and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from qarepo_graph import __version__
from qarepo_graph.cli.evaluate import evaluate
from qarepo_graph.cli.export import export
from qarepo_graph.cli.fleet import fleet
from qarepo_graph.cli.generate import generate
from qarepo_graph.cli.graph import graph
from qarepo_graph.cli.models import models
from qarepo_graph.cli.parse import parse
from qarepo_graph.cli.plan import plan
from qarepo_graph.cli.prompts import prompts
from qarepo_graph.cli.report import report
from qarepo_graph.cli.review import review
from qarepo_graph.cli.seed import is_seed_call, seed_arguments
from qarepo_graph.cli.status import purge, status
from qarepo_graph.errors import InterruptedRunError, QarepoError

app = typer.Typer(
    name="qarepo",
    help="Turn a local code repository into checked question/answer pairs for fine-tuning a code model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("generate")(generate)
app.command("parse")(parse)
app.command("plan")(plan)
app.command("status")(status)
app.command("purge")(purge)
app.command("report")(report)
app.command("review")(review)
app.command("export")(export)
app.add_typer(evaluate, name="evaluate")
app.command("fleet")(fleet)
app.command("graph")(graph)
app.command("models")(models)
app.add_typer(prompts, name="prompts")


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(f"qarepo-graph {__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code (see :mod:`qarepo_graph.errors`)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _replace_closed_outputs()
    try:
        if is_seed_call(given):
            given = seed_arguments(given)
        code = app(args=given, prog_name="qarepo", standalone_mode=False)
    except QarepoError as error:
        sys.exit(_say(error))
    except typer.Abort:
        sys.exit(_tell("Nothing was done.", 2))
    except KeyboardInterrupt:
        sys.exit(_tell("Stopped.", 128 + signal.SIGINT))
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): not an error, but nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # `qarepo` or `qarepo prompts` alone: its message is the help
            sys.stderr.write(f"{error.format_message()}\n")  # type: ignore[attr-defined]  # click's own class
            sys.exit(2)
        if _is_usage_error(error):
            sys.exit(_tell(f"{error.format_message()} Try `qarepo --help`.", 2))  # type: ignore[attr-defined]  # click's own class
        raise
    sys.exit(code if isinstance(code, int) else 0)


def _replace_closed_outputs() -> None:
    """Give a process started without standard output or error (a service, ``>&-``) somewhere to speak to."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open as long as the process
            setattr(sys, name, nowhere)


def _is_usage_error(error: Exception) -> bool:
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _say(error: QarepoError) -> int:
    code = 128 + error.signal_number if isinstance(error, InterruptedRunError) else error.exit_code
    return _tell(str(error), code)


def _tell(message: str, code: int) -> int:
    sys.stderr.write(f"qarepo: {message}\n")
    return code
