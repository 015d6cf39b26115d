"""JavaScript, with JSX."""

from __future__ import annotations

from qarepo_graph.code import grammar
from qarepo_graph.code.languages.adapter import LanguageAdapter, Source
from qarepo_graph.code.languages.javascript.readers import READERS, module_name
from qarepo_graph.code.outline import Outline, outline_tree


def outline(source: Source) -> Outline:
    """Parse a JavaScript file and read its outline."""
    tree = grammar.parse("javascript", source.data)
    return outline_tree(tree, source.data, grammar.query("javascript", "javascript"), READERS)


JAVASCRIPT = LanguageAdapter(
    name="javascript",
    suffixes=(".js", ".mjs", ".cjs", ".jsx"),
    grammar="javascript",
    separator=".",
    outline=outline,
    module=module_name,
)
