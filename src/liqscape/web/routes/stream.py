"""WS /api/v1/stream: a snapshot, then the changes of each frame (liqscape.service.hub)."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated, Any

import msgspec
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect, WebSocketException
from litestar.params import QueryParameter

from liqscape.errors import NotFound, QuestionError
from liqscape.heatmap.grid import MAX_LEVEL
from liqscape.service.hub import MAX_CLIENTS, Client, ErrorMessage, Hub, encode
from liqscape.service.stream_subscriptions import Subscriptions
from liqscape.service.streaming.plain_messages import packet_of
from liqscape.service.streaming.requests import SubscribeMessage, check_channel, read_request
from liqscape.service.streaming.stream_view import MAX_EVERY_MS, SHARED_BANDS, Encoding, stream_view
from liqscape.web.deprecations import with_names_of_today
from liqscape.web.guard import is_same_origin
from liqscape.web.parameters import SideChoice, side_number
from liqscape.web.stream_connection import SHARED_FRAMES

log = logging.getLogger("liqscape.web")

POLICY_VIOLATION, TRY_LATER, GOING_AWAY, SERVER_FAILED = 1008, 1013, 1001, 1011  # RFC 6455 section 7.4


StreamCoin = Annotated[
    str | None,
    QueryParameter(description="Coin to watch; BTC, or the largest coin, by default.", max_length=60),
]
StreamLevel = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=MAX_LEVEL,
        description="Level of the price grid: a row a band and side. Default: every row of the base grid.",
    ),
]
PriceLow = Annotated[
    float | None,
    QueryParameter(description=f"Lowest price in view, widened to a multiple of {SHARED_BANDS} bands. Default: all."),
]
PriceHigh = Annotated[float | None, QueryParameter(description="Highest price in view, widened alike. Default: all.")]
EveryMs = Annotated[
    int, QueryParameter(ge=0, le=MAX_EVERY_MS, description="Messages are at least so many milliseconds apart.")
]
StreamEncoding = Annotated[
    Encoding, QueryParameter(description="deflate: frames come as binary messages of compressed JSON (zlib).")
]

StreamStudy = Annotated[
    bool, QueryParameter(description="Messages about clusters born and ended, sweeps and cascades of the coin too.")
]


StreamAlerts = Annotated[bool, QueryParameter(description="Messages about rules that fired, of the channel `alerts`.")]
StreamChannels = Annotated[
    str | None,
    QueryParameter(
        max_length=200,
        description="Channels to begin with, separated by commas: frames, marks, clusters, liquidations, triggers, "
        "alerts. Default: frames of one coin.",
    ),
]
StreamCoins = Annotated[
    str | None,
    QueryParameter(max_length=1_000, description="Coins of these channels, separated by commas. Default: all."),
]


@websocket("/stream")
async def stream(
    socket: WebSocket[Any, Any, Any],
    hub: NamedDependency[Hub],
    coin: StreamCoin = None,
    level: StreamLevel = None,
    price_low: PriceLow = None,
    price_high: PriceHigh = None,
    side: SideChoice = None,
    every_ms: EveryMs = 0,
    encoding: StreamEncoding = "text",
    study: StreamStudy = False,
    alerts: StreamAlerts = False,
    channels: StreamChannels = None,
    coins: StreamCoins = None,
) -> None:
    """Serve one client until it leaves."""
    if not is_same_origin(socket.headers):
        raise WebSocketException(code=POLICY_VIOLATION, detail="a page of another origin may not read the stream")
    await socket.accept()
    looked_at: dict[str, Any] = {
        "level": level,
        "price_low": price_low,
        "price_high": price_high,
        "side": side_number(side),
        "every_ms": every_ms,
    }
    try:
        asked = _asked(coin, channels, coins, looked_at)
        view = None if asked else stream_view(await hub.find_coin(coin), **looked_at, encoding=encoding)
    except (NotFound, QuestionError) as error:
        await _refuse(socket, str(error), POLICY_VIOLATION)
        return
    if hub.client_count >= MAX_CLIENTS:  # nothing is waited for from here to the place
        await _refuse(socket, f"{MAX_CLIENTS} clients are connected already", TRY_LATER)
        return
    extensions: Any = socket.scope.get("extensions") or {}
    client = hub.join(view, wants_study=study, write=extensions.get(SHARED_FRAMES))
    if alerts:
        client.topics.add("alerts", None)
    try:
        subscriptions = Subscriptions(hub, client, encoding)
        for each in asked:
            await subscriptions.obey(each)
        if asked:
            client.say(packet_of(subscriptions.heard()))
    except (NotFound, QuestionError) as error:
        hub.leave(client)
        await _refuse(socket, str(error), POLICY_VIOLATION)
        return
    tasks = (
        asyncio.create_task(_send(socket, hub, client)),
        asyncio.create_task(_listen(socket, client, subscriptions)),
    )
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if client.is_closed:
            tasks[1].cancel()  # a receive under way holds the connection and would hold up the close
            await asyncio.wait(tasks[1:])
            await socket.close(code=GOING_AWAY)
            return
        failures = [task.exception() for task in tasks if task.done()]
        if any(failures):
            log.error("the stream of %s failed", ", ".join(client.coins), exc_info=failures[0] or failures[-1])
            await socket.close(code=SERVER_FAILED)
    finally:
        hub.leave(client)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _asked(
    coin: str | None, channels: str | None, coins: str | None, looked_at: dict[str, Any]
) -> list[SubscribeMessage]:
    """Subscriptions that an address asks for; none where it is of one coin, as it was before there were channels."""
    if channels is None and coins is None:
        return []
    if coin is not None:
        raise QuestionError("coin and coins ask for the same; give coins")
    names = _listed("channels", "frames" if channels is None else channels)
    wanted = None if coins is None else _listed("coins", coins)
    return [
        SubscribeMessage(
            channel=check_channel(name),
            coins=wanted,
            **(looked_at if name == "frames" else {"every_ms": looked_at["every_ms"]} if name == "marks" else {}),
        )
        for name in names
    ]


def _listed(name: str, text: str) -> list[str]:
    found = [part for each in text.split(",") if (part := each.strip())]
    if not found:
        raise QuestionError(f"{name} is empty; leave it out, or name some")
    return found


async def _refuse(socket: WebSocket[Any, Any, Any], detail: str, code: int) -> None:
    await socket.send_text(encode(ErrorMessage(detail)))
    await socket.close(code=code)


async def _send(socket: WebSocket[Any, Any, Any], hub: Hub, client: Client) -> None:
    while (payload := await hub.next_message(client)) is not None:
        try:
            if isinstance(payload, str):
                await socket.send_text(payload)
            else:
                await socket.send_bytes(payload)
            hub.figures.count_sent(len(payload))
        except (OSError, WebSocketDisconnect):  # its reader has left
            return


async def _listen(socket: WebSocket[Any, Any, Any], client: Client, subscriptions: Subscriptions) -> None:
    while True:
        try:
            text = await socket.receive_text()
        except WebSocketDisconnect:
            return
        try:
            said: msgspec.Struct | None = await subscriptions.obey(read_request(with_names_of_today(text)))
        except (NotFound, QuestionError) as error:
            said = ErrorMessage(str(error))
        if said is not None:
            client.say(packet_of(said))
