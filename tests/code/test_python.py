from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap

import pytest

from qarepo_graph.code.documentation import dedented, from_literal
from qarepo_graph.schema import Call, Parameter
from tests.code.parsing import functions, names, only, parsed


def test_all_fields_of_one_function() -> None:
    text = textwrap.dedent('''\
        import math

        class EarlyStopping:
            """Stop training."""

            @timed(unit="s")  # a comment
            async def step(
                self, loss: float, /, *, scale: float = 1.0, **rest: int
            ) -> bool:
                """Record one loss.

                More.
                """
                if math.isnan(loss):
                    raise ValueError("NaN")
                return self.log.add(loss)
        ''')
    function = only("python", text)
    code = textwrap.dedent("\n".join(text.split("\n")[5:16]))
    assert function.to_record() == {
        "id": "m.py::EarlyStopping.step",
        "name": "step",
        "qualified_name": "EarlyStopping.step",
        "language": "python",
        "kind": "method",
        "file": "m.py",
        "start_line": 6,
        "end_line": 16,
        "name_line": 7,
        "signature": "async def step( self, loss: float, /, *, scale: float = 1.0, **rest: int ) -> bool",
        "docstring": "Record one loss.\n\nMore.",
        "code": code,
        "code_hash": hashlib.sha256(code.encode()).hexdigest(),
        "enclosing_type": "EarlyStopping",
        "enclosing_kind": "class",
        "modifiers": ('@timed(unit="s")', "async"),
        "parameters": (
            {"name": "self", "type": "", "default": ""},
            {"name": "loss", "type": "float", "default": ""},
            {"name": "scale", "type": "float", "default": "1.0"},
            {"name": "**rest", "type": "int", "default": ""},
        ),
        "return_type": "bool",
        "calls": (
            {"name": "isnan", "receiver": "math", "line": 14, "construction": False, "arguments": -1},
            {"name": "ValueError", "receiver": "", "line": 15, "construction": False, "arguments": -1},
            {"name": "add", "receiver": "self.log", "line": 16, "construction": False, "arguments": -1},
        ),
        "has_body": True,
        "doc_start_line": 10,
        "doc_end_line": 13,
        "parse_status": "ok",
    }
    assert ast.parse(function.code).body[0].name == "step"  # type: ignore[attr-defined]


def test_where_functions_can_stand() -> None:
    text = textwrap.dedent("""\
        def outer():
            def inner():
                class Local:
                    def method(self): ...
            return lambda: 1
        if condition:
            def chosen(): ...
        else:
            def chosen(): ...
        try:
            pass
        finally:
            def last(): ...
        with a as b:
            for c in d:
                while True:
                    match e:
                        case 1:
                            def deep(): ...
        """)
    assert [function.id for function in functions("python", text)] == [
        "m.py::outer",
        "m.py::outer.<locals>.inner",
        "m.py::outer.<locals>.inner.<locals>.Local.method",
        "m.py::chosen",
        "m.py::chosen#2",
        "m.py::last",
        "m.py::deep",
    ]


def test_ids_of_accessors_and_overloads_do_not_depend_on_their_neighbours() -> None:
    text = textwrap.dedent("""\
        class A:
            @property
            def x(self): ...
            @x.setter
            def x(self, value): ...
            @x.deleter
            def x(self): ...
            @overload
            def f(self, a: int) -> int: ...
            @typing.overload
            def f(self, a: str) -> str: ...
            def f(self, a): return a
        """)
    before = [(function.id, function.kind) for function in functions("python", text)]
    assert before == [
        ("m.py::A.x", "accessor"),
        ("m.py::A.x.setter", "accessor"),
        ("m.py::A.x.deleter", "accessor"),
        ("m.py::A.f(self,int)", "method"),
        ("m.py::A.f(self,str)", "method"),
        ("m.py::A.f", "method"),
    ]
    added = text.replace("    @overload\n", "    @overload\n    def f(self, a: bytes) -> bytes: ...\n    @overload\n")
    after = [(function.id, function.kind) for function in functions("python", added)]
    assert [entry for entry in after if entry not in before] == [("m.py::A.f(self,bytes)", "method")]
    assert set(before) < set(after)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "def first[T: int](x: T) -> T: return x\ntype X[T] = list[T]\nclass Q[T]:\n    def m(self): ...",
            ["first", "Q.m"],
        ),
        ("def f(): return f'{'a' + f\"{1}\"}'\ndef g(): ...", ["f", "g"]),
        ("def f(): return t'{x!r:>{n}}'\ndef g(): ...", ["f", "g"]),
        ("def f[T = int](x: T): ...\ndef g(): ...", ["f", "g"]),
        ("try: pass\nexcept* A: pass\ndef g(): ...", ["g"]),
        ("try: pass\nexcept A, B: pass\ndef g(): ...", ["g"]),
        ("match = 1\ncase = match\ntype = 2\ndef match(case): return type(case)\n", ["match"]),
        ("print 'x'\nexec 'y'\nx = `y`\ndef f(a, (b, c)): pass\n", ["f"]),
        ("\ufeffdef f(): ...\n", ["f"]),
        ("def f():\r\n    pass\r\ndef g():\r\n\tpass\r\n", ["f", "g"]),
        ("def f():\r    pass\rdef g():\r    pass\r", ["f", "g"]),
        ("\x0cdef f(): ...\n\x0c\ndef g(): ...\n", ["f", "g"]),
        ("def größe(): ...\ndef 函数(): ...\n", ["größe", "函数"]),
        ("x = 1 if y else lambda: 2\n", []),
        ("'''\ndef not_one(): ...\n'''\n# def nor_this(): ...\ndef f(): ...\n", ["f"]),
        ("", []),
        ("%matplotlib inline\n!ls\ndef f(): ...\n", ["f"]),
        ("def f(): {{ x }}\ndef g(): ...\n", ["f", "g"]),
        ("<<<<<<< HEAD\ndef f(): ...\n=======\ndef g(): ...\n>>>>>>> other\ndef h(): ...\n", ["f", "g", "h"]),
        ("def b(:\n    pass\n\ndef after():\n    return 1\n", ["b", "after"]),
        ("x = call(1, [2,\n\ndef after():\n    return 1\n\nclass A:\n    def m(self): ...\n", ["after", "A.m"]),
    ],
)
def test_syntax_of_all_times(text: str, expected: list[str]) -> None:
    assert names("python", text) == expected


def test_broken_definitions_are_marked_and_their_neighbours_whole() -> None:
    text = textwrap.dedent("""\
        class A:
            def before(self):
                return 1

            def broken(self, :
                return 2

            @decorated
            def after(self):
                text = '''
        def in_a_string(): ...
        '''
                return self.before()

        def last():
            return 4
        """)
    file = parsed("python", text)
    assert file.file.status == "recovered"
    assert file.file.error_nodes > 0
    assert [(f.qualified_name, f.start_line, f.end_line, f.parse_status) for f in file.functions] == [
        ("A.before", 2, 3, "ok"),
        ("A.broken", 5, 6, "recovered"),
        ("A.after", 8, 13, "ok"),
        ("last", 15, 16, "ok"),
    ]
    assert file.functions[2].calls == (Call("before", "self", 13),)


def test_line_ends_and_separators_of_other_kinds_are_no_lines() -> None:
    text = 'def f():\n    x = "\x0b\x0c\x1c\x85\u2028"\n    return x\n\n\ndef g(): ...\n'
    assert [(f.name, f.start_line, f.end_line) for f in functions("python", text)] == [("f", 1, 3), ("g", 6, 6)]


@pytest.mark.parametrize(
    "literal",
    [
        '"""One."""',
        '"""One.\n\n        Two\n          three\n        """',
        "'''Quote at the end'\"'''",
        r'"""tab\tand \x41"""',
        r'r"""raw \t stays"""',
        '"one" "two"',
        '"""\tTab first\n\t    second\n\tthird"""',
        '""',
        "u'text'",
    ],
)
def test_docstrings_are_what_python_says(literal: str) -> None:
    module = ast.parse(f"def f():\n    {literal}\n")
    expected = ast.get_docstring(module.body[0])  # type: ignore[arg-type]
    assert only("python", f"def f():\n    {literal}\n").docstring == expected


@pytest.mark.parametrize("literal", ['f"no"', 'b"no"', "1", "x"])
def test_no_docstring(literal: str) -> None:
    assert only("python", f"def f():\n    {literal}\n").docstring == ""


@pytest.mark.parametrize("text", ["a\n  b\n   c\n\n", "\n\n  x\n y", "one", "  one  ", "a\n\n\n   b\n\tc", "\t\n x\n"])
def test_dedented_is_cleandoc(text: str) -> None:
    assert dedented(text).strip() == inspect.cleandoc(text).strip()


def test_a_docstring_with_a_bad_escape_warns_nobody(recwarn: pytest.WarningsRecorder) -> None:
    assert from_literal(r'"""a \d b"""') == r"a \d b"
    assert list(recwarn) == []


def test_calls_belong_to_the_function_that_makes_them() -> None:
    text = textwrap.dedent("""\
        @decorator(outside())
        def f(x=default()) -> kind():
            first()
            def g():
                second()
            class C(base()):
                field = third()
            return [fourth(i) for i in fifth()] + (lambda: sixth())()[0](1)
            a.b().c(  # comment
                d
            ).e
        type(self).x = 1
        """)
    found = {f.name: [call.name for call in f.calls] for f in functions("python", text)}
    assert found == {"f": ["first", "base", "third", "fourth", "fifth", "sixth", "b", "c"], "g": ["second"]}


def test_call_receivers_and_lines() -> None:
    text = "def f():\n    a.b(1).c[2].d(\n    )\n    x = (df\n         .group()\n         .sum())\n    type(x).y = 1\n"
    assert only("python", text).calls == (
        Call("b", "a", 2),
        Call("d", "a.b(1).c[2]", 2),
        Call("group", "df", 5),
        Call("sum", "df .group()", 6),
        Call("type", "", 7),
    )


def test_parameters_as_written() -> None:
    text = "def f(a, b=1, *args: int, c: 'list[int]' = [], d, **kw): ...\n"
    assert only("python", text).parameters == (
        Parameter("a"),
        Parameter("b", "", "1"),
        Parameter("*args", "int"),
        Parameter("c", "'list[int]'", "[]"),
        Parameter("d"),
        Parameter("**kw"),
    )


def test_the_rest_of_the_file() -> None:
    text = textwrap.dedent('''\
        # SPDX-License-Identifier: Apache-2.0
        """Module doc."""
        from __future__ import annotations
        import os, sys as system
        from .a import (
            b,
        )
        LIMIT: int = 3
        A, B = 1, 2
        type Pair[T] = tuple[T, T]

        @final
        class Cart(Base[int], abc.ABC, metaclass=Meta):
            """A cart."""
            size: int = 0
            x, y = 1, 2
            def __init__(self):
                self.items, self.total = [], 0
                self.name: str = ""
                other.attribute = 1
            class Inner: ...
        ''')
    file = parsed("python", text).file
    assert file.licence == "Apache-2.0"
    assert file.docstring == "Module doc."
    assert file.imports == (
        "from __future__ import annotations",
        "import os, sys as system",
        "from .a import ( b, )",
    )
    assert file.constants == ("LIMIT", "A", "B")
    assert [(t.qualified_name, t.kind, t.head, t.docstring, t.bases, t.fields) for t in file.types] == [
        ("Pair", "type_alias", "type Pair[T] = tuple[T, T]", "", (), ()),
        (
            "Cart",
            "class",
            "class Cart(Base[int], abc.ABC, metaclass=Meta)",
            "A cart.",
            ("Base", "abc.ABC"),
            ("size", "x", "y", "items", "total", "name"),
        ),
        ("Cart.Inner", "class", "class Inner", "", (), ()),
    ]


def test_trailing_comments_of_a_body_belong_to_it() -> None:
    found = functions("python", "def f():\n    return 1\n    # about the return\n\n# about g\ndef g(): ...\n")
    assert [(f.start_line, f.end_line) for f in found] == [(1, 3), (6, 6)]
