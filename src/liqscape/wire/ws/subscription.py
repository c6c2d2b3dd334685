"""What every subscription of the websocket has in common: how it is sent, which channel answers it, with what.

A subscription is a record whose fields are named and ordered as the exchange has them. The type that the data of its
messages are read as is the parameter of Subscription; beside it stands an example. `channels.py` finds all of them;
docs/recipes.md says how to add one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar, get_args

import msgspec

from liqscape.wire.answer import parse_answer
from liqscape.wire.info.request import Example

Data = TypeVar("Data")


class Subscription(msgspec.Struct, Generic[Data], frozen=True, omit_defaults=True, tag_field="type"):
    """One feed. example: a subscription, and the data of a message of it."""

    example: ClassVar[Example]

    @classmethod
    def kind(cls) -> str:
        """`type` on the wire."""
        return str(cls.__struct_config__.tag)

    @classmethod
    def channel(cls) -> str:
        """`channel` of its messages."""
        return cls.kind()

    @classmethod
    def data_type(cls) -> Any:
        """What the data of its messages are read as."""
        return get_args(cls.__orig_bases__[0])[0]  # type: ignore[attr-defined]

    @classmethod
    def parse(cls, data: bytes, source: str) -> Any:
        """Data of a message as their record. Raises RemoteWireError naming source, field and rule."""
        return parse_answer(data, cls.data_type(), source)

    @property
    def address(self) -> str | None:
        """Lower-case address it follows; None for feeds of no user."""
        user = getattr(self, "user", None)
        return None if user is None else str(user).lower()


def key_of(subscription: Subscription[Any] | Mapping[str, object]) -> str:
    """A key that is equal for equal subscriptions, whatever the order of names, null parts or the case of addresses.

    subscription  a record, or one as it stands on the wire.
    """
    parts: Mapping[str, object] = (
        msgspec.to_builtins(subscription) if isinstance(subscription, Subscription) else subscription
    )
    parts = {
        name: value.lower() if name == "user" and isinstance(value, str) else value
        for name, value in parts.items()
        if value is not None
    }
    return msgspec.json.encode(parts, order="sorted").decode()
