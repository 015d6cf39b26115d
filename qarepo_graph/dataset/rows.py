"""The seed's row: ``{"instruction": question, "input": JSON string, "output": answer}``."""

from __future__ import annotations

from qarepo_graph.dataset.answers import answer_text
from qarepo_graph.dataset.context import InputBuilder, json_bytes
from qarepo_graph.dataset.functions import FunctionStore
from qarepo_graph.schema import QAPair


class SeedRows:
    """Encodes pairs as rows of the seed's format.

    The pairs of a paraphrase group share everything but the question: ``input`` and answer are made and encoded once
    for those that come one after another.

    Args:
        functions: Where the functions the answers are about come from.
        inputs: Makes each row's ``input``.
        answer_code: Close scenario 1 answers with the function's code.
    """

    def __init__(self, functions: FunctionStore, inputs: InputBuilder, *, answer_code: bool = True) -> None:
        self._functions = functions
        self._inputs = inputs
        self._answer_code = answer_code
        self._group: str | None = None
        self._shared = b""

    def encode(self, pair: QAPair) -> bytes:
        """Return the pair's row as JSON without a line break."""
        if pair.group_id != self._group:
            answer = json_bytes(answer_of(pair, self._functions, include_code=self._answer_code))
            self._shared = b',"input":%b,"output":%b}' % (self._inputs.literal(pair), answer)
            self._group = pair.group_id
        return b'{"instruction":' + json_bytes(pair.question) + self._shared


def answer_of(pair: QAPair, functions: FunctionStore, *, include_code: bool = True) -> str:
    """Return the pair's answer, its function looked up where the answer is about one."""
    function = functions.get(pair.function_ids[0]) if pair.description is not None else None
    return answer_text(pair, function, include_code=include_code)
