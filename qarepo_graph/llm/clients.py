"""LangChain clients, opened so that they do one thing: send one request.

Every retry, redirect, environment address and proxy of theirs is switched off; the connections under them bound time
and size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import (
    FakeListChatModel,
    FakeMessagesListChatModel,
    GenericFakeChatModel,
)
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import (
    ensure_config,
    get_async_callback_manager_for_config,
    var_child_runnable_config,
)
from pydantic import SecretStr

from qarepo_graph.errors import MissingExtraError, SettingsError
from qarepo_graph.llm.address import find_address
from qarepo_graph.llm.chat_completions import ChatCompletions
from qarepo_graph.llm.ladder import Plan
from qarepo_graph.llm.profiles import PROFILES, Method, Profile, find_profile
from qarepo_graph.llm.wire import Wire


class _Ears:
    """Whether anything would hear of a call: the caller's callbacks, the graph's, or LangChain's own tracers.

    Looking costs 0.1 ms of CPU. All the calls of a graph's node have the node's config as their parent, and what hears
    one of them hears all, so there it is looked for once.
    """

    def __init__(self) -> None:
        self._node: RunnableConfig | None = None
        self._heard = False

    def hear(self, config: RunnableConfig) -> bool:
        """Say whether a call with this config would be heard."""
        node = var_child_runnable_config.get()
        if node is None or "callbacks" in config:
            return _has_listeners(config)
        if node is not self._node:
            self._node, self._heard = node, _has_listeners(config)
        return self._heard


def _has_listeners(config: RunnableConfig) -> bool:
    return bool(get_async_callback_manager_for_config(ensure_config(config)).handlers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A LangChain chat model and how to speak to it.

    Attributes:
        model: The chat model.
        profile: What we know of its server.
        spec: ``provider:name``.
        name: The model's name at the server.
        base_url: Where requests go; empty for a model object, whose address is its own business.
        host: The host as the user is told it; empty when nothing leaves this process.
        owned: True when we opened it, so its parameters and its connections are ours.
        identity: What can change a reply.
    """

    model: BaseChatModel
    profile: Profile
    spec: str
    name: str
    base_url: str = ""
    host: str = ""
    owned: bool = True
    identity: Mapping[str, Any] = field(default_factory=dict)
    key_variable: str = ""
    key: SecretStr = field(default=SecretStr(""), repr=False)
    wire: Wire | None = field(default=None, repr=False)
    plain: bool = False
    _ears: _Ears = field(default_factory=_Ears, repr=False, compare=False)

    @property
    def key_words(self) -> str:
        """How a message names the key: its variable and last four characters, never more."""
        secret = self.key.get_secret_value()
        if not self.key_variable:
            return "The key"
        tail = f" (ends in {secret[-4:]})" if len(secret) >= 12 else ""
        return f"The key in {self.key_variable}{tail}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key, for what replaces known secrets; nothing where there is none."""
        secret = self.key.get_secret_value()
        return (secret,) if secret else ()

    def scrub(self, text: str) -> str:
        """Return text without the key."""
        secret = self.key.get_secret_value()
        return text.replace(secret, "***") if secret else text

    async def send(self, messages: Sequence[BaseMessage], plan: Plan, config: RunnableConfig) -> AIMessage:
        """Send one request.

        Raises:
            Exception: Whatever the model raises; ``fault_of_exception`` sorts it.
        """
        arguments = self._arguments(plan)
        if isinstance(self.model, ChatCompletions) and not self._ears.hear(config):
            # Where no callback listens, ainvoke only looks for some, at 0.3 ms of CPU a call.
            return await self.model.complete(messages, **arguments)
        return await self.model.ainvoke(list(messages), config=config, **arguments)

    async def aclose(self) -> None:
        """Close connections that we opened."""
        if self.wire is not None:
            await self.wire.aclose()

    def _arguments(self, plan: Plan) -> dict[str, Any]:
        if self.plain:
            return {}
        if self.profile.client == "ollama":
            from qarepo_graph.llm.ollama import ollama_arguments

            return ollama_arguments(plan)
        # In extra_body the SDK neither parses nor reshapes it: a third of the CPU, and the raw text is never lost.
        arguments: dict[str, Any] = {"extra_body": dict(plan.body)}
        if plan.stream:
            arguments["stream"] = True
            if not self.owned:
                arguments["stream_usage"] = True
        return arguments


def open_client(
    profile: Profile,
    name: str,
    *,
    base_url: str,
    connections: int,
    seconds: float,
    allow_http: bool,
    use_proxy: bool,
    dry_run: str = "",
) -> Client:
    """Open the LangChain client of a profile.

    Raises:
        SettingsError: When name, address or key cannot work.
        MissingExtraError: When the client is not installed.
    """
    address = find_address(profile, name, base_url=base_url, allow_http=allow_http, needs_key=not dry_run)
    target, key = address.target, address.key
    wire = Wire(seconds=seconds, connections=connections, use_proxy=use_proxy, dry_run=dry_run)
    model: BaseChatModel
    if profile.client == "ollama":
        from qarepo_graph.llm.ollama import open_ollama

        model = open_ollama(name, target.url, key, wire)
    else:
        model = ChatCompletions(model=name, provider=profile.name, base_url=target.url, api_key=key, wire=wire)
    return Client(
        model=model,
        profile=profile,
        spec=f"{profile.name}:{name}",
        name=name,
        base_url=target.url,
        host=target.host,
        identity={"provider": profile.name, "model": name, "host": target.host},
        key_variable=address.key_variable,
        key=key,
        wire=wire,
    )


def open_langchain_model(spec: str, *, temperature: float | None, max_tokens: int, seconds: float) -> BaseChatModel:
    """Open a provider we keep no profile for, by LangChain's own list: ``mistralai:…``, ``azure_openai:…``.

    Its package brings its client, its key variable and its address; ours are the retries, the deadline and the gate.

    Raises:
        SettingsError: When LangChain knows no such provider either, or it cannot be opened (its key is not set).
        MissingExtraError: When the provider's package is not installed.
    """
    from langchain.chat_models import init_chat_model  # brings LangGraph's agents, seconds of start-up

    sampling: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
    try:
        model: BaseChatModel = init_chat_model(spec, max_tokens=max_tokens, timeout=seconds, max_retries=0, **sampling)
    except ImportError as error:
        package = getattr(error, "name", "") or spec.partition(":")[0]
        found = re.search(r"pip install (?:-U )?([\w\[\].-]+)", str(error))
        msg = f"--model {spec} needs a package; run: pip install {found[1] if found else package}."
        raise MissingExtraError(msg) from None
    except Exception as error:  # each client has errors of its own kind for a missing key or address
        if "Unable to infer model provider" in str(error):
            find_profile(spec.partition(":")[0])  # raises, naming the providers there are
        msg = f"--model {spec} cannot be opened: {' '.join(str(error).split())[:200]}"
        raise SettingsError(msg) from None
    return model


def adopt_client(model: BaseChatModel) -> Client:
    """Wrap a chat model object. OpenAI-style objects are asked for structure, others are sent the messages alone."""
    parameters = model._get_ls_params()
    provider = str(parameters.get("ls_provider") or model._llm_type)
    name = str(parameters.get("ls_model_name") or type(model).__name__)
    openai_style = any(kind.__name__ == "BaseChatOpenAI" for kind in type(model).__mro__)
    base = PROFILES["openai-compatible"]
    if openai_style:
        _switch_retries_off(model)
        methods: tuple[Method, ...] = ("json_schema", "json_mode", "text")
        profile = replace(base, name=provider, methods=methods, body=_own_body(model), limit_parameter="")
    else:
        profile = replace(base, name=provider, methods=("text",))
    return Client(
        model=model,
        profile=profile,
        spec=f"{provider}:{name}",
        name=name,
        host=_host_of(model),
        owned=False,
        identity={
            "provider": provider,
            "model": name,
            "class": type(model).__name__,
            "parameters": {key: value for key, value in sorted(parameters.items()) if _is_plain(value)},
        },
        plain=not openai_style,
    )


def _switch_retries_off(model: Any) -> None:
    """Leave retrying to our one layer. The object's own sync client is not touched."""
    root = getattr(model, "root_async_client", None)
    if root is not None and root.max_retries:
        model.root_async_client = root.with_options(max_retries=0)
        model.async_client = model.root_async_client.chat.completions


def _own_body(model: Any) -> dict[str, Any]:
    """Return the object's own ``extra_body``, which ours would replace otherwise."""
    return dict(getattr(model, "extra_body", None) or {})


def _host_of(model: BaseChatModel) -> str:
    if isinstance(model, (GenericFakeChatModel, FakeListChatModel, FakeMessagesListChatModel)) or getattr(
        model, "stays_in_process", False
    ):
        return ""
    for name in ("openai_api_base", "api_base", "base_url", "endpoint"):
        if isinstance(url := getattr(model, name, None), str) and (host := urlsplit(url).hostname):
            return host
    return f"the host that {type(model).__name__} is set to"


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool, list))
