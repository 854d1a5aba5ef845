"""What the environment says of proxies and certificates, for messages: never a user or password that stands in it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")


def remedy(variables: Iterable[str], otherwise: str) -> str:
    """What to do where a request can't be sent: those of `variables` that are set are to blame first."""
    names = [name for each in variables for name in (each, each.lower()) if os.environ.get(name)]
    return f"correct or unset {', '.join(names)} in the environment; else {otherwise}" if names else otherwise


def proxy_of(url: str) -> str | None:
    """The proxy by which a client that follows the environment asks `url`, as "host:port (HTTP_PROXY)"; or None."""
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    for scheme in (parts.scheme, "all"):
        if proxy := getproxies().get(scheme):
            host = proxy.rpartition("@")[2].rpartition("://")[2]
            return f"{host} ({scheme.upper()}_PROXY)"
    return None
