#!/usr/bin/env bash
# ccxt names Hyperliquid fills of outcome tokens as if they were those of a perpetual.
#
# One would guess: a fill of an outcome token (coin "#n", HIP-4) has no symbol, or one that tells it from a perpetual.
# What happens: its symbol is "#70/USDC:USDC", the form the library keeps for contracts settled in USDC. A spot pair it does not
# know keeps its own name.
# Why it matters: positions rebuilt from fills by symbol hold outcome tokens as perpetuals without a mark or margin table. Leave
# out coins that begin with "#".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

exchange = ccxt.hyperliquid()
exchange.markets, exchange.markets_by_id = {}, {}
symbols = {}
for coin in ("ETH", "@107", "#70"):
    fill = {
        "coin": coin, "px": "0.5", "sz": "10.0", "side": "B", "time": 1780000000000, "startPosition": "0.0", "dir": "Buy",
        "closedPnl": "0.0", "hash": "0x" + "1" * 64, "oid": 1, "crossed": True, "fee": "0.0", "tid": 1, "feeToken": "USDC",
        "twapId": None,
    }
    exchange.publicPostInfo = lambda request, fill=fill: [fill]
    symbols[coin] = exchange.fetch_my_trades(params={"user": "0x" + "12" * 20})[0]["symbol"]
print("ccxt", ccxt.__version__, symbols)
sys.exit(0 if symbols == {"ETH": "ETH/USDC:USDC", "@107": "@107", "#70": "#70/USDC:USDC"} else 1)
PYTHON
