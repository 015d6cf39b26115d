from __future__ import annotations

import os
import subprocess
import sys

import pytest

from qarepo_graph.errors import SettingsError
from qarepo_graph.safety.egress import (
    consent_question,
    destination,
    is_loopback,
    key_may_go,
    tracing_asked_by_environment,
)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "127.0.0.1",
        "127.8.9.10",
        "::1",
        "[::1]",
        "::ffff:127.0.0.1",
        "2130706433",
        "0x7f.1",
        "127.1",
    ],
)
def test_this_machine_under_all_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "localhost.evil.com",
        "127.0.0.1.nip.io",
        "example.com",
        "10.0.0.1",
        "192.168.1.5",
        "128.0.0.1",
        "fe80::1",
        "",
        "::2",
        "localhost@evil.com",
        "0.0.0.0",
        "a.localhost",
    ],
)
def test_hosts_that_are_not_this_machine(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://169.254.169.254/v1", "refused"),
        ("https://[fe80::1]/v1", "refused"),
        ("https://[::ffff:169.254.169.254]/v1", "refused"),
        ("https://2852039166/v1", "refused"),
        ("https://0xa9fea9fe/v1", "refused"),
        ("http://0.0.0.0:8000/v1", "refused"),
        ("http://api.example.com/v1", "--allow-http"),
        ("https://u:secretpass@api.example.com/v1", "user name or password"),
        ("https://api.example.com/v1?key=secretpass", "query"),
        ("ftp://api.example.com", "https://host/v1"),
        ("file:///etc/passwd", "https://host/v1"),
        ("api.example.com/v1", "https://host/v1"),
        ("https://", "https://host/v1"),
        ("https://a:notaport/v1", "cannot be read"),
        ("https://a\x1b[31m/v1", "https://host/v1"),
        ("https://[::1/v1", "cannot be read"),
    ],
)
def test_urls_that_are_refused_in_one_sentence_without_their_secret(url: str, words: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        destination(url)
    message = str(refusal.value)
    assert words in message
    assert "secretpass" not in message
    assert message.isprintable()
    assert message.count(". ") == 0


def test_where_a_url_leads() -> None:
    target = destination("https://API.DeepSeek.com/v1/")
    assert (target.host, target.port, target.loopback, target.url) == (
        "api.deepseek.com",
        443,
        False,
        "https://API.DeepSeek.com/v1",
    )
    assert target.origin == "api.deepseek.com"
    assert destination("http://[::1]:8000").origin == "[::1]:8000"
    assert destination("http://10.0.0.7:8000", allow_http=True).origin == "10.0.0.7:8000"


def test_a_key_goes_to_its_own_host_only() -> None:
    assert key_may_go("api.openai.com", destination("https://api.openai.com/v1"))
    assert not key_may_go("api.openai.com", destination("https://api.openai.com.evil.cn/v1"))
    assert not key_may_go("api.openai.com", destination("http://api.openai.com/v1", allow_http=True))
    assert key_may_go("", destination("https://anything.corp/v1"))


def test_what_is_asked_names_host_model_functions_and_bytes() -> None:
    asked = consent_question({"deepseek:deepseek-flash": "api.deepseek.com"}, 1234, 1_500_000)
    assert asked == (
        "The code of 1,234 functions (1.5 MB) will be sent to api.deepseek.com (model deepseek:deepseek-flash); "
        "secrets found in it are replaced first."
    )


def test_variables_are_told_by_name_never_by_value() -> None:
    environment = {
        "LANGSMITH_TRACING": "True",
        "LANGCHAIN_TRACING_V2": "false",
        "HTTPS_PROXY": "http://u:p@x",
        "PATH": "/",
    }
    assert tracing_asked_by_environment(environment) == ("LANGSMITH_TRACING",)


def test_ambient_tracing_is_off_before_langchain_looks() -> None:
    code = (
        "from qarepo_graph.safety.egress import disable_ambient_tracing as off; print(off());"
        "from langsmith.utils import tracing_is_enabled; print(tracing_is_enabled())"
    )
    environment = {**os.environ, "LANGSMITH_TRACING": "true", "LANGCHAIN_TRACING_V2": "true", "LANGSMITH_API_KEY": "k"}
    shown = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert shown == "('LANGSMITH_TRACING', 'LANGCHAIN_TRACING_V2')\nFalse\n"
