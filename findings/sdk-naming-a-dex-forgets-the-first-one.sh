#!/usr/bin/env bash
# The official Python SDK forgets every coin of the first dex when it is told of another dex.
#
# One would guess: Info(perp_dexs=["xyz"]) adds the dex xyz to the coins that are always there.
# What happens: the list replaces the first dex too: BTC is no coin any more and asking for its book raises KeyError, before
# anything is sent. The list has to begin with "".
# Why it matters: a map of all dexs asks for BTC first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install hyperliquid-python-sdk==0.24.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import http.server
import json
import sys
import threading
from importlib.metadata import version

from hyperliquid.info import Info

METAS = {"": "BTC", "xyz": "xyz:GOLD"}


class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        coin = METAS[request.get("dex", "")]
        answer = {
            "spotMeta": {"tokens": [], "universe": []},
            "perpDexs": [None, {"name": "xyz"}],
            "meta": {"universe": [{"name": coin, "szDecimals": 5, "maxLeverage": 20}]},
        }.get(request["type"], {"coin": coin, "time": 1, "levels": [[], []]})
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
seen = {}
for dexs in (None, ["xyz"], ["", "xyz"]):
    info = Info(address, skip_ws=True, perp_dexs=dexs)
    try:
        seen[str(dexs)] = info.l2_snapshot("BTC")["coin"]
    except KeyError as error:
        seen[str(dexs)] = f"KeyError {error}"
print("hyperliquid-python-sdk", version("hyperliquid-python-sdk"), seen)
sys.exit(0 if list(seen.values()) == ["BTC", "KeyError 'BTC'", "BTC"] else 1)
PYTHON
