#!/usr/bin/env bash
# ccxt reads one's own Hyperliquid balance by the account mode of whoever was asked about before.
#
# One would guess: fetch_balance() of an unchanged account returns the same figure before and after another account is read.
# What happens: the mode is kept once for the whole exchange object. After fetch_balance({"user": B}) of a unified account B,
# one's own standard account is looked for in the spot state: 5,000 of perp equity become the 7 that lie in spot.
# Why it matters: free margin decides every liquidation level. Pass enableUnifiedMargin for each account, or an object an account.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

OWN, OTHER = "0x" + "12" * 20, "0x" + "34" * 20
summary = {"accountValue": "5000.0", "totalMarginUsed": "0.0", "totalNtlPos": "0.0", "totalRawUsd": "5000.0"}
ANSWERS = {
    "spotClearinghouseState": {"balances": [{"coin": "USDC", "token": 0, "hold": "0.0", "total": "7.0", "entryNtl": "0.0"}]},
    "clearinghouseState": {
        "assetPositions": [], "crossMaintenanceMarginUsed": "0.0", "crossMarginSummary": summary, "marginSummary": summary,
        "time": 1780000000000, "withdrawable": "5000.0",
    },
}


def answer(request):
    if request["type"] == "userAbstraction":
        return {OWN: "disabled", OTHER: "unifiedAccount"}[request["user"]]
    return ANSWERS[request["type"]]


exchange = ccxt.hyperliquid({"walletAddress": OWN})
exchange.publicPostInfo = answer
before = exchange.fetch_balance()["USDC"]["total"]
exchange.fetch_balance({"user": OTHER})
after = exchange.fetch_balance()["USDC"]["total"]
print("ccxt", ccxt.__version__, "own balance before:", before, "after another account was read:", after)
sys.exit(0 if (before, after) == (5000.0, 7.0) else 1)
PYTHON
