"""What a parser meets: broken, nested, endless and unheard-of code."""

from __future__ import annotations

import random
from pathlib import Path

from tests.security.hostile_repositories.making import (
    GOOD,
    write,
)


def broken_syntax(root: Path, rng: random.Random, outside: Path) -> None:  # row 17
    write(root / "py2.py", "print 'x'\nexec 'y'\ndef f(a, (b, c)):\n    raise E, 'm'\n")
    write(
        root / "{{ cookiecutter.name }}.py",
        "def {{ name }}(x):\n    return {{ x }}\n{% if a %}\ndef g(): pass\n{% endif %}\n",
    )
    write(
        root / "merge.py", "<<<<<<< HEAD\ndef a(): return 1\n=======\ndef a(): return 2\n>>>>>>> other\n" + GOOD["py"]
    )
    whole = (GOOD["py"] + GOOD["java"] + GOOD["c"]) * 10
    for suffix in ("py", "java", "c", "cpp"):
        write(root / f"cut.{suffix}", whole[: rng.randrange(1, len(whole))])
        letters = list(whole)
        for _ in range(30):
            letters[rng.randrange(len(letters))] = rng.choice("(){}[]<>'\"\\;:,\n\t #/*@")
        write(root / f"mutated.{suffix}", "".join(letters))


def nested(root: Path, rng: random.Random, outside: Path) -> None:  # row 18
    depth = rng.choice([10_000, 50_000, 100_000])
    write(root / "paren.py", "x = " + "(" * depth + "1" + ")" * depth + "\n" + GOOD["py"])
    write(root / "minus.py", "x = " + "-" * depth + "1\n")
    write(root / "attribute.py", "x = a" + ".b" * depth + "\n")
    write(root / "int.py", "x = " + "9" * 5000 + "\n")
    write(root / "open.c", "int x = " + "(" * depth)
    write(root / "brace.java", "class A { void f() " + "{" * depth + "}" * depth + "}")
    write(root / "lines.c", "int f(void) {\n" + "{\n" * (depth // 10) + "}\n" * (depth // 10) + "return 0;\n}\n")
    write(root / "indent.py", "".join(" " * n + "if x:\n" for n in range(300)) + " " * 300 + "pass\n")
    write(root / "defs.py", "".join(" " * n + f"def f{n}():\n" for n in range(400)) + " " * 400 + "pass\n")
    write(root / "string.py", "x = f'" + '{f"{' * 200 + "'\n")


def cpp_tricks(root: Path, rng: random.Random, outside: Path) -> None:  # row 19
    write(root / "less.cpp", "A<" * rng.randrange(2000, 20_000) + " x;\n" + GOOD["cpp"])
    write(root / "macro.cpp", "#define BEGIN {\n#define END }\nint f() BEGIN return 1; END\nint g() { return 2; }\n")
    write(root / "if0.c", "#if 0\nint a() {\n#else\nint a(int x) {\n#endif\n return 1; }\n" + "#if X\n" * 500)
    write(root / "raw.cpp", 'auto s = R"delim(' + 'int f() { return 1; } )"' * 1000 + ')delim";\n')
    write(root / "trigraph.c", "??=define X ??< ??>\nint f() ??< return 1; ??>\n" + "\\\n" * 5000)
    write(
        root / "include.h",
        '#include "include.h"\n#include "/etc/passwd"\n#include "../../../../etc/shadow"\n' + GOOD["c"],
    )
    write(root / "unbalanced.cpp", "namespace a { class B { void f() { if (x) {\n" * rng.randrange(10, 300))


def odd_functions(root: Path, rng: random.Random, outside: Path) -> None:  # row 20
    write(root / "long.py", "def f(x):\n" + "    x += 1\n" * rng.randrange(10_000, 50_000))
    write(root / "same.py", "def f():\n    pass\n" * 1000)
    write(root / "same.java", "class A {" + "void f() {}\n" * 1000 + "}")
    write(root / "empty.java", "abstract class A { abstract int f(); native void g(); } interface B { void h(); }")
    write(root / "overloads.cpp", "".join(f"int f(int a{n}, T<{n}> b) {{ return {n}; }}\n" for n in range(300)))
    write(root / "token.c", "int f(){return " + "+".join("1" * rng.randrange(5, 3000)) + ";}\n")
    write(root / "name.py", "def " + "n" * 100_000 + "():\n    pass\n")
    write(root / "args.py", "def f(" + ", ".join(f"a{n}" for n in range(5000)) + "):\n    pass\n")


def many_forms(root: Path, rng: random.Random, outside: Path) -> None:  # row 21
    decorators = "@d\n" * rng.randrange(1, 2000)
    write(
        root / "forms.py",
        decorators + "async def f(*, a=lambda: (yield)): ...\nclass A:\n    @property\n    def p(self): ...\n",
    )
    write(
        root / "forms.java",
        "class A { record R(int x) { R {} } enum E { X { void f() {} }; void f() {} } { } static { } }",
    )
    write(
        root / "forms.cpp",
        "template<class T> struct A { operator T() const; ~A(); T operator[](int); };\ntemplate<class T> A<T>::~A() {}",
    )


def big_numbers(root: Path, rng: random.Random, outside: Path) -> None:  # row 29
    digits = str(rng.randrange(10**4000, 10**4200))
    write(root / "n.py", f"def f(a={digits}):\n    return {digits} + 1e999999 + 0x{'f' * 5000}\n")
    write(
        root / "n.c",
        f'long f(void) {{ return {digits}ULL; }}\n#line 99999999999999999999 "x"\nint g(void) {{ return 1; }}\n',
    )
