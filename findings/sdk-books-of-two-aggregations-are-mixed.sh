#!/usr/bin/env bash
# The official Python SDK gives the callback of a full order book the aggregated book of the same coin too.
#
# One would guess: two l2Book subscriptions that differ in nSigFigs are two streams with a callback each.
# What happens: messages are routed by coin alone, so each callback gets both books in turn, and an end of one subscription is
# never sent to the server while the other lasts.
# Why it matters: depth within 1 % read from whichever book came last jumps by whole price steps; a cascade run on it fills at
# prices nobody quotes. One subscription a coin and connection.
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
manager = WebsocketManager("http://127.0.0.1:9")  # never started: only its routing is looked at
manager.ws_ready, sent = True, []
manager.ws.send = sent.append
full, coarse = [], []
manager.subscribe({"type": "l2Book", "coin": "BTC"}, lambda message: full.append(message["data"]["levels"][0][0]["px"]))
second = {"type": "l2Book", "coin": "BTC", "nSigFigs": 2}
number = manager.subscribe(second, lambda message: coarse.append(message["data"]["levels"][0][0]["px"]))
for price in ("59999.0", "59000.0"):
    side = [{"px": price, "sz": "1.0", "n": 1}]
    manager.on_message(None, json.dumps({"channel": "l2Book", "data": {"coin": "BTC", "time": 1, "levels": [side, []]}}))
manager.unsubscribe(second, number)
print(f"best bids given to the full book's callback {full}, to the coarse one's {coarse}; frames sent {len(sent)}")
sys.exit(0 if full == coarse == ["59999.0", "59000.0"] and len(sent) == 2 else 1)
PYTHON
