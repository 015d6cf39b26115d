"""Which model a node asks: named by the settings, checked before any work, opened once a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel

from qarepo_graph.errors import SettingsError
from qarepo_graph.llm.address import find_address
from qarepo_graph.llm.backend import Backend, Usage
from qarepo_graph.llm.caller import Caller, CallEvent
from qarepo_graph.llm.limiter import Limiter
from qarepo_graph.llm.prices import price_of
from qarepo_graph.llm.profiles import find_profile, has_profile
from qarepo_graph.settings import NODES_WITH_MODELS, Settings


@dataclass(frozen=True, slots=True)
class NodeModel:
    """The model one node asks.

    Attributes:
        backend: The model.
        caller: The retry layer in front of it.
        price: Cost of one reply's tokens in US dollars, None where the price is unknown.
        warm_first: A stage's first call goes alone, so that the provider's prefix cache is warm for the others.
    """

    backend: Backend
    caller: Caller
    price: Callable[[Usage], float | None]
    warm_first: bool = False

    @property
    def spec(self) -> str:
        """``provider:name``."""
        return self.backend.spec

    @property
    def identity(self) -> Mapping[str, Any]:
        """What takes part in the key of the work."""
        return self.backend.identity


def model_of(settings: Settings, node: str) -> str | BaseChatModel:
    """Return the model a node asks by the settings: its own, the critic, or the run's."""
    own = settings.models.get(node)
    if own:
        return own
    return settings.critic_model if node == "critique" else settings.model


def check_models(settings: Settings, *, needs_key: bool) -> None:
    """Refuse a model whose name, address or key cannot work; nothing is sent.

    Raises:
        SettingsError: With what to write instead.
        MissingExtraError: When the package of a provider of LangChain's own list is not installed.
    """
    named = {spec for node in NODES_WITH_MODELS if isinstance(spec := model_of(settings, node), str)}
    for spec in sorted(named - {"", "offline"}):
        provider, _, name = spec.partition(":")
        if name and not has_profile(provider, settings.profiles):
            from qarepo_graph.llm.clients import open_langchain_model  # the chat clients take a second to import

            open_langchain_model(spec, temperature=None, max_tokens=1, seconds=1)
            continue
        find_address(
            find_profile(provider, settings.profiles),
            name,
            base_url=settings.base_url if spec == settings.model else "",
            allow_http=settings.allow_http,
            needs_key=needs_key,
        )


async def open_model(
    spec: str | BaseChatModel, settings: Settings, limiter: Limiter, on_event: Callable[[CallEvent], None]
) -> NodeModel:
    """Open a model and ask its server whether it would answer.

    Args:
        spec: ``provider:name`` or a chat model object.
        settings: How it is asked.
        limiter: The run's limiter.
        on_event: Told of every wait.

    Raises:
        SettingsError: When name, address or key cannot work, or ``--max-usd`` is set and the price is unknown.
        ProviderError: When its server refuses: key, model name, address.
    """
    backend: Backend
    chat = None
    if spec == "offline":
        from qarepo_graph.offline import OfflineBackend

        backend = OfflineBackend()
    else:
        from qarepo_graph.llm.chat import open_backend  # the chat clients take a second to import

        same_server = spec == settings.model
        backend = chat = open_backend(
            spec,
            base_url=settings.base_url if same_server else "",
            profiles=settings.profiles,
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            concurrency=settings.concurrency,
            request_seconds=settings.request_seconds,
            allow_http=settings.allow_http,
            use_proxy=settings.use_proxy,
            strict_model=settings.strict_model,
            dry_run=settings.dry_run,
        )
    price = price_of(backend.spec, settings.prices)
    if settings.max_usd and price(Usage(prompt_tokens=1, completion_tokens=1)) is None:
        msg = f"--max-usd needs a price for {backend.spec}; add it to a price table and give that with --prices."
        raise SettingsError(msg)
    try:
        await backend.check()
    except BaseException:
        await backend.aclose()
        raise
    caller = Caller(backend, limiter, max_outage=settings.max_outage, on_event=on_event)
    return NodeModel(backend, caller, price, warm_first=chat is not None and chat.caches_prefix)
