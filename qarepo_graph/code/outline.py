"""What one pass over one syntax tree finds: plain data with byte offsets, no tree nodes.

An adapter's ``outline`` turns bytes into an :class:`Outline`; everything after it (nesting, qualified names, ids,
texts) is the same for all languages and lives in ``extract.py``. Offsets refer to the bytes that were handed in, so a
language may parse several masked copies of equal length and merge their outlines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node, Query, QueryCursor, Tree

from qarepo_graph.code.documentation import Comments, from_comment
from qarepo_graph.schema.function import FunctionKind, Parameter

Captures = dict[str, list[Node]]


@dataclass(slots=True, kw_only=True)
class FunctionSpan:
    """One function as found, before it knows its scopes.

    Attributes:
        start: First byte, decorators, annotations and ``template<…>`` included.
        end: Byte behind the last one.
        name: Bare name.
        name_start: First byte of the name.
        kind: What it is in its language.
        head_start: First byte of the signature (behind decorators and annotations).
        head_end: Byte where the signature ends: the body's start, or the declaration's end.
        body_start: First byte whose calls belong to the function; ``end`` where it has no body.
        has_body: False for declarations without one.
        qualifier: Scopes written before the name (``A::B`` in C++, the receiver's type in Go).
        modifiers: As written.
        parameters: As written.
        return_type: As written.
        documentation: Delimiters removed.
        documentation_start: First byte of the documentation, -1 if there is none.
        documentation_end: Byte behind the documentation, -1 if there is none.
        has_error: The function's own text has a syntax error, or it was found by recovery.
        beside_type: Written inside a type but a member of the scope around it (a friend defined in the class).
        id_suffix: What tells it from others of the same qualified name (``(int,String)``, ``.setter``).
    """

    start: int
    end: int
    name: str
    name_start: int
    kind: FunctionKind
    head_start: int
    head_end: int
    body_start: int
    has_body: bool = True
    qualifier: str = ""
    modifiers: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    return_type: str = ""
    documentation: str = ""
    documentation_start: int = -1
    documentation_end: int = -1
    has_error: bool = False
    beside_type: bool = False
    id_suffix: str = ""


@dataclass(slots=True, kw_only=True)
class ScopeSpan:
    """A type, namespace or other scope that gives its members a part of their qualified name.

    Attributes:
        start: First byte.
        end: Byte behind the last one.
        name: Its part of a qualified name; empty if it adds none (``extern "C"``).
        kind: ``class``, ``interface``, ``enum``, ``namespace``, ``anonymous`` …
        is_type: Whether it is a type declaration that the symbol index lists.
        head_start: First byte of the head.
        head_end: Byte where the head ends.
        documentation: Delimiters removed.
        bases: Types it inherits from or implements, type arguments removed.
    """

    start: int
    end: int
    name: str
    kind: str
    is_type: bool = True
    head_start: int = -1
    head_end: int = -1
    documentation: str = ""
    bases: tuple[str, ...] = ()


@dataclass(slots=True)
class CallSpan:
    """One call or construction; see :class:`qarepo_graph.schema.Call`."""

    start: int
    name: str
    receiver: str
    construction: bool = False
    arguments: int = -1


@dataclass(slots=True)
class Outline:
    """Everything found in one file.

    Attributes:
        functions: In any order.
        scopes: In any order.
        calls: In any order.
        fields: Offset and name of fields; each belongs to the innermost type around it.
        constants: Offset and name of names bound outside types and functions.
        imports: Offset and text of import lines.
        module: Module or package name as written in the file, empty where it follows from the path.
        documentation: The file's own documentation.
        error_nodes: Syntax errors in the tree that was kept.
        language: The language the text turned out to be where the file's name leaves it open (a ``.h`` file in C).
    """

    functions: list[FunctionSpan] = field(default_factory=list)
    scopes: list[ScopeSpan] = field(default_factory=list)
    calls: list[CallSpan] = field(default_factory=list)
    fields: list[tuple[int, str]] = field(default_factory=list)
    constants: list[tuple[int, str]] = field(default_factory=list)
    imports: list[tuple[int, str]] = field(default_factory=list)
    module: str = ""
    documentation: str = ""
    error_nodes: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """How the captures of a language's queries become spans; each gets the captured node and the parsed bytes.

    Attributes:
        function: ``@function`` to a span, or None to reject the candidate.
        scope: ``@scope`` (types, namespaces, anonymous classes) to a span, or None.
        call: ``@call`` to a span, or None.
        calls: All captures to the calls that ``call`` does not get; None where there are none. Where a tree holds many
            calls, asking each one for its children costs more than three captures for each.
        field: ``@field`` to a name, empty to reject.
        constant: ``@constant`` to a name, empty to reject.
        documented: How documentation in ``@comment`` captures stands before what it documents; None where the other
            readers find it themselves.
    """

    function: Callable[[Node, bytes], FunctionSpan | None]
    scope: Callable[[Node, bytes], ScopeSpan | None]
    call: Callable[[Node, bytes], CallSpan | None]
    field: Callable[[Node, bytes], str]
    constant: Callable[[Node, bytes], str]
    documented: Callable[[Comments, int], tuple[int, int] | None] | None = None
    calls: Callable[[Captures, bytes], list[CallSpan]] | None = None


def outline_tree(tree: Tree, data: bytes, query: Query, readers: Readers) -> Outline:
    """Run a language's query over a tree and read every capture.

    Args:
        tree: The parsed tree.
        data: Bytes to take texts from: the original ones, also where the tree was parsed from a masked copy.
        query: Captures ``@function @scope @call @bare_call @field @constant @import @module @comment``.
        readers: The language's functions that read them.
    """
    root = tree.root_node
    captures = QueryCursor(query).captures(root)
    none: list[Node] = []
    functions = [readers.function(node, data) for node in captures.get("function", none)]
    scopes = [readers.scope(node, data) for node in captures.get("scope", none)]
    calls = [readers.call(node, data) for node in captures.get("call", none)]
    bare = [(node.start_byte, node.end_byte) for node in captures.get("bare_call", none)]
    calls += [CallSpan(start, data[start:end].decode(), "") for start, end in bare]
    if readers.calls is not None:
        calls += readers.calls(captures, data)
    fields = [(node.start_byte, readers.field(node, data)) for node in captures.get("field", none)]
    constants = [(node.start_byte, readers.constant(node, data)) for node in captures.get("constant", none)]
    imports = [(node.start_byte, folded(data, node.start_byte, node.end_byte)) for node in captures.get("import", none)]
    if readers.documented is not None:
        comments = Comments(data, [(node.start_byte, node.end_byte) for node in captures.get("comment", none)])
        _document(functions, comments, data, readers.documented)
        _document(scopes, comments, data, readers.documented)
    module = "".join(text(node, data) for node in captures.get("module", none)[:1])
    return Outline(
        functions=[span for span in functions if span is not None],
        scopes=[span for span in scopes if span is not None],
        calls=[span for span in calls if span is not None],
        fields=[pair for pair in fields if pair[1]],
        constants=[pair for pair in constants if pair[1]],
        imports=imports,
        module=module,
        error_nodes=count_errors(tree) if root.has_error else 0,
    )


def _document(
    spans: Sequence[FunctionSpan | ScopeSpan | None],
    comments: Comments,
    data: bytes,
    find: Callable[[Comments, int], tuple[int, int] | None],
) -> None:
    for span in spans:
        if span is None:
            continue
        # Some write it between the decorators and what they decorate.
        place = find(comments, span.start) or (
            find(comments, span.head_start) if span.head_start > span.start else None
        )
        if place is None:
            continue
        span.documentation = from_comment(data[place[0] : place[1]].decode())
        if isinstance(span, FunctionSpan):
            span.documentation_start, span.documentation_end = place


def count_errors(tree: Tree) -> int:
    """Count error and missing nodes, without recursion; only subtrees that hold an error are entered."""
    count = 0
    cursor = tree.walk()
    while True:
        node = cursor.node
        assert node is not None
        if node.is_error or node.is_missing:
            count += 1
        if node.has_error and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return count


def text(node: Node | None, data: bytes) -> str:
    """Return a node's text, empty for None."""
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""


def folded(data: bytes, start: int, end: int) -> str:
    """Return the text between two offsets with line breaks and the white space around them folded to one space."""
    value = data[start:end].decode("utf-8", "replace").strip()
    return " ".join(value.split()) if "\n" in value else value
