"""Messages of the stream that are about the connection or the map as a whole."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.service.answers.status import StatusAnswer
from liqscape.service.streaming.channels import Channel
from liqscape.service.streaming.packet import Packet


class StatusMessage(msgspec.Struct, frozen=True, tag="status", tag_field="type"):
    """Push message: the frame stands differently now; nothing in it has changed."""

    status: StatusAnswer


class ErrorMessage(msgspec.Struct, frozen=True, tag="error", tag_field="type"):
    """Push message: what the client sent was not understood; the stream goes on."""

    detail: str


class ChannelCoins(msgspec.Struct, frozen=True):
    """A channel that a connection hears."""

    channel: Channel
    coins: Annotated[list[str] | None, msgspec.Meta(description="Coins it hears of; null: all.")]


class SubscribedMessage(msgspec.Struct, frozen=True, tag="subscribed", tag_field="type"):
    """Push message: what the connection hears from now on, after it has subscribed or unsubscribed."""

    channels: list[ChannelCoins]
    notes: Annotated[list[str], msgspec.Meta(description="Why a channel stays silent on this map; empty: none does.")]


class MissedMessage(msgspec.Struct, frozen=True, tag="missed", tag_field="type"):
    """Push message: the reader was too slow, and so many messages that follow no sequence were dropped before this."""

    count: int


def encode(message: msgspec.Struct) -> str:
    """Encode a message as text."""
    return msgspec.json.encode(message).decode()


def packet_of(message: msgspec.Struct) -> Packet:
    """A message as it travels."""
    return Packet(encode(message))
