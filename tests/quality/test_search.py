from __future__ import annotations

from dataclasses import dataclass

from qarepo_graph.quality.requirements import already_implemented
from qarepo_graph.quality.search import FunctionSearch


@dataclass(frozen=True)
class Card:
    name: str
    qualified_name: str
    summary: str
    file: str = "a.java"


def test_a_wish_is_found_among_many_functions_that_say_the_same_and_more():
    longer = [Card(f"era{n}", f"Clock{n}.era{n}", f"Gets the era property of chronology {n}.") for n in range(9)]
    search = FunctionSearch([*longer, Card("era", "Clock.era", "Gets the era property.")])
    said = already_implemented("How to get the era property?", (), (), search)
    assert said.startswith("`Clock.era` in `a.java` already does this")
    assert already_implemented("How to print the era of a leap year?", (), (), search) == ""
