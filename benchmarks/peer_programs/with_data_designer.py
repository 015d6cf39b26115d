"""The work in data-designer 0.9.6: two structured columns over a seed file, the second waiting for the first.

Resuming is asked for and a row group, what a kill loses at most, has as many rows as calls may be in flight: with the
defaults, 1,000 rows and no resuming, a killed run starts a second data set.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["NEMO_TELEMETRY_ENABLED"] = "false"
folder = Path(sys.argv[4])
os.environ["DATA_DESIGNER_HOME"] = str(folder / "home")
os.environ["HF_HOME"] = str(folder / "hf")

import data_designer.config as dd  # noqa: E402
import pandas as pd  # noqa: E402
from data_designer.interface import DataDesigner  # noqa: E402
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


if __name__ == "__main__":
    prompts, url, concurrency = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    rows = [json.loads(line) for line in prompts.read_text(encoding="utf-8").splitlines()]
    seed = folder / "seed.parquet"
    if not seed.exists():
        table = [
            {f"{kind}_{message['role']}": message["content"] for kind in row for message in row[kind]} for row in rows
        ]
        pd.DataFrame(table).to_parquet(seed)
    provider = dd.ModelProvider(name="bench", endpoint=url, api_key="none")
    parameters = dd.ChatCompletionInferenceParams(max_parallel_requests=concurrency)
    model = dd.ModelConfig(alias="bench", model="bench", provider="bench", inference_parameters=parameters)
    builder = dd.DataDesignerConfigBuilder(model_configs=[model])
    builder.with_seed_dataset(dd.LocalFileSeedSource(path=str(seed)))
    builder.add_column(
        dd.LLMStructuredColumnConfig(
            name="described",
            model_alias="bench",
            system_prompt="{{ describe_system }}",
            prompt="{{ describe_user }}",
            output_format=Description,
        )
    )
    builder.add_column(
        dd.LLMStructuredColumnConfig(
            name="asked",
            model_alias="bench",
            system_prompt="{{ paraphrase_system }}",
            prompt="{% if described %}{{ paraphrase_user }}{% endif %}",
            output_format=Questions,
        )
    )
    designer = DataDesigner(artifact_path=folder / "artifacts", model_providers=[provider])
    designer.set_run_config(dd.RunConfig(buffer_size=concurrency))
    made = designer.create(builder, num_records=len(rows), dataset_name="bench", resume=dd.ResumeMode.IF_POSSIBLE)
    table = made.load_dataset()[["described", "asked"]]
    table.to_json(folder / "rows.jsonl", orient="records", lines=True)
