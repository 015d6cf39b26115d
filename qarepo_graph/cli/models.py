"""``qarepo models``: what can be asked, what each needs, and whether it answers."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qarepo_graph.cli.options import settings_from
from qarepo_graph.settings import Settings

if TYPE_CHECKING:
    from qarepo_graph.llm.profiles import Profile


def models(
    check: Annotated[
        str, typer.Option("--check", help="Ask this provider:name whether it would answer.", show_default=False)
    ] = "",
    base_url: Annotated[str, typer.Option("--base-url", help="Base URL of the model's server.")] = "",
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Allow plain http to other machines.")] = False,
    use_proxy: Annotated[bool, typer.Option("--use-proxy", help="Follow the *_PROXY variables.")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="One JSON line per provider.")] = False,
) -> None:
    """List the providers, what each needs and whether its key is set; --check asks one."""
    from qarepo_graph.llm.profiles import PROFILES, find_profile

    given = {"base_url": base_url, "allow_http": allow_http, "use_proxy": use_proxy}
    settings = settings_from({name: value for name, value in given.items() if value})
    if check:
        asyncio.run(_check(check, settings))
        return
    rows = [_row(find_profile(name, settings.profiles)) for name in PROFILES | dict(settings.profiles)]
    if json_lines:
        for row in rows:
            typer.echo(json.dumps(row))
        return
    typer.echo("--model offline: rules on this machine, no key, nothing is sent (the default). Or a model:\n")
    for row in rows:
        typer.echo(f"{row['provider']:<18} {row['note']}\n{'':<18} {row['base_url'] or '--base-url URL'}, {_key(row)}")


async def _check(spec: str, settings: Settings) -> None:
    if spec == "offline":
        typer.echo("offline is ready: it runs on this machine and needs no key")
        return
    from qarepo_graph.llm.chat import open_backend

    backend = open_backend(
        spec,
        base_url=settings.base_url,
        profiles=settings.profiles,
        allow_http=settings.allow_http,
        use_proxy=settings.use_proxy,
    )
    try:
        await backend.check()
    finally:
        await backend.aclose()
    typer.echo(f"{spec} at {backend.host} is ready")


def _row(profile: Profile) -> dict[str, Any]:
    """Return one provider as JSON types. Whether a key is set is said, the key never."""
    return {
        "provider": profile.name,
        "base_url": profile.base_url,
        "key_variable": profile.key_variable,
        "key_needed": profile.key_required,
        "key_set": bool(os.environ.get(profile.key_variable)) if profile.key_variable else False,
        "client": profile.client,
        "structure": list(profile.methods),
        "note": profile.note,
    }


def _key(row: dict[str, Any]) -> str:
    if not row["key_needed"] and not row["key_set"]:
        return "no key needed"
    return f"{row['key_variable']} is {'set' if row['key_set'] else 'not set'}"
