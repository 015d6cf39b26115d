"""The work as LangGraph's own documentation would write it: one ``Send`` per function, a checkpointer, no ledger.

Needs langgraph 1.2, langchain-openai 1.7 and langgraph-checkpoint-sqlite 3.1.
"""

from __future__ import annotations

import asyncio
import json
import operator
import sys
from pathlib import Path
from typing import Annotated, Any

from langchain_openai import ChatOpenAI
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from pydantic import BaseModel
from typing_extensions import TypedDict


class Step(BaseModel):
    text: str
    start_line: int
    end_line: int


class Description(BaseModel):
    description: str
    logic_steps: list[Step]


class Questions(BaseModel):
    questions: list[str]


class State(TypedDict):
    prompts: list[dict[str, Any]]
    rows: Annotated[list[dict[str, Any]], operator.add]


async def main(prompts: Path, url: str, concurrency: int, folder: Path) -> None:
    """Run."""
    model = ChatOpenAI(model="bench", base_url=url, api_key="none", max_retries=2)
    describe = model.with_structured_output(Description, method="json_schema")
    paraphrase = model.with_structured_output(Questions, method="json_schema")

    async def both(state: dict[str, Any]) -> dict[str, Any]:
        described = await describe.ainvoke(state["describe"])
        asked = await paraphrase.ainvoke(state["paraphrase"])
        return {"rows": [{"description": described.model_dump(), "questions": asked.model_dump()}]}

    def spread(state: State) -> list[Send]:
        return [Send("both", prompt) for prompt in state["prompts"]]

    builder = StateGraph(State)
    builder.add_node("both", both)
    builder.add_conditional_edges(START, spread, ["both"])
    builder.add_edge("both", END)
    rows = [json.loads(line) for line in prompts.read_text(encoding="utf-8").splitlines()]
    async with AsyncSqliteSaver.from_conn_string(str(folder / "checkpoints.db")) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"max_concurrency": concurrency, "configurable": {"thread_id": "bench"}}
        state = await graph.ainvoke({"prompts": rows, "rows": []}, config)
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as file:
        for row in state["rows"]:
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))
