#!/usr/bin/env bash
# ccxt finds no liquidation in fills whose `liquidation` does not name the liquidated account.
#
# One would guess: a fill of the account itself, closed by the exchange as the aggressor, is one of its liquidations.
# What happens: fetch_my_liquidations keeps only fills whose liquidatedUser equals the account; the field is optional since August
# 2026, and without it the list is empty.
# Why it matters: counts of liquidations fall without a word. Of a liquidation that went to the book the aggressor is the victim.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

ACCOUNT = "0x" + "12" * 20
fill = {
    "coin": "ETH", "px": "1690.0", "sz": "1.0", "side": "A", "time": 1780000000000, "startPosition": "1.0",
    "dir": "Close Long", "closedPnl": "-310.0", "hash": "0x" + "0" * 64, "oid": 1, "crossed": True, "fee": "0.7", "tid": 1,
    "feeToken": "USDC",
}
seen = {}
for name, liquidation in (("named", {"liquidatedUser": ACCOUNT}), ("not named", {})):
    exchange = ccxt.hyperliquid()
    exchange.markets, exchange.markets_by_id = {}, {}
    liquidation = {**liquidation, "markPx": "1691.0", "method": "market"}
    exchange.publicPostInfo = lambda request, liquidation=liquidation: [{**fill, "liquidation": liquidation}]
    seen[name] = len(exchange.fetch_my_liquidations(params={"user": ACCOUNT}))
print("ccxt", ccxt.__version__, "liquidations found:", seen)
sys.exit(0 if seen == {"named": 1, "not named": 0} else 1)
PYTHON
