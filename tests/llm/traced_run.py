"""A graph run in a process of its own, as a user's script would do it: LangSmith's client reads its environment once.

python -m tests.llm.traced_run FOLDER '{"trace": true}' [honest|silent|offline]
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from langchain_core.messages import BaseMessage

from qarepo_graph import Settings, build_graph
from qarepo_graph.errors import UsageError
from qarepo_graph.testing import ScriptedChatModel
from tests.graph.early_stopping import honest


def silent(messages: list[BaseMessage]) -> str:
    """Answer nothing usable, so that every function is asked again and rejected; break down over one of them."""
    if "`alpha_17`" in str(messages[-1].content):
        message = "the model broke down"
        raise RuntimeError(message)
    return "{}"


async def main(folder: Path, knobs: dict[str, object], character: str) -> None:
    model = ScriptedChatModel(replies=honest if character == "honest" else silent)
    asked = "offline" if character == "offline" else model
    settings = Settings(model=asked, questions=2, requirements=1, concurrency=4, **knobs)  # type: ignore[arg-type]
    given = {
        "repo_dir": str(folder / "repo"),
        "repo_description": "a library",
        "run_dir": str(folder / "run"),
        "output_file": str(folder / "rows.json"),
    }
    try:
        await build_graph().ainvoke(given, context=settings)
    except UsageError as error:  # the silent model leaves nothing to export
        sys.stderr.write(f"{error}\n")
    sys.stdout.write(json.dumps({"asked": len(model.asked)}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]))
