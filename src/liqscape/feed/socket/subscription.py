"""Which of the subscriptions that were sent a server means by what it repeats of one."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from liqscape.wire.ws.subscription import key_of


def find_echoed(echo: object, keys: Collection[str]) -> str | None:
    """Key of the one the server means: the equal one, else the only one all of whose parts it repeats."""
    if not isinstance(echo, dict):
        return None
    key = key_of(echo)
    if key in keys:
        return key
    echoed = _parts(key)
    repeated = [each for each in keys if _parts(each).items() <= echoed.items()]
    return repeated[0] if len(repeated) == 1 else None


def _parts(key: str) -> dict[str, str]:
    parts: dict[str, object] = msgspec.json.decode(key)
    return {name: msgspec.json.encode(value, order="sorted").decode() for name, value in parts.items()}
