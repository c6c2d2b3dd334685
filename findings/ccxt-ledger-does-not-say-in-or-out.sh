#!/usr/bin/env bash
# ccxt's ledger of a Hyperliquid account does not say whether money came or went.
#
# One would guess: entries carry `direction` "in" or "out", as the library's manual has it, or amounts with their sign.
# What happens: direction is None and the amount positive for deposits and withdrawals, for transfers from and to others, to perp
# and to spot; `send`, by which money moves between dexs, has no amount, and a fee of 0.5 becomes 0.
# Why it matters: collateral carried forward from these entries is wrong after the first withdrawal. Read `info.delta`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

ACCOUNT, OTHER = "0x" + "12" * 20, "0x" + "34" * 20
DELTAS = [
    {"type": "deposit", "usdc": "1000.0"},
    {"type": "withdraw", "usdc": "400.0", "nonce": 1, "fee": "1.0"},
    {"type": "internalTransfer", "usdc": "50.0", "user": OTHER, "destination": ACCOUNT, "fee": "0.0"},
    {"type": "internalTransfer", "usdc": "60.0", "user": ACCOUNT, "destination": OTHER, "fee": "0.0"},
    {"type": "accountClassTransfer", "usdc": "70.0", "toPerp": True},
    {"type": "accountClassTransfer", "usdc": "80.0", "toPerp": False},
    {
        "type": "send", "user": ACCOUNT, "destination": OTHER, "sourceDex": "", "destinationDex": "xyz", "token": "USDC",
        "amount": "90.0", "usdcValue": "90.0", "fee": "0.5", "nativeTokenFee": "0.0", "nonce": 2, "feeToken": "USDC",
    },
]
rows = [{"time": 1780000000000 + i, "hash": f"0x{i:064x}", "delta": delta} for i, delta in enumerate(DELTAS)]
exchange = ccxt.hyperliquid()
exchange.markets, exchange.markets_by_id = {}, {}
exchange.publicPostInfo = lambda request: rows
entries = exchange.fetch_ledger(params={"user": ACCOUNT})
print("ccxt", ccxt.__version__)
for entry in entries:
    print(entry["info"]["delta"]["type"], "direction", entry["direction"], "amount", entry["amount"], "fee", entry["fee"])
amounts = [entry["amount"] for entry in entries]
silent = all(entry["direction"] is None for entry in entries)
sys.exit(0 if silent and amounts == [1000.0, 400.0, 50.0, 60.0, 70.0, 80.0, None] and entries[-1]["fee"]["cost"] == 0 else 1)
PYTHON
