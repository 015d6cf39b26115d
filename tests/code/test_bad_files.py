"""Files nobody would call source code: what is lost is named, what is whole is found, nothing crashes or hangs."""

from __future__ import annotations

from pathlib import Path

import pytest

from qarepo_graph.code import parse_files

DEEP = 100_000
CONFLICT = "<<<<<<< HEAD\n{0}1\n=======\n{0}2\n>>>>>>> x\n\n"
MERGED_PYTHON = ("recovered", "", ["good", "b", "b", "c"])
MERGED_JAVA = ("recovered", "", ["M.a", "M.b", "M.b", "M.c"])
GOOD = "def good():\n    return 1\n\n"


def outcome(root: Path, name: str, data: str | bytes, **options: float) -> tuple[str, str, list[str]]:
    """Return status, reason and function names of one file that stands beside a good one."""
    (root / "other.py").write_text(GOOD, encoding="utf-8")
    (root / name).write_bytes(data.encode() if isinstance(data, str) else data)
    found = {parsed.file.path: parsed for parsed in parse_files(root, **options)}
    assert [f.name for f in found["other.py"].functions] == ["good"]
    file = found[name].file
    return file.status, file.reason, [f.qualified_name for f in found[name].functions]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("empty.py", "", ("parsed", "", [])),
        ("blank.py", "\n \n\t\n", ("parsed", "", [])),
        ("python2.py", "def a(x):\n    print x\n    exec 'y'\ndef b((p, q)):\n    pass\n", ("parsed", "", ["a", "b"])),
        ("broken.py", GOOD + "def b(:\n    pass\n\ndef c():\n    return 2\n", ("recovered", "", ["good", "b", "c"])),
        ("open.py", GOOD + "x = f(1, [2,\n\ndef c():\n    return 2\n", ("recovered", "", ["good", "c"])),
        (
            "template.py",
            "{% if a %}\ndef {{ name }}():\n    pass\n{% endif %}\n\ndef c():\n    return {{ x }}\n",
            ("recovered", "", ["c"]),
        ),
        ("merge.py", GOOD + CONFLICT.format("def b():\n    return ") + "def c(): ...\n", MERGED_PYTHON),
        ("Merge.java", "class M {\n int a() {}\n" + CONFLICT.format("int b() {}// ") + " int c() {}\n}\n", MERGED_JAVA),
        ("late_nul.py", GOOD * 400 + "x = '\0'\n", ("recovered", "", ["good"] * 400)),
        ("nul.py", GOOD + "\0", ("skipped", "binary", [])),
        ("line.py", GOOD + "x = '" + "a" * 1_000_000 + "'\n", ("skipped", "minified", [])),
        ("utf16.py", GOOD.encode("utf-16"), ("parsed", "", ["good"])),
        ("cookie.py", b"# coding: utf-7\n" + GOOD.encode(), ("failed", "encoding", [])),
        ("unknown.py", b"# coding: klingon\n" + GOOD.encode(), ("failed", "encoding", [])),
        ("not_utf8.py", b"# coding: utf-8\ndef caf\xe9():\n    pass\n", ("parsed", "", ["caf\xe9"])),
        ("half.py", b"\xff\xfe" + b"d", ("failed", "encoding", [])),
        ("carriage.py", GOOD.replace("\n", "\r"), ("parsed", "", ["good"])),
        ("same.py", "def f(): pass\n" * 1000, ("parsed", "", ["f"] * 1000)),
        ("long.py", "def f():\n" + "    x = 1\n" * 50_000, ("parsed", "", ["f"])),
        (
            "odd.cpp",
            "int a() { return 1; }\n#if 0\n{{{{ not code\n#endif\nint b() { return 2; }\n",
            ("parsed", "", ["a", "b"]),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_one_file(tmp_path: Path, name: str, data: str | bytes, expected: tuple[str, str, list[str]]) -> None:
    assert outcome(tmp_path, name, data) == expected


def test_a_function_with_merge_markers_is_marked_and_keeps_its_text(tmp_path: Path) -> None:
    text = "def f():\n<<<<<<< HEAD\n    return 1\n=======\n    return 2\n>>>>>>> x\n\ndef g():\n    return 3\n"
    (tmp_path / "m.py").write_text(text, encoding="utf-8")
    (parsed,) = parse_files(tmp_path)
    assert [(f.name, f.parse_status) for f in parsed.functions] == [("f", "recovered"), ("g", "ok")]
    assert parsed.functions[0].code == text.partition("\n>>>>>>>")[0]
    (tmp_path / "m.py").write_text('def h():\n    """Title\n=======\n"""\n', encoding="utf-8")
    (parsed,) = parse_files(tmp_path)
    assert (parsed.file.status, parsed.functions[0].docstring) == ("parsed", "Title\n=======")


@pytest.mark.parametrize(
    ("name", "deep"),
    [
        ("minus.py", GOOD + "x = " + "-\\\n" * DEEP + "1\n"),
        ("chain.py", GOOD + "x = a" + "\\\n.b" * DEEP + "\n"),
        ("number.py", GOOD + "x = " + "9" * 4_000 + "\n"),
        ("brackets.py", GOOD + "x = " + "(\n" * DEEP + ")\n" * DEEP),
        ("Deep.java", "class D { int good() { return 1; } int x = " + "(\n" * DEEP + "1" + ")\n" * DEEP + "; }\n"),
        ("deep.js", "function good() { return 1 }\nlet x = " + "[\n" * DEEP + "]\n" * DEEP),
        ("deep.c", "int good(void) { return 1; }\nint x = " + "(\n" * DEEP + "1" + ")\n" * DEEP + ";\n"),
        ("deep.cpp", "int good() { return 1; }\nint x = " + "A<\n" * 20_000),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)
def test_depth_is_no_danger(tmp_path: Path, name: str, deep: str) -> None:
    # On lines of their own: a file of one long line is left out as minified.
    status, _, names = outcome(tmp_path, name, deep)
    assert (status in ("parsed", "recovered"), names) == (True, ["good" if "." not in names[0] else "D.good"])


def test_what_takes_too_long_is_given_up_and_named(tmp_path: Path) -> None:
    # Error recovery over brackets that nothing closes takes the parser more than ten seconds.
    given_up = outcome(tmp_path, "open.c", "int good(void) { return 1; }\nint x = " + "(\n" * DEEP, file_seconds=0.2)
    assert given_up == ("failed", "timeout", [])
