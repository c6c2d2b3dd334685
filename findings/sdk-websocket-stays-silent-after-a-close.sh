#!/usr/bin/env bash
# The official Python SDK never connects again after its WebSocket is closed, and tells no caller.
#
# One would guess: a client of a feed that restarts now and then reconnects and subscribes again, or raises, or tells the callback.
# What happens: the manager's thread ends and callbacks are not called any more. One line goes to the log of the library below;
# no exception reaches the caller, and `ws_ready` stays true.
# Why it matters: a map fed by it stands still and looks live. Watch the age of the newest message, and open a new Info.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install hyperliquid-python-sdk==0.24.0 websockets==17.4
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import json
import sys
import threading
from importlib.metadata import version

from hyperliquid.websocket_manager import WebsocketManager
from websockets.sync.server import serve

connections = []


def answer(connection):
    """One print for the first subscription, then the server ends the connection in good order (code 1001)."""
    connections.append(connection)
    coin = json.loads(connection.recv())["subscription"]["coin"]
    trade = {"coin": coin, "side": "B", "px": "60000.0", "sz": "0.1", "time": 1780000000000, "tid": 1, "users": ["0x1", "0x2"]}
    connection.send(json.dumps({"channel": "trades", "data": [trade]}))
    connection.close(1001)


server = serve(answer, "127.0.0.1", 0)
port = server.socket.getsockname()[1]
threading.Thread(target=server.serve_forever, daemon=True).start()
got = threading.Event()
manager = WebsocketManager(f"http://127.0.0.1:{port}")
manager.daemon = True
manager.ping_sender.daemon = True
manager.subscribe({"type": "trades", "coin": "BTC"}, lambda message: got.set())
manager.start()
assert got.wait(20), "the first print never came"
manager.join(20)
print("hyperliquid-python-sdk", version("hyperliquid-python-sdk"))
print(f"after the close: thread alive {manager.is_alive()}, ws_ready {manager.ws_ready}, connections made {len(connections)}")
sys.exit(0 if not manager.is_alive() and manager.ws_ready and len(connections) == 1 else 1)
PYTHON
