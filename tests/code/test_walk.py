from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from qarepo_graph.code.walk import check_root, walk
from qarepo_graph.errors import RepositoryError


def make(root: Path, *paths: str, **texts: str) -> Path:
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            target.write_text(texts.get(path, "x = 1\n"), encoding="utf-8")
    return root


def reasons(root: Path, **options: object) -> dict[str, str]:
    return {file.path: file.reason for file in walk(check_root(root), **options)}  # type: ignore[arg-type]


def read(root: Path, **options: object) -> list[str]:
    return [path for path, reason in reasons(root, **options).items() if not reason]


def test_paths_come_sorted_as_whole_paths(tmp_path: Path) -> None:
    make(tmp_path, "a/b.py", "a-b.py", "a.py", "a/c/d.py", "ab.py", "B.py", "a0/x.py")
    found = [file.path for file in walk(tmp_path)]
    assert found == sorted(found, key=os.fsencode)
    assert found == ["B.py", "a-b.py", "a.py", "a/b.py", "a/c/d.py", "a0/x.py", "ab.py"]


IGNORED = {
    ".gitignore": "*.log.py\n/only_root.py\nbuilds/\n!keep.log.py\n# comment\n\\#odd.py\nlib/**/deep.py\n",
    "lib/.gitignore": "!here.log.py\nlocal.py\n/anchored.py\n",
    "lib/sub/.gitignore": "!local.py\n",
}


def test_ignore_rules_agree_with_git(tmp_path: Path) -> None:
    for path, text in IGNORED.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    names = (
        "a.log.py keep.log.py only_root.py sub/only_root.py builds/x.py sub/builds/y.py #odd.py lib/deep.py "
        "lib/x/deep.py lib/here.log.py lib/there.log.py lib/local.py lib/sub/local.py lib/anchored.py "
        "lib/sub/anchored.py local.py lib/x/y/deep.py"
    )
    make(tmp_path, *names.split())
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    command = ["git", "-c", "core.quotePath=false", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.splitlines()
    assert read(tmp_path) == sorted(path for path in listed if path.endswith(".py"))
    assert reasons(tmp_path)["builds/"] == "ignored"


def test_the_repository_s_own_exclude_file_counts(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.py", ".git/info/exclude", **{".git/info/exclude": "b.py\n"})
    assert reasons(tmp_path) == {".git/": "tool_folder", "a.py": "", "b.py": "ignored"}


def test_a_folder_in_the_place_of_a_rule_file_has_no_rules(tmp_path: Path) -> None:
    make(tmp_path, "a.py", ".gitignore/b.py", ".git/info/exclude/c.py", "sub/.gitignore/d.py")
    assert reasons(tmp_path) == {".git/": "tool_folder", ".gitignore/b.py": "", "a.py": "", "sub/.gitignore/d.py": ""}


def test_include_and_exclude(tmp_path: Path) -> None:
    make(tmp_path, "src/a.py", "src/b.py", "tests/c.py")
    assert read(tmp_path, include=("src/",)) == ["src/a.py", "src/b.py"]
    assert read(tmp_path, include=("*.py",), exclude=("tests/**",)) == ["src/a.py", "src/b.py"]
    assert reasons(tmp_path, exclude=("b.py",))["src/b.py"] == "excluded"


def test_folders_of_tools_and_environments_and_builds(tmp_path: Path) -> None:
    make(
        tmp_path,
        "node_modules/m/a.js",
        "env/pyvenv.cfg",
        "env/lib/x.py",
        "pyproject.toml",
        "build/lib/a.py",
        "src/build/kept.py",
        "dist/__init__.py",
        "dist/kept.py",
        "target/kept.py",
        "crate/Cargo.toml",
        "crate/target/x.c",
    )
    assert [(path, reason) for path, reason in reasons(tmp_path).items() if path.endswith("/")] == [
        ("build/", "build_output"),
        ("crate/target/", "build_output"),
        ("env/", "virtual_environment"),
        ("node_modules/", "tool_folder"),
        ("target/", "build_output"),
    ]
    assert read(tmp_path) == ["dist/__init__.py", "dist/kept.py", "src/build/kept.py"]


def test_size_limit_and_vendored(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "third_party/b.py", **{"a.py": "x" * 100})
    assert reasons(tmp_path, max_file_bytes=99) == {"a.py": "too_large", "third_party/b.py": "vendored"}
    assert read(tmp_path, include_vendored=True) == ["a.py", "third_party/b.py"]


@pytest.mark.skipif(os.name == "nt", reason="links, pipes and byte names of POSIX")
def test_what_is_no_plain_file_is_named_and_not_followed(tmp_path: Path) -> None:
    outside = make(tmp_path / "outside", "secret.py")
    root = make(tmp_path / "root", "a.py")
    (root / "link.py").symlink_to(outside / "secret.py")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.py")
    (root / os.fsdecode(b"bad\xff.py")).write_text("x = 1\n")
    assert reasons(root) == {
        "a.py": "",
        "bad\\xff.py": "",
        "folder": "symlink",
        "link.py": "symlink",
        "loop": "symlink",
        "pipe.py": "not_regular",
    }


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs permissions that bind")
def test_an_unreadable_folder_is_named(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "closed/b.py")
    (tmp_path / "closed").chmod(0)
    try:
        assert reasons(tmp_path) == {"a.py": "", "closed/": "unreadable"}
        with pytest.raises(RepositoryError, match="cannot be read"):
            check_root(tmp_path / "closed")
    finally:
        (tmp_path / "closed").chmod(0o700)
