"""Released prompts never change: a table of hashes beside the files, and what differs from it.

A row names the prompt it came from as id@version and sha256. If a version's text could change, old rows would name a
text that exists nowhere; so an edit is a new version file.
"""

from __future__ import annotations

import json
from pathlib import Path

from qarepo_graph.errors import PromptError
from qarepo_graph.llm.prompts import parse_prompt, prompt_files

TABLE = "released.json"


def check_prompts(folder: Path) -> list[str]:
    """Return what is wrong with a folder's prompts, one sentence each; empty when nothing is.

    Raises:
        PromptError: When there is no such folder, or its table cannot be read.
    """
    if not folder.is_dir():
        msg = f"The prompt folder {str(folder)!r} does not exist; give the folder that holds <node>/v1.<language>.md."
        raise PromptError(msg)
    problems, hashes = _read(folder)
    for name, released in _table(folder).items():
        if name not in hashes:
            problems.append(f"{name} was released and is gone; put it back.")
        elif hashes[name] != released:
            problems.append(f"{name} changed after its release; put it back and save the new text as the next version.")
    return problems


def release_prompts(folder: Path) -> list[str]:
    """Add the new files to the table of released prompts and return their names.

    Raises:
        PromptError: When something is wrong with the folder; nothing is written then.
    """
    if problems := check_prompts(folder):
        raise PromptError(problems[0])
    table = _table(folder)
    new = {name: sha256 for name, sha256 in _read(folder)[1].items() if name not in table}
    if new:
        text = json.dumps(dict(sorted((table | new).items())), indent=2) + "\n"
        (folder / TABLE).write_text(text, encoding="utf-8", newline="\n")
    return sorted(new)


def _read(folder: Path) -> tuple[list[str], dict[str, str]]:
    problems: list[str] = []
    hashes: dict[str, str] = {}
    for path in prompt_files(folder):
        try:
            hashes[f"{path.parent.name}/{path.name}"] = parse_prompt(path).sha256
        except PromptError as error:
            problems.append(str(error))
    if not hashes and not problems:
        problems.append(f"The folder {str(folder)!r} holds no prompt; its files are named <node>/v1.<language>.md.")
    return problems, hashes


def _table(folder: Path) -> dict[str, str]:
    path = folder / TABLE
    if not path.is_file():
        return {}
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"The table {str(path)!r} cannot be read ({error}); restore it from version control."
        raise PromptError(msg) from error
    return {str(name): str(sha256) for name, sha256 in table.items()}
