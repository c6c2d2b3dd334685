"""What came over the socket: every channel, in order, once, in time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.feed.socket.session import PONG
from liqscape.service.doctor.records import Check, differs, holds, unknown
from liqscape.service.doctor.seen import Heard, Seen, SeenMessage
from liqscape.wire.info.recent_trades import Trade
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetCtxsSubscription
from liqscape.wire.ws.bbo import BboSubscription
from liqscape.wire.ws.channels import parse_message
from liqscape.wire.ws.clearinghouse_state import AllDexsClearinghouseStateSubscription
from liqscape.wire.ws.fast_asset_ctxs import FastAssetCtxsSubscription
from liqscape.wire.ws.l2_book import L2BookSubscription
from liqscape.wire.ws.spot_state import SpotStateSubscription
from liqscape.wire.ws.trades import TradesSubscription

SOCKET = "socket"
LARGEST_LAG_MS = 3_000.0
MEANINGS = {
    AllDexsAssetCtxsSubscription.channel(): "no marks are pushed: the map stands still",
    TradesSubscription.channel(): "positions do not move with prints, and accounts are not found in them",
    AllDexsClearinghouseStateSubscription.channel(): "accounts near the mark are not followed live",
    SpotStateSubscription.channel(): "balances of unified accounts are asked over HTTP instead",
    FastAssetCtxsSubscription.channel(): "mids come with the contexts only, every 14 s",
    BboSubscription.channel(): "best prices are not followed: no impact within a second is known",
    L2BookSubscription.channel(): "depth of books is not known: no share of depth, thresholds without it",
    PONG: "a connection that is quiet is taken for dead",
}


def check_stream(seen: Seen) -> Iterator[Check]:
    """The connection, its words, and each channel."""
    heard = seen.heard
    if not heard.connected:
        yield differs(SOCKET, heard.ended or "no connection", "no live map: marks and prints come over the socket")
        return
    yield _connection(heard)
    for channel in dict.fromkeys([*(each.channel() for each in heard.wanted), PONG]):
        yield _channel(channel, heard)
    yield from _prints(seen)


def _connection(heard: Heard) -> Check:
    if heard.ended is not None:
        return differs(SOCKET, f"the connection ended: {heard.ended}", "every end is a gap; the map connects again")
    if heard.bad:
        text = f"{len(heard.bad)} messages are no JSON with a channel: {heard.bad[0]}"
        return differs(SOCKET, text, "what was in them is lost: a gap each")
    if heard.errors:
        return differs(SOCKET, f"it says: {heard.errors[0]}", "a subscription was refused; limits may have changed")
    if len(heard.granted) > len(heard.wanted):
        text = f"{len(heard.granted)} acknowledgements of {len(heard.wanted)} subscriptions"
        return differs(SOCKET, text, "messages come more than once; the map drops repetitions")
    if len(heard.granted) < len(heard.wanted):
        text = f"{len(heard.granted)} of {len(heard.wanted)} subscriptions are acknowledged"
        return differs(SOCKET, text, "subscriptions are sent again until they are")
    return holds(SOCKET, f"{len(heard.granted)} subscriptions acknowledged")


def _channel(channel: str, heard: Heard) -> Check:
    name = f"channel {channel}"
    messages = heard.messages.get(channel, [])
    if not messages:
        return differs(name, "said nothing", MEANINGS.get(channel, "it cannot be used"))
    try:
        for message in messages:
            parse_message(message.content, name)
    except RemoteWireError as error:
        return differs(name, str(error), MEANINGS.get(channel, "it cannot be used"))
    contents = [message.content for message in messages]
    if channel == AllDexsAssetCtxsSubscription.channel() and len(set(contents)) < len(contents):
        text = f"{len(contents) - len(set(contents))} of {len(contents)} messages came twice"
        return differs(name, text, "the map drops repetitions")
    return holds(name, f"{len(messages)} messages")


def _prints(seen: Seen) -> Iterator[Check]:
    """Prints come once, in order, and soon; the first message of a coin gives old ones."""
    name = "order of prints"
    rows = list(_rows(seen.heard.messages.get(TradesSubscription.channel(), [])))
    if not rows:
        yield unknown(name, "no prints to look at")
        return
    known: set[tuple[str, int, int]] = set()
    newest: dict[str, int] = {}
    repeated = disordered = 0
    lag_ms = 0.0
    for received_ms, trades in rows:
        coin = trades[0].coin
        is_first = coin not in newest
        earliest = min(trade.time for trade in trades)
        disordered += not is_first and earliest < newest[coin]
        newest[coin] = max(newest.get(coin, 0), max(trade.time for trade in trades))
        keys = {(trade.coin, trade.tid, trade.time) for trade in trades}
        repeated += not is_first and not keys.isdisjoint(known)
        known |= keys
        if not is_first:
            lag_ms = max(lag_ms, received_ms - newest[coin])
    if repeated:
        yield differs(name, f"{repeated} messages gave prints again", "the map drops repetitions")
    elif disordered:
        yield differs(name, f"{disordered} messages were older than the one before", "levels are late, then right")
    else:
        yield holds(name, f"{len(known)} prints in {len(rows)} messages")
    if lag_ms > LARGEST_LAG_MS:
        yield differs("delay of prints", f"up to {lag_ms / 1_000.0:.1f} s by our clock", "the map is late by so much")
    else:
        yield holds("delay of prints", f"up to {lag_ms / 1_000.0:.1f} s by our clock")


def _rows(messages: list[SeenMessage]) -> Iterator[tuple[float, tuple[Trade, ...]]]:
    for message in messages:
        try:
            trades = msgspec.json.decode(message.content, type=_Prints, strict=False).data
        except msgspec.DecodeError:
            continue
        if trades:
            yield message.received_ms, trades


class _Prints(msgspec.Struct, frozen=True):
    data: tuple[Trade, ...]
