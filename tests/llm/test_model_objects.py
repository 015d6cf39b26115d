"""``Settings(model=ChatOpenAI(...))``: the user's own LangChain object, used as it is, from the parse to the rows."""

from __future__ import annotations

import json
from pathlib import Path

from langchain_openai import ChatOpenAI

from qarepo_graph import Settings, build_graph
from tests.faults.server import Act, Asked, FaultServer, answer, error
from tests.faults.whole_graph import truthful
from tests.graph.early_stopping import write_repository


async def test_the_whole_graph_with_an_object_of_the_users_own(tmp_path: Path) -> None:
    def script(asked: Asked) -> Act:
        return error(500, "boom") if asked.ordinal == 1 else answer(truthful)

    given = {"repo_dir": str(write_repository(tmp_path / "repo")), "repo_description": "early stopping"}
    given |= {"run_dir": str(tmp_path / "run"), "output_file": str(tmp_path / "rows.json")}
    async with FaultServer(script) as server:
        model = ChatOpenAI(model="tiny", base_url=server.url, api_key="k", temperature=0.2, max_tokens=3000)
        state = await build_graph().ainvoke(given, context=Settings(model=model, questions=2, requirements=1))
        again = await build_graph().ainvoke(given, context=Settings(model=model, questions=2, requirements=1))
        bodies = [asked.body for asked in server.asked]
    assert len(bodies) == 5 + 1  # two descriptions, two groups of questions, a requirement; one was asked again
    assert {(body["model"], body["temperature"], body["max_completion_tokens"]) for body in bodies} == {
        ("tiny", 0.2, 3000)
    }
    assert {body["response_format"]["type"] for body in bodies} == {"json_schema"}
    assert (state["export"]["rows"], again["export"]["rows"]) == (5, 5)
    rows = [json.loads(line) for line in (tmp_path / "rows.json.meta.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["provenance"]["model"] for row in rows} == {"openai:tiny"}
