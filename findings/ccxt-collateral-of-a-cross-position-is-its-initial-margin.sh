#!/usr/bin/env bash
# ccxt gives as collateral of a cross position on Hyperliquid its initial margin only.
#
# One would guess: `collateral` is the equity that stands behind the position, the pool's for a cross position, as the same library
# gives it for Binance.
# What happens: it is `marginUsed`, notional over the leverage chosen, whatever the account holds. The price at which that is used
# up, 1,600, is near; the one the exchange publishes beside it, 1,010, is where the account's equity is.
# Why it matters: levels worked out from ccxt's collateral put liquidations of cross accounts far too near the mark. Take
# crossMarginSummary of clearinghouseState, or the published price.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

row = {
    "coin": "ETH", "szi": "10.0", "entryPx": "2000.0", "positionValue": "20000.0", "unrealizedPnl": "0.0",
    "returnOnEquity": "0.0", "liquidationPx": "1010.0", "marginUsed": "4000.0", "maxLeverage": 25,
    "leverage": {"type": "cross", "value": 5},
}
# Equity 10,102 less 2 % of maintenance on 10 ETH is nothing left at 1,010: 10102 - 10 * (2000 - 1010) = 202 = 0.02 * 10 * 1010.
summary = {"accountValue": "10102.0", "totalMarginUsed": "4000.0", "totalNtlPos": "20000.0", "totalRawUsd": "-9898.0"}
state = {
    "assetPositions": [{"type": "oneWay", "position": row}], "crossMaintenanceMarginUsed": "400.0", "marginSummary": summary,
    "crossMarginSummary": summary, "time": 1780000000000, "withdrawable": "6102.0",
}
exchange = ccxt.hyperliquid()
exchange.markets, exchange.markets_by_id = {}, {}
exchange.publicPostInfo = lambda request: state
position = exchange.fetch_positions(params={"user": "0x" + "12" * 20})[0]
used_up = position["markPrice"] - position["collateral"] / position["contracts"]
print("ccxt", ccxt.__version__, "collateral", position["collateral"], "of an account of", summary["accountValue"])
print("used up at", used_up, "published liquidation price", position["liquidationPrice"])
sys.exit(0 if position["collateral"] == 4000.0 and position["marginMode"] == "cross" and used_up == 1600.0 else 1)
PYTHON
