#!/usr/bin/env bash
# ccxt adds the builder fee of a Hyperliquid fill to a fee that already contains it.
#
# One would guess: the cost of a fill is its `fee`, which the exchange documents as the total, inclusive of `builderFee`.
# What happens: fetch_my_trades returns fee plus builderFee: 2.9 for a fill that cost 1.9.
# Why it matters: cash rebuilt from fills is too small by the builder fee of every fill made through a wallet or terminal, and
# with it the liquidation price. Read `info.fee`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

fill = {
    "coin": "ETH", "px": "2000.0", "sz": "1.0", "side": "B", "time": 1780000000000, "startPosition": "0.0", "dir": "Open Long",
    "closedPnl": "0.0", "hash": "0x" + "1" * 64, "oid": 1, "crossed": True, "fee": "1.9", "builderFee": "1.0", "tid": 1,
    "feeToken": "USDC", "twapId": None,
}
exchange = ccxt.hyperliquid()
exchange.markets, exchange.markets_by_id = {}, {}
exchange.publicPostInfo = lambda request: [fill]
cost = exchange.fetch_my_trades(params={"user": "0x" + "12" * 20})[0]["fee"]["cost"]
print("ccxt", ccxt.__version__, "fee", fill["fee"], "of which for the builder", fill["builderFee"], "cost in ccxt", cost)
sys.exit(0 if cost == 2.9 else 1)
PYTHON
