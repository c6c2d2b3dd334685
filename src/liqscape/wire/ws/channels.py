"""Which record each channel carries, and a message to its record."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from liqscape.wire.answer import parse_answer
from liqscape.wire.decode import decode_record
from liqscape.wire.info.active_asset_data import ActiveAssetData
from liqscape.wire.info.candle_snapshot import Candle
from liqscape.wire.info.l2_book import L2Book
from liqscape.wire.info.recent_trades import RecentTradesAnswer
from liqscape.wire.info.spot_meta_and_asset_ctxs import SpotContext
from liqscape.wire.info.web_data2 import WebData2
from liqscape.wire.ws.active_asset_ctx import ActiveAssetContext
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetContexts
from liqscape.wire.ws.all_mids import AllMidsMessage
from liqscape.wire.ws.bbo import Bbo
from liqscape.wire.ws.clearinghouse_state import AllDexsClearinghouseMessage, ClearinghouseMessage
from liqscape.wire.ws.fast_asset_ctxs import parse_fast_asset_contexts
from liqscape.wire.ws.notification import NotificationMessage
from liqscape.wire.ws.open_orders import OpenOrdersMessage
from liqscape.wire.ws.order_updates import OrderUpdatesMessage
from liqscape.wire.ws.spot_state import SpotStateMessage
from liqscape.wire.ws.user_events import UserEvent
from liqscape.wire.ws.user_fills import UserFillsMessage
from liqscape.wire.ws.user_fundings import UserFundingsMessage
from liqscape.wire.ws.user_non_funding_ledger_updates import LedgerMessage
from liqscape.wire.ws.web_data3 import WebData3

PACKED_CHANNEL = "fastAssetCtxs"
"""Its data is packed text."""

MESSAGES: dict[str, Any] = {
    "activeAssetCtx": ActiveAssetContext,
    "activeAssetData": ActiveAssetData,
    "allDexsAssetCtxs": AllDexsAssetContexts,
    "allDexsClearinghouseState": AllDexsClearinghouseMessage,
    "allMids": AllMidsMessage,
    "bbo": Bbo,
    "candle": Candle,
    "clearinghouseState": ClearinghouseMessage,
    "fastAssetCtxs": str,
    "l2Book": L2Book,
    "notification": NotificationMessage,
    "openOrders": OpenOrdersMessage,
    "orderUpdates": OrderUpdatesMessage,
    "spotAssetCtxs": tuple[SpotContext, ...],
    "spotState": SpotStateMessage,
    "trades": RecentTradesAnswer,
    "user": UserEvent,
    "userFills": UserFillsMessage,
    "userFundings": UserFundingsMessage,
    "userNonFundingLedgerUpdates": LedgerMessage,
    "webData2": WebData2,
    "webData3": WebData3,
}
"""By channel."""


class Message(NamedTuple):
    """`data` is the channel's record; None on channels without one (pong), plain JSON on those not listed."""

    channel: str
    data: Any


class _Envelope(msgspec.Struct, frozen=True):
    channel: str
    data: msgspec.Raw = msgspec.Raw(b"null")


def parse_message(content: bytes, source: str) -> Message:
    """One message of the websocket. Raises RemoteWireError naming source, field path, value and rule."""
    envelope = decode_record(content, _Envelope, source)
    kind = MESSAGES.get(envelope.channel)
    place = f"{source} {envelope.channel}"
    if kind is None:
        return Message(envelope.channel, msgspec.json.decode(envelope.data))
    data = parse_answer(bytes(envelope.data), kind, place)
    if envelope.channel == PACKED_CHANNEL:
        data = parse_fast_asset_contexts(data, place)
    return Message(envelope.channel, data)
