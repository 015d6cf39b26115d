"""Whether every prompt fits, and how far requirements spread, in a repository of any size.

    python benchmarks/prompt_budget.py [DIR] [--functions 10000] [--requirements 50] [--json FILE]

Without ``DIR`` it writes a repository of ``--functions`` functions (``synthetic.py``). Renders the prompt of every
function and of every requirement as the nodes do and counts tokens by bytes: three to a token, which is more than Qwen
and DeepSeek count on code (3.2 to 3.9 bytes a token measured).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.synthetic import write_repository
from qarepo_graph.code.askable import LONGEST_CODE, why_not_asked
from qarepo_graph.code.call_graph import CallGraph
from qarepo_graph.code.repository import parse_files
from qarepo_graph.code.repository_map import focus_of, repository_map
from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.llm.prompts import Prompt, read_prompt
from qarepo_graph.nodes import describe, ideate_requirements
from qarepo_graph.nodes.context import MOST_NEIGHBOURS
from qarepo_graph.nodes.ideate_requirements import FOCUS_FUNCTIONS, MAP_TOKENS
from qarepo_graph.schema import DescribeInputs, Function, IdeateInputs, Neighbour

BYTES_PER_TOKEN = 3
REQUIREMENT_TOKENS = 8_000
"""Most tokens of a requirement's prompt: the smallest context window we promise for is 8k."""
DESCRIBE_TOKENS = LONGEST_CODE // BYTES_PER_TOKEN + 6_000
"""Most tokens of a function's prompt: its code at the longest, and the rest of the prompt."""


@dataclass(frozen=True)
class Budget:
    """What was measured.

    Attributes:
        functions: Functions asked about.
        describe_tokens: Longest prompt of a function.
        requirements: Requirements asked for.
        requirement_tokens: Longest prompt of a requirement.
        modules: Different files the requirements grow from.
        seconds: CPU time of map and focuses.
    """

    functions: int
    describe_tokens: int
    requirements: int
    requirement_tokens: int
    modules: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether every prompt fits and 50 requirements reach 20 modules."""
        fits = self.describe_tokens <= DESCRIBE_TOKENS and self.requirement_tokens <= REQUIREMENT_TOKENS
        return fits and self.modules >= min(20, self.requirements)


def measure(folder: Path, requirements: int) -> Budget:
    """Render every prompt of a repository."""
    parsed = list(parse_files(folder))
    functions = {function.id: function for file in parsed for function in file.functions}
    index = SymbolIndex.build(parsed)
    graph = CallGraph.build(functions.values(), index)
    describing = read_prompt("describe")
    asked = [function for function in functions.values() if not why_not_asked(function)]
    longest = max(_tokens(describing, describe.variables(_describe(one, index, graph))) for one in asked)
    started = time.process_time()
    overview = repository_map(index, MAP_TOKENS)
    focuses = focus_of(index, graph, requirements, FOCUS_FUNCTIONS)
    seconds = time.process_time() - started
    ideating = read_prompt("ideate_requirements")
    sizes = []
    for ordinal, focus in enumerate(focuses):
        shown = tuple(functions[member] for member in focus.functions)
        inputs = IdeateInputs(
            ordinal=ordinal,
            focus=shown,
            # Descriptions of 60 words, longer than most, stand for the accepted ones.
            descriptions={one.id: "word " * 60 for one in shown},
            language="en",
            repository_map=overview,
            files=tuple(dict.fromkeys(one.file for one in shown)),
        )
        sizes.append(_tokens(ideating, ideate_requirements.variables(inputs)))
    modules = len({focus.module for focus in focuses})
    return Budget(len(asked), longest, len(focuses), max(sizes), modules, round(seconds, 2))


def _describe(function: Function, index: SymbolIndex, graph: CallGraph) -> DescribeInputs:
    def quoted(ids: Sequence[str]) -> tuple[Neighbour, ...]:
        cards = [index.cards[one] for one in ids if one != function.id][:MOST_NEIGHBOURS]
        return tuple(Neighbour(card.qualified_name, card.signature, card.summary) for card in cards)

    return DescribeInputs(
        function=function,
        language="en",
        imports=index.files[function.file].imports,
        callees=quoted([edge.callee for edge in graph.callees(function.id)]),
        callers=quoted([edge.caller for edge in graph.callers(function.id)]),
    )


def _tokens(prompt: Prompt, variables: dict[str, str]) -> int:
    return sum(len(message.content.encode()) for message in prompt.render(variables)) // BYTES_PER_TOKEN


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--functions", type=int, default=10_000)
    parser.add_argument("--requirements", type=int, default=50)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or write_repository(Path(made), options.functions)
        budget = measure(folder, options.requirements)
    print(f"functions asked about      {budget.functions}")
    print(f"longest describe prompt    {budget.describe_tokens} tokens of {DESCRIBE_TOKENS}")
    print(f"longest requirement prompt {budget.requirement_tokens} tokens of {REQUIREMENT_TOKENS}")
    print(f"requirements               {budget.requirements} in {budget.modules} modules, {budget.seconds} s CPU")
    if options.json:
        options.json.write_text(json.dumps(vars(budget), indent=1) + "\n", encoding="utf-8")
    return 0 if budget.holds else 1


if __name__ == "__main__":
    sys.exit(main())
