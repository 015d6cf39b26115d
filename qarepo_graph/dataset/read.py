"""Exported rows read back, whatever their format: one question, its messages and its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from qarepo_graph.dataset.formats import FORMATS, SPLITS, Record, prompt_messages
from qarepo_graph.errors import UsageError

_READABLE = ("prompt-completion", "messages", "alpaca", "sharegpt", "qarepo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row as training and evaluation see it.

    Attributes:
        id: The row's id; its number where the file has no metadata.
        prompt: Chat messages up to and with the user's.
        answer: The assistant's message.
        metadata: What the sidecar says of the row; empty where there is none.
    """

    id: str
    prompt: tuple[Mapping[str, str], ...]
    answer: str
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def question(self) -> str:
        """The user's message, its first line alone: the question without the context."""
        return self.prompt[-1]["content"].split("\n", 1)[0]


def read_examples(source: Path, split: str = "train") -> list[Example]:
    """Read the rows of an exported folder's split, or of one file in any of our text formats.

    Raises:
        UsageError: When there is nothing to read, the split is missing, or a row is of no known format.
    """
    if source.is_dir():
        return _from_folder(source, split)
    metadata = source.with_name(source.name + ".meta.jsonl")
    return _from_file(source, metadata if metadata.is_file() else None)


def splits_of(folder: Path) -> list[str]:
    """Return the splits an exported folder holds, train first."""
    found = {path.stem for name in _READABLE for path in (folder / name).glob(f"*{FORMATS[name].suffix}")}
    return [split for split in SPLITS if split in found]


def _from_folder(folder: Path, split: str) -> list[Example]:
    for name in _READABLE:
        path = folder / name / f"{split}{FORMATS[name].suffix}"
        if path.is_file():
            return _from_file(path, folder / "metadata" / f"{split}.jsonl")
    present = splits_of(folder)
    if present:
        instead = "choose one of them" if len(present) > 1 else "export with --split by-function"
        msg = f"{folder} has no {split} split, only {', '.join(present)}; {instead}."
    else:
        msg = f"{folder} is no exported dataset; make one with `qarepo export`."
    raise UsageError(msg)


def _from_file(path: Path, metadata: Path | None) -> list[Example]:
    rows = list(read_rows(path))
    if not rows:
        msg = f"{path} holds no rows; export the dataset again."
        raise UsageError(msg)
    facts = list(read_rows(metadata)) if metadata is not None else [{"id": str(n)} for n in range(len(rows))]
    if len(facts) != len(rows):
        msg = f"{path} and {metadata} do not belong together ({len(rows)} and {len(facts)} rows); export again."
        raise UsageError(msg)
    return [_example(row, fact, path) for row, fact in zip(rows, facts, strict=True)]


def _example(row: Any, fact: dict[str, Any], path: Path) -> Example:
    prompt: list[dict[str, str]]
    match row:
        case {"prompt": [*prompt], "completion": [{"content": str(answer)}]}:
            pass
        case {"messages": [*prompt, {"role": "assistant", "content": str(answer)}]}:
            pass
        case {"conversations": [{"value": str(question)}, {"value": str(answer)}], **rest}:
            prompt = prompt_messages(question, str(rest.get("system", "")))
        case {"instruction": str(question), "output": str(answer), **rest}:
            record = Record(id="", instruction=question, input="", context=str(rest.get("input", "")), output=answer)
            prompt = prompt_messages(record.prompt, str(rest.get("system", "")))
        case _:
            msg = f"{path} has a row of no known format; export it with --format {' or '.join(_READABLE)}."
            raise UsageError(msg)
    return Example(id=str(fact["id"]), prompt=tuple(prompt), answer=answer, metadata=fact)


def read_rows(path: Path) -> Iterator[Any]:
    """Yield the rows of a JSON array or JSONL file; ours are read one line at a time.

    Raises:
        UsageError: When the file is missing or not JSON.
    """
    try:
        with path.open("rb") as file:
            head = file.read(2)
            file.seek(0)
            if head[:1] == b"[" and head != b"[\n":
                yield from orjson.loads(file.read())
                return
            for line in file:
                text = line.strip().removesuffix(b",")
                if text not in (b"", b"[", b"]", b"[]"):
                    yield orjson.loads(text)
    except OSError as error:
        msg = f"Cannot read {path} ({error.strerror}); name an exported folder or a file of rows."
        raise UsageError(msg) from error
    except orjson.JSONDecodeError as error:
        msg = f"{path} is not JSON ({error}); name an exported folder or a file of rows."
        raise UsageError(msg) from error
