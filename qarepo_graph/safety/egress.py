"""Where requests may go, what is asked before the first one, and what in the environment must not matter.

Nothing is sent but to the host the user named. A provider's key goes to that provider's host and to no other.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from qarepo_graph.errors import SettingsError
from qarepo_graph.safety.terminal import visible

TRACING_VARIABLES = (
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
    "LANGCHAIN_TRACING",
    "LANGCHAIN_TRACING_V2",
    "LANGSMITH_OTEL_ENABLED",
    "LANGSMITH_OTEL_ONLY",
)
"""With one of them set, LangChain posts every prompt and answer to a tracing host."""

_TRUE = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a model's requests go.

    Attributes:
        url: The base URL, without a trailing slash.
        scheme: ``https`` or ``http``.
        host: Host name or address in lower case, IPv6 without brackets.
        port: Port, the scheme's own where the URL names none.
        loopback: True when it is this machine: nothing leaves, nobody is asked.
    """

    url: str
    scheme: str
    host: str
    port: int
    loopback: bool

    @property
    def origin(self) -> str:
        """``host:port`` as consent is asked for it, the port left out where it is the scheme's own."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == _default_port(self.scheme) else f"{shown}:{self.port}"


def destination(base_url: str, *, allow_http: bool = False) -> Destination:
    """Return where a base URL leads.

    Args:
        base_url: As the user gave it or a profile names it.
        allow_http: True where the user said ``--allow-http``.

    Raises:
        SettingsError: For anything but http(s), credentials inside the URL, plain http to another machine without
            ``allow_http``, and link-local or unspecified addresses, where cloud machines keep their own keys.
    """
    shown = visible(_without_userinfo(base_url), 120)
    try:
        parts = urlsplit(base_url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        msg = f"The base URL {shown} cannot be read; give it as https://host/v1."
        raise SettingsError(msg) from error
    if parts.scheme not in {"http", "https"} or not host or visible(base_url) != base_url or " " in base_url:
        msg = f"The base URL {shown} cannot be used; give it as https://host/v1."
        raise SettingsError(msg)
    if parts.username is not None or parts.password is not None:
        msg = f"The base URL {shown} holds a user name or password; take them out and put the key in the environment."
        raise SettingsError(msg)
    if parts.query or parts.fragment:
        msg = "The base URL has a query or fragment, which would end up in logs; give only scheme, host and path."
        raise SettingsError(msg)
    address = _address(host)
    if address is not None and (address.is_link_local or address.is_unspecified or address.is_multicast):
        msg = f"Requests to {shown} are refused because {address} is no server's own address; name the server's host."
        raise SettingsError(msg)
    loopback = is_loopback(host)
    if parts.scheme == "http" and not loopback and not allow_http:
        msg = f"{shown} is plain http, which others on the way can read; use https or add --allow-http."
        raise SettingsError(msg)
    return Destination(base_url.rstrip("/"), parts.scheme, host, port or _default_port(parts.scheme), loopback)


def is_loopback(host: str) -> bool:
    """Return True for ``localhost`` and the addresses of this machine alone (127.0.0.0/8, ::1, and their spellings)."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def key_may_go(key_host: str, target: Destination) -> bool:
    """Return whether a key that belongs to a provider's host may be sent to a target.

    Args:
        key_host: Host of the provider whose key it is; empty for a key the user named for this very URL.
        target: Where the request goes. A key meant for a remote host goes there by https only.
    """
    if not key_host:
        return True
    return target.host == key_host.rstrip(".").lower() and (target.scheme == "https" or target.loopback)


def consent_question(targets: Mapping[str, str], functions: int, size: int) -> str:
    """Return the sentence shown before source code leaves the machine for the first time.

    Args:
        targets: Model (``provider:name``) to host, remote ones only.
        functions: Number of functions whose code may be sent.
        size: Their size in bytes.
    """
    where = " and ".join(f"{visible(host, 80)} (model {visible(model, 80)})" for model, host in sorted(targets.items()))
    return (
        f"The code of {functions:,} function{'s' * (functions != 1)} ({_bytes(size)}) will be sent to {where}; "
        "secrets found in it are replaced first."
    )


def refused_consent(targets: Iterable[str]) -> str:
    """Return the error for a run that nobody is there to agree to."""
    hosts = ", ".join(sorted(visible(host, 80) for host in targets))
    return f"Code would be sent to {hosts} and nobody agreed to it; add --yes, or --dry-run DIR to see the requests."


def tracing_asked_by_environment(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the names of variables that ask for tracing, never their values."""
    variables = os.environ if environment is None else environment
    return tuple(name for name in TRACING_VARIABLES if variables.get(name, "").strip().lower() in _TRUE)


def disable_ambient_tracing() -> tuple[str, ...]:
    """Turn tracing off for this process and return the variables that had asked for it.

    The command line calls this before it imports LangChain, unless ``--trace`` is given. The variables are taken out
    of ``os.environ`` so that worker processes start without them too.
    """
    asked = tracing_asked_by_environment()
    for name in TRACING_VARIABLES:
        os.environ.pop(name, None)
    # Set explicitly: a client library may look for a default elsewhere when the variable is missing.
    os.environ["LANGSMITH_TRACING"] = os.environ["LANGCHAIN_TRACING_V2"] = "false"
    return asked


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address a host literal means in any spelling resolvers take (2130706433, 0x7f.1, ::ffff:127.0.0.1)."""
    name = host.split("%", 1)[0]
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(name))
        except (OSError, ValueError):
            return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _without_userinfo(url: str) -> str:
    head, separator, tail = url.partition("://")
    if not separator:
        return url.rpartition("@")[2]
    authority, slash, path = tail.partition("/")
    return head + separator + authority.rpartition("@")[2] + slash + path.partition("?")[0]


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _bytes(size: int) -> str:
    amount = float(size)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
