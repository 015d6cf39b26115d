from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qarepo_graph.code import CallGraph, SymbolIndex, parse_files


def graph_of(root: Path, files: dict[str, str]) -> CallGraph:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    parsed = list(parse_files(root))
    return CallGraph.build([f for p in parsed for f in p.functions], SymbolIndex.build(parsed))


def edges(graph: CallGraph) -> list[tuple[str, str, str]]:
    return [(edge.caller, edge.callee, edge.certainty) for edge in graph.edges]


PYTHON = {
    "pkg/__init__.py": "from .core import run\n",
    "pkg/core.py": """\
from __future__ import annotations
from pkg import helpers as h
from pkg.shapes import Shape, Square as Sq
from .helpers import twice
import json

def run(shape: Shape, other, count: int = 0):
    h.once()
    twice(1)
    shape.area()
    other.unusual_name()
    other.append(1)
    json.dumps({})
    print(count)
    square = Sq(1)
    square.side()
    def inner():
        return run(shape, other)
    return inner()

class Runner:
    def __init__(self, shape: Shape):
        self.shape = shape
        self.maker = Sq(2)
    def go(self):
        self.step()
        self.shape.area()
        self.maker.side()
        go()
    def step(self): ...

def go(): ...
def append(x): ...
""",
    "pkg/helpers.py": "def once(): ...\ndef twice(x): return twice(x - 1)\n",
    "pkg/shapes.py": """\
class Shape:
    def __init__(self, n): self.n = n
    def area(self): return self.scale()
    def scale(self): ...

class Square(Shape):
    def area(self): return super().area()
    def side(self): return self.scale()
    def unusual_name(self): ...
""",
    "main.py": "from pkg import run\n\ndef main():\n    run(None, None)\n",
}


def test_python(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, PYTHON)
    core, shapes = "pkg/core.py::", "pkg/shapes.py::"
    assert edges(graph) == [
        ("main.py::main", core + "run", "resolved"),
        (core + "run", "pkg/helpers.py::once", "resolved"),
        (core + "run", "pkg/helpers.py::twice", "resolved"),
        (core + "run", shapes + "Shape.area", "resolved"),
        (core + "run", shapes + "Square.unusual_name", "guessed"),
        (core + "run", shapes + "Shape.__init__", "resolved"),
        (core + "run", shapes + "Square.side", "resolved"),
        (core + "run", core + "run.<locals>.inner", "resolved"),
        (core + "run.<locals>.inner", core + "run", "resolved"),
        (core + "Runner.__init__", shapes + "Shape.__init__", "resolved"),
        (core + "Runner.go", core + "Runner.step", "resolved"),
        (core + "Runner.go", shapes + "Shape.area", "resolved"),
        (core + "Runner.go", shapes + "Square.side", "resolved"),
        (core + "Runner.go", core + "go", "resolved"),
        ("pkg/helpers.py::twice", "pkg/helpers.py::twice", "resolved"),
        (shapes + "Shape.area", shapes + "Shape.scale", "resolved"),
        (shapes + "Square.area", shapes + "Shape.area", "resolved"),
        (shapes + "Square.side", shapes + "Shape.scale", "resolved"),
    ]
    assert [(e.caller, e.callee, e.kind) for e in graph.overrides] == [
        (shapes + "Square.area", shapes + "Shape.area", "override")
    ]
    assert [edge.caller for edge in graph.callers(shapes + "Shape.scale")] == [
        shapes + "Shape.area",
        shapes + "Square.side",
    ]
    assert graph.cycles() == [[core + "run", core + "run.<locals>.inner"], ["pkg/helpers.py::twice"]]
    assert graph.path("main.py::main", shapes + "Shape.scale") == [
        "main.py::main",
        core + "run",
        shapes + "Shape.area",
        shapes + "Shape.scale",
    ]
    assert graph.path(shapes + "Shape.scale", "main.py::main") == []
    assert ["main.py::main", core + "run", "pkg/helpers.py::once"] in list(graph.paths(3))


def test_java(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "a/Base.java": "package a;\npublic class Base { Base(int x) {} void hook() {} static void util() {} }\n",
            "a/List.java": "package a;\nclass List { void trim() {} }\n",
            "b/Sub.java": """\
package b;
import a.Base;
import java.util.List;
import static a.Base.util;
class Sub extends Base {
  private Base field;
  Sub() { super(1); }
  void hook() { super.hook(); own(2); util(); }
  void own(int x) { new Inner().run(); }
  void own(String x) { }
  void types(Base base, List list) {
    base.hook(); list.trim(); Base.util();
    Sub sub = new Sub(); sub.types(base, list);
  }
  class Inner { void run() { hook(); } }
}
""",
        },
    )
    base, sub = "a/Base.java::Base.", "b/Sub.java::Sub."
    assert edges(graph) == [
        (sub + "Sub()", base + "Base(int)", "resolved"),
        (sub + "hook()", base + "hook()", "resolved"),
        (sub + "hook()", sub + "own(int)", "guessed"),
        (sub + "hook()", base + "util()", "resolved"),
        (sub + "own(int)", sub + "Inner.run()", "resolved"),
        (sub + "types(Base,List)", base + "hook()", "resolved"),
        (sub + "types(Base,List)", base + "util()", "resolved"),
        (sub + "types(Base,List)", sub + "Sub()", "resolved"),
        (sub + "types(Base,List)", sub + "types(Base,List)", "resolved"),
        (sub + "Inner.run()", sub + "hook()", "resolved"),
    ]


def test_an_import_in_a_python_function_hides_what_its_file_declares(tmp_path: Path) -> None:
    other = "def sync(): ...\ndef run(): ...\n"
    text = "def sync():\n    from other import (\n        sync,\n    )\n    sync()\n\ndef run():\n    sync()\n"
    graph = graph_of(tmp_path, {"m.py": text, "other.py": other})
    assert edges(graph) == [
        ("m.py::sync", "other.py::sync", "resolved"),
        ("m.py::run", "m.py::sync", "resolved"),
    ]


def test_java_overloads_are_told_apart_by_the_number_of_arguments_in_bases_too(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "p/Base.java": "package p;\nclass Base { Base() {} Base(int n, java.util.Map<String, int[]> m) {}\n"
            "  String text() { return text(1); } String text(int n) { return null; }\n"
            "  void log(String form, Object... all) {} }\n",
            "p/Sub.java": """\
package p;
class Sub extends Base {
  Sub() { super(1, null); }
  void text(String a, String b) { }
  void run(Sub sub) { sub.text(); text(/* none */); sub.text("a", "b"); text(1, 2, 3); log("a"); log("a", 1, 2); }
  void error(int n) { }
  class Inner extends Base { void run() { log("a"); error(1); } void log(String a) { } }
}
""",
        },
    )
    base, sub = "p/Base.java::Base.", "p/Sub.java::Sub."
    assert edges(graph) == [
        (base + "text()", base + "text(int)", "resolved"),
        (sub + "Sub()", base + "Base(int,java.util.Map<String, int[]>)", "resolved"),
        (sub + "run(Sub)", base + "text()", "resolved"),
        (sub + "run(Sub)", sub + "text(String,String)", "resolved"),
        (sub + "run(Sub)", base + "log(String,Object...)", "resolved"),
        (sub + "Inner.run()", sub + "Inner.log(String)", "resolved"),
        (sub + "Inner.run()", sub + "error(int)", "resolved"),
    ]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("    x = Cart()\n    x.total()", "resolved"),
        ("    x: Cart = Cart(1)\n    call(\n        x=1,\n    )\n    x.total()", "resolved"),
        ("    x = Cart()\n    x = other()\n    x.total()", "guessed"),
        ("    with other() as x:\n        x.total()\n    x = Cart()", "guessed"),
        ("    for x in other():\n        x.total()\n    x = Cart()", "guessed"),
        ("    y, x = other()\n    x.total()\n    x = Cart()", "guessed"),
        ("    def inner():\n        x = Cart()\n\n        return x\n    x.total()", "guessed"),
    ],
)
def test_a_python_name_has_a_type_only_where_nothing_else_is_bound_to_it(tmp_path: Path, body: str, found: str) -> None:
    text = f"class Cart:\n    def total(self): ...\n\ndef f(other):\n{body}\n"
    graph = graph_of(tmp_path, {"m.py": text})
    assert edges(graph) == [("m.py::f", "m.py::Cart.total", found)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {
                "a.h": "namespace n { class T { public: void m(); static void s(); }; void free_one(); }\n",
                "a.cpp": "void n::T::m() { s(); free_one(); }\nvoid n::T::s() { }\nvoid n::free_one() { }\n",
                "b.cpp": "void use(n::T* t) { t->m(); n::T::s(); n::free_one(); unknown(); }\n",
            },
            [
                ("a.cpp::n::T::m()", "a.cpp::n::T::s()"),
                ("a.cpp::n::T::m()", "a.cpp::n::free_one()"),
                ("b.cpp::use(n::T*)", "a.cpp::n::T::m()"),
                ("b.cpp::use(n::T*)", "a.cpp::n::T::s()"),
                ("b.cpp::use(n::T*)", "a.cpp::n::free_one()"),
            ],
        ),
        (
            {
                "p/a.go": "package p\ntype T struct{}\nfunc (t *T) M() { t.n(); F() }\nfunc (t *T) n() {}\n",
                "p/b.go": "package p\nfunc F() { x := T{}; x.M() }\n",
                "main.go": 'package main\nimport "example.com/mod/p"\nfunc main() { p.F() }\n',
            },
            [
                ("main.go::main", "p/b.go::F"),
                ("p/a.go::T.M", "p/a.go::T.n"),
                ("p/a.go::T.M", "p/b.go::F"),
                ("p/b.go::F", "p/a.go::T.M"),
            ],
        ),
        (
            {
                "lib/a.js": "export function f() {}\nexport class K { constructor() {} m() { this.n() } n() {} }\n",
                "b.js": 'import {f as g, K} from "./lib/a.js";\nimport * as a from "./lib/a";\n'
                "function use() { g(); a.f(); const k = new K(); k.m(); }\n",
            },
            [
                ("b.js::use", "lib/a.js::f"),
                ("b.js::use", "lib/a.js::K.constructor"),
                ("b.js::use", "lib/a.js::K.m"),
                ("lib/a.js::K.m", "lib/a.js::K.n"),
            ],
        ),
    ],
    ids=["cpp", "go", "javascript"],
)
def test_other_languages(tmp_path: Path, files: dict[str, str], expected: list[tuple[str, str]]) -> None:
    found = edges(graph_of(tmp_path, files))
    assert [(caller, callee) for caller, callee, certainty in found if certainty == "resolved"] == expected


def test_the_graph_library_is_loaded_only_for_its_algorithms() -> None:
    program = (
        "import sys; import qarepo_graph.code as code; code.CallGraph.build([], code.SymbolIndex()).callers('x'); "
        "print([name for name in ('networkx', 'pydantic', 'langchain_core') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_clusters_keep_together_what_calls_each_other(tmp_path: Path) -> None:
    one = "def a(): b()\ndef b(): c()\ndef c(): a()\n"
    two = "def x(): y()\ndef y(): z()\ndef z(): x()\ndef w(): x()\n"
    graph = graph_of(tmp_path, {"one.py": one, "two.py": two})
    assert [sorted(cluster) for cluster in graph.clusters(5)] == [
        ["two.py::w", "two.py::x", "two.py::y", "two.py::z"],
        ["one.py::a", "one.py::b", "one.py::c"],
    ]
    assert graph.clusters(1)[0][0] == "two.py::x"
