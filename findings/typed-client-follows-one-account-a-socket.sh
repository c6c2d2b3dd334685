#!/usr/bin/env bash
# typed-hyperliquid refuses to follow a second account on the same channel of a client.
#
# One would guess: its one shared connection carries the fills of several accounts, as it carries the books of several coins.
# What happens: channels of coins are told apart by coin, channels of accounts by their name alone: user_fills of a second account
# raises RuntimeError 'Already subscribed to channel "userFills"' before anything is sent.
# Why it matters: the exchange allows several accounts on a connection, and limits connections too. A map needs a socket of its own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install typed-hyperliquid==2.6.0 pydantic==2.14.3 websockets==17.4
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import asyncio
import json
import sys
from importlib.metadata import version

from typed_hyperliquid.core.ws import SocketClient
from typed_hyperliquid.streams.trades import Trades
from typed_hyperliquid.streams.user_fills import UserFillsEndpoint
from websockets.asyncio.server import serve

ACCOUNTS = ["0x" + "12" * 20, "0x" + "34" * 20]
sent = []


async def answer(connection):
    """Accepts every subscription and its end, as the exchange does."""
    async for text in connection:
        request = json.loads(text)
        if request.get("method") in ("subscribe", "unsubscribe"):
            sent.append((request["method"], request["subscription"]))
            await connection.send(json.dumps({"channel": "subscriptionResponse", "data": request}))


async def follow(subscribe, subjects):
    """Both subscriptions open at a time: accepted, or the error of the one that was not."""
    seen = []
    async with subscribe(subjects[0]):
        seen.append("accepted")
        try:
            async with subscribe(subjects[1]):
                seen.append("accepted")
        except RuntimeError as error:
            seen.append(str(error))
    return seen


async def look():
    async with serve(answer, "127.0.0.1", 0) as server:
        async with SocketClient(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
            coins = await follow(Trades.of(client).trades, ["BTC", "ETH"])
            accounts = await follow(UserFillsEndpoint.of(client).user_fills, ACCOUNTS)
    return coins, accounts


coins, accounts = asyncio.run(asyncio.wait_for(look(), 60))
print("typed-hyperliquid", version("typed-hyperliquid"), "two coins:", coins, "two accounts:", accounts)
fills = [asked["user"] for method, asked in sent if method == "subscribe" and asked["type"] == "userFills"]
refused = accounts == ["accepted", 'Already subscribed to channel "userFills"']
sys.exit(0 if coins == ["accepted", "accepted"] and refused and fills == ACCOUNTS[:1] else 1)
PYTHON
