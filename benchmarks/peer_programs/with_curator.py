"""The work in bespokelabs-curator 0.1.31: two LLM classes, one after the other."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["TELEMETRY_ENABLED"] = "false"
os.environ["OPENAI_API_KEY"] = "none"
folder = Path(sys.argv[4])
os.environ["CURATOR_CACHE_DIR"] = str(folder / "cache")
os.environ["HF_HOME"] = str(folder / "hf")
if "TIKTOKEN_CACHE_DIR" not in os.environ:
    import importlib.util

    found = importlib.util.find_spec("litellm")
    # Its tokenizer table is downloaded at start otherwise; litellm brings a copy.
    os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(found.origin).parent / "litellm_core_utils" / "tokenizers")

from bespokelabs import curator  # noqa: E402
from datasets import Dataset  # noqa: E402
from pydantic import BaseModel  # noqa: E402


class Step(BaseModel):
    text: str
    start_line: int
    end_line: int


class Description(BaseModel):
    description: str
    logic_steps: list[Step]


class Questions(BaseModel):
    questions: list[str]


class Describe(curator.LLM):
    response_format = Description

    def prompt(self, row):
        return row["describe"]

    def parse(self, row, response):
        return {"paraphrase": row["paraphrase"], "description": response.model_dump_json()}


class Paraphrase(curator.LLM):
    response_format = Questions

    def prompt(self, row):
        return row["paraphrase"]

    def parse(self, row, response):
        return {"description": row["description"], "questions": response.questions}


if __name__ == "__main__":
    prompts, url, concurrency = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    rows = [json.loads(line) for line in prompts.read_text(encoding="utf-8").splitlines()]
    parameters = {
        "base_url": url,
        "max_concurrent_requests": concurrency,
        "max_requests_per_minute": 1_000_000,
        "max_tokens_per_minute": 1_000_000_000,
    }
    common = {"model_name": "bench", "backend": "openai", "backend_params": parameters}
    described = Describe(**common)(Dataset.from_list(rows))
    described = getattr(described, "dataset", described)
    asked = Paraphrase(**common)(described)
    asked = getattr(asked, "dataset", asked)
    asked.to_json(str(folder / "rows.jsonl"))
