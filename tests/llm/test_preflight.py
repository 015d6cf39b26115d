"""What is found out before any work: the model's name, the address, the window a server really reads."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from qarepo_graph.errors import ProviderError
from qarepo_graph.llm.chat import open_backend
from tests.llm.providers import Provider, deepseek, ollama, openrouter

pytestmark = pytest.mark.usefixtures("provider_keys")


async def test_a_retired_model_name_is_told_with_the_names_on_offer() -> None:
    async with Provider(deepseek, ["deepseek-flash", "deepseek-v4-flash"]) as provider:
        backend = open_backend("deepseek:deepseek-chat", base_url=provider.url)
        with pytest.raises(ProviderError) as caught:
            await backend.check()
        place = urlsplit(provider.url).netloc
        assert str(caught.value) == (
            f"{place} has no model 'deepseek-chat'; it offers deepseek-flash, deepseek-v4-flash."
        )


async def test_a_wrong_port_or_path_is_told_before_any_work() -> None:
    async def welcome(_request: web.Request) -> web.Response:
        return web.Response(text="<html>Welcome</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/v1/models", welcome)
    app.router.add_post("/v1/chat/completions", welcome)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    place = f"127.0.0.1:{runner.addresses[0][1]}"
    told = []
    for url in (f"http://{place}/v1", f"http://{place}/api", f"https://{place}/v1"):
        backend = open_backend("vllm:served", base_url=url)
        with pytest.raises(ProviderError) as caught:
            await backend.check()
        await backend.aclose()
        told.append(str(caught.value))
    await runner.cleanup()
    assert told == [
        f"{place}'s reply is not JSON. Check that it runs and that its address is right, then run the same command.",
        (
            f"{place} has no model 'served', or nothing at http://{place}/api/chat/completions (HTTP 404); "
            "check the name and --base-url."
        ),
        f"{place} does not speak https at this port; write http:// or its port.",
    ]


async def test_a_list_of_models_longer_than_one_packet_is_read_whole() -> None:
    async with Provider(openrouter, [f"vendor/model-{number}" * 20 for number in range(2000)] + ["last"]) as provider:
        backend = open_backend("openrouter:last", base_url=provider.url)
        await backend.check()
        await backend.aclose()
        assert provider.paths == ["GET /models"]


async def test_an_alias_the_server_does_not_list_passes() -> None:
    async with Provider(deepseek, ["deepseek-flash"]) as provider:
        await open_backend("deepseek:deepseek-v4-flash", base_url=provider.url).check()
        assert provider.seen[0]["max_tokens"] == 16


async def test_ollama_that_ignores_the_window_asked_for_is_told_before_any_work() -> None:
    def deaf(body: dict[str, Any]) -> Any:
        status, reply = ollama({**body, "options": {}})  # reads 4,096 tokens, whatever num_ctx says
        return status, reply

    async with Provider(deaf, ["tiny:latest"], prefix="") as provider:
        with pytest.raises(ProviderError, match=r"read only 4096 of 5000 tokens.*num_ctx 16384.*OLLAMA_CONTEXT_LENGTH"):
            await open_backend("ollama:tiny", base_url=provider.url).check()
        own = {"ollama": {"body": {"num_ctx": 4096, "think": False}}}
        await open_backend("ollama:tiny", base_url=provider.url, profiles=own).check()  # it asks for no more


async def test_ollama_without_the_model_names_those_it_has() -> None:
    async with Provider(ollama, ["tiny:latest"], prefix="") as provider:
        with pytest.raises(ProviderError, match=r"has no model 'big'; it offers tiny, tiny:latest"):
            await open_backend("ollama:big", base_url=provider.url).check()
