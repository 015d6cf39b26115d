"""What comes along with the code: git, ignore rules, archives, others' copies, configuration, licences."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

from tests.security.hostile_repositories.making import (
    GOOD,
    OUTSIDE_MARK,
    good,
    marker,
    program,
    write,
)


def git_shapes(root: Path, rng: random.Random, outside: Path) -> None:  # row 30
    good(root, rng)
    kind = rng.randrange(4)
    if kind == 0:
        write(root / ".git", f"gitdir: {outside}\n")
    elif kind == 1:
        write(root / "sub" / ".git", "gitdir: ../../../../etc\n")
        write(root / "sub" / "in.py", GOOD["py"])
    elif kind == 2:
        for name in ("objects", "refs", "hooks"):
            (root / "bare.git" / name).mkdir(parents=True)
        write(root / "bare.git" / "HEAD", "ref: refs/heads/../../../../etc/passwd\n")
        write(root / "bare.git" / "hooks" / "post-checkout.py", GOOD["py"])
    else:
        write(root / ".git" / "HEAD", "ref: refs/heads/" + "../" * 40 + "etc/passwd\n")
        write(root / ".git" / "packed-refs", "# pack-refs\n" + "\x1b[31m refs/heads/main\n")
    write(root / "lfs.py", "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n")


def hostile_git_config(root: Path, rng: random.Random, outside: Path) -> None:  # row 31
    good(root, rng)
    for name in ("fsmonitor", "pager", "textconv", "hook", "editor"):
        program(root / ".git" / f"{name}.sh", outside, name)
    at = root / ".git"
    write(
        at / "config",
        f"[core]\n\trepositoryformatversion = 0\n\tfsmonitor = {at}/fsmonitor.sh\n\tpager = {at}/pager.sh\n"
        f"\teditor = {at}/editor.sh\n"
        f"\thooksPath = {at}\n[alias]\n\trev-parse = !{at}/hook.sh\n\tlog = !{at}/hook.sh\n"
        f'[diff "x"]\n\ttextconv = {at}/textconv.sh\n[include]\n\tpath = {outside}/secret.py\n',
    )
    write(at / "HEAD", "ref: refs/heads/main\n")
    write(at / "refs" / "heads" / "main", "0123456789abcdef0123456789abcdef01234567\n")
    (at / "objects").mkdir()
    write(root / ".gitattributes", "*.py diff=x filter=x\n")


def ignore_rules(root: Path, rng: random.Random, outside: Path) -> None:  # row 32
    good(root, rng)
    rules = "\n".join(
        rng.choice(["a/**/b{0}", "!x{0}", "**/q{0}/**", "*{0}*", "[z-a]{0}", "\\{0}", "{0}[", "#{0}"]).format(n)
        for n in range(10_000)
    )
    write(root / ".gitignore", rules + "\n" + "**/" * 300 + "x\n" + "*" * 500 + "y\nsecrets.py\n.env\n")
    write(root / "secrets.py", f"def s():\n    return '{OUTSIDE_MARK}'\n")
    write(root / "deep" / ".gitignore", b"\xff\xfe\0*\n!in.py\n")
    write(root / "deep" / ("a" * 200) / "in.py", GOOD["py"])
    write(root / "folders" / ".gitignore" / "in.py", GOOD["py"])
    write(root / ".git" / "info" / "exclude" / "in.py", GOOD["py"])


def archives(root: Path, rng: random.Random, outside: Path) -> None:  # row 33
    good(root, rng)
    for suffix in ("zip", "jar", "whl"):
        with zipfile.ZipFile(root / f"a.{suffix}", "w") as archive:
            archive.writestr("../../evil.py", f"def outside():\n    return '{OUTSIDE_MARK}'\n")
    write(root / "bomb.gz", b"\x1f\x8b" + rng.randbytes(1000))
    (root / "zipped.py").write_bytes((root / "a.zip").read_bytes())


def copies_of_others(root: Path, rng: random.Random, outside: Path) -> None:  # row 34
    good(root, rng)
    for folder in ("node_modules/x", "vendor/y", "venv/lib/site-packages/z", "third_party/w", "build/lib"):
        for number in range(rng.randrange(1, 20)):
            write(root / folder / f"c{number}.py", GOOD["py"])
    write(root / "venv" / "pyvenv.cfg", f"home = {outside}\n")
    write(root / "setup.py", "from setuptools import setup\n")


def configuration(root: Path, rng: random.Random, outside: Path) -> None:  # row 35
    good(root, rng)
    touch = f"open({marker(outside, 'imported')!r}, 'w').close()\n"
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
        write(root / name, touch + GOOD["py"])
    write(root / "tree_sitter" / "__init__.py", touch)
    write(root / "qarepo_graph" / "__init__.py", touch)
    write(root / "encodings" / "__init__.py", touch)
    write(root / "x.pth", "import os; " + touch)
    write(root / ".env", "OPENAI_BASE_URL=http://evil.invalid\nLANGSMITH_TRACING=true\nQAREPO_MODEL=openai:gpt\n")
    write(root / "qarepo.toml", 'model = "openai:gpt"\nbase_url = "http://evil.invalid"\nyes = true\n')
    write(root / "pyproject.toml", '[tool.qarepo]\nmodel = "openai:gpt"\nyes = true\n')


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
        write(root / f"l{number}.py", f"# {header}\ndef f{number}():\n    return {number}\n")
    write(
        root / "LICENSE", rng.choice(["MIT License\n\nPermission is hereby granted, free of charge", "x" * 100_000, ""])
    )
