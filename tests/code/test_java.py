from __future__ import annotations

import hashlib

import pytest

from qarepo_graph.schema import Call, Parameter
from tests.code.parsing import functions, only, parsed

CLASS = """\
/* Licensed under the Apache License, Version 2.0 */
package com.x;

import java.util.*;
import static com.y.Z.of;

/**
 * A cart.
 */
@Deprecated
public final class Cart<T extends Item> extends Base<T> implements Priced, java.io.Serializable {
  static final int LIMIT = 3, MORE = 4;
  private T[] items;

  /**
   * Makes a cart.
   *
   * @param first   the first item
   */
  // in between
  @Inject
  @Named("x")
  protected <U> Cart(@Nullable final T first, int[] sizes, String... names) throws Broken {
    super(first);
    this.items = new Item<T>[] { first };
    Runnable r = new Runnable() {
      @Override public void run() { tick(); }
    };
    names[0].trim().concat(of(r::run));
  }

  abstract int area();

  int matrix()[] { return new com.z.Matrix.Row(1).cells(); }

  /* no documentation */
  void plain() {}

  enum Color {
    RED { int f() { return 1; } },
    GREEN(2);
    Color() { this(0); }
    Color(int x) {}
    abstract int f();
  }

  record Point(int x, int y) {
    Point {
      check(x);
    }
    Point(int x) { this(x, 0); }
    int sum() { return x() + y; }
  }

  sealed interface Shape permits Square { default void draw() { class Local { void go() {} } } }

  @interface Mark { String value() default "x"; int[] sizes(); }
}
"""


def test_ids_kinds_and_places() -> None:
    found = functions("java", CLASS)
    assert [(f.id, f.kind, f.enclosing_kind, f.start_line, f.name_line, f.end_line) for f in found] == [
        ("M.java::Cart.Cart(T,int[],String...)", "constructor", "class", 21, 23, 30),
        ("M.java::Cart.Cart.<anon>.run()", "method", "anonymous", 27, 27, 27),
        ("M.java::Cart.area()", "method", "class", 32, 32, 32),
        ("M.java::Cart.matrix()", "method", "class", 34, 34, 34),
        ("M.java::Cart.plain()", "method", "class", 37, 37, 37),
        ("M.java::Cart.Color.RED.f()", "method", "enum_constant", 40, 40, 40),
        ("M.java::Cart.Color.Color()", "constructor", "enum", 42, 42, 42),
        ("M.java::Cart.Color.Color(int)", "constructor", "enum", 43, 43, 43),
        ("M.java::Cart.Color.f()", "method", "enum", 44, 44, 44),
        ("M.java::Cart.Point.Point", "constructor", "record", 48, 48, 50),
        ("M.java::Cart.Point.Point(int)", "constructor", "record", 51, 51, 51),
        ("M.java::Cart.Point.sum()", "method", "record", 52, 52, 52),
        ("M.java::Cart.Shape.draw()", "method", "interface", 55, 55, 55),
        ("M.java::Cart.Shape.draw.Local.go()", "method", "class", 55, 55, 55),
        ("M.java::Cart.Mark.value()", "annotation_element", "annotation", 57, 57, 57),
        ("M.java::Cart.Mark.sizes()", "annotation_element", "annotation", 57, 57, 57),
    ]
    assert [f.has_body for f in found] == [True, True, False, *[True] * 5, False, *[True] * 5, False, False]


def test_all_facts_of_a_constructor() -> None:
    constructor = functions("java", CLASS)[0]
    assert constructor.signature == (
        "protected <U> Cart(@Nullable final T first, int[] sizes, String... names) throws Broken"
    )
    assert constructor.modifiers == ("@Inject", '@Named("x")', "protected")
    assert constructor.parameters == (
        Parameter("first", "T"),
        Parameter("sizes", "int[]"),
        Parameter("names", "String..."),
    )
    assert constructor.docstring == "Makes a cart.\n\n@param first   the first item"
    assert (constructor.doc_start_line, constructor.doc_end_line) == (15, 19)
    assert constructor.calls == (
        Call("super", "", 24, construction=True, arguments=1),
        Call("Runnable", "", 26, construction=True, arguments=0),
        Call("trim", "names[0]", 29, arguments=0),
        Call("concat", "names[0].trim()", 29, arguments=1),
        Call("of", "", 29, arguments=1),
    )
    assert constructor.code.startswith('@Inject\n@Named("x")\nprotected <U> Cart(')
    assert constructor.code.endswith("\n}")
    assert constructor.code_hash == hashlib.sha256(constructor.code.encode()).hexdigest()


def test_only_javadoc_is_documentation() -> None:
    by_name = {f.name: f.docstring for f in functions("java", CLASS)}
    assert by_name["plain"] == ""
    assert by_name["area"] == ""


def test_constructions_keep_their_qualifier() -> None:
    matrix = next(f for f in functions("java", CLASS) if f.name == "matrix")
    assert matrix.calls == (
        Call("Row", "com.z.Matrix", 34, construction=True, arguments=1),
        Call("cells", "new com.z.Matrix.Row(1)", 34, arguments=0),
    )
    assert matrix.return_type == "int[]"


def test_the_rest_of_the_file() -> None:
    file = parsed("java", CLASS).file
    assert (file.module, file.licence) == ("com.x", "Apache-2.0")
    assert file.imports == ("import java.util.*;", "import static com.y.Z.of;")
    assert [(t.qualified_name, t.kind, t.bases, t.fields) for t in file.types] == [
        ("Cart", "class", ("Base", "Priced", "java.io.Serializable"), ("LIMIT", "MORE", "items")),
        ("Cart.Color", "enum", (), ("RED", "GREEN")),
        ("Cart.Point", "record", (), ("x", "y")),
        ("Cart.Shape", "interface", (), ()),
        ("Cart.Shape.draw.Local", "class", (), ()),
        ("Cart.Mark", "annotation", (), ()),
    ]
    cart = file.types[0]
    assert cart.docstring == "A cart."
    assert (
        cart.head == "public final class Cart<T extends Item> extends Base<T> implements Priced, java.io.Serializable"
    )


def test_anonymous_classes_can_be_left_out() -> None:
    kept = functions("java", CLASS, skip_anonymous=True)
    assert "Cart.Cart.<anon>.run" not in [f.qualified_name for f in kept]
    assert len(kept) == len(functions("java", CLASS)) - 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "class A { int f(Object o) { return switch (o) { case P(var x, _) when x > 0 -> 1; default -> 2; }; } }",
            "f",
        ),
        ('class A { String f() { return """\n  void not() {}\n  """; } }', "f"),
        ("void main() { println(); }", "main"),
        ("import module java.base;\nclass A { void f() {} }", "f"),
        ("class A { A(int x) { check(x); super(x); } }", "A"),
        ("class A { <T extends Comparable<? super T>> void f(Map<String, List<T[]>>... maps) {} }", "f"),
        ("class A { void f() { for (;;) { } } void }", "f"),
        ("class A { void f(A this, int... x) { } }", "f"),
    ],
)
def test_syntax_of_all_times(text: str, name: str) -> None:
    assert only("java", text).name == name


def test_an_overload_added_before_leaves_ids_alone() -> None:
    before = {f.id for f in functions("java", "class A { void f(int x) {} void f(String x) {} }")}
    after = {f.id for f in functions("java", "class A { void f() {} void f(int x) {} void f(String x) {} }")}
    assert after - before == {"M.java::A.f()"}
    assert before < after


def test_a_broken_method_leaves_the_others_whole() -> None:
    text = "class A {\n  void a() { x(; }\n  int b() { return 1; }\n  void c() { y = ; }\n  int d() { }\n}\n"
    file = parsed("java", text)
    assert file.file.status == "recovered"
    assert [f.name for f in file.functions] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("/** One line. */", "One line."),
        ("/**\n * First.\n *\n *   indented\n */", "First.\n\n  indented"),
        ("/**\n   No stars.\n     deeper\n   */", "No stars.\n  deeper"),
        (
            "/**\n * A list:\n<pre>\n  code\n</pre>\n * end.\n * more.\n */",
            "A list:\n<pre>\n  code\n</pre>\nend.\nmore.",
        ),
        ("/** * x\n * y */", "* x\ny"),
        ("/**\n First:\n  * item\n * @param x y\n */", "First:\n * item\n@param x y"),
    ],
)
def test_margins_of_javadoc(comment: str, expected: str) -> None:
    assert only("java", f"class A {{\n{comment}\nvoid f() {{}}\n}}\n").docstring == expected
