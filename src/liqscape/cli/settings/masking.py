"""Settings as they may be shown: without tokens, passwords and addresses that hold them."""

from __future__ import annotations

import re

MASK = "***"
SECRET_NAME = re.compile(r"token|secret|passw|credential|api[-_]?key")
PLACE_NAME = re.compile(r"(file|env|path|folder|dir)$")
"""Names that end so say where a secret is, which is none."""
PLAIN_SCHEMES = {"http", "https", "ws", "wss", "nats", "tls", "s3", "gs", "az", "file"}
"""Of these addresses user, password and query may be secret; of others (those of Apprise) everything is."""

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^\s,;\"']*)")


def masked(name: str, value: str) -> str:
    """A setting's value as it may be shown in logs and on terminals."""
    if SECRET_NAME.search(name.lower()) and not PLACE_NAME.search(name.lower()):
        return MASK
    return _ADDRESS.sub(_masked_address, value)


def _masked_address(match: re.Match[str]) -> str:
    scheme, rest = match[1], match[2]
    if scheme.lower() not in PLAIN_SCHEMES:
        return f"{scheme}://{MASK}"
    rest, mark, _ = re.split(r"([?#])", f"{rest}?", maxsplit=1)
    authority, slash, path = rest.partition("/")
    _, at, host = authority.rpartition("@")
    shown_query = "" if match[2] == rest else f"{mark}{MASK}"
    return f"{scheme}://{MASK + '@' if at else ''}{host}{slash}{path}{shown_query}"
