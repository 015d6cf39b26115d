"""``qarepo evaluate``: what a model's answers, or the dataset itself, are worth."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

if TYPE_CHECKING:
    from qarepo_graph.dataset.read import Example
    from qarepo_graph.evaluate.judge import Judged

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
    judge: Annotated[str, typer.Option(help="Model that marks the answers by five criteria, provider:name.")] = "",
    judge_base_url: Annotated[str, typer.Option(help="Base URL of the judge's server.")] = "",
    limit: Annotated[int, typer.Option(help="Ask the first N questions only; 0 asks all.", min=0)] = 0,
    max_new_tokens: Annotated[int, typer.Option(help="Longest answer.", min=1)] = 768,
    concurrency: Annotated[int, typer.Option(help="Requests in flight, or rows in a batch.", min=1)] = 8,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to what goes to the models' hosts.")] = False,
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Allow plain http to other machines.")] = False,
    json_file: _Json = None,
) -> int:
    """Score answers by facts found, grounding and overlap, with 95 % confidence intervals."""
    from qarepo_graph.dataset.read import read_examples, splits_of
    from qarepo_graph.errors import UsageError
    from qarepo_graph.evaluate.answers import compare_table, known_names, score_answers, to_record

    if bool(model) == bool(local):
        msg = "Name who answers: either --model provider:name for a server or --local FOLDER for this machine."
        raise UsageError(msg)
    if judge and judge == model:
        msg = f"--judge {judge} also gives the answers; name another model as the judge."
        raise UsageError(msg)
    rows = read_examples(dataset, split)
    everything = [row for name in splits_of(dataset) for row in read_examples(dataset, name)] or rows
    known = known_names(everything)
    rows = rows[:limit] if limit else rows
    if model:
        agree(model, base_url, f"{len(rows)} questions with the code in their context", yes=yes, allow_http=allow_http)
    if judge:
        shown = f"{len(rows)} questions with their answers"
        agree(judge, judge_base_url, shown, yes=yes, allow_http=allow_http)
        asyncio.run(_check(judge, judge_base_url, allow_http=allow_http))
    if model:
        said = {model: _served(rows, model, base_url, max_new_tokens, concurrency, allow_http)}
    else:
        said = _local(rows, local, adapter, max_new_tokens, concurrency, four_bit=four_bit)
    scores = {name: score_answers(rows, some, known) for name, some in said.items()}
    sys.stdout.write(compare_table(scores) + "\n")
    record = {
        name: to_record(some) | {"answers": dict(zip((row.id for row in rows), said[name], strict=True))}
        for name, some in scores.items()
    }
    if json_file is not None:
        _write(json_file, record)  # before the judge: its server may fail, the answers are not to be lost
    if not judge:
        return 0
    judged = asyncio.run(_judged(rows, said, judge, judge_base_url, concurrency, allow_http=allow_http))
    sys.stdout.write(_judge_lines(judge, judged))
    if json_file is not None:
        _write(json_file, record | {"judge": {"model": judge, **judged.to_record()}})
    return 3 if judged.unjudged else 0


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


def agree(model: str, base_url: str, what: str, *, yes: bool, allow_http: bool) -> None:
    """Ask before something goes to another machine.

    Raises:
        ConsentError: When nobody is there to ask, or the answer is no.
        SettingsError: When no address is known.
    """
    from qarepo_graph.errors import ConsentError, SettingsError
    from qarepo_graph.llm.profiles import find_profile
    from qarepo_graph.safety.egress import destination

    address = base_url or find_profile(model.partition(":")[0]).base_url
    if not address:
        msg = f"{model} has no address of its own; add the base URL of its server, as https://host/v1."
        raise SettingsError(msg)
    target = destination(address, allow_http=allow_http)
    if target.loopback or yes:
        return
    question = f"{what} go to {target.origin}. Go on?"
    if not sys.stdin.isatty() or not typer.confirm(question, err=True):
        msg = f"{what} would go to {target.origin} and nobody agreed to it; add --yes to agree."
        raise ConsentError(msg)


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
    from qarepo_graph.train.extra import check_model, quiet, require_train
    from qarepo_graph.train.infer import LocalModel

    require_train()
    folder = check_model(folder)
    quiet()
    model = LocalModel(folder, adapter, four_bit=four_bit)
    prompts = [row.prompt for row in rows]
    if adapter is None:
        return {folder: model.answers(prompts, max_new_tokens=max_new_tokens, batch=batch)}
    return {
        name: model.answers(prompts, max_new_tokens=max_new_tokens, batch=batch, tuned=tuned)
        for name, tuned in (("base", False), ("tuned", True))
    }


async def _check(judge: str, base_url: str, *, allow_http: bool) -> None:
    """Fail on a wrong key, name or address of the judge before anything else is done."""
    from qarepo_graph.llm.chat import open_backend

    backend = open_backend(judge, base_url=base_url, allow_http=allow_http)
    try:
        await backend.check()
    finally:
        await backend.aclose()


async def _judged(
    rows: Sequence[Example],
    said: Mapping[str, Sequence[str]],
    judge: str,
    base_url: str,
    concurrency: int,
    *,
    allow_http: bool,
) -> Judged:
    from qarepo_graph.evaluate.judge import judge_answers
    from qarepo_graph.llm.chat import open_backend

    backend = open_backend(
        judge, base_url=base_url, temperature=0.0, max_tokens=2048, concurrency=concurrency, allow_http=allow_http
    )
    try:
        return await judge_answers(rows, said, backend, concurrency=concurrency)
    finally:
        await backend.aclose()


def _judge_lines(judge: str, judged: Judged) -> str:
    from qarepo_graph.evaluate.answers import compare_table
    from qarepo_graph.evaluate.judge import MARKS

    lines = ["", f"Marks from 0 to 10 by {judge}, each answer in both orders:", "", compare_table(judged.marks, MARKS)]
    if len(judged.preferred) > 1:
        won = ", ".join(f"{name} {count}" for name, count in judged.preferred.items())
        lines += ["", f"Preferred in both orders: {won}; undecided {judged.undecided}."]
    if judged.unjudged:
        lines += ["", f"Without a usable reply of the judge, so in no mean: {', '.join(judged.unjudged)}."]
    return "\n".join(lines) + "\n"


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
