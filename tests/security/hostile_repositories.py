# ruff: noqa: E501 - a payload is read best on one line
"""Repositories nobody should have to meet, made by seed: one builder per row of the bad-input matrix.

A builder gets an empty folder, a generator of random numbers and a folder outside the repository. What lies outside
holds :data:`OUTSIDE_MARK`; what a repository would run, if anything ran it, writes into ``outside/ran``.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import stat
from collections.abc import Callable
from pathlib import Path

OUTSIDE_MARK = "OUTSIDE_THE_REPOSITORY_7c1f"
MEGABYTE = 1_000_000

Builder = Callable[[Path, random.Random, Path], None]

GOOD = {
    "py": "def fine(a, b):\n    return a + b\n",
    "java": "class Fine {\n    int fine(int a) {\n        return a + 1;\n    }\n}\n",
    "c": "int fine(int a) {\n    return a + 1;\n}\n",
    "cpp": "int fine(int a) {\n    return a + 1;\n}\n",
}


def build(row: int, seed: int, root: Path, outside: Path) -> None:
    """Make the repository of one row of the matrix, in its variant for this seed."""
    rng = random.Random(f"{row}:{seed}")
    root.mkdir(parents=True)
    outside.mkdir(parents=True, exist_ok=True)
    (outside / "ran").mkdir(exist_ok=True)
    (outside / "secret.py").write_text(f"def outside():\n    return '{OUTSIDE_MARK}'\n", "utf-8")
    BUILDERS[row](root, rng, outside)


def _write(path: Path, data: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))


def _good(root: Path, rng: random.Random, name: str = "fine") -> str:
    suffix = rng.choice(list(GOOD))
    _write(root / f"{name}.{suffix}", GOOD[suffix])
    return suffix


def _marker(outside: Path, name: str) -> str:
    return str(outside / "ran" / name)


def _program(path: Path, outside: Path, name: str) -> None:
    _write(path, f"#!/bin/sh\ntouch {_marker(outside, name)}\n")
    path.chmod(0o755)


def nothing_to_read(root: Path, rng: random.Random, outside: Path) -> None:  # row 1
    kind = rng.randrange(5)
    if kind == 1:
        _write(root / "README.md", "# nothing\n")
    elif kind == 2:
        (root / "src" / "empty").mkdir(parents=True)
    elif kind == 3:
        _write(root / "empty.py", "")
    elif kind == 4:
        root.rmdir()
        _write(root, "a file, not a folder\n")


def link_to_a_file_outside(root: Path, rng: random.Random, outside: Path) -> None:  # row 2
    _good(root, rng)
    target = outside / "secret.py"
    (root / "linked.py").symlink_to(target if rng.random() < 0.5 else os.path.relpath(target, root))
    (root / "passwd.py").symlink_to("/etc/passwd")
    (root / "dangling.java").symlink_to(outside / "nowhere.java")


def link_loops(root: Path, rng: random.Random, outside: Path) -> None:  # row 3
    _good(root, rng)
    (root / "a").mkdir()
    (root / "a" / "loop").symlink_to("../a" if rng.random() < 0.5 else root)
    (root / "self.py").symlink_to("self.py")
    (root / "ping.c").symlink_to("pong.c")
    (root / "pong.c").symlink_to("ping.c")
    (root / "all").symlink_to(outside, target_is_directory=True)
    (root / ".gitignore").symlink_to(outside / "secret.py")


def hard_link(root: Path, rng: random.Random, outside: Path) -> None:  # row 4: cannot be told from a file of its own
    _good(root, rng)
    other = outside / "other.py"
    _write(other, "def mine():\n    return 1\n")
    os.link(other, root / "hard.py")


def not_regular(root: Path, rng: random.Random, outside: Path) -> None:  # row 5
    suffix = _good(root, rng)
    os.mkfifo(root / f"pipe.{suffix}")
    os.mkfifo(root / ".gitignore")
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as listening:
        # A path longer than the system takes for sockets is what suppress() is for.
        listening.bind(str(root / "sock.py"))
    with contextlib.suppress(PermissionError):
        os.mknod(root / "zero.py", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        os.mknod(root / "tty.c", stat.S_IFCHR | 0o666, os.makedev(5, 0))
    (root / "folder.py").mkdir()
    _write(root / "folder.py" / "in.py", GOOD["py"])


def swapped(root: Path, rng: random.Random, outside: Path) -> None:  # row 6: the test swaps while it is read
    for number in range(20):
        _write(root / f"swap{number:02}.py", GOOD["py"] * rng.randrange(1, 50))


def unreadable(root: Path, rng: random.Random, outside: Path) -> None:  # row 7
    _good(root, rng)
    _write(root / "closed.py", GOOD["py"])
    (root / "closed.py").chmod(0)
    _write(root / "shut" / "in.py", GOOD["py"])
    (root / "shut").chmod(0 if rng.random() < 0.5 else 0o100)


def names(root: Path, rng: random.Random, outside: Path) -> None:  # row 8
    odd = [
        b"bad\xff\xfe",
        b"new\nline",
        b"esc\x1b[31m\x1b]52;c;aGk=\x07",
        b"[/bold][red]",
        b"n" * 251,
        b"-rf",
        b"--yes",
        b" ",
    ]
    odd += [
        b"{0.__class__}",
        b"%s%n",
        b"a\xe2\x80\xaeyp",
        b"con",
        b"aux",
        b"..x",
        b"$(touch x)",
        b"`id`",
        b"a;b",
        b"a|b",
        b"<script>",
    ]
    odd += [
        "全角　名".encode(),
        "é".encode(),
        "e\u0301".encode(),
        b"tag\xf3\xa0\x81\x81",
        b"'\"",
        b"\\",
        b"*?[",
        b"#x",
        b"!x",
    ]
    for name in rng.sample(odd, 12):
        _write(Path(os.fsdecode(os.fsencode(root) + b"/" + name + b".py")), GOOD["py"])
    folder = rng.choice([n for n in odd if len(n) < 100])
    _write(Path(os.fsdecode(os.fsencode(root) + b"/dir" + folder)) / "in.c", GOOD["c"])


def deep(root: Path, rng: random.Random, outside: Path) -> None:  # row 9
    _good(root, rng)
    here = os.open(root, os.O_RDONLY)
    name = rng.choice(["d", "deep" * 10, "n" * 200])
    for _ in range(rng.randrange(200, 1000)):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("bottom.py", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, GOOD["py"].encode())
    os.close(file)
    os.close(here)


def wide(root: Path, rng: random.Random, outside: Path) -> None:  # row 10
    for number in range(rng.randrange(500, 1500)):
        _write(root / f"p{number % 37}" / f"f{number}.py", f"def f{number}(): return {number}\n")


def huge(root: Path, rng: random.Random, outside: Path) -> None:  # row 11
    suffix = _good(root, rng)
    for name, size in (("sparse", 200 * MEGABYTE), ("giant", 2000 * MEGABYTE)):
        with (root / f"{name}.{suffix}").open("wb") as file:
            file.truncate(size + rng.randrange(100))
    _write(root / "limit.py", GOOD["py"] + "#" + "x" * (2 * MEGABYTE))


def minified(root: Path, rng: random.Random, outside: Path) -> None:  # row 12
    _good(root, rng)
    _write(root / "one_line.c", "int f(){return 1;}" * (MEGABYTE // 18))
    _write(root / "decls.cpp", "int a;" * rng.randrange(100_000, 300_000))
    _write(root / "gen.py", "# @generated by tool. DO NOT EDIT.\n" + GOOD["py"])
    _write(root / "long.py", "def f():\n    return '" + "x" * rng.randrange(100_000, 900_000) + "'\n")
    _write(root / "manylines.c", "int a;\n" * 250_000)


def binary(root: Path, rng: random.Random, outside: Path) -> None:  # row 13
    _good(root, rng)
    _write(root / "nul.py", b"def f():\n    return '\0'\n")
    _write(root / "late_nul.c", b"int f(){return 1;}\n" * 600 + b"\0\0\0int g(){return 2;}\n")
    _write(root / "noise.cpp", bytes(rng.choices(range(1, 256), k=rng.randrange(10_000, MEGABYTE))))
    _write(root / "noise.java", rng.randbytes(rng.randrange(10_000, MEGABYTE)).replace(b"\0", b"{"))
    _write(root / "elf.c", b"\x7fELF\x02\x01\x01" + rng.randbytes(5000))


def encodings(root: Path, rng: random.Random, outside: Path) -> None:  # row 14
    text = "def grüße(x):\n    '''Grüße — 说明文字：订单处理，支付。日本語の説明'''\n    return x\n"
    for codec in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "utf-7"):
        _write(root / f"{codec}.py", text.encode(codec))
    _write(root / "gbk.java", "// 处理订单并计算总价，返回支付结果\nclass A { int f() { return 1; } }\n".encode("gbk"))
    _write(root / "sjis.c", "/* 注文を処理し、合計を計算する関数 */\nint f(void) { return 1; }\n".encode("shift_jis"))
    _write(root / "latin1.cpp", "// caf\xe9 r\xe9sum\xe9\nint f() { return 1; }\n".encode("latin-1"))
    _write(root / "mixed.py", "# 中文\n".encode("gbk") + "# 中文 é\n".encode() + GOOD["py"].encode())
    broken = bytearray(text.encode())
    for _ in range(5):
        broken[rng.randrange(len(broken))] = rng.randrange(128, 256)
    _write(root / "broken.py", bytes(broken))


def cookies(root: Path, rng: random.Random, outside: Path) -> None:  # row 15
    codecs = ["utf-7", "rot13", "zlib", "hex", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"]
    codecs += [
        "nosuchcodec",
        "mbcs",
        "../../etc/passwd",
        "utf-8-sig",
        "latin-1",
        "cp037",
        "base64",
        "\u4e2d",
        "x" * 10_000,
    ]
    for number, codec in enumerate(rng.sample(codecs, 9)):
        _write(root / f"cookie{number}.py", f"# -*- coding: {codec} -*-\n+AG8AcwAuAHMAeQBzAHQAZQBt-\n{GOOD['py']}")
    _write(root / "fine.py", GOOD["py"])


def line_ends(root: Path, rng: random.Random, outside: Path) -> None:  # row 16
    for number, end in enumerate(("\r", "\r\n", "\n\r", "\u2028", "\x0c\n", "\x85", "\v\n", "\r\r\n")):
        _write(root / f"end{number}.py", end.join(["def f(x):", "    y = x", "    return y", ""]))
        _write(root / f"end{number}.c", end.join(["int f(int x) {", "  return x;", "}", ""]))
    mixed = "".join(line + rng.choice(["\n", "\r\n", "\r"]) for line in (GOOD["py"] * 20).split("\n"))
    _write(root / "mixed.py", mixed)


def broken_syntax(root: Path, rng: random.Random, outside: Path) -> None:  # row 17
    _write(root / "py2.py", "print 'x'\nexec 'y'\ndef f(a, (b, c)):\n    raise E, 'm'\n")
    _write(
        root / "{{ cookiecutter.name }}.py",
        "def {{ name }}(x):\n    return {{ x }}\n{% if a %}\ndef g(): pass\n{% endif %}\n",
    )
    _write(
        root / "merge.py", "<<<<<<< HEAD\ndef a(): return 1\n=======\ndef a(): return 2\n>>>>>>> other\n" + GOOD["py"]
    )
    whole = (GOOD["py"] + GOOD["java"] + GOOD["c"]) * 10
    for suffix in ("py", "java", "c", "cpp"):
        _write(root / f"cut.{suffix}", whole[: rng.randrange(1, len(whole))])
        letters = list(whole)
        for _ in range(30):
            letters[rng.randrange(len(letters))] = rng.choice("(){}[]<>'\"\\;:,\n\t #/*@")
        _write(root / f"mutated.{suffix}", "".join(letters))


def nested(root: Path, rng: random.Random, outside: Path) -> None:  # row 18
    depth = rng.choice([10_000, 50_000, 100_000])
    _write(root / "paren.py", "x = " + "(" * depth + "1" + ")" * depth + "\n" + GOOD["py"])
    _write(root / "minus.py", "x = " + "-" * depth + "1\n")
    _write(root / "attribute.py", "x = a" + ".b" * depth + "\n")
    _write(root / "int.py", "x = " + "9" * 5000 + "\n")
    _write(root / "open.c", "int x = " + "(" * depth)
    _write(root / "brace.java", "class A { void f() " + "{" * depth + "}" * depth + "}")
    _write(root / "lines.c", "int f(void) {\n" + "{\n" * (depth // 10) + "}\n" * (depth // 10) + "return 0;\n}\n")
    _write(root / "indent.py", "".join(" " * n + "if x:\n" for n in range(300)) + " " * 300 + "pass\n")
    _write(root / "defs.py", "".join(" " * n + f"def f{n}():\n" for n in range(400)) + " " * 400 + "pass\n")
    _write(root / "string.py", "x = f'" + '{f"{' * 200 + "'\n")


def cpp_tricks(root: Path, rng: random.Random, outside: Path) -> None:  # row 19
    _write(root / "less.cpp", "A<" * rng.randrange(2000, 20_000) + " x;\n" + GOOD["cpp"])
    _write(root / "macro.cpp", "#define BEGIN {\n#define END }\nint f() BEGIN return 1; END\nint g() { return 2; }\n")
    _write(root / "if0.c", "#if 0\nint a() {\n#else\nint a(int x) {\n#endif\n return 1; }\n" + "#if X\n" * 500)
    _write(root / "raw.cpp", 'auto s = R"delim(' + 'int f() { return 1; } )"' * 1000 + ')delim";\n')
    _write(root / "trigraph.c", "??=define X ??< ??>\nint f() ??< return 1; ??>\n" + "\\\n" * 5000)
    _write(
        root / "include.h",
        '#include "include.h"\n#include "/etc/passwd"\n#include "../../../../etc/shadow"\n' + GOOD["c"],
    )
    _write(root / "unbalanced.cpp", "namespace a { class B { void f() { if (x) {\n" * rng.randrange(10, 300))


def odd_functions(root: Path, rng: random.Random, outside: Path) -> None:  # row 20
    _write(root / "long.py", "def f(x):\n" + "    x += 1\n" * rng.randrange(10_000, 50_000))
    _write(root / "same.py", "def f():\n    pass\n" * 1000)
    _write(root / "same.java", "class A {" + "void f() {}\n" * 1000 + "}")
    _write(root / "empty.java", "abstract class A { abstract int f(); native void g(); } interface B { void h(); }")
    _write(root / "overloads.cpp", "".join(f"int f(int a{n}, T<{n}> b) {{ return {n}; }}\n" for n in range(300)))
    _write(root / "token.c", "int f(){return " + "+".join("1" * rng.randrange(5, 3000)) + ";}\n")
    _write(root / "name.py", "def " + "n" * 100_000 + "():\n    pass\n")
    _write(root / "args.py", "def f(" + ", ".join(f"a{n}" for n in range(5000)) + "):\n    pass\n")


def many_forms(root: Path, rng: random.Random, outside: Path) -> None:  # row 21
    decorators = "@d\n" * rng.randrange(1, 2000)
    _write(
        root / "forms.py",
        decorators + "async def f(*, a=lambda: (yield)): ...\nclass A:\n    @property\n    def p(self): ...\n",
    )
    _write(
        root / "forms.java",
        "class A { record R(int x) { R {} } enum E { X { void f() {} }; void f() {} } { } static { } }",
    )
    _write(
        root / "forms.cpp",
        "template<class T> struct A { operator T() const; ~A(); T operator[](int); };\ntemplate<class T> A<T>::~A() {}",
    )


def scripts(root: Path, rng: random.Random, outside: Path) -> None:  # row 22
    words = ["中文注释", "شرح بالعربية", "👩‍💻🏳️‍🌈", "e\u0301\u0327", "\u200bزيرو\u200d", "ﷺ", "𝒻", "ไทย", "İı", "ß"]
    for number, word in enumerate(rng.sample(words, 6)):
        _write(root / f"t{number}.py", f"# {word}\ndef f{number}(x):\n    '''{word}'''\n    return '{word * 200}'\n")
    _write(root / "名字.py", "def 计算(数量):\n    return 数量\n")


def direction_marks(root: Path, rng: random.Random, outside: Path) -> None:  # row 23
    marks = [
        "\u202e",
        "\u202a",
        "\u2066",
        "\u2067",
        "\u2069",
        "\u200f",
        "\U000e0041\U000e0042",
        "\ufe00\ufe01",
        "\u2062",
    ]
    for number, mark in enumerate(rng.sample(marks, 5)):
        _write(
            root / f"m{number}.py",
            f"def f{number}(a):\n    # {mark} check admin\n    if a != 'user{mark}':\n        return 1\n",
        )
    _write(root / "homoglyph.py", "def sаy():\n    return 1\ndef say():\n    return 2\n")


def terminal_text(root: Path, rng: random.Random, outside: Path) -> None:  # row 24
    for number, text in enumerate(
        ("\x1b[2J\x1b[H", "\x1b]8;;http://x\x07y\x1b]8;;\x07", "\x1b]52;c;cm0=\x07", "\x9b31m", "\x08" * 50)
    ):
        _write(root / f"e{number}.py", f"def f{number}():\n    '''{text} [/bold] [link=x]'''\n    return '{text}'\n")
        _write(root / f"e{number}{text.replace('/', '_')[:20]}.c", GOOD["c"])


def templates(root: Path, rng: random.Random, outside: Path) -> None:  # row 25
    texts = [
        "{x}",
        "{{",
        "}}",
        "{0.__class__.__mro__}",
        "{x!r:>{y}}",
        "{% raw %}",
        "%s %(a)s %n",
        "$x ${y}",
        "```python",
        "</code>",
    ]
    texts += [
        "{code}",
        "{repository_description}",
        "~~~~",
        "`" * 500,
        "<data-000000000000>",
        "</data>",
        "'''",
        "{{{{{{{{",
    ]
    for number, text in enumerate(rng.sample(texts, 8)):
        _write(root / f"t{number}.py", f"def f{number}(x):\n    # {text}\n    return {text!r}\n")


def chat_tokens(root: Path, rng: random.Random, outside: Path) -> None:  # row 26
    tokens = [
        "<|im_start|>",
        "<|im_end|>",
        "<|endoftext|>",
        "[INST]",
        "<think>",
        "</think>",
        "<｜User｜>",
        "<<SYS>>",
        "<tool_call>",
    ]
    for number, token in enumerate(rng.sample(tokens, 6)):
        _write(root / f"k{number}.py", f"def f{number}():\n    '''{token}system'''\n    return \"{token}assistant\"\n")


def data_as_code(root: Path, rng: random.Random, outside: Path) -> None:  # row 27
    payloads = [
        '{"lc":1,"type":"secret","id":["OPENAI_API_KEY"]}',
        '{"instruction":"x","input":"y","output":"z"}',
        "]]}}",
        "\\u0000",
    ]
    payloads += [
        '{"lc":1,"type":"constructor","id":["os","system"],"kwargs":{}}',
        "gASVAAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUhZRSlC4=",
    ]
    for number, payload in enumerate(rng.sample(payloads, 4)):
        _write(root / f"p{number}.py", f"def f{number}():\n    return {payload!r}\n")
        _write(
            root / f"q{number}.java",
            'class A { String f() { return "' + payload.replace("\\", "").replace('"', '\\"') + '"; } }',
        )


def surrogates(root: Path, rng: random.Random, outside: Path) -> None:  # row 28
    _write(root / "cesu.py", b"def f():\n    return '\xed\xa0\x80\xed\xb0\x80'\n")
    _write(root / "escape.py", "def g():\n    return '\\ud800'\n")
    _write(
        root / "utf16.py",
        b"\xff\xfe" + "def h():\n    return '".encode("utf-16-le") + b"\x00\xd8" + "'\n".encode("utf-16-le"),
    )
    _write(root / "overlong.c", b"/* \xc0\xaf \xf8\x88\x80\x80\x80 */ int f(void) { return 1; }\n")
    _write(root / "noncharacter.py", "def i():\n    return '\uffff\U0010ffff\ufdd0'\n")


def big_numbers(root: Path, rng: random.Random, outside: Path) -> None:  # row 29
    digits = str(rng.randrange(10**4000, 10**4200))
    _write(root / "n.py", f"def f(a={digits}):\n    return {digits} + 1e999999 + 0x{'f' * 5000}\n")
    _write(
        root / "n.c",
        f'long f(void) {{ return {digits}ULL; }}\n#line 99999999999999999999 "x"\nint g(void) {{ return 1; }}\n',
    )


def git_shapes(root: Path, rng: random.Random, outside: Path) -> None:  # row 30
    _good(root, rng)
    kind = rng.randrange(4)
    if kind == 0:
        _write(root / ".git", f"gitdir: {outside}\n")
    elif kind == 1:
        _write(root / "sub" / ".git", "gitdir: ../../../../etc\n")
        _write(root / "sub" / "in.py", GOOD["py"])
    elif kind == 2:
        for name in ("objects", "refs", "hooks"):
            (root / "bare.git" / name).mkdir(parents=True)
        _write(root / "bare.git" / "HEAD", "ref: refs/heads/../../../../etc/passwd\n")
        _write(root / "bare.git" / "hooks" / "post-checkout.py", GOOD["py"])
    else:
        _write(root / ".git" / "HEAD", "ref: refs/heads/" + "../" * 40 + "etc/passwd\n")
        _write(root / ".git" / "packed-refs", "# pack-refs\n" + "\x1b[31m refs/heads/main\n")
    _write(root / "lfs.py", "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n")


def hostile_git_config(root: Path, rng: random.Random, outside: Path) -> None:  # row 31
    _good(root, rng)
    for name in ("fsmonitor", "pager", "textconv", "hook", "editor"):
        _program(root / ".git" / f"{name}.sh", outside, name)
    at = root / ".git"
    _write(
        at / "config",
        f"[core]\n\trepositoryformatversion = 0\n\tfsmonitor = {at}/fsmonitor.sh\n\tpager = {at}/pager.sh\n\teditor = {at}/editor.sh\n"
        f"\thooksPath = {at}\n[alias]\n\trev-parse = !{at}/hook.sh\n\tlog = !{at}/hook.sh\n"
        f'[diff "x"]\n\ttextconv = {at}/textconv.sh\n[include]\n\tpath = {outside}/secret.py\n',
    )
    _write(at / "HEAD", "ref: refs/heads/main\n")
    _write(at / "refs" / "heads" / "main", "0123456789abcdef0123456789abcdef01234567\n")
    (at / "objects").mkdir()
    _write(root / ".gitattributes", "*.py diff=x filter=x\n")


def ignore_rules(root: Path, rng: random.Random, outside: Path) -> None:  # row 32
    _good(root, rng)
    rules = "\n".join(
        rng.choice(["a/**/b{0}", "!x{0}", "**/q{0}/**", "*{0}*", "[z-a]{0}", "\\{0}", "{0}[", "#{0}"]).format(n)
        for n in range(10_000)
    )
    _write(root / ".gitignore", rules + "\n" + "**/" * 300 + "x\n" + "*" * 500 + "y\nsecrets.py\n.env\n")
    _write(root / "secrets.py", f"def s():\n    return '{OUTSIDE_MARK}'\n")
    _write(root / "deep" / ".gitignore", b"\xff\xfe\0*\n!in.py\n")
    _write(root / "deep" / ("a" * 200) / "in.py", GOOD["py"])
    _write(root / "folders" / ".gitignore" / "in.py", GOOD["py"])
    _write(root / ".git" / "info" / "exclude" / "in.py", GOOD["py"])


def archives(root: Path, rng: random.Random, outside: Path) -> None:  # row 33
    import zipfile

    _good(root, rng)
    for suffix in ("zip", "jar", "whl"):
        with zipfile.ZipFile(root / f"a.{suffix}", "w") as archive:
            archive.writestr("../../evil.py", f"def outside():\n    return '{OUTSIDE_MARK}'\n")
    _write(root / "bomb.gz", b"\x1f\x8b" + rng.randbytes(1000))
    (root / "zipped.py").write_bytes((root / "a.zip").read_bytes())


def copies_of_others(root: Path, rng: random.Random, outside: Path) -> None:  # row 34
    _good(root, rng)
    for folder in ("node_modules/x", "vendor/y", "venv/lib/site-packages/z", "third_party/w", "build/lib"):
        for number in range(rng.randrange(1, 20)):
            _write(root / folder / f"c{number}.py", GOOD["py"])
    _write(root / "venv" / "pyvenv.cfg", f"home = {outside}\n")
    _write(root / "setup.py", "from setuptools import setup\n")


def configuration(root: Path, rng: random.Random, outside: Path) -> None:  # row 35
    _good(root, rng)
    touch = f"open({_marker(outside, 'imported')!r}, 'w').close()\n"
    for name in (
        "sitecustomize.py",
        "usercustomize.py",
        "conftest.py",
        "setup.py",
        "re.py",
        "json.py",
        "os.py",
        "typing.py",
    ):
        _write(root / name, touch + GOOD["py"])
    _write(root / "tree_sitter" / "__init__.py", touch)
    _write(root / "qarepo_graph" / "__init__.py", touch)
    _write(root / "encodings" / "__init__.py", touch)
    _write(root / "x.pth", "import os; " + touch)
    _write(root / ".env", "OPENAI_BASE_URL=http://evil.invalid\nLANGSMITH_TRACING=true\nQAREPO_MODEL=openai:gpt\n")
    _write(root / "qarepo.toml", 'model = "openai:gpt"\nbase_url = "http://evil.invalid"\nyes = true\n')
    _write(root / "pyproject.toml", '[tool.qarepo]\nmodel = "openai:gpt"\nyes = true\n')


def read_only(root: Path, rng: random.Random, outside: Path) -> None:  # row 36
    _good(root, rng)
    _write(root / ".qarepo" / "run" / "x.py", f"def outside():\n    return '{OUTSIDE_MARK}'\n")
    _write(root / "a" / "b.py", GOOD["py"])
    (root / "a").chmod(0o555)
    root.chmod(0o555)


def changing(root: Path, rng: random.Random, outside: Path) -> None:  # row 37: the test changes it while it is read
    for number in range(30):
        _write(root / f"d{number % 5}" / f"g{number:02}.py", GOOD["py"] * rng.randrange(1, 30))


def licences(root: Path, rng: random.Random, outside: Path) -> None:  # row 38
    headers = [
        "SPDX-License-Identifier: GPL-3.0-only",
        "SPDX-License-Identifier: (MIT OR Apache-2.0)",
        "Copyright. All rights reserved.",
    ]
    headers += [
        "SPDX-License-Identifier: " + "A" * 3000,
        "SPDX-License-Identifier: \x1b[31mMIT",
        "GNU AFFERO GENERAL PUBLIC LICENSE",
        "",
    ]
    for number, header in enumerate(rng.sample(headers, 5)):
        _write(root / f"l{number}.py", f"# {header}\ndef f{number}():\n    return {number}\n")
    _write(
        root / "LICENSE", rng.choice(["MIT License\n\nPermission is hereby granted, free of charge", "x" * 100_000, ""])
    )


BUILDERS: dict[int, Builder] = {
    1: nothing_to_read,
    2: link_to_a_file_outside,
    3: link_loops,
    4: hard_link,
    5: not_regular,
    6: swapped,
    7: unreadable,
    8: names,
    9: deep,
    10: wide,
    11: huge,
    12: minified,
    13: binary,
    14: encodings,
    15: cookies,
    16: line_ends,
    17: broken_syntax,
    18: nested,
    19: cpp_tricks,
    20: odd_functions,
    21: many_forms,
    22: scripts,
    23: direction_marks,
    24: terminal_text,
    25: templates,
    26: chat_tokens,
    27: data_as_code,
    28: surrogates,
    29: big_numbers,
    30: git_shapes,
    31: hostile_git_config,
    32: ignore_rules,
    33: archives,
    34: copies_of_others,
    35: configuration,
    36: read_only,
    37: changing,
    38: licences,
}
"""Builder by row of the matrix."""
