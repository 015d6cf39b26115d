"""The work in distilabel 1.5.3: two tasks in a pipeline, batches of half the concurrency each, as both run at once."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

folder = Path(sys.argv[4])
os.environ["HF_HOME"] = str(folder / "hf")
os.environ["DISTILABEL_CACHE_DIR"] = str(folder / "cache")

from distilabel.models import OpenAILLM  # noqa: E402
from distilabel.pipeline import Pipeline  # noqa: E402
from distilabel.steps import LoadDataFromDicts  # noqa: E402
from distilabel.steps.tasks import Task  # noqa: E402


class Ask(Task):
    ask: str
    answer: str

    @property
    def inputs(self):
        return [self.ask]

    @property
    def outputs(self):
        return [self.answer]

    def format_input(self, input):
        return input[self.ask]

    def format_output(self, output, input=None):
        return {self.answer: json.dumps(json.loads(output)) if output else None}


if __name__ == "__main__":
    prompts, url, concurrency = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    rows = [json.loads(line) for line in prompts.read_text(encoding="utf-8").splitlines()]

    def model():
        structure = {"response_format": {"type": "json_object"}, "max_new_tokens": 1024}
        return OpenAILLM(model="bench", base_url=url, api_key="none", generation_kwargs=structure)

    with Pipeline(name="bench", cache_dir=folder / "cache") as pipeline:
        load = LoadDataFromDicts(data=rows, batch_size=concurrency // 2)
        one = Ask(name="describe", llm=model(), ask="describe", answer="description", input_batch_size=concurrency // 2)
        two = Ask(name="ask", llm=model(), ask="paraphrase", answer="questions", input_batch_size=concurrency // 2)
        load >> one >> two
    made = pipeline.run(use_cache=True)
    made["default"]["train"].to_json(str(folder / "rows.jsonl"))
