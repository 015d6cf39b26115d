"""Nothing is sent anywhere but to the host the user named, whatever the environment says."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.security.command_line import every_byte, qarepo, qarepo_inside
from tests.security.recording_server import recording_server

SOURCE = '''def total(prices):
    """Add up the prices."""
    result = 0
    for price in prices:
        result += price
    return result
'''
KEY = "canary-key-5b2a90-never-elsewhere"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "shop.py").write_text(SOURCE, "utf-8")
    return tmp_path


def _describe(body: dict[str, Any]) -> str:
    if "total" not in str(body["messages"]):
        raise KeyError("not ours")
    steps = [
        {"text": "Sets `result` to `0`.", "start_line": 3, "end_line": 3},
        {"text": "Adds each `price` in `prices` to `result`.", "start_line": 4, "end_line": 5},
        {"text": "Returns `result`.", "start_line": 6, "end_line": 6},
    ]
    return json.dumps({"description": "`total` adds up `prices` and returns the result.", "logic_steps": steps})


def _against_us(url: str) -> dict[str, str]:
    """Every variable that moves requests or copies them, all pointing at somebody else's server."""
    bases = (
        "OPENAI_BASE_URL",
        "OPENAI_API_BASE",
        "DEEPSEEK_API_BASE",
        "DEEPSEEK_BASE_URL",
        "OLLAMA_HOST",
        "OPENAI_PROXY",
    )
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    traces = ("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "LANGSMITH_RUNS_ENDPOINTS")
    on = (
        "LANGSMITH_TRACING",
        "LANGCHAIN_TRACING_V2",
        "LANGSMITH_TRACING_V2",
        "LANGCHAIN_TRACING",
        "LANGSMITH_OTEL_ENABLED",
    )
    keys = ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY", "OPENAI_API_KEY", "DEEPSEEK_API_KEY", "OPENAI_ADMIN_KEY")
    return {
        **dict.fromkeys(bases, f"{url}/v1"),
        **dict.fromkeys((*proxies, *traces), url),
        **dict.fromkeys(on, "true"),
        **dict.fromkeys(keys, "sk-somebody-elses-key-0123456789"),
        "NO_PROXY": "",
        "no_proxy": "",
        "QAREPO_API_KEY": KEY,
    }


def _arguments(url: str, *more: str) -> list[str]:
    model = ["--model", "openai-compatible:m", "--base-url", f"{url}/v1"]
    return [
        "generate",
        "repo",
        "-o",
        "out.json",
        "--questions",
        "0",
        "--requirements",
        "1",
        "--attempts",
        "1",
        *model,
        *more,
    ]


def test_variables_set_against_us_move_nothing(folder: Path) -> None:
    trace = folder / "trace"
    watch = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=connect,sendto", "-o", str(trace)]
    with recording_server(_describe) as named, recording_server(_describe) as other:
        before = watch if shutil.which("strace") else []
        ran = qarepo(_arguments(named.url), folder, _against_us(other.url), before=before)
        assert "Traceback" not in ran.stderr, ran.stderr
        assert other.requests == []
        assert "POST /v1/chat/completions" in named.requests
        assert all("sk-somebody-elses-key" not in line for line in named.headers)
    if not before:
        pytest.skip(
            "strace, which shows every connection, is not here; the two servers' records were as they should be"
        )
    calls = trace.read_text("utf-8", errors="replace")
    inet = {
        (match[1], match[2])
        for match in re.finditer(r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)', calls)
    }
    assert inet == {(str(named.port), "127.0.0.1")}
    assert "sin6_addr" not in calls


def test_the_provider_s_own_key_does_not_go_to_another_host(folder: Path) -> None:
    with recording_server(_describe) as named:
        arguments = [part if part != "openai-compatible:m" else "deepseek:m" for part in _arguments(named.url)]
        ran = qarepo_inside([*arguments], folder, {"DEEPSEEK_API_KEY": KEY, "QAREPO_API_KEY": "key-for-loopback"})
        assert "Traceback" not in ran.stderr
        # A server on this machine is the user's own; a foreign host is what the next test is about.
    ran = qarepo_inside(
        [
            "generate",
            "repo",
            "-o",
            "o.json",
            "--model",
            "deepseek:m",
            "--base-url",
            "https://elsewhere.invalid/v1",
            "--yes",
        ],
        folder,
        {"DEEPSEEK_API_KEY": KEY, "QAREPO_API_KEY": ""},
    )
    assert ran.returncode == 2
    assert "DEEPSEEK_API_KEY is not sent to elsewhere.invalid" in ran.stderr
    assert KEY not in ran.stderr


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int, folder: Path) -> None:
    with recording_server(_describe) as other:
        with recording_server(_describe, redirect_to=other.url, status=status) as named:
            ran = qarepo_inside(_arguments(named.url, "--max-outage", "1"), folder, {"QAREPO_API_KEY": KEY})
            assert "POST /v1/chat/completions" in named.requests
        assert other.requests == []
        assert "Traceback" not in ran.stderr
        assert ran.returncode in (2, 3, 4)


def test_nobody_agreed_so_nothing_is_sent(folder: Path) -> None:
    url = "https://api.deepseek.com"
    ran = qarepo_inside(
        ["generate", "repo", "-o", "o.json", "--model", "deepseek:deepseek-flash"], folder, {"DEEPSEEK_API_KEY": KEY}
    )
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    last = ran.stderr.splitlines()[-1]  # after the plan, which was said first so that one knows what to agree to
    assert last.startswith(f"qarepo: Code would be sent to {url.removeprefix('https://')} and nobody agreed to it; ")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://169.254.169.254/v1", "refused"),
        ("http://10.0.0.9:8000/v1", "--allow-http"),
        ("https://u:p4ssw0rd9@api.corp.cn/v1", "user name or password"),
        ("https://api.corp.cn/v1?key=p4ssw0rd9", "query"),
    ],
)
def test_addresses_that_are_refused_before_anything_is_sent(url: str, words: str, folder: Path) -> None:
    arguments = [part if not part.endswith("/v1") else url for part in _arguments("x", "--yes")]
    ran = qarepo_inside(arguments, folder, {"QAREPO_API_KEY": KEY})
    assert ran.returncode == 2, ran.stderr
    assert words in ran.stderr
    assert "p4ssw0rd9" not in ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr


def test_a_server_that_is_not_there_is_told_in_one_line_and_nothing_is_left_open(folder: Path) -> None:
    with recording_server(_describe) as gone:
        pass
    ran = qarepo(_arguments(gone.url, "--max-outage", "1"), folder, {"QAREPO_API_KEY": KEY})
    assert ran.returncode == 4
    assert "cannot be reached (connection refused)" in ran.stderr.splitlines()[-1]


def test_a_configuration_in_the_analysed_repository_moves_nothing(folder: Path) -> None:
    with recording_server(_describe) as other:
        lines = f'model = "openai-compatible:m"\nbase_url = "{other.url}/v1"\nyes = true\n'
        (folder / "repo" / "qarepo.toml").write_text(lines, "utf-8")
        (folder / "repo" / ".env").write_text(f"QAREPO_BASE_URL={other.url}\nOPENAI_BASE_URL={other.url}\n", "utf-8")
        (folder / "repo" / "sitecustomize.py").write_text("raise SystemExit('imported')\n", "utf-8")
        outside = qarepo_inside(["generate", "repo", "-o", "a.json"], folder)
        inside = qarepo(["generate", ".", "-o", "../b.json"], folder / "repo", {"PYTHONSAFEPATH": "1"})
        assert other.requests == []
        assert (outside.returncode, inside.returncode) == (0, 0), inside.stderr
        assert "qarepo.toml" in inside.stderr


def test_a_dry_run_writes_the_exact_bodies_and_sends_none(folder: Path) -> None:
    with recording_server(_describe) as named:
        sent = qarepo_inside(_arguments(named.url), folder, {"QAREPO_API_KEY": KEY})
        assert "Traceback" not in sent.stderr
        count = len(named.requests)
        dry = qarepo_inside(
            _arguments(named.url, "--dry-run", "bodies", "--run-dir", "dry"), folder, {"QAREPO_API_KEY": KEY}
        )
        assert dry.returncode == 0, dry.stderr
        assert len(named.requests) == count
    written = every_byte(folder / "bodies")
    kept = [data for path, data in written.items() if path.suffix == ".json"]
    assert len(kept) == 2
    # The requirement's prompt quotes accepted descriptions, of which a dry run has none.
    assert [data in named.bodies for data in kept].count(True) == 1
    assert "2 request bodies are in bodies; nothing was sent." in dry.stdout
    assert not any(KEY.encode() in data for data in written.values())
