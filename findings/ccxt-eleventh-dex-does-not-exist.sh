#!/usr/bin/env bash
# ccxt lists the markets of the first ten Hyperliquid HIP-3 dexs and none of those after them.
#
# One would guess: load_markets lists every market of every dex that perpDexs names, or says that it stopped.
# What happens: options.fetchMarkets.hip3.limit is 10; the markets of the eleventh dex are missing, its coins are no symbols, and
# nothing is logged.
# Why it matters: new dexs come at the end of the list. Set the limit to the length of perpDexs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

DEXS = [f"dx{letter}" for letter in "abcdefghijkl"]
context = {
    "funding": "0.0", "openInterest": "1.0", "prevDayPx": "70.0", "dayNtlVlm": "0.0", "premium": "0.0", "oraclePx": "70.0",
    "markPx": "70.0", "midPx": "70.0", "impactPxs": ["69.9", "70.1"], "dayBaseVlm": "0.0",
}


def answer(request):
    if request["type"] == "perpDexs":
        return [None, *({"name": dex} for dex in DEXS)]
    universe = [{"name": request["dex"] + ":OIL", "szDecimals": 2, "maxLeverage": 10, "marginTableId": 10}]
    return [{"universe": universe, "collateralToken": 0}, [context]]


seen = []
for limit in (None, len(DEXS)):
    exchange = ccxt.hyperliquid()
    exchange.publicPostInfo = answer
    if limit:
        exchange.options["fetchMarkets"]["hip3"]["limit"] = limit
    seen.append(len(exchange.fetch_hip3_markets()))
print("ccxt", ccxt.__version__, f"markets of {len(DEXS)} dexs with one market each: {seen[0]}, with the limit raised: {seen[1]}")
sys.exit(0 if seen == [10, len(DEXS)] else 1)
PYTHON
