#!/usr/bin/env bash
# ccxt shows the loss of a Hyperliquid position as a positive percentage.
#
# One would guess: `percentage` is unrealised profit over margin with its sign, as `unrealizedPnl` beside it has.
# What happens: it is computed from the amount without sign: a position 71 % under water says +71.4.
# Why it matters: whoever ranks accounts by distress or crowding from it takes the nearest to liquidation for the winners.
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
row = {
    "coin": "ETH", "szi": "1.0", "entryPx": "2000.0", "positionValue": "1750.0", "unrealizedPnl": "-250.0",
    "returnOnEquity": "-0.7142857", "liquidationPx": "1690.0", "marginUsed": "350.0", "maxLeverage": 25,
    "leverage": {"type": "cross", "value": 5},
}
position = exchange.parse_position({"type": "oneWay", "position": row})
print("ccxt", ccxt.__version__, "unrealizedPnl", position["unrealizedPnl"], "percentage", position["percentage"])
sys.exit(0 if position["unrealizedPnl"] == -250.0 and position["percentage"] > 71.0 else 1)
PYTHON
