"""Coverage-guided fuzzing of what reads hostile bytes: the extractor, the walk's rules, replies, the safety gates.

    python fuzz/coverage_guided.py TARGET [--seconds 600] [--corpus FOLDER]

TARGET is ``extract``, ``walk``, ``rules``, ``reply`` or ``text``. Needs ``atheris`` in an environment of its own, which
``make fuzz`` makes. A finding is written as ``crash-*`` into a folder beside the corpus and ends the run; replay it
with ``... TARGET FILE``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["qarepo_graph", "pathspec"]):
    from qarepo_graph.code.extract import extract
    from qarepo_graph.code.ignore_rules import compile_rules
    from qarepo_graph.code.languages import LANGUAGES
    from qarepo_graph.code.licences import LicenceFiles
    from qarepo_graph.code.reading import UnreadableFileError, read_regular_file
    from qarepo_graph.code.walk import check_root, walk
    from qarepo_graph.errors import RepositoryError
    from qarepo_graph.llm.backend import Fault
    from qarepo_graph.llm.structured import ReplyError, parse_reply
    from qarepo_graph.llm.wire import Answer
    from qarepo_graph.safety.fence import fence, fence_mark
    from qarepo_graph.safety.injection import instructions_to_a_model, obeyed
    from qarepo_graph.safety.secrets import redact
    from qarepo_graph.safety.special_tokens import break_chat_tokens, hidden_kinds
    from qarepo_graph.safety.terminal import visible
    from qarepo_graph.schema import Questions
    from tests.faults.helpers import request_for
    from tests.llm.recorded import backend_told  # here, for it imports what of us makes a reply

NAMES = sorted(LANGUAGES)


def extract_target(data: bytes) -> None:
    """First byte: the language; the rest: a file."""
    if not data:
        return
    language = NAMES[data[0] % len(NAMES)]
    adapter = LANGUAGES[language]
    raw = data[1:]
    facts = adapter.survey(raw) if adapter.survey else None
    learned = adapter.learn(iter([facts])) if adapter.learn and facts is not None else None
    try:
        parsed = extract(f"a{adapter.suffixes[0]}", language, raw, include_generated=True, learned=learned)
    except (RecursionError, MemoryError):
        return  # the worker makes "too_complex" of these
    lines = raw.count(b"\n") + raw.count(b"\r") + 2
    for function in parsed.functions:
        assert 1 <= function.start_line <= function.end_line <= lines, function
        assert function.code.count("\n") == function.end_line - function.start_line, function
    assert len({function.id for function in parsed.functions}) == len(parsed.functions), "ids are not unique"
    json.dumps([function.to_record() for function in parsed.functions], ensure_ascii=False).encode("utf-8")


def walk_target(data: bytes) -> None:
    """Entries ``kind name NUL content 0xff``: a tree of files, folders, links and pipes with names of any bytes."""
    base = Path(tempfile.mkdtemp(prefix="walked-"))
    root = base / "root"
    root.mkdir()
    (base / "secret.py").write_bytes(OUTSIDE)
    try:
        _grow(os.fsencode(root), data)
        paths = []
        licences = LicenceFiles(root)
        try:
            walked = list(walk(check_root(root)))
        except RepositoryError:
            return
        for file in walked:
            paths.append(file.path.encode("utf-8"))
            if file.reason:
                continue
            licences.of(file.path)
            assert Path(file.location).resolve().is_relative_to(root.resolve()), file
            try:
                assert OUTSIDE not in read_regular_file(file.location, 10_000), file
            except UnreadableFileError:
                continue
        assert len(set(paths)) == len(paths), "a path is listed twice"
    finally:
        shutil.rmtree(os.fsencode(base))


OUTSIDE = b"outside of the root"


def _grow(root: bytes, data: bytes) -> None:
    """Make what the bytes say; what the file system refuses is left out."""
    for entry in data.split(b"\xff")[:20]:
        name, _, content = entry[1:].partition(b"\0")
        parts = [part for part in name.split(b"/") if part not in (b"", b".", b"..")][:6]
        if not parts:
            continue
        path = os.path.join(root, *parts)  # noqa: PTH118 - names here are bytes that are no text
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
            kind = entry[0] % 8
            if kind == 0:
                os.symlink(content or b"../secret.py", path)  # noqa: PTH211
            elif kind == 1:
                os.mkfifo(path)
            elif kind == 2:
                os.makedirs(path, exist_ok=True)  # noqa: PTH103
            else:
                with open(path, "xb") as file:  # noqa: PTH123
                    file.write(content)
        except (OSError, ValueError):
            continue


def rules_target(data: bytes) -> None:
    """First line: a path; the rest: a rule file."""
    path, _, rules = data.decode("utf-8", "replace").partition("\n")
    for spec in compile_rules(rules.splitlines()):
        spec.check_file(path.lstrip("/") or "a")


def reply_target(data: bytes) -> None:
    """First byte: status and kind of the reply; the rest: its body. Whatever a server says is a reply or a fault."""
    if not data:
        return
    streamed = bool(data[0] & 1)
    kind = "text/event-stream" if streamed else "application/json"
    status = (200, 200, 200, 400, 402, 429, 500, 302)[data[0] >> 1 & 7]
    said = Answer(status, {"content-type": kind, "retry-after": data[1:4].decode("latin-1")}, data[1:])
    try:
        parse_reply(asyncio.run(backend_told(said).ask(request_for("u"))), Questions)
    except Fault as fault:
        if fault.code == "model_error":
            raise RuntimeError(str(fault)) from fault
    except ReplyError:
        return


def text_target(data: bytes) -> None:
    """Any text through every gate that looks at text."""
    text = data.decode("utf-8", "replace")
    once = redact(text, personal=True)
    assert once.text.count("\n") == text.count("\n")
    assert fence_mark(text) not in text
    assert fence(text).count(fence_mark(text)) == 2
    assert visible(text).isprintable() or "\u200d" in text or "\u200c" in text
    assert "chat_token" not in hidden_kinds(break_chat_tokens(text))
    instructions_to_a_model(text)
    obeyed(text, text[::-1])


TARGETS: dict[str, Callable[[bytes], None]] = {
    "extract": extract_target,
    "walk": walk_target,
    "rules": rules_target,
    "reply": reply_target,
    "text": text_target,
}


def seeds(target: str) -> Iterator[bytes]:
    """Yield files to start from: the light rows of the bad-input matrix, planted secrets, hidden instructions."""
    from tests.security.hostile_repositories import BUILDERS, build
    from tests.security.injection_corpus import corpus
    from tests.security.secret_corpus import planted

    if target == "text":
        yield from (case.text.encode() for case in planted(1, 2))
        yield from (case.code.encode() for case in corpus(1))
        return
    if target == "reply":
        answer = '{"questions": ["How does `f` work?"]}'
        call = {"id": "1", "type": "function", "function": {"name": "Questions", "arguments": answer}}
        usage = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 1}}
        for said in ({"content": answer, "reasoning_content": "so"}, {"content": None, "tool_calls": [call]}):
            for name, first in (("message", 0), ("delta", 1)):
                event = {"model": "m", "choices": [{name: said, "finish_reason": "stop"}], "usage": usage}
                body = json.dumps(event).encode()
                yield bytes([first]) + (b"data: " + body + b"\n\ndata: [DONE]\n\n" if first else body)
        for number in range(16):
            yield bytes([number]) + b'{"error": {"message": "no", "code": 429, "type": "t", "param": "max_tokens"}}'
        yield b'\0{"message": {"content": "x"}}'
        return
    if target == "rules":
        for rule in ("a/**/b", "!x", "**/q/**", "*.py", "[z-a]", "\\!", "[", "#", "a[!b-", "***", "/", "**"):
            yield f"src/a/b.py\n{rule}\n!{rule}\n".encode()
        return
    if target == "walk":
        yield b"\xff".join(
            (
                b"3a.py\0def f():\n    return 1\n",
                b"3.gitignore\0*.c\n!b.c\n",
                b"3sub/b.c\0int f(void) { return 1; }\n",
                b"3sub/.gitignore\0/x\n",
                b"0link.py\0../secret.py",
                b"0loop\0.",
                b"1pipe.py\0",
                b"2build\0",
                b"3build/o.py\0",
                b"3setup.py\0",
                b"3LICENSE\0MIT License",
                b"3.git/info/exclude\0q.py\n",
                b"3venv/pyvenv.cfg\0",
                "3名字.java\0class A { }".encode(),
            )
        )
        return
    with tempfile.TemporaryDirectory() as base:
        for row in (13, 14, 15, 16, 17, 19, 21, 22, 23, 25, 26, 28, 29):
            build(row, 1, Path(base) / f"{row}", Path(base) / "outside")
            assert row in BUILDERS
        for path in sorted(Path(base).rglob("*.*")):
            language = next((name for name in NAMES if path.suffix in LANGUAGES[name].suffixes), "")
            if language and path.is_file():
                yield bytes([NAMES.index(language)]) + path.read_bytes()[:4000]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument(
        "--corpus", type=Path, help="folder to start from and to keep; findings go into FOLDER-findings"
    )
    parser.add_argument("replay", nargs="*")
    options = parser.parse_args()
    corpus = options.corpus or Path(tempfile.mkdtemp(prefix=f"fuzz-{options.target}-"))
    findings = corpus.with_name(corpus.name + "-findings")
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(options.target)):
        (corpus / f"seed-{number:04}").write_bytes(seed)
    random.seed(0)
    print(f"corpus: {corpus}; findings: {findings}", flush=True)
    limits = [f"-max_total_time={options.seconds}", "-timeout=20", "-rss_limit_mb=4096", "-max_len=8000"]
    arguments = [sys.argv[0], *(options.replay or [str(corpus)]), *limits, f"-artifact_prefix={findings}/"]
    atheris.Setup(arguments, TARGETS[options.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
