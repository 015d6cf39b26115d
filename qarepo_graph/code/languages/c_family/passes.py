"""Which copies of a C or C++ file are parsed: as few as its errors ask for.

1. The text with learned macros blanked (the text itself where none occurs). Most files stop here.
2. Where that has errors: every macro blanked that stands where the grammar takes none.
3. Where errors remain that can hide a function: the first and the last branch of every ``#if``, then the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from tree_sitter import QueryCursor, Tree

from qarepo_graph.code import grammar
from qarepo_graph.code.languages.adapter import Source
from qarepo_graph.code.languages.c_family.branches import has_alternatives, has_conditionals, keep_branches
from qarepo_graph.code.languages.c_family.macros import Macros, learn, survey
from qarepo_graph.code.languages.c_family.masking import Mask, mask_learned, mask_macros
from qarepo_graph.code.languages.c_family.merging import Pass, merge
from qarepo_graph.code.languages.c_family.shadow import shadow_of
from qarepo_graph.code.outline import Outline, count_errors

Dialect = Literal["c", "cpp"]


_CONDITIONAL_LINE = re.compile(rb"\n[ \t]*#[ \t]*(?:if|el|endif)")
_CPP_LINE = re.compile(
    rb"^[ \t]*(?:(?:inline[ \t]+)?namespace\b[^;]*?\{|template[ \t]*<|(?:public|private|protected)[ \t]*:"
    rb"|class[ \t]+[A-Za-z_][^;()]*[{:])",
    re.MULTILINE,
)
_CPP_MARK = re.compile(
    rb"\b\w+::~?\w|\b(?:constexpr|nullptr|virtual|noexcept|static_cast|typename)\b|\boperator[ \t]*[^\w\s]"
    rb"|^[ \t]*using[ \t]+\w",
    re.MULTILINE,
)


def outline_header(source: Source) -> Outline:
    """Read a ``.h`` file: as C++ where it has a mark of C++, else as C, or as C++ if that leaves fewer errors."""
    data = source.data
    if _looks_like_cpp(data):
        return outline_file(source, "cpp")
    outline = outline_file(source, "c")
    outline.language = "c"
    if outline.error_nodes:
        other = outline_file(source, "cpp")
        if other.error_nodes < outline.error_nodes:
            return other
    return outline


def _looks_like_cpp(data: bytes) -> bool:
    if b"__cplusplus" not in data and _CPP_LINE.search(data):
        return True
    if not _CPP_LINE.search(data) and not _CPP_MARK.search(data):
        return False
    code = shadow_of(keep_branches(data, "first", plain_c=True))
    return _CPP_LINE.search(code) is not None or _CPP_MARK.search(code) is not None


def outline_file(source: Source, dialect: Dialect) -> Outline:
    """Read a file's outline with one grammar, in as many passes as its errors ask for."""
    macros = source.learned if isinstance(source.learned, Macros) else learn([survey(source.data)])
    passes = list(_passes(source.data, macros, dialect))
    outline = merge(passes, source.data, plain_c=dialect == "c")
    kept = min(passes[:2], key=lambda one: error_bytes(one.tree))
    outline.error_nodes = count_errors(kept.tree) if kept.tree.root_node.has_error else 0
    return outline


def error_bytes(tree: Tree) -> int:
    """Return how many bytes of the text stand in error nodes; 0 for a clean tree."""
    if not tree.root_node.has_error:
        return 0
    total = 0
    stack = [tree.root_node]
    while stack:
        node = stack.pop()
        if node.is_error:
            total += node.end_byte - node.start_byte
        elif node.is_missing:
            total += 1
        elif node.has_error:
            stack.extend(node.children)
    return total


def _passes(data: bytes, macros: Macros, dialect: Dialect) -> Iterator[Pass]:
    plain_c = dialect == "c"
    learned = mask_learned(data, macros)
    first = _parse(learned, dialect)
    if not first.tree.root_node.has_error:
        yield first
        return
    masked = mask_macros(data, macros, plain_c=plain_c)
    best = first
    if masked.data != learned.data:
        best = _parse(masked, dialect)
        yield best
    if best is first or best.tree.root_node.has_error:
        if _hides_functions(best.tree, data):
            for which in ("first", "last") if has_alternatives(data) else ("first",):
                kept = keep_branches(masked.data, which, plain_c=plain_c)
                one = _parse(Mask(kept, masked.leading, masked.namespaces), dialect)
                yield one
                if not one.tree.root_node.has_error:
                    break
        yield first


def _parse(mask: Mask, dialect: Dialect) -> Pass:
    tree = grammar.parse(dialect, mask.data)
    query = grammar.query(dialect, dialect)
    return Pass(tree, mask.data, mask, QueryCursor(query).captures(tree.root_node))


def _hides_functions(tree: Tree, data: bytes) -> bool:
    """Say whether keeping one branch of ``#if`` may show a function that an error hides.

    An error inside a body without ``#if`` stays inside it; any other may cost a head, a class or the next functions.
    """
    if not has_conditionals(data):
        return False
    stack = [tree.root_node]
    while stack:
        node = stack.pop()
        if node.type == "function_definition":
            if _CONDITIONAL_LINE.search(data, node.start_byte, node.end_byte):
                return True
        elif node.is_error or node.is_missing:
            return True
        else:
            stack.extend(child for child in node.children if child.has_error or child.is_missing)
    return False
