r"""What parsing yields: functions, the files they stand in, and the types around them.

Line numbers are 1-based and inclusive, counted by ``\\n``; texts come from the original bytes after transcoding to
UTF-8 and normalising line ends to ``\\n``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from qarepo_graph.schema.lean import lean_dataclass

FunctionKind = Literal[
    "function",
    "method",
    "constructor",
    "destructor",
    "operator",
    "conversion",
    "accessor",
    "annotation_element",
    "test",
]
ParseStatus = Literal["ok", "recovered", "partial"]
FileStatus = Literal["parsed", "recovered", "skipped", "failed"]


@lean_dataclass(frozen=True, slots=True)
class Call:
    """One call or construction written in a function's body.

    Attributes:
        name: The last identifier of the callee as written (``total`` in ``self.cart.total()``).
        receiver: The text before that identifier (``self.cart``), empty for a bare call.
        line: File line of the call.
        construction: True for ``new X()`` and its like; in Python a call cannot be told from a construction.
        arguments: How many are written, counted where overloads differ by it (Java); else -1.
    """

    name: str
    receiver: str
    line: int
    construction: bool = False
    arguments: int = -1


@lean_dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as written.

    Attributes:
        name: Its name, with ``*``/``**`` or ``...`` kept for variadic ones.
        type: The type as written, empty where none is.
        default: The default value as written, empty where none is.
    """

    name: str
    type: str = ""
    default: str = ""


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    r"""A function, method, constructor, operator or their like: the unit of everything that follows.

    Attributes:
        id: ``path::Qualified.name``, with parameter types for overloads and an ordinal only among equal signatures.
        name: The bare name (``step``).
        qualified_name: Name with its scopes (``EarlyStopping.step``, ``ns::Class::method``).
        language: ``python``, ``java``, ``c``, ``cpp``, ``javascript``, ``typescript`` or ``go``.
        kind: What it is in its language.
        file: POSIX path relative to the repository's root.
        start_line: First line, decorators, annotations and ``template<…>`` included.
        end_line: Last line, inclusive.
        name_line: The line the name stands on.
        signature: From the declaration's start to the body, white space folded, decorators apart.
        docstring: The docstring or leading documentation comment, delimiters and indentation removed; may be empty.
        code: The function's original text, dedented, line ends ``\\n``; the first line is ``start_line``.
        code_hash: sha256 of ``code`` in hexadecimal.
        enclosing_type: Qualified name of the class, struct, record or interface around it; empty for free functions.
        enclosing_kind: ``class``, ``interface``, ``anonymous``, ``function`` …; empty at top level.
        modifiers: Decorators, annotations and keywords as written (``@property``, ``static``, ``async``).
        parameters: The parameters as written, ``self``/``this`` included where written.
        return_type: As written; empty where none is.
        calls: Calls written in the body, nested functions' own calls left out, in the order of the text.
        has_body: False for abstract methods, interface declarations and pure virtual functions.
        doc_start_line: First line of the documentation comment or docstring, 0 if there is none.
        doc_end_line: Last line of it, 0 if there is none.
        parse_status: ``ok``; ``recovered`` (found although its file or text is broken); ``partial`` (text cut).
    """

    id: str
    name: str
    qualified_name: str
    language: str
    kind: FunctionKind
    file: str
    start_line: int
    end_line: int
    name_line: int
    signature: str
    docstring: str
    code: str
    code_hash: str
    enclosing_type: str = ""
    enclosing_kind: str = ""
    modifiers: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    return_type: str = ""
    calls: tuple[Call, ...] = ()
    has_body: bool = True
    doc_start_line: int = 0
    doc_end_line: int = 0
    parse_status: ParseStatus = "ok"

    def to_record(self) -> dict[str, Any]:
        """Return the function as JSON types, keys in field order."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Function:
        """Rebuild a function from :meth:`to_record`'s result."""
        values = dict(record)
        values["calls"] = tuple(Call(**call) for call in values["calls"])
        values["parameters"] = tuple(Parameter(**parameter) for parameter in values["parameters"])
        values["modifiers"] = tuple(values["modifiers"])
        return cls(**values)


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class FunctionExcerpt:
    """What rows show and cite of a function; each field is the :class:`Function`'s of that name."""

    id: str
    qualified_name: str
    language: str
    kind: FunctionKind
    file: str
    start_line: int
    end_line: int
    code: str
    code_hash: str
    enclosing_type: str


ShownFunction = Function | FunctionExcerpt
"""What rows are made of: a whole function, or no more of it than they need."""


@lean_dataclass(frozen=True, slots=True, kw_only=True)
class TypeDeclaration:
    """A class, struct, record, interface, enum or their like.

    Attributes:
        name: Bare name.
        qualified_name: Name with its scopes.
        kind: ``class``, ``interface``, ``enum``, ``record``, ``struct``, ``union``, ``annotation``, ``type_alias``.
        start_line: First line.
        end_line: Last line, inclusive.
        head: The declaration up to its body, white space folded (``class Cart(Base):``).
        docstring: Its documentation, delimiters removed.
        bases: Names it inherits from or implements, as written, type arguments removed.
        fields: Names of its fields and constants (Python: class attributes and ``self.x`` assignments).
    """

    name: str
    qualified_name: str
    kind: str
    start_line: int
    end_line: int
    head: str
    docstring: str = ""
    bases: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of the walk: what became of it and what stands in it beside the functions.

    Attributes:
        path: POSIX path relative to the repository's root.
        language: Empty where the file is of no supported language.
        status: ``parsed``; ``recovered`` (has errors, functions found all the same); ``skipped``; ``failed``.
        reason: Why it was skipped or failed (``generated``, ``vendored``, ``too_large``, ``timeout`` …); else empty.
        bytes: Size on disk.
        encoding: Encoding it was read with, with ``?`` behind a guessed one.
        sha256: Hash of the file's bytes; empty for files not read.
        error_nodes: Syntax errors the parser met.
        module: The dotted module or package name as the language sees it (``train.early``, ``com.x``), may be empty.
        imports: Import, include and using lines as written, white space folded.
        docstring: The module's documentation.
        types: The types declared in it, in the order of the text.
        constants: Names assigned at module or namespace level, macros included.
        licence: SPDX expression of its header, else of the nearest licence file; empty where none is found.
    """

    path: str
    language: str
    status: FileStatus
    reason: str = ""
    bytes: int = 0
    encoding: str = ""
    sha256: str = ""
    error_nodes: int = 0
    module: str = ""
    imports: tuple[str, ...] = ()
    docstring: str = ""
    types: tuple[TypeDeclaration, ...] = ()
    constants: tuple[str, ...] = ()
    licence: str = ""

    def to_record(self) -> dict[str, Any]:
        """Return the file as JSON types, keys in field order."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> SourceFile:
        """Rebuild a file from :meth:`to_record`'s result."""
        values = dict(record)
        values["types"] = tuple(_type_from_record(declaration) for declaration in values["types"])
        values["imports"] = tuple(values["imports"])
        values["constants"] = tuple(values["constants"])
        return cls(**values)


def _type_from_record(record: dict[str, Any]) -> TypeDeclaration:
    values = dict(record)
    values["bases"] = tuple(values["bases"])
    values["fields"] = tuple(values["fields"])
    return TypeDeclaration(**values)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file and its functions, in the order of the text."""

    file: SourceFile
    functions: tuple[Function, ...] = field(default=())


FUNCTION_FIELDS: tuple[str, ...] = tuple(f.name for f in fields(Function))
"""Keys of a function's JSON record, in order."""
