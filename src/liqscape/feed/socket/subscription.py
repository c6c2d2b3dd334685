"""A subscription as the exchange's JSON object, and which message belongs to which."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Subscription = Mapping[str, object]
"""`type` and what it needs: {"type": "trades", "coin": "BTC"}."""


def key_of(subscription: Subscription) -> str:
    """Equal for equal subscriptions, whatever the order of names, absent or null parts, or the case of addresses."""
    parts = {
        name: value.lower() if name == "user" and isinstance(value, str) else value
        for name, value in subscription.items()
        if value is not None
    }
    return msgspec.json.encode(parts, order="sorted").decode()


def user_of(subscription: Subscription) -> str | None:
    """Lower-case address it follows; None for feeds of no user."""
    user = subscription.get("user")
    return user.lower() if isinstance(user, str) else None


def channel_of(subscription: Subscription) -> str:
    """`channel` of its messages: the type, but `user` for `userEvents`."""
    kind = str(subscription["type"])
    return "user" if kind == "userEvents" else kind


def find_echoed(echo: object, subscriptions: Mapping[str, Subscription]) -> str | None:
    """Key of the one the server means: the equal one, else the only one all of whose parts it repeats."""
    if not isinstance(echo, dict):
        return None
    key = key_of(echo)
    if key in subscriptions:
        return key
    echoed = _parts(key)
    repeated = [each for each in subscriptions if _parts(each).items() <= echoed.items()]
    return repeated[0] if len(repeated) == 1 else None


def _parts(key: str) -> dict[str, str]:
    parts: dict[str, object] = msgspec.json.decode(key)
    return {name: msgspec.json.encode(value, order="sorted").decode() for name, value in parts.items()}
