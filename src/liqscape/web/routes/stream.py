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

from liqscape.errors import NotFound
from liqscape.service.hub import MOST_CLIENTS, Client, ErrorMessage, Hub, encode
from liqscape.web.guard import is_same_origin

log = logging.getLogger("liqscape.web")

POLICY_VIOLATION, TRY_LATER, GOING_AWAY, SERVER_FAILED = 1008, 1013, 1001, 1011  # RFC 6455 section 7.4


class CoinMessage(msgspec.Struct, frozen=True):
    """What a client may send: watch another coin."""

    type: Literal["coin"]
    coin: str


StreamCoin = Annotated[
    str | None,
    QueryParameter(description="Coin to watch; BTC, or the largest coin, by default.", max_length=60),
]


@websocket("/stream")
async def stream(socket: WebSocket[Any, Any, Any], hub: NamedDependency[Hub], coin: StreamCoin = None) -> None:
    """Serve one client until it leaves."""
    if not is_same_origin(socket.headers):
        raise WebSocketException(code=POLICY_VIOLATION, detail="a page of another origin may not read the stream")
    await socket.accept()
    try:
        found = await hub.find_coin(coin)
    except NotFound as error:
        await socket.send_text(encode(ErrorMessage(str(error))))
        await socket.close(code=POLICY_VIOLATION)
        return
    if hub.client_count >= MOST_CLIENTS:  # nothing is waited for from here to the place
        await socket.send_text(encode(ErrorMessage(f"{MOST_CLIENTS} clients are connected already")))
        await socket.close(code=TRY_LATER)
        return
    client = hub.join(found)
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
    while (text := await hub.next_message(client)) is not None:
        try:
            await socket.send_text(text)
        except (OSError, WebSocketDisconnect):  # its reader has left
            return


async def _listen(socket: WebSocket[Any, Any, Any], hub: Hub, client: Client) -> None:
    while True:
        try:
            text = await socket.receive_text()
        except WebSocketDisconnect:
            return
        try:
            message = msgspec.json.decode(text, type=CoinMessage)
            await hub.find_coin(message.coin)
        except (msgspec.DecodeError, NotFound) as error:
            client.say(encode(ErrorMessage(str(error))))
            continue
        hub.switch(client, message.coin)
