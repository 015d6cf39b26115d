"""Check the call graph's edges: Java against javac's attribution, Python against jedi, both against people's reading.

    python benchmarks/parsing/edges.py java REPOSITORY [--include PATTERN]
    python benchmarks/parsing/edges.py python REPOSITORY [--sample 300]
    python benchmarks/parsing/edges.py verified REPOSITORY

``verified_edges.jsonl`` holds resolved edges drawn at random (seed 7) whose code was read one by one, with the commit
of the repository; ``verified`` says which of them a graph of that commit still has.

An edge is wrong when the oracle says the caller never calls that function. jedi infers types from the text as we do
but independently; where it finds no definition in the repository the edge is counted as unknown, not as right.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

from recall import HERE, JAVAC_EXPORTS

from qarepo_graph.code import CallEdge, CallGraph, SymbolIndex, parse_files
from qarepo_graph.schema import Function


def java_edges(root: Path, paths: list[str]) -> set[tuple[tuple[str, int], tuple[str, int]]]:
    """Return caller and callee of each call as places, by javac's attribution."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as listing:
        listing.write("\n".join(str(root / path) for path in paths))
        listing.flush()
        command = ["java", *JAVAC_EXPORTS, str(HERE / "JavaEdges.java"), listing.name]
        done = subprocess.run(command, capture_output=True, check=True)
    found = set()
    for line in done.stdout.decode("utf-8").splitlines():
        (caller_file, caller_line), (callee_file, callee_line) = json.loads(line)
        caller = (Path(caller_file).relative_to(root).as_posix(), caller_line)
        found.add((caller, (Path(callee_file).relative_to(root).as_posix(), callee_line)))
    return found


def score_java(root: Path, functions: dict[str, Function], graph: CallGraph, *, show: int) -> None:
    """Print precision and recall of the edges."""
    truth = java_edges(root, sorted({function.file for function in functions.values()}))

    def place(function_id: str) -> tuple[str, int]:
        return functions[function_id].file, functions[function_id].name_line

    ours = {(place(edge.caller), place(edge.callee)): edge for edge in graph.edges}
    for certainty in ("resolved", "guessed"):
        edges = {pair: edge for pair, edge in ours.items() if edge.certainty == certainty}
        wrong = [edge for pair, edge in edges.items() if pair not in truth]
        print(f"  {certainty}: {len(edges)} edges, wrong {len(wrong)} ({len(wrong) / (len(edges) or 1):.2%})")
        for edge in wrong[:show]:
            print("     ", edge.caller, "->", edge.callee, edge.line)
    resolved = {pair for pair, edge in ours.items() if edge.certainty == "resolved"}
    print(f"  javac: {len(truth)} edges; found resolved {len(truth & resolved) / len(truth):.1%}, ", end="")
    print(f"resolved or guessed {len(truth & set(ours)) / len(truth):.1%}")


def score_python(root: Path, functions: dict[str, Function], graph: CallGraph, *, sample: int, show: int) -> None:
    """Print how many of a sample of edges jedi agrees with."""
    import jedi

    project = jedi.Project(root.parent if (root / "__init__.py").exists() else root)
    choose = random.Random(0)
    for certainty in ("resolved", "guessed"):
        edges = [edge for edge in graph.edges if edge.certainty == certainty]
        verdicts: Counter[str] = Counter()
        for edge in choose.sample(edges, min(sample, len(edges))):
            verdict = _jedi_verdict(jedi, project, root, functions, edge)
            verdicts[verdict.split(":")[0]] += 1
            if verdict.startswith("wrong") and show > 0:
                print("     ", verdict, edge.caller, "->", edge.callee, edge.line)
        print(f"  {certainty}: {len(edges)} edges, {dict(verdicts)}")


def _jedi_verdict(jedi: object, project: object, root: Path, functions: dict[str, Function], edge: CallEdge) -> str:
    caller, callee = functions[edge.caller], functions[edge.callee]
    path = root / caller.file
    script = jedi.Script(path=path, project=project)  # type: ignore[attr-defined]  # imported where it is used
    lines = path.read_text(encoding="utf-8").split("\n")
    names = {call.name for call in caller.calls if call.line == edge.line}
    unknown = True
    for name in names:
        column = lines[edge.line - 1].find(name)
        while column >= 0:
            for found in script.goto(edge.line, column, follow_imports=True):
                if found.module_path is None or not Path(found.module_path).is_relative_to(root):
                    continue
                place = (Path(found.module_path).relative_to(root).as_posix(), found.line)
                owner = callee.qualified_name.rpartition(".")[0].rpartition(".")[2]
                # A class stands for its constructor.
                if place == (callee.file, callee.name_line) or (callee.name == "__init__" and found.type == "class"):
                    return "agrees"
                if found.type == "param" or (found.type == "statement" and found.name != callee.name):
                    continue
                if found.name in (callee.name, owner):
                    unknown = False
            column = lines[edge.line - 1].find(name, column + 1)
    return "unknown" if unknown else "wrong"


def score_verified(root: Path) -> None:
    """Print how the graph stands to the edges of this repository that were read by hand."""
    lines = (HERE / "verified_edges.jsonl").read_text(encoding="utf-8").splitlines()
    read = [edge for edge in map(json.loads, lines) if edge["repository"].partition("@")[0].endswith("/" + root.name)]
    parsed = list(parse_files(root))
    functions = [function for file in parsed for function in file.functions]
    graph = CallGraph.build(functions, SymbolIndex.build(parsed))
    resolved = {(edge.caller, edge.callee) for edge in graph.edges if edge.certainty == "resolved"}
    kept: Counter[str] = Counter()
    for edge in read:
        present = (edge["caller"], edge["callee"]) in resolved
        kept[f"{edge['verdict']}, {'in the graph' if present else 'not in the graph'}"] += 1
    print(f"{root.name}: {len(read)} edges read by hand: {dict(kept)}")


def main() -> None:
    """Read the arguments and print the rates of one repository."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=("java", "python", "verified"))
    parser.add_argument("repository", type=Path)
    parser.add_argument("--include", default="")
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--show", type=int, default=10)
    arguments = parser.parse_args()
    root = arguments.repository.resolve()
    if arguments.language == "verified":
        score_verified(root)
        return
    patterns = [arguments.include or {"java": "*.java", "python": "*.py"}[arguments.language]]
    parsed = list(parse_files(root, include=patterns))
    functions = {function.id: function for file in parsed for function in file.functions}
    graph = CallGraph.build(functions.values(), SymbolIndex.build(parsed))
    print(f"{root.name}: {len(functions)} functions")
    if arguments.language == "java":
        score_java(root, functions, graph, show=arguments.show)
    else:
        score_python(root, functions, graph, sample=arguments.sample, show=arguments.show)


if __name__ == "__main__":
    main()
