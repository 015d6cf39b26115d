"""``qarepo evaluate``: what a model's answers, or the dataset itself, are worth."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

if TYPE_CHECKING:
    from qarepo_graph.dataset.read import Example

evaluate = typer.Typer(
    help="Score a model's answers on held-out rows, or a dataset by its own figures.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Dataset = Annotated[Path, typer.Argument(help="A folder made by `qarepo export`, or one file of rows.")]
_Json = Annotated[Path | None, typer.Option("--json", help="Write everything, row by row, into this file.")]


@evaluate.command("answers")
def answers(
    dataset: _Dataset,
    split: Annotated[str, typer.Option(help="The split whose questions are asked.")] = "test",
    model: Annotated[str, typer.Option(help="Served model that answers, as provider:name.")] = "",
    base_url: Annotated[str, typer.Option(help="Base URL of its server.")] = "",
    local: Annotated[str, typer.Option(help="Model folder (or name on a hub) that answers on this machine.")] = "",
    adapter: Annotated[
        Path | None, typer.Option(help="Adapter of the local model: base and tuned stand side by side.")
    ] = None,
    four_bit: Annotated[bool, typer.Option("--four-bit", help="Load the local model in 4 bit.")] = False,
    limit: Annotated[int, typer.Option(help="Ask the first N questions only; 0 asks all.", min=0)] = 0,
    max_new_tokens: Annotated[int, typer.Option(help="Longest answer.", min=1)] = 768,
    concurrency: Annotated[int, typer.Option(help="Requests in flight, or rows in a batch.", min=1)] = 8,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to send questions to the model's host.")] = False,
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Allow plain http to other machines.")] = False,
    json_file: _Json = None,
) -> None:
    """Score answers by facts found, grounding and overlap, with 95 % confidence intervals."""
    from qarepo_graph.dataset.read import read_examples, splits_of
    from qarepo_graph.errors import UsageError
    from qarepo_graph.evaluate.answers import compare_table, known_names, score_answers, to_record

    if bool(model) == bool(local):
        msg = "Name who answers: either --model provider:name for a server or --local FOLDER for this machine."
        raise UsageError(msg)
    rows = read_examples(dataset, split)
    everything = [row for name in splits_of(dataset) for row in read_examples(dataset, name)] or rows
    known = known_names(everything)
    rows = rows[:limit] if limit else rows
    if model:
        agree(model, base_url, len(rows), yes=yes, allow_http=allow_http)
        said = {model: _served(rows, model, base_url, max_new_tokens, concurrency, allow_http)}
    else:
        said = _local(rows, local, adapter, max_new_tokens, concurrency, four_bit=four_bit)
    scores = {name: score_answers(rows, some, known) for name, some in said.items()}
    sys.stdout.write(compare_table(scores) + "\n")
    if json_file is not None:
        record = {
            name: to_record(some) | {"answers": dict(zip((row.id for row in rows), said[name], strict=True))}
            for name, some in scores.items()
        }
        _write(json_file, record)


@evaluate.command("data")
def data(
    dataset: _Dataset,
    tokenizer: Annotated[str, typer.Option(help="Model folder or name whose tokens are counted.")] = "",
    json_file: _Json = None,
) -> None:
    """Measure a dataset: diversity, near duplicates, leakage, groundedness, lengths."""
    from qarepo_graph.dataset.read import read_examples, splits_of
    from qarepo_graph.evaluate.data import data_figures

    names = splits_of(dataset) if dataset.is_dir() else []
    splits = {name: read_examples(dataset, name) for name in names or ["train"]}
    figures = data_figures(splits, tokenizer=tokenizer)
    sys.stdout.write("\n".join(_figure_lines(figures)) + "\n")
    if json_file is not None:
        _write(json_file, figures)


def agree(model: str, base_url: str, requests: int, *, yes: bool, allow_http: bool) -> None:
    """Ask before questions and their context go to another machine.

    Raises:
        ConsentError: When nobody is there to ask, or the answer is no.
    """
    from qarepo_graph.errors import ConsentError
    from qarepo_graph.llm.profiles import find_profile
    from qarepo_graph.safety.egress import destination, refused_consent

    profile = find_profile(model.partition(":")[0])
    target = destination(base_url or profile.base_url, allow_http=allow_http)
    if target.loopback or yes:
        return
    question = f"{requests} questions with the code in their context go to {target.origin}. Go on?"
    if not sys.stdin.isatty() or not typer.confirm(question, err=True):
        raise ConsentError(refused_consent([target.origin]))


def _served(
    rows: Sequence[Example], model: str, base_url: str, max_new_tokens: int, concurrency: int, allow_http: bool
) -> list[str]:
    from qarepo_graph.evaluate.respond import ask_server

    return asyncio.run(
        ask_server(
            model,
            [row.prompt for row in rows],
            base_url=base_url,
            max_new_tokens=max_new_tokens,
            concurrency=concurrency,
            allow_http=allow_http,
        )
    )


def _local(
    rows: Sequence[Example], folder: str, adapter: Path | None, max_new_tokens: int, batch: int, *, four_bit: bool
) -> dict[str, list[str]]:
    from qarepo_graph.train.infer import LocalModel

    model = LocalModel(folder, adapter, four_bit=four_bit)
    prompts = [row.prompt for row in rows]
    if adapter is None:
        return {folder: model.answers(prompts, max_new_tokens=max_new_tokens, batch=batch)}
    return {
        name: model.answers(prompts, max_new_tokens=max_new_tokens, batch=batch, tuned=tuned)
        for name, tuned in (("base", False), ("tuned", True))
    }


def _figure_lines(figures: dict[str, Any]) -> list[str]:
    lines = []
    for name, value in figures.items():
        label = name.replace("_", " ")
        if isinstance(value, dict):
            told = ", ".join(f"{key}: {_number(one)}" for key, one in value.items())
        else:
            told = "not applicable" if value is None else _number(value)
        lines.append(f"{label:<26} {told}")
    return lines


def _number(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _write(path: Path, record: Any) -> None:
    from qarepo_graph.errors import StorageError

    try:
        path.write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        msg = f"Cannot write {path} ({error.strerror}); choose another --json."
        raise StorageError(msg) from error
