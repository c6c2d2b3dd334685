#!/usr/bin/env bash
# typed-hyperliquid takes `liquidation` out of the fills it returns.
#
# One would guess: a validating client checks the answer and hands on all of it; the exchange documents `liquidation` in fills.
# What happens: its record of a fill, in user_fills and user_fills_by_time, does not know the field, and validation of a TypedDict
# leaves out what it does not know. Its record of the stream's fills has it.
# Why it matters: the field is what tells a liquidation, its method and its mark. Ask with validate=False.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install typed-hyperliquid==2.6.0 pydantic==2.14.3
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import asyncio
import sys
from importlib.metadata import version

from typed_hyperliquid.info.user_fills import UserFills

ACCOUNT = "0x" + "12" * 20
fill = {
    "coin": "ETH", "px": "1690.0", "sz": "1.0", "side": "A", "time": 1780000000000, "startPosition": "1.0", "dir": "Close Long",
    "closedPnl": "-310.0", "hash": "0x" + "1" * 64, "oid": 1, "crossed": True, "fee": "0.7", "tid": 1, "feeToken": "USDC",
    "twapId": None, "liquidation": {"liquidatedUser": ACCOUNT, "markPx": "1691.0", "method": "market"},
}


class Answers:
    async def request(self, payload):
        return [fill]


client = UserFills(client=Answers())
seen = {validate: asyncio.run(client.user_fills(ACCOUNT, validate=validate))[0].get("liquidation") for validate in (None, False)}
print("typed-hyperliquid", version("typed-hyperliquid"), "pydantic", version("pydantic"))
print("liquidation by default:", seen[None], "with validate=False:", seen[False])
sys.exit(0 if seen[None] is None and seen[False] == fill["liquidation"] else 1)
PYTHON
