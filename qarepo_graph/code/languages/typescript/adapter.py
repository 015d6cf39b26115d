"""TypeScript: the readers of JavaScript over TypeScript's two grammars."""

from __future__ import annotations

from qarepo_graph.code import grammar
from qarepo_graph.code.languages.adapter import LanguageAdapter, Source
from qarepo_graph.code.languages.javascript.readers import READERS, module_name
from qarepo_graph.code.outline import Outline, outline_tree


def outline(source: Source) -> Outline:
    """Parse a TypeScript file and read its outline; JSX and casts by ``<T>`` exclude each other, so there are two."""
    name = "tsx" if source.path.lower().endswith(".tsx") else "typescript"
    tree = grammar.parse(name, source.data)
    return outline_tree(tree, source.data, grammar.query(name, "typescript"), READERS)


TYPESCRIPT = LanguageAdapter(
    name="typescript",
    suffixes=(".ts", ".mts", ".cts", ".tsx"),
    grammar="typescript",
    separator=".",
    outline=outline,
    module=module_name,
)
