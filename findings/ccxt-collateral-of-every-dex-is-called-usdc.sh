#!/usr/bin/env bash
# ccxt calls the collateral of every Hyperliquid dex USDC.
#
# One would guess: fetch_balance({"dex": "flx"}) names the dex's collateral token, as ccxt does in the symbols of its markets.
# What happens: the market settles in USDH and the margin that backs it is a USDC balance.
# Why it matters: margin in USDH, USDE or USDT0 backs no USDC position. Summed by currency it makes pools that do not exist. Read
# `collateralToken` in the dex's meta.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

meta = {"universe": [{"name": "flx:OIL", "szDecimals": 2, "maxLeverage": 10, "marginTableId": 10}], "collateralToken": 360}
context = {
    "funding": "0.0", "openInterest": "1.0", "prevDayPx": "70.0", "dayNtlVlm": "0.0", "premium": "0.0", "oraclePx": "70.0",
    "markPx": "70.0", "midPx": "70.0", "impactPxs": ["69.9", "70.1"], "dayBaseVlm": "0.0",
}
summary = {"accountValue": "5000.0", "totalMarginUsed": "0.0", "totalNtlPos": "0.0", "totalRawUsd": "5000.0"}
ANSWERS = {
    "spotMeta": {"tokens": [{"name": "USDC", "index": 0}, {"name": "USDH", "index": 360}], "universe": []},
    "perpDexs": [None, {"name": "flx"}],
    "metaAndAssetCtxs": [meta, [context]],
    "userAbstraction": "disabled",
    "clearinghouseState": {
        "assetPositions": [], "crossMaintenanceMarginUsed": "0.0", "crossMarginSummary": summary, "marginSummary": summary,
        "time": 1780000000000, "withdrawable": "5000.0",
    },
}
exchange = ccxt.hyperliquid()
exchange.publicPostInfo = lambda request: ANSWERS[request["type"]]
exchange.options["cachedCurrenciesById"] = {"0": "USDC", "360": "USDH"}
exchange.set_markets(exchange.fetch_hip3_markets())
settle = exchange.market("FLX-OIL/USDH:USDH")["settle"]
balance = exchange.fetch_balance({"user": "0x" + "12" * 20, "dex": "flx"})["total"]
print("ccxt", ccxt.__version__, "market settles in", settle, "balance of its dex:", balance)
sys.exit(0 if settle == "USDH" and balance == {"USDC": 5000.0} else 1)
PYTHON
