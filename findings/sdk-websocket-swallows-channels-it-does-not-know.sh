#!/usr/bin/env bash
# The official Python SDK accepts subscriptions to channels it does not know, and never delivers a message of them.
#
# One would guess: subscribe() refuses a type it cannot route, or hands its messages to the callback.
# What happens: the identifier of the subscription is None, it is sent, the server answers, and every message of the channel is
# put away as "empty". The callback is never called. Among these channels: clearinghouseState, allDexsClearinghouseState,
# allDexsAssetCtxs, spotState.
# Why it matters: these channels carry margin of all dexs in one message, without request weight: just what a map wants.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install hyperliquid-python-sdk==0.24.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import json
import sys
from importlib.metadata import version

from hyperliquid.websocket_manager import WebsocketManager

print("hyperliquid-python-sdk", version("hyperliquid-python-sdk"))
ADDRESS = "0x" + "12" * 20
delivered = {}
for channel in ("userFills", "clearinghouseState", "allDexsClearinghouseState", "allDexsAssetCtxs", "spotState"):
    manager = WebsocketManager("http://127.0.0.1:9")  # never started: only its routing is looked at
    manager.ws_ready, sent = True, []
    manager.ws.send = sent.append
    received = []
    manager.subscribe({"type": channel, "user": ADDRESS, "dex": ""}, received.append)
    manager.on_message(None, json.dumps({"channel": channel, "data": {"user": ADDRESS}}))
    print(f"{channel}: subscription sent {len(sent)}, messages delivered {len(received)}")
    delivered[channel] = (len(sent), len(received))
known = delivered.pop("userFills") == (1, 1)
sys.exit(0 if known and all(seen == (1, 0) for seen in delivered.values()) else 1)
PYTHON
