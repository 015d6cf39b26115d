"""The ``input`` of a row: which functions it shows, encoded once and reused.

The seed's ``input`` is a JSON *string*, so every record stands in the file escaped twice. JSON escapes character by
character, therefore pieces escaped one by one and joined are the escaped whole: a list of ten thousand functions is
encoded once and written as bytes into every row.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any, Literal

import orjson

from qarepo_graph.dataset.functions import FunctionStore
from qarepo_graph.schema import QAPair, ShownFunction, function_record

ContextMode = Literal["auto", "full", "relevant", "none"]

BYTES_PER_TOKEN = 4
"""UTF-8 bytes a token is taken for: about right for English and code, and (3 bytes a sign) for Chinese."""

_COMMA = b","


def json_bytes(value: Any) -> bytes:
    """Encode a value as JSON; half a surrogate pair, which no UTF-8 file can hold, becomes ``?``."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(without_surrogates(value))


def without_surrogates(value: Any) -> Any:
    """Return a value of JSON types with every half of a surrogate pair as ``?``."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_surrogates(item) for item in value]
    return value


def _inside_string(encoded: bytes) -> bytes:
    """Return JSON bytes as they stand inside a JSON string literal."""
    return orjson.dumps(encoded.decode())[1:-1]


class InputBuilder:
    """Makes the ``input`` string of rows.

    Args:
        functions: The run's functions.
        repository_description: The user's words about the repository.
        mode: ``auto`` is ``full`` while the whole list fits the budget, else ``relevant``.
        budget: Tokens of context per row that ``auto`` and ``relevant`` keep to.
        include_code: False leaves ``code`` out of the records (``--no-code``).
        hidden: Ids that must not be shown (a split hides the other splits' functions).
        hide_own: Leave description and steps of the function asked about empty, so that the answer is not given away.

    Attributes:
        mode: The mode in effect, never ``auto``.
        switched: True when ``auto`` had to fall back to ``relevant``.
    """

    def __init__(
        self,
        functions: FunctionStore,
        repository_description: str,
        *,
        mode: ContextMode = "auto",
        budget: int = 8000,
        include_code: bool = True,
        hidden: Container[str] = (),
        hide_own: bool = False,
    ) -> None:
        self._functions = functions
        self._budget_bytes = budget * BYTES_PER_TOKEN
        self._include_code = include_code
        self._hidden = hidden
        self._hide_own = hide_own
        self._head = b'"' + _inside_string(b'{"function_list":[')
        description = json_bytes(repository_description)
        self._tail = _inside_string(b'],"repository_description":' + description + b"}") + b'"'
        self.switched = False
        self.mode: Literal["full", "relevant", "none"] = "relevant" if mode == "auto" else mode
        if mode == "auto":
            self.switched = not self._full_fits()
            self.mode = "relevant" if self.switched else "full"
        self._full = self._encode_full() if self.mode == "full" else {}
        self._shared = self._wrap(list(self._full.values())) if self.mode != "relevant" else b""
        if not hide_own:
            self._full = {}  # the joined literal is all that is needed
        self._last_literal, self._last_text = b"", ""
        self._last: tuple[tuple[tuple[str, ...], bool], bytes] | None = None

    @property
    def shared_bytes(self) -> int:
        """Bytes of the list that stands in every row; 0 where each row has its own."""
        return len(self._shared) if self.mode == "full" else 0

    def literal(self, pair: QAPair) -> bytes:
        """Return the row's ``input`` as a JSON string literal, quotes included."""
        tells_own = self._hide_own and pair.description is not None
        if self.mode == "none" or (self.mode == "full" and not tells_own):
            return self._shared
        key = (pair.function_ids, tells_own)
        if self._last is None or self._last[0] != key:
            pieces = self._relevant(*key) if self.mode == "relevant" else self._full_without_own(pair.function_ids)
            self._last = (key, self._wrap(pieces))
        return self._last[1]

    def text(self, pair: QAPair) -> str:
        """Return the row's ``input`` as text."""
        literal = self.literal(pair)
        if literal is not self._last_literal:
            self._last_literal, self._last_text = literal, orjson.loads(literal)
        return self._last_text

    def _wrap(self, pieces: Sequence[bytes]) -> bytes:
        return self._head + _COMMA.join(pieces) + self._tail

    def _shown(self) -> Iterator[ShownFunction]:
        return (function for function in self._functions.all() if function.id not in self._hidden)

    def _record(self, function: ShownFunction, *, told: bool = True, code: bool = True) -> bytes:
        description = self._functions.description(function.id) if told else None
        return json_bytes(function_record(function, description, include_code=code and self._include_code))

    def _full_fits(self) -> bool:
        left = self._budget_bytes
        for function in self._shown():
            left -= len(self._record(function)) + 1
            if left < 0:
                return False
        return True

    def _encode_full(self) -> dict[str, bytes]:
        return {function.id: _inside_string(self._record(function)) for function in self._shown()}

    def _full_without_own(self, own: tuple[str, ...]) -> list[bytes]:
        shown = [self._functions.get(one) for one in own if one in self._full]
        hidden = {function.id: _inside_string(self._record(function, told=False)) for function in shown}
        return [hidden.get(function_id, piece) for function_id, piece in self._full.items()]

    def _relevant(self, own: tuple[str, ...], tells_own: bool) -> list[bytes]:
        """Return the row's own functions, then their neighbours, as long as they fit.

        An own function too large for the budget is listed without its code; a neighbour that does not fit is left
        out and the next, smaller one tried.
        """
        left = self._budget_bytes
        pieces = []
        for function_id in self._nearest(own):
            mine = function_id in own
            told = not (mine and tells_own)
            function = self._functions.get(function_id)
            record = self._record(function, told=told)
            if mine and len(record) > left:
                record = self._record(function, told=told, code=False)
            if len(record) <= left:
                left -= len(record) + 1
                pieces.append(_inside_string(record))
        return pieces

    def _nearest(self, own: tuple[str, ...]) -> dict[str, None]:
        found = dict.fromkeys(own)
        for function_id in own:
            found.update(dict.fromkeys(self._functions.neighbours(function_id)))
        return {one: None for one in found if one not in self._hidden}
