"""The shortest way of naming a function that fits no other function of the repository."""

from __future__ import annotations

from dataclasses import dataclass

from qarepo_graph.code.symbols import FunctionCard, SymbolIndex
from qarepo_graph.schema import Function


@dataclass(frozen=True, slots=True)
class Handle:
    """How to name one function so that no other can be meant.

    Attributes:
        name: Its qualified name, with parameter types where overloads in its file share it.
        path: Its file, where a function of another file has the same name; else empty.
        bare: Whether no other function has its bare name, so that this would do too.
    """

    name: str
    path: str = ""
    bare: bool = False

    def stands_in(self, text: str) -> bool:
        """Say whether a text names the function by this handle, white space aside."""
        squeezed = "".join(text.split())
        return "".join(self.name.split()) in squeezed and (not self.path or self.path in squeezed)


def handle_of(function: Function | FunctionCard, index: SymbolIndex) -> Handle:
    """Return a function's handle."""
    name = function.qualified_name
    namesakes = [
        other for other in index.functions_named(name) if other != function.id and _is_named(other, name, index)
    ]
    if not namesakes:
        return Handle(name, bare=len(index.functions_named(function.name)) == 1)
    files = {card.file for other in namesakes if (card := index.card(other)) is not None}
    if function.file in files:
        # An id's part behind the path tells overloads of one file apart.
        name = function.id[len(function.file) + 2 :].replace(",", ", ")
    return Handle(name, function.file if files - {function.file} else "")


def _is_named(function_id: str, qualified_name: str, index: SymbolIndex) -> bool:
    card = index.card(function_id)
    return card is not None and card.qualified_name == qualified_name
