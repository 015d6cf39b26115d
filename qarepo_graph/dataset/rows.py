"""The seed's row: ``{"instruction": question, "input": JSON string, "output": answer}``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from qarepo_graph.dataset.answers import answer_text
from qarepo_graph.dataset.context import InputBuilder, json_bytes
from qarepo_graph.dataset.formats import Format, Record
from qarepo_graph.dataset.functions import FunctionStore
from qarepo_graph.schema import QAPair


class SeedRows:
    """Encodes pairs as rows of the seed's format.

    Args:
        functions: Where the functions the answers are about come from.
        inputs: Makes each row's ``input``.
        answer_code: Close scenario 1 answers with the function's code.
    """

    def __init__(self, functions: FunctionStore, inputs: InputBuilder, *, answer_code: bool = True) -> None:
        self._functions = functions
        self._inputs = inputs
        self._answer_code = answer_code

    def encode(self, pairs: Sequence[QAPair]) -> list[bytes]:
        """Return rows as JSON without a line break, for pairs that share everything but the question."""
        answer = json_bytes(answer_of(pairs[0], self._functions, include_code=self._answer_code))
        shared = b',"input":%b,"output":%b}' % (self._inputs.literal(pairs[0]), answer)
        return [b'{"instruction":' + json_bytes(pair.question) + shared for pair in pairs]


_QUESTION = "\0question\0"
"""Stands where a row's question will stand; no text that a command line can pass holds it."""


def encoded_rows(form: Format, records: Sequence[Record]) -> list[bytes]:
    """Return rows as JSON without a line break, for records that share everything but id and question.

    What they share is encoded once. Nothing but keys and the system message stands before the question in a row, so
    the first place that holds the mark is the question's.
    """
    row = json_bytes(form.encode(replace(records[0], instruction=_QUESTION)))
    before, _, after = row.partition(orjson.dumps(_QUESTION)[1:-1])
    return [before + json_bytes(record.instruction)[1:-1] + after for record in records]


def metadata_lines(ids: Iterable[str], facts: Mapping[str, Any]) -> list[bytes]:
    """Return the sidecar's lines of rows that share their facts, which are encoded once."""
    rest = b"," + json_bytes(facts)[1:]
    return [b'{"id":' + orjson.dumps(one) + rest for one in ids]


def by_answer(pairs: Iterable[QAPair]) -> Iterator[list[QAPair]]:
    """Yield the pairs in their order, those that share an answer and come one after another together."""
    run: list[QAPair] = []
    for pair in pairs:
        if run and not same_answer(run[0], pair):
            yield run
            run = []
        run.append(pair)
    if run:
        yield run


def same_answer(one: QAPair, other: QAPair) -> bool:
    """Say whether two pairs differ in nothing but their question: a reviewer may have edited one row of a group."""
    return (
        one.group_id == other.group_id
        and one.question_type == other.question_type
        and one.description is other.description
        and one.requirement is other.requirement
        and one.answer == other.answer
        and one.provenance is other.provenance
    )


def answer_of(pair: QAPair, functions: FunctionStore, *, include_code: bool = True) -> str:
    """Return the pair's answer, its function looked up where the answer is about one."""
    function = functions.get(pair.function_ids[0]) if pair.description is not None else None
    return answer_text(pair, function, include_code=include_code)


def shared_facts(pair: QAPair) -> dict[str, Any]:
    """Return what the sidecar says of a row besides its id, as JSON types: the same for rows of one answer."""
    return {
        "group_id": pair.group_id,
        "scenario": pair.scenario,
        "question_type": pair.question_type,
        "language": pair.language,
        "function_ids": pair.function_ids,
        "provenance": pair.provenance.to_record(),
    }
