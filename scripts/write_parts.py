"""Write the generated parts of the README and the documentation, or check that they are up to date.

    python scripts/write_parts.py            rewrite them
    python scripts/write_parts.py --check    exit 1 and name what is stale

A part stands between ``<!-- part: NAME -->`` and ``<!-- end of part -->``; everything between the two is generated.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from draw_graph import graph_svg  # noqa: E402 - a script beside this one, found through the line above

PART = re.compile(r"(<!-- part: (?P<name>[\w-]+) -->\n).*?(<!-- end of part -->)", re.S)
EXAMPLE = ROOT / "examples" / "example.json"
CHINESE_EXAMPLE = ROOT / "examples" / "example.zh.json"
COMMANDS = [
    "generate",
    "plan",
    "status",
    "export",
    "report",
    "review",
    "evaluate",
    "models",
    "prompts",
    "graph",
    "purge",
]


@cache
def graph() -> str:
    """The state machine as LangGraph draws it."""
    from qarepo_graph import build_graph

    return f"```mermaid\n{build_graph().get_graph().draw_mermaid().strip()}\n```\n"


def settings_table(*, only_seed: bool) -> str:
    """One row per setting: the seed's key, the option, the field, the environment variable."""
    from qarepo_graph.settings import Settings, names

    lines = ["| QARepo key | `qarepo generate` | `Settings` field | environment |", "|---|---|---|---|"]
    lines += [
        "| `repo_dir` | `REPO` (first argument) | graph input `repo_dir` | |",
        "| `output_file` | `-o`, `--output` | graph input `output_file` | |",
        "| `repo_des` | `--description` | graph input `repo_description` | |",
    ]
    if not only_seed:
        lines[0] += " default | meaning |"
        lines[1] += "---|---|"
        lines[2:] = [line + " | |" for line in lines[2:]]
    for name in names():
        if only_seed and not name.seed:
            continue
        cells = [
            f"`{name.seed}`" if name.seed else "",
            f"`{name.flag}`" if name.flag else "(file or code only)",
            f"`{name.field}`",
            f"`{name.environment}`" if name.flag else "",
        ]
        if not only_seed:
            field = Settings.__dataclass_fields__[name.field]
            default = repr(field.default) if isinstance(field.default, (str, int, float, bool, tuple)) else ""
            cells += [f"`{default}`" if default not in ("", "''", "()") else "", name.help]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def command_help() -> str:
    """``--help`` of every command, as it is printed."""
    from typer.testing import CliRunner

    from qarepo_graph.cli.app import app

    runner = CliRunner(env={"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "TERM": "dumb"})
    parts = []
    for command in COMMANDS:
        shown = runner.invoke(app, [command, "--help"], prog_name="qarepo")
        lines = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
        parts.append(f"## qarepo {command}\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


def example_row(scenario: int, example: Path = EXAMPLE) -> str:
    """One row of a scenario from a shipped example, without its input and the code that closes its answer."""
    rows = json.loads(example.read_text(encoding="utf-8"))
    is_second = [row for row in rows if row["output"].startswith(("**Solution:**", "**方案："))]
    of_scenario = is_second if scenario == 2 else [row for row in rows if row not in is_second]
    # One to show: a few steps, and short enough for the front page.
    stepped = [row for row in of_scenario if scenario == 2 or re.search(r"\n3\. ?[(（]", row["output"])]
    row = min(stepped, key=lambda row: (row["output"].count("\n"), len(row["output"])))
    shown = re.split(r"\n\n\*\*(?:Code|代码)\*\*", row["output"])[0]
    quoted = "\n".join(f"> {line}".rstrip() for line in shown.splitlines())
    return f"**{row['instruction']}**\n\n{quoted}\n"


PARTS: dict[str, Callable[[], str]] = {
    "graph": graph,
    "settings-of-the-seed": lambda: settings_table(only_seed=True),
    "settings": lambda: settings_table(only_seed=False),
    "commands": command_help,
    "row-of-scenario-1": lambda: example_row(1),
    "row-of-scenario-2": lambda: example_row(2),
    "chinese-row-of-scenario-1": lambda: example_row(1, CHINESE_EXAMPLE),
    "chinese-row-of-scenario-2": lambda: example_row(2, CHINESE_EXAMPLE),
}


PICTURE = ROOT / "docs" / "pictures" / "graph.svg"


def with_parts(text: str) -> str:
    """Return a page's text with every part written anew."""
    return PART.sub(lambda found: found[1] + PARTS[found["name"]]() + found[3], text)


def pages() -> list[Path]:
    """Return every page that may hold parts."""
    return [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]


def stale(*, rewrite: bool) -> list[str]:
    """Return the pages whose parts are out of date; rewrite them if asked."""
    found = []
    picture = graph_svg()
    if not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != picture:
        found.append(PICTURE.relative_to(ROOT).as_posix())
        if rewrite:
            PICTURE.write_text(picture, encoding="utf-8", newline="\n")
    for page in pages():
        text = page.read_text(encoding="utf-8")
        fresh = with_parts(text)
        if fresh != text:
            found.append(page.relative_to(ROOT).as_posix())
            if rewrite:
                page.write_text(fresh, encoding="utf-8", newline="\n")
    return found


if __name__ == "__main__":
    check = "--check" in sys.argv[1:]
    for name in stale(rewrite=not check):
        print(f"{'stale' if check else 'rewritten'}: {name}")
        if check:
            sys.exit(1)
