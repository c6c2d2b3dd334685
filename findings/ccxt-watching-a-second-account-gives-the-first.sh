#!/usr/bin/env bash
# ccxt gives whoever watches a second Hyperliquid account the positions of the first one.
#
# One would guess: watch_positions(params={"user": B}) after the same call for A subscribes to B and returns B's positions.
# What happens: the subscription is remembered by its channel alone, so none is sent for B, and the next message of A answers the
# call. Nothing says so.
# Why it matters: a map follows many accounts live. One exchange object an account, or a socket of one's own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import asyncio
import json
import sys

import ccxt.pro
from aiohttp import WSMsgType, web

A, B = "0x" + "12" * 20, "0x" + "34" * 20
SIZES = {A: "1.0", B: "-5.0"}
subscribed = []


def state(user):
    row = {
        "coin": "ETH", "szi": SIZES[user], "entryPx": "2000.0", "positionValue": "2000.0", "unrealizedPnl": "0.0",
        "returnOnEquity": "0.0", "liquidationPx": None, "marginUsed": "400.0", "maxLeverage": 25,
        "leverage": {"type": "cross", "value": 5},
    }
    answer = {"assetPositions": [{"type": "oneWay", "position": row}], "time": 1780000000000}
    return json.dumps({"channel": "clearinghouseState", "data": {"dex": "", "user": user, "clearinghouseState": answer}})


async def push(socket):
    """The state of every subscribed account, again and again."""
    while not socket.closed:
        for user in list(subscribed):
            await socket.send_str(state(user))
        await asyncio.sleep(0.05)


async def answer(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    pushing = asyncio.create_task(push(socket))
    async for message in socket:
        data = json.loads(message.data) if message.type == WSMsgType.TEXT else {}
        if data.get("method") == "subscribe":
            subscribed.append(data["subscription"]["user"])
            await socket.send_str(json.dumps({"channel": "subscriptionResponse", "data": data}))
    pushing.cancel()
    return socket


async def look():
    application = web.Application()
    application.router.add_get("/ws", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    exchange = ccxt.pro.hyperliquid()
    exchange.markets, exchange.markets_by_id = {}, {}
    exchange.urls["api"]["ws"]["public"] = f"ws://127.0.0.1:{runner.addresses[0][1]}/ws"
    seen = {}
    for name, user in (("A", A), ("B", B)):
        positions = await exchange.watch_positions(params={"user": user})
        seen[name] = [(position["side"], position["contracts"]) for position in positions]
    await exchange.close()
    await runner.cleanup()
    return seen


seen = asyncio.run(asyncio.wait_for(look(), 60))
print("ccxt", ccxt.pro.__version__, seen, "subscriptions sent:", len(subscribed))
sys.exit(0 if seen["A"] == seen["B"] == [("long", 1.0)] and subscribed == [A] else 1)
PYTHON
