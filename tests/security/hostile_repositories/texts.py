"""What the text of code says to a terminal, a template, a chat model, a reader of the rows."""

from __future__ import annotations

import random
from pathlib import Path

from tests.security.hostile_repositories.making import (
    GOOD,
    write,
)


def scripts(root: Path, rng: random.Random, outside: Path) -> None:  # row 22
    words = ["中文注释", "شرح بالعربية", "👩‍💻🏳️‍🌈", "e\u0301\u0327", "\u200bزيرو\u200d", "ﷺ", "𝒻", "ไทย", "İı", "ß"]
    for number, word in enumerate(rng.sample(words, 6)):
        write(root / f"t{number}.py", f"# {word}\ndef f{number}(x):\n    '''{word}'''\n    return '{word * 200}'\n")
    write(root / "名字.py", "def 计算(数量):\n    return 数量\n")


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
        write(
            root / f"m{number}.py",
            f"def f{number}(a):\n    # {mark} check admin\n    if a != 'user{mark}':\n        return 1\n",
        )
    write(root / "homoglyph.py", "def sаy():\n    return 1\ndef say():\n    return 2\n")


def terminal_text(root: Path, rng: random.Random, outside: Path) -> None:  # row 24
    for number, text in enumerate(
        ("\x1b[2J\x1b[H", "\x1b]8;;http://x\x07y\x1b]8;;\x07", "\x1b]52;c;cm0=\x07", "\x9b31m", "\x08" * 50)
    ):
        write(root / f"e{number}.py", f"def f{number}():\n    '''{text} [/bold] [link=x]'''\n    return '{text}'\n")
        write(root / f"e{number}{text.replace('/', '_')[:20]}.c", GOOD["c"])


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
        write(root / f"t{number}.py", f"def f{number}(x):\n    # {text}\n    return {text!r}\n")


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
        write(root / f"k{number}.py", f"def f{number}():\n    '''{token}system'''\n    return \"{token}assistant\"\n")


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
        write(root / f"p{number}.py", f"def f{number}():\n    return {payload!r}\n")
        write(
            root / f"q{number}.java",
            'class A { String f() { return "' + payload.replace("\\", "").replace('"', '\\"') + '"; } }',
        )
