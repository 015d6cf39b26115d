"""``qarepo prompts``: the prompts as they are, as they differ, and whether any released one was changed."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import typer

prompts = typer.Typer(help="List, show, compare and check the versions of the prompts.", no_args_is_help=True)

_Folder = Annotated[str, typer.Option("--prompts", help="Folder with your own prompts.", show_default=False)]
_Language = Annotated[str, typer.Option("--language", help="en or zh.")]
_Node = Annotated[str, typer.Argument(help="describe, paraphrase, ideate_requirements, critique or grade_answers.")]


@prompts.command("list")
def list_prompts(folder: _Folder = "") -> None:
    """List every prompt with its hash and inputs."""
    from qarepo_graph.llm.prompts import parse_prompt, prompt_files, prompts_folder

    for path in prompt_files(Path(folder) if folder else prompts_folder()):
        prompt = parse_prompt(path)
        name = f"{prompt.reference} {prompt.language}"
        typer.echo(f"{prompt.node:<20} {name:<32} {prompt.sha256[:12]}  {', '.join(prompt.inputs)}")


@prompts.command("show")
def show_prompt(
    node: _Node,
    version: Annotated[str, typer.Argument(help="v1, v2 …; the highest by default.")] = "",
    language: _Language = "en",
    folder: _Folder = "",
) -> None:
    """Show a prompt's messages, its output schema filled in and its other slots left open."""
    from qarepo_graph.llm.prompts import read_prompt

    prompt = read_prompt(node, version, language, folder or None)
    typer.echo(f"{prompt.reference} ({prompt.language}), sha256 {prompt.sha256}, answers with {prompt.output.__name__}")
    for message in prompt.render({name: f"{{{name}}}" for name in prompt.inputs if name != "schema"}):
        typer.echo(f"\n--- {message.role}\n{message.content}")


@prompts.command("diff")
def diff_prompts(
    node: _Node,
    old: Annotated[str, typer.Argument(help="A version, v1 …")],
    new: Annotated[str, typer.Argument(help="Another version.")],
    language: _Language = "en",
    folder: _Folder = "",
) -> None:
    """Show what changed between two versions of a prompt."""
    from qarepo_graph.llm.prompts import Prompt, read_prompt

    def lines(prompt: Prompt) -> list[str]:
        return f"## system\n{prompt.system}\n## user\n{prompt.user}".splitlines()

    before = read_prompt(node, old, language, folder or None)
    after = read_prompt(node, new, language, folder or None)
    changed = list(difflib.unified_diff(lines(before), lines(after), before.reference, after.reference, lineterm=""))
    typer.echo("\n".join(changed) or f"{before.reference} and {after.reference} have the same text.")


@prompts.command("check")
def check_prompts(
    folder: Annotated[str, typer.Argument(help="The folder; by default the package's own.")] = "",
    release: Annotated[bool, typer.Option("--release", help="Note new versions as released.")] = False,
) -> None:
    """Check that every prompt can be used and that no released one was changed."""
    from qarepo_graph.errors import PromptError
    from qarepo_graph.llm.prompts import prompts_folder
    from qarepo_graph.llm.released import check_prompts as problems_of
    from qarepo_graph.llm.released import release_prompts

    place = Path(folder) if folder else prompts_folder()
    problems = problems_of(place)
    for problem in problems[1:]:
        typer.echo(problem, err=True)
    if problems:
        raise PromptError(problems[0])
    new = release_prompts(place) if release else []
    typer.echo(f"released {', '.join(new)}" if new else f"all prompts in {place} are fine")
