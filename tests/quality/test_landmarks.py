from __future__ import annotations

import pytest

from qarepo_graph.quality.landmarks import landmarks_of

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
