#!/usr/bin/env bash
# ccxt's fetch_positions leaves out what a Hyperliquid account holds on HIP-3 dexs, whose markets it lists.
#
# One would guess: fetch_positions(), "all open positions", covers every market that load_markets listed, HIP-3 ones too.
# What happens: one request is made, for the first dex. Symbols of two dexs together are refused: each dex has to be asked by name.
# Why it matters: exposure, and for a unified account the liquidation price, lacks the other dexs; an account with a position
# only there looks flat.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

summary = {"accountValue": "500.0", "totalMarginUsed": "0.0", "totalNtlPos": "0.0", "totalRawUsd": "500.0"}
context = {
    "funding": "0.0", "openInterest": "1.0", "prevDayPx": "2000.0", "dayNtlVlm": "0.0", "premium": "0.0", "oraclePx": "2000.0",
    "markPx": "2000.0", "midPx": "2000.0", "impactPxs": ["1999.0", "2001.0"], "dayBaseVlm": "0.0",
}
row = {
    "coin": "xyz:GOLD", "szi": "2.0", "entryPx": "2000.0", "positionValue": "4000.0", "unrealizedPnl": "0.0",
    "returnOnEquity": "0.0", "liquidationPx": "1900.0", "marginUsed": "400.0", "maxLeverage": 20,
    "leverage": {"type": "cross", "value": 10},
}


def answer(request):
    dex = request.get("dex", "")
    if request["type"] == "perpDexs":
        return [None, {"name": "xyz"}]
    if request["type"] == "metaAndAssetCtxs":
        universe = [{"name": "xyz:GOLD" if dex else "ETH", "szDecimals": 4, "maxLeverage": 20, "marginTableId": 20}]
        return [{"universe": universe, "collateralToken": 0}, [context]]
    held = [{"type": "oneWay", "position": row}] if dex == "xyz" else []
    return {"assetPositions": held, "marginSummary": summary, "crossMarginSummary": summary, "time": 1780000000000}


exchange = ccxt.hyperliquid()
exchange.publicPostInfo = answer
exchange.options["cachedCurrenciesById"] = {"0": "USDC"}
exchange.set_markets(exchange.fetch_swap_markets() + exchange.fetch_hip3_markets())
account = {"user": "0x" + "12" * 20}
everything = exchange.fetch_positions(params=account)
named = exchange.fetch_positions(["XYZ-GOLD/USDC:USDC"], account)
try:
    exchange.fetch_positions(["ETH/USDC:USDC", "XYZ-GOLD/USDC:USDC"], account)
    refused = ""
except ccxt.NotSupported as error:
    refused = str(error)
print("ccxt", ccxt.__version__, "markets listed:", sorted(exchange.markets))
print("positions without symbols:", len(everything), "with the HIP-3 symbol:", len(named), "both symbols:", refused)
sys.exit(0 if (len(everything), len(named)) == (0, 1) and refused else 1)
PYTHON
