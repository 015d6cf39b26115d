"""With ``--use-proxy`` requests go through the proxy that the environment names, with our key and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from qarepo_graph.llm.backend import Fault
from qarepo_graph.llm.wire import Wire
from tests.security.recording_server import recording_server

URL = "http://model.invalid/v1/chat/completions"
HEADERS = {"authorization": "Bearer the-key", "content-type": "application/json"}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password of-another-program\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
async def test_a_named_proxy_is_gone_through_and_netrc_adds_nothing(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recording_server(lambda _: "said") as proxy:
        monkeypatch.setenv(variable, proxy.url)
        for headers in (HEADERS, {"content-type": "application/json"}):
            wire = Wire(seconds=5, connections=1, use_proxy=True)
            answer = await wire.exchange("POST", URL, b'{"messages": []}', headers)
            await wire.aclose()
            assert answer.status == 200
        assert proxy.requests == [f"POST {URL}"] * 2
        assert "Bearer the-key" in proxy.headers[0]
        assert not any("basic" in sent.lower() for sent in proxy.headers)
        assert "authorization" not in proxy.headers[1].lower()


async def test_an_excepted_host_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    with recording_server(lambda _: "said") as proxy, recording_server(lambda _: "said") as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        wire = Wire(seconds=5, connections=1, use_proxy=True)
        await wire.exchange("POST", f"{server.url}/v1/chat/completions", b"{}", HEADERS)
        await wire.aclose()
        assert (len(proxy.requests), len(server.requests)) == (0, 1)


async def test_a_proxy_that_is_not_http_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "socks5://somebody:secret@127.0.0.1:1080")
    wire = Wire(seconds=5, connections=1, use_proxy=True)
    with pytest.raises(Fault, match="not one of http; name one as http://host:port") as told:
        await wire.exchange("POST", URL, b"{}", HEADERS)
    assert (told.value.action, "secret" in str(told.value)) == ("stop", False)
    await wire.aclose()
