#!/usr/bin/env bash
# ccxt's fetch_trades on Hyperliquid returns the fills of one account, not the prints of the market.
#
# One would guess: fetch_trades is the public tape, as elsewhere in the library; the exchange has recentTrades for it.
# What happens: without an account it raises ArgumentsRequired. With a wallet address set, for the account's own sake, it asks
# userFills and returns the account's own fills as the trades of the market.
# Why it matters: prints name both sides, which is how accounts are found. The tape is in recentTrades and the channel `trades`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

SYMBOL = "ETH/USDC:USDC"
meta = {"universe": [{"name": "ETH", "szDecimals": 4, "maxLeverage": 25, "marginTableId": 25}], "collateralToken": 0}
context = {
    "funding": "0.0", "openInterest": "1.0", "prevDayPx": "2000.0", "dayNtlVlm": "0.0", "premium": "0.0", "oraclePx": "2000.0",
    "markPx": "2000.0", "midPx": "2000.0", "impactPxs": ["1999.0", "2001.0"], "dayBaseVlm": "0.0",
}
asked = []


def answer(request):
    asked.append(request["type"])
    return [meta, [context]] if request["type"] == "metaAndAssetCtxs" else []


exchange = ccxt.hyperliquid()
exchange.publicPostInfo = answer
exchange.set_markets(exchange.fetch_swap_markets())
try:
    exchange.fetch_trades(SYMBOL)
    refused = ""
except ccxt.ArgumentsRequired as error:
    refused = str(error)
exchange.walletAddress = "0x" + "12" * 20
exchange.fetch_trades(SYMBOL)
print("ccxt", ccxt.__version__, "without an account:", refused)
print("with a wallet address the request is", asked[-1])
sys.exit(0 if refused and asked[-1] == "userFills" else 1)
PYTHON
