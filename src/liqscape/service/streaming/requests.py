"""What a reader of the stream may send: one JSON object a message, and a sentence where it is none that is known."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from liqscape.errors import QuestionError
from liqscape.service.streaming.channels import CHANNELS, Channel
from liqscape.spelling import LIKENESS_OF_FEW, did_you_mean, shown

Price = Annotated[float | None, msgspec.Meta(description="Edge of the prices in view, USD; left out: no bound.")]
EveryMs = Annotated[int, msgspec.Meta(description="Messages are at least so many milliseconds apart.")]
CoinList = Annotated[list[str] | None, msgspec.Meta(description="Coins; left out or null: all.")]


class CoinMessage(msgspec.Struct, frozen=True, tag="coin", tag_field="type"):
    """Look at the frames of another coin, at all its prices, and of no other."""

    coin: str


class LookMessage(msgspec.Struct, frozen=True, kw_only=True, tag="view", tag_field="type"):
    """Look at other bands, of this coin alone. The encoding stays."""

    coin: str
    level: int
    price_low: Price = None
    price_high: Price = None
    side: Literal[1, -1] | None = None
    every_ms: EveryMs = 0


class SubscribeMessage(msgspec.Struct, frozen=True, kw_only=True, tag="subscribe", tag_field="type"):
    """Hear a channel too, of these coins. `level` to `side` are of the channel `frames`; prices bound a single coin."""

    channel: Channel
    coins: CoinList = None
    level: int | None = None
    price_low: Price = None
    price_high: Price = None
    side: Literal[1, -1] | None = None
    every_ms: EveryMs = 0


class UnsubscribeMessage(msgspec.Struct, frozen=True, kw_only=True, tag="unsubscribe", tag_field="type"):
    """Hear a channel no more, of these coins."""

    channel: Channel
    coins: CoinList = None


Request = CoinMessage | LookMessage | SubscribeMessage | UnsubscribeMessage
REQUESTS: dict[str, type[msgspec.Struct]] = {
    "coin": CoinMessage,
    "view": LookMessage,
    "subscribe": SubscribeMessage,
    "unsubscribe": UnsubscribeMessage,
}
TYPES = ", ".join(REQUESTS)
OF_FRAMES = ("level", "price_low", "price_high", "side")


def read_request(text: str) -> Request:
    """The message of a reader. Raises QuestionError, one sentence with the nearest name, for what is none."""
    try:
        content = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise QuestionError(f"what was sent is no JSON: {error}") from None
    if not isinstance(content, dict):
        raise QuestionError(f"a message is a JSON object with a type: {TYPES}")
    kind = content.get("type")
    if not isinstance(kind, str):
        raise QuestionError(f"the message has no type; this stream takes {TYPES}")
    if kind not in REQUESTS:
        hint = did_you_mean(kind, REQUESTS, f"this stream takes {TYPES}", likeness=LIKENESS_OF_FEW)
        raise QuestionError(f"unknown type {shown(kind)}; {hint}")
    struct = REQUESTS[kind]
    for name in content:
        if name != "type" and name not in struct.__struct_fields__:
            takes = f"{kind} takes {', '.join(struct.__struct_fields__)}"
            hint = did_you_mean(name, struct.__struct_fields__, takes, likeness=LIKENESS_OF_FEW)
            raise QuestionError(f"unknown field {shown(name)} of {kind}; {hint}")
    channel = content.get("channel")
    if "channel" in struct.__struct_fields__ and isinstance(channel, str):
        check_channel(channel)
    try:
        return msgspec.convert(content, Request)  # type: ignore[no-any-return]
    except msgspec.ValidationError as error:
        raise QuestionError(f"{kind}: {error}") from None


def check_channel(name: str) -> Any:
    """The channel itself. Raises QuestionError for a name that is none."""
    if name not in CHANNELS:
        hint = did_you_mean(name, CHANNELS, f"this stream has {', '.join(CHANNELS)}", likeness=LIKENESS_OF_FEW)
        raise QuestionError(f"unknown channel {shown(name)}; {hint}")
    return name
