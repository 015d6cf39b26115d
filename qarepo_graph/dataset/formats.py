"""One row in every shape a trainer reads. A format is a function from :class:`Record` to a dictionary.

Rules that pass every loader (datasets, TRL, LLaMA-Factory, ms-swift, axolotl): every key in every row, one type per
key, ``""`` and never null, no key besides those the format names; metadata lives in a sidecar. The prompt of the chat
formats is the question, a line break, the context: exactly what LLaMA-Factory makes of an alpaca row, so that a
model meets one prompt whichever file it was trained from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qarepo_graph.schema.lean import lean_dataclass

Row = dict[str, Any]
TRAIN = "train"
SPLITS = (TRAIN, "validation", "test")


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row before any format.

    Attributes:
        id: The row's id; the sidecar tells the rest by it.
        instruction: The question.
        input: The seed's ``input``, a JSON string even where it shows no function.
        context: What the other formats show: the same text, or nothing where no function is shown.
        output: The answer.
        system: System message, the same in every row of a file; empty leaves the chat template's own.
        reasoning: Text for a ``<think>`` block before the answer; empty for none.
        metadata: What the sidecar says of the row, JSON types only.
    """

    id: str
    instruction: str
    input: str
    context: str
    output: str
    system: str = ""
    reasoning: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        """The user's message."""
        return f"{self.instruction}\n{self.context}" if self.context else self.instruction

    @property
    def answer(self) -> str:
        """The assistant's message, with its reasoning where there is one."""
        return f"<think>\n{self.reasoning}\n</think>\n\n{self.output}" if self.reasoning else self.output


def _seed_row(record: Record) -> Row:
    return {"instruction": record.instruction, "input": record.input, "output": record.output}


def _alpaca(record: Record) -> Row:
    return {
        "instruction": record.instruction,
        "input": record.context,
        "output": record.answer,
        **_system_key(record),
    }


def _system_key(record: Record) -> Row:
    """Return the system message as a column of its own, or no column at all: the option is the same for every row.

    An empty column would split the loaders: LLaMA-Factory then takes the template's own message, ms-swift an empty one.
    """
    return {"system": record.system} if record.system else {}


def _sharegpt(record: Record) -> Row:
    turns = [{"from": "human", "value": record.prompt}, {"from": "gpt", "value": record.answer}]
    return {"conversations": turns, **_system_key(record)}


def prompt_messages(prompt: str, system: str = "") -> list[dict[str, str]]:
    """Return the chat messages that ask a question: the one renderer for training and inference."""
    head = [{"role": "system", "content": system}] if system else []
    return [*head, {"role": "user", "content": prompt}]


def _messages(record: Record) -> Row:
    asked = prompt_messages(record.prompt, record.system)
    return {"messages": [*asked, {"role": "assistant", "content": record.answer}]}


def _prompt_completion(record: Record) -> Row:
    return {
        "prompt": prompt_messages(record.prompt, record.system),
        "completion": [{"role": "assistant", "content": record.answer}],
    }


def _table(record: Record) -> Row:
    """Return a flat row for Parquet: the texts and the facts one filters by."""
    facts = record.metadata
    return {
        "id": record.id,
        "group_id": facts["group_id"],
        "scenario": facts["scenario"],
        "question_type": facts["question_type"],
        "language": facts["language"],
        "instruction": record.instruction,
        "input": record.input,
        "output": record.answer,
        "system": record.system,
        "function_ids": list(facts["function_ids"]),
        "model": facts["provenance"].get("model", ""),
        "generator": facts["provenance"].get("generator", ""),
        "licence": facts["provenance"].get("licence", ""),
    }


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Attributes:
        suffix: Of its files; ``.json`` is an array, ``.jsonl`` one row a line, ``.parquet`` columns.
        encode: Record to row.
        dataset_info: The block LLaMA-Factory needs to load it, empty where it cannot.
    """

    suffix: str
    encode: Callable[[Record], Row]
    dataset_info: Mapping[str, Any] = field(default_factory=dict)


# LLaMA-Factory sets every key that a `columns` or `tags` block leaves out to None, so each block is complete.
FORMATS: dict[str, Format] = {
    "qarepo": Format(
        ".json",
        _seed_row,
        {
            "formatting": "alpaca",
            "columns": {"prompt": "instruction", "query": "input", "response": "output"},
        },
    ),
    "alpaca": Format(
        ".jsonl",
        _alpaca,
        {
            "formatting": "alpaca",
            "columns": {"prompt": "instruction", "query": "input", "response": "output", "system": "system"},
        },
    ),
    "sharegpt": Format(
        ".jsonl",
        _sharegpt,
        {
            "formatting": "sharegpt",
            "columns": {"messages": "conversations", "system": "system"},
            "tags": {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt"},
        },
    ),
    "messages": Format(
        ".jsonl",
        _messages,
        {
            "formatting": "sharegpt",
            "columns": {"messages": "messages"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
                "system_tag": "system",
            },
        },
    ),
    "prompt-completion": Format(".jsonl", _prompt_completion),
    "parquet": Format(".parquet", _table),
}
