"""Answers of a served model: in order, retried, blank where refused, one sentence where the server is not there."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from qarepo_graph.cli import main
from qarepo_graph.errors import ProviderError
from qarepo_graph.evaluate.respond import ask_server

MODEL = "openai-compatible:tuned"


class Server:
    """An OpenAI-compatible server that echoes the question, thinks aloud, and fails by script."""

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self.tries: Counter[str] = Counter()
        self.fail: dict[str, list[int]] = {}
        self.url = ""


@pytest.fixture
def server() -> Iterator[Server]:
    seen = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            question = body["messages"][-1]["content"]
            seen.bodies.append(body)
            script = seen.fail.get(question, [])
            status = script[seen.tries[question]] if seen.tries[question] < len(script) else 200
            seen.tries[question] += 1
            message = {"role": "assistant", "content": f"<think>hm</think>\n\nAnswer to {question}"}
            record = {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "tuned",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
            content = json.dumps(record if status == 200 else {"error": {"message": "scripted"}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.url = f"http://127.0.0.1:{http.server_port}/v1"
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield seen
    http.shutdown()
    http.server_close()


def prompts(count: int) -> list[list[dict[str, str]]]:
    return [
        [{"role": "system", "content": "Be exact."}, {"role": "user", "content": f"Question {number}?"}]
        for number in range(count)
    ]


async def test_answers_come_in_order_greedy_and_without_the_thinking(server: Server) -> None:
    answers = await ask_server(MODEL, prompts(20), base_url=server.url, max_new_tokens=77)
    assert answers == [f"Answer to Question {number}?" for number in range(20)]
    assert {(body["temperature"], body["max_tokens"], body["model"]) for body in server.bodies} == {(0, 77, "tuned")}
    assert server.bodies[0]["messages"][0] == {"role": "system", "content": "Be exact."}


async def test_a_busy_server_is_asked_again(server: Server) -> None:
    server.fail["Question 1?"] = [503, 429]
    assert await ask_server(MODEL, prompts(2), base_url=server.url) == [
        "Answer to Question 0?",
        "Answer to Question 1?",
    ]
    assert server.tries["Question 1?"] == 3


async def test_a_server_that_refuses_everything_is_one_sentence(server: Server) -> None:
    server.fail = {f"Question {number}?": [401] * 9 for number in range(3)}
    with pytest.raises(ProviderError, match="does not answer"):
        await ask_server(MODEL, prompts(3), base_url=server.url)
    assert max(server.tries.values()) == 1


def test_evaluate_scores_a_served_model(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rouge_score", reason="scoring needs the extra [metrics]")
    rows = [
        {"instruction": f"Question {number}?", "input": "", "output": f"Answer to Question {number}?"}
        for number in (1, 2)
    ]
    rows.append({"instruction": "Question 3?", "input": "", "output": "Something else"})
    (tmp_path / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    rows_file, scores_file = str(tmp_path / "rows.json"), str(tmp_path / "scores.json")
    with pytest.raises(SystemExit) as end:
        main(["evaluate", "answers", rows_file, "--model", MODEL, "--base-url", server.url, "--json", scores_file])
    assert end.value.code == 0
    assert f"| all | {MODEL} | 3 |" in capsys.readouterr().out
    record = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))[MODEL]
    assert record["summary"]["all"]["exact"]["mean"] == pytest.approx(2 / 3)
    assert record["answers"]["2"] == "Answer to Question 3?"
