"""What differs between model servers, as data: one frozen record per provider.

A new provider is a new record here, in ``qarepo.toml`` (``[profiles.NAME]``) or in ``Settings(profiles={...})``; no
code looks at a provider's name. Where each fact comes from is listed in ``docs/backends.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from qarepo_graph.errors import SettingsError

Method = Literal["json_schema", "function_calling", "json_mode", "text"]
"""Ways to ask a server for structure, from the strictest to none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What we know of one provider's server.

    Attributes:
        name: The word before the colon in ``provider:name``.
        base_url: Where it is reached; empty where the user must say (``--base-url``).
        key_variable: Environment variable of its key; the only place a key is read from.
        key_required: False for servers that run without a key.
        client: How it is spoken to: ``openai`` (``/chat/completions``) or ``ollama`` (its native API).
        methods: Ways to ask for structure, best first; what the server refuses is remembered and skipped.
        schema_drops: JSON Schema keywords its strict mode refuses.
        limit_parameter: Name of the parameter that bounds a reply; empty where the model object bounds it.
        body: Sent with every request: the switch that turns thinking off, and the like.
        needs_json_word: JSON mode is refused unless the prompt says "json".
        caches_prefix: Bills a repeated prompt prefix at a lower price, so a stage's first call goes alone.
        prices: Key in the price table; empty for servers of your own.
        note: What ``qarepo models`` says about it.
    """

    name: str
    base_url: str = ""
    key_variable: str = ""
    key_required: bool = True
    client: Literal["openai", "ollama"] = "openai"
    methods: tuple[Method, ...] = ("json_schema", "function_calling", "json_mode", "text")
    schema_drops: tuple[str, ...] = ()
    limit_parameter: Literal["max_tokens", "max_completion_tokens", "num_predict", ""] = "max_tokens"
    body: Mapping[str, Any] = field(default_factory=dict)
    needs_json_word: bool = False
    caches_prefix: bool = False
    prices: str = ""
    note: str = ""


_LENGTHS = ("minLength", "maxLength")

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            name="deepseek",
            base_url="https://api.deepseek.com",
            key_variable="DEEPSEEK_API_KEY",
            methods=("json_mode", "text"),
            body={"thinking": {"type": "disabled"}},
            needs_json_word=True,
            caches_prefix=True,
            prices="deepseek",
            note="deepseek:deepseek-flash, thinking switched off",
        ),
        Profile(
            name="openai",
            base_url="https://api.openai.com/v1",
            key_variable="OPENAI_API_KEY",
            methods=("json_schema", "json_mode", "text"),
            schema_drops=_LENGTHS,
            limit_parameter="max_completion_tokens",
            needs_json_word=True,
            caches_prefix=True,
            prices="openai",
            note="openai:MODEL",
        ),
        Profile(
            name="qwen",
            base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
            key_variable="DASHSCOPE_API_KEY",
            methods=("json_mode", "text"),
            body={"enable_thinking": False},
            needs_json_word=True,
            caches_prefix=True,
            prices="qwen",
            note="qwen:qwen-plus (DashScope), thinking switched off: JSON mode refuses it",
        ),
        Profile(
            name="ollama",
            base_url="http://127.0.0.1:11434",
            key_variable="OLLAMA_API_KEY",
            key_required=False,
            client="ollama",
            methods=("json_schema", "json_mode", "text"),
            limit_parameter="num_predict",
            # Without num_ctx it reads 4,096 tokens and drops the rest of a prompt without a word.
            body={"num_ctx": 16384, "think": False},
            note="ollama:NAME through its native API, needs qarepo-graph[ollama]",
        ),
        Profile(
            name="vllm",
            base_url="http://127.0.0.1:8000/v1",
            key_variable="VLLM_API_KEY",
            key_required=False,
            methods=("json_schema", "json_mode", "text"),
            caches_prefix=True,
            note="vllm:NAME as given to vllm serve",
        ),
        Profile(
            name="llamacpp",
            base_url="http://127.0.0.1:8080/v1",
            key_variable="LLAMA_API_KEY",
            key_required=False,
            methods=("json_schema", "json_mode", "text"),
            # Its grammar is not applied while a model thinks (llama.cpp issues 22537, 24097).
            body={"chat_template_kwargs": {"enable_thinking": False}},
            note="llamacpp:ALIAS of a running llama-server",
        ),
        Profile(
            name="openrouter",
            base_url="https://openrouter.ai/api/v1",
            key_variable="OPENROUTER_API_KEY",
            methods=("json_schema", "json_mode", "text"),
            schema_drops=_LENGTHS,
            needs_json_word=True,
            note="openrouter:vendor/model",
        ),
        Profile(
            name="siliconflow",
            base_url="https://api.siliconflow.cn/v1",
            key_variable="SILICONFLOW_API_KEY",
            methods=("json_mode", "text"),
            body={"enable_thinking": False},
            needs_json_word=True,
            note="siliconflow:vendor/model, thinking switched off",
        ),
        Profile(
            name="openai-compatible",
            key_variable="QAREPO_API_KEY",
            key_required=False,
            schema_drops=_LENGTHS,
            needs_json_word=True,
            note="openai-compatible:NAME --base-url URL, any other server",
        ),
    )
}
"""The providers we know, by name."""

_TUPLES = frozenset({"methods", "schema_drops"})
_METHODS = ("json_schema", "function_calling", "json_mode", "text")


def has_profile(provider: str, own: Mapping[str, Mapping[str, Any]] | None = None) -> bool:
    """Say whether a provider is one of ours or the user's; others may be known to LangChain."""
    return provider in PROFILES or provider in (own or {})


def find_profile(provider: str, own: Mapping[str, Mapping[str, Any]] | None = None) -> Profile:
    """Return a provider's profile, the user's own values laid over ours.

    Args:
        provider: The word before the colon.
        own: The user's profiles by name; a new name starts from ``openai-compatible``.

    Raises:
        SettingsError: When the provider is unknown or an own profile has a field that does not exist.
    """
    mine = (own or {}).get(provider)
    if mine is None and provider not in PROFILES:
        known = ", ".join(["offline", *(PROFILES | dict(own or {}))])
        msg = f"The provider {provider!r} is unknown; use one of {known}, or openai-compatible:NAME with --base-url."
        raise SettingsError(msg)
    base = PROFILES.get(provider) or replace(
        PROFILES["openai-compatible"], name=provider, note=f"{provider}:NAME, your own profile"
    )
    return replace(base, **_checked(provider, mine)) if mine else base


def _checked(provider: str, values: Mapping[str, Any]) -> dict[str, Any]:
    known = {knob.name for knob in fields(Profile)} - {"name"}
    unknown = sorted(set(values) - known)
    if unknown:
        msg = f"Profile {provider!r} has the unknown field {unknown[0]!r}; it may hold {', '.join(sorted(known))}."
        raise SettingsError(msg)
    checked = {name: tuple(value) if name in _TUPLES else value for name, value in values.items()}
    strange = [method for method in checked.get("methods", ()) if method not in _METHODS]
    if strange or checked.get("methods") == ():
        msg = f"Profile {provider!r} lists the methods {list(values['methods'])}; choose from {', '.join(_METHODS)}."
        raise SettingsError(msg)
    return checked
