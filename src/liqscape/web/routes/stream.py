"""WS /api/v1/stream: a snapshot, then the changes of each frame (liqscape.service.hub)."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated, Any, Literal

import msgspec
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect, WebSocketException
from litestar.params import QueryParameter

from liqscape.errors import NotFound, QuestionError
from liqscape.heatmap.grid import MAX_LEVEL
from liqscape.service.hub import MAX_CLIENTS, Client, ErrorMessage, Hub, encode
from liqscape.service.streaming.stream_view import MAX_EVERY_MS, SHARED_BANDS, Encoding, StreamView, stream_view
from liqscape.web.deprecations import read_message
from liqscape.web.guard import is_same_origin
from liqscape.web.parameters import SideChoice, side_number

log = logging.getLogger("liqscape.web")

POLICY_VIOLATION, TRY_LATER, GOING_AWAY, SERVER_FAILED = 1008, 1013, 1001, 1011  # RFC 6455 section 7.4


class CoinMessage(msgspec.Struct, frozen=True, tag="coin", tag_field="type"):
    """What a client may send: watch another coin, at all its prices."""

    coin: str


class LookMessage(msgspec.Struct, frozen=True, kw_only=True, tag="view", tag_field="type"):
    """What a client may send: look at other bands. The encoding stays."""

    coin: str
    level: int
    price_low: float | None = None
    price_high: float | None = None
    side: Literal[1, -1] | None = None
    every_ms: int = 0


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
) -> None:
    """Serve one client until it leaves."""
    if not is_same_origin(socket.headers):
        raise WebSocketException(code=POLICY_VIOLATION, detail="a page of another origin may not read the stream")
    await socket.accept()
    try:
        found = stream_view(
            await hub.find_coin(coin),
            level=level,
            price_low=price_low,
            price_high=price_high,
            side=side_number(side),
            every_ms=every_ms,
            encoding=encoding,
        )
    except (NotFound, QuestionError) as error:
        await socket.send_text(encode(ErrorMessage(str(error))))
        await socket.close(code=POLICY_VIOLATION)
        return
    if hub.client_count >= MAX_CLIENTS:  # nothing is waited for from here to the place
        await socket.send_text(encode(ErrorMessage(f"{MAX_CLIENTS} clients are connected already")))
        await socket.close(code=TRY_LATER)
        return
    client = hub.join(found, wants_study=study)
    tasks = (asyncio.create_task(_send(socket, hub, client)), asyncio.create_task(_listen(socket, hub, client)))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if client.is_closed:
            tasks[1].cancel()  # a receive under way holds the connection and would hold up the close
            await asyncio.wait(tasks[1:])
            await socket.close(code=GOING_AWAY)
            return
        failures = [task.exception() for task in tasks if task.done()]
        if any(failures):
            log.error("the stream of %s failed", client.coin, exc_info=failures[0] or failures[-1])
            await socket.close(code=SERVER_FAILED)
    finally:
        hub.leave(client)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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


async def _listen(socket: WebSocket[Any, Any, Any], hub: Hub, client: Client) -> None:
    while True:
        try:
            text = await socket.receive_text()
        except WebSocketDisconnect:
            return
        try:
            message = read_message(text, CoinMessage | LookMessage)
            view = _view_of(message, client.feed.view)
            await hub.find_coin(message.coin)
        except (msgspec.DecodeError, NotFound, QuestionError) as error:
            client.say(encode(ErrorMessage(str(error))))
            continue
        hub.switch(client, view)


def _view_of(message: CoinMessage | LookMessage, before: StreamView) -> StreamView:
    if isinstance(message, CoinMessage):
        return before.of_coin(message.coin)
    return stream_view(
        message.coin,
        level=message.level,
        price_low=message.price_low,
        price_high=message.price_high,
        side=message.side,
        every_ms=message.every_ms,
        encoding=before.encoding,
    )
