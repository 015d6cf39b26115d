from __future__ import annotations

import pytest

from qarepo_graph.code.repository import parse_files
from qarepo_graph.quality.coverage import passed_over
from qarepo_graph.quality.landmarks import landmarks_of
from qarepo_graph.schema import LogicStep

PYTHON = '''def f(x):
    """if this, return that
    while raising"""
    total = [y for y in x if y]  # if not
    if x: return "for ever"
    for y in x:
        yield y
    try:
        g = lambda: (yield)
    except (A, B):
        raise
    case = 3
    match x:
        case 1:
            pass
'''
SELECT = "public Elements select(String q) {\n    return Selector.select(q, this);\n}"
JAVA = """public int f(String s) throws IOException {
    // if nothing, return
    if (s.equals("return if")) { return 1; }
    for (char c = 'if'; ; ) { }
    do { } while (true);
    switch (s) { case "a": break; default: }
    throw new IOException(); /* for
    while */
}
"""


@pytest.mark.parametrize(
    ("code", "language", "expected"),
    [
        (
            PYTHON,
            "python",
            [
                (5, "branch"),
                (5, "return"),
                (6, "loop"),
                (7, "return"),
                (9, "return"),
                (10, "branch"),
                (11, "raise"),
                (14, "case"),
            ],
        ),
        (
            JAVA,
            "java",
            [(3, "branch"), (3, "return"), (4, "loop"), (5, "loop"), (6, "branch"), (6, "case"), (7, "raise")],
        ),
        ("#if X\nint f() { co_return 1; }\n#endif", "cpp", [(2, "return")]),
    ],
)
def test_landmarks_stand_where_the_code_has_them(code, language, expected):
    assert [(mark.line, mark.kind) for mark in landmarks_of(code, language)] == expected


def test_a_macro_defined_inside_is_no_part_of_the_walk():
    code = (
        "int f(int x) {\n#define STEP(y) \\\n  do { \\\n    if (y) x++; \\\n  } while (0)\n"
        "  while (x < 3) STEP(x);\n  return x;\n}"
    )
    assert [(mark.line, mark.word) for mark in landmarks_of(code, "cpp")] == [(6, "while"), (7, "return")]


def test_a_nameless_class_is_told_in_rows_of_its_own(tmp_path):
    body = "".join(f"                if (n == {i}) {{ return {i}; }}\n" for i in range(9))
    (tmp_path / "Plan.java").write_text(
        "class Plan {\n    Step next(int n) {\n        return new Step() {\n            public int run() {\n"
        f"{body}                return 0;\n            }}\n        }};\n    }}\n}}\n",
        encoding="utf-8",
    )
    (outer,) = [f for p in parse_files(tmp_path, workers=1) for f in p.functions if f.name == "next"]
    assert passed_over([LogicStep(text="Return a `Step`.", start_line=2, end_line=16)], outer) == ""


def test_a_method_called_select_is_no_go_statement():
    assert [(mark.line, mark.word) for mark in landmarks_of(SELECT, "java")] == [(2, "return")]
    assert [mark.word for mark in landmarks_of("func f() {\n\tselect {\n\tcase <-c:\n\t}\n}", "go")] == [
        "select",
        "case",
    ]
