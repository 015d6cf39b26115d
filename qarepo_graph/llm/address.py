"""Where a model is and which key opens it: checked before anything is built or spoken to."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from qarepo_graph.errors import SettingsError
from qarepo_graph.llm.profiles import Profile
from qarepo_graph.safety.egress import Destination, destination, is_loopback, key_may_go

OTHER_KEY = "QAREPO_API_KEY"
"""Variable of the key for servers that are named only by their base URL."""


@dataclass(frozen=True, slots=True)
class Address:
    """A model's server and its key.

    Attributes:
        target: The server.
        key_variable: Environment variable of the key; empty where none is used.
        key: The key, empty where there is none.
    """

    target: Destination
    key_variable: str = ""
    key: SecretStr = field(default=SecretStr(""), repr=False)


def find_address(
    profile: Profile, name: str, *, base_url: str = "", allow_http: bool = False, needs_key: bool = True
) -> Address:
    """Return where a profile's model is reached, and its key.

    Args:
        profile: The provider.
        name: The model's name at the provider.
        base_url: Address that replaces the profile's own.
        allow_http: Allow plain http to other machines.
        needs_key: False where nothing will be sent.

    Raises:
        SettingsError: When name, address or key cannot work.
    """
    if not name:
        msg = f"--model {profile.name} names no model; write {profile.name}:NAME."
        raise SettingsError(msg)
    url = base_url or profile.base_url
    if not url:
        msg = f"--model {profile.name}:{name} needs --base-url, the address of its server."
        raise SettingsError(msg)
    target = destination(url, allow_http=allow_http)
    return _with_key(profile, target) if needs_key else Address(target)


def _with_key(profile: Profile, target: Destination) -> Address:
    """A provider's key goes to that provider's host. Another host named by ``--base-url`` gets ``QAREPO_API_KEY``."""
    variable = profile.key_variable
    home = urlsplit(profile.base_url).hostname or ""
    foreign = not (target.loopback or is_loopback(home) or key_may_go(home, target))
    if foreign:
        variable = OTHER_KEY
    key = os.environ.get(variable, "").strip() if variable else ""
    if not key and profile.key_required:
        msg = f"{variable} is not set; set it to your key for {profile.name}, or use --model offline."
        if foreign:
            msg = f"{profile.key_variable} is not sent to {target.host}; set {OTHER_KEY} to the key of that server."
        raise SettingsError(msg)
    if not key.isascii() or not key.isprintable() or " " in key:
        msg = f"{variable} holds something that is not a key (spaces or special characters); set it again."
        raise SettingsError(msg)
    return Address(target, variable, SecretStr(key))
