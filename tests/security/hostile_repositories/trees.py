"""What lies in a folder: links, devices, names, depth, width, rights; and what changes while it is read."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import stat
from pathlib import Path

from tests.security.hostile_repositories.making import (
    GOOD,
    OUTSIDE_MARK,
    good,
    write,
)


def nothing_to_read(root: Path, rng: random.Random, outside: Path) -> None:  # row 1
    kind = rng.randrange(5)
    if kind == 1:
        write(root / "README.md", "# nothing\n")
    elif kind == 2:
        (root / "src" / "empty").mkdir(parents=True)
    elif kind == 3:
        write(root / "empty.py", "")
    elif kind == 4:
        root.rmdir()
        write(root, "a file, not a folder\n")


def link_to_a_file_outside(root: Path, rng: random.Random, outside: Path) -> None:  # row 2
    good(root, rng)
    target = outside / "secret.py"
    (root / "linked.py").symlink_to(target if rng.random() < 0.5 else os.path.relpath(target, root))
    (root / "passwd.py").symlink_to("/etc/passwd")
    (root / "dangling.java").symlink_to(outside / "nowhere.java")


def link_loops(root: Path, rng: random.Random, outside: Path) -> None:  # row 3
    good(root, rng)
    (root / "a").mkdir()
    (root / "a" / "loop").symlink_to("../a" if rng.random() < 0.5 else root)
    (root / "self.py").symlink_to("self.py")
    (root / "ping.c").symlink_to("pong.c")
    (root / "pong.c").symlink_to("ping.c")
    (root / "all").symlink_to(outside, target_is_directory=True)
    (root / ".gitignore").symlink_to(outside / "secret.py")


def hard_link(root: Path, rng: random.Random, outside: Path) -> None:  # row 4: cannot be told from a file of its own
    good(root, rng)
    other = outside / "other.py"
    write(other, "def mine():\n    return 1\n")
    os.link(other, root / "hard.py")


def not_regular(root: Path, rng: random.Random, outside: Path) -> None:  # row 5
    suffix = good(root, rng)
    os.mkfifo(root / f"pipe.{suffix}")
    os.mkfifo(root / ".gitignore")
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as listening:
        # A path longer than the system takes for sockets is what suppress() is for.
        listening.bind(str(root / "sock.py"))
    with contextlib.suppress(PermissionError):
        os.mknod(root / "zero.py", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        os.mknod(root / "tty.c", stat.S_IFCHR | 0o666, os.makedev(5, 0))
    (root / "folder.py").mkdir()
    write(root / "folder.py" / "in.py", GOOD["py"])


def swapped(root: Path, rng: random.Random, outside: Path) -> None:  # row 6: the test swaps while it is read
    for number in range(20):
        write(root / f"swap{number:02}.py", GOOD["py"] * rng.randrange(1, 50))


def unreadable(root: Path, rng: random.Random, outside: Path) -> None:  # row 7
    good(root, rng)
    write(root / "closed.py", GOOD["py"])
    (root / "closed.py").chmod(0)
    write(root / "shut" / "in.py", GOOD["py"])
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
        write(Path(os.fsdecode(os.fsencode(root) + b"/" + name + b".py")), GOOD["py"])
    folder = rng.choice([n for n in odd if len(n) < 100])
    write(Path(os.fsdecode(os.fsencode(root) + b"/dir" + folder)) / "in.c", GOOD["c"])


def deep(root: Path, rng: random.Random, outside: Path) -> None:  # row 9
    good(root, rng)
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
        write(root / f"p{number % 37}" / f"f{number}.py", f"def f{number}(): return {number}\n")


def read_only(root: Path, rng: random.Random, outside: Path) -> None:  # row 36
    good(root, rng)
    write(root / ".qarepo" / "run" / "x.py", f"def outside():\n    return '{OUTSIDE_MARK}'\n")
    write(root / "a" / "b.py", GOOD["py"])
    (root / "a").chmod(0o555)
    root.chmod(0o555)


def changing(root: Path, rng: random.Random, outside: Path) -> None:  # row 37: the test changes it while it is read
    for number in range(30):
        write(root / f"d{number % 5}" / f"g{number:02}.py", GOOD["py"] * rng.randrange(1, 30))
