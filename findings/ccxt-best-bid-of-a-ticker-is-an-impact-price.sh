#!/usr/bin/env bash
# ccxt's bid and ask in a Hyperliquid ticker are impact prices, and its last price is the mid.
#
# One would guess: `bid` and `ask` are the best quotes, `last` the price of the last trade.
# What happens: bid and ask are `impactPxs`, the average prices of selling and buying a fixed notional, and last is `midPx`. The
# mark, which decides liquidations, is in none of the named fields here.
# Why it matters: spread and depth taken from tickers are several times too wide, most in thin coins. Take the book, and
# `info.markPx`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install ccxt==4.5.90
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import ccxt

meta = {"universe": [{"name": "ETH", "szDecimals": 4, "maxLeverage": 25, "marginTableId": 25}], "collateralToken": 0}
context = {
    "funding": "0.0", "openInterest": "1.0", "prevDayPx": "2000.0", "dayNtlVlm": "0.0", "premium": "0.0", "oraclePx": "2000.0",
    "markPx": "2000.9", "midPx": "2000.05", "impactPxs": ["1995.0", "2006.0"], "dayBaseVlm": "0.0",
}
book = {"coin": "ETH", "time": 1, "levels": [[{"px": "2000.0", "sz": "0.1", "n": 1}], [{"px": "2000.1", "sz": "0.1", "n": 1}]]}
ANSWERS = {"metaAndAssetCtxs": [meta, [context]], "l2Book": book}
exchange = ccxt.hyperliquid()
exchange.publicPostInfo = lambda request: ANSWERS[request["type"]]
exchange.set_markets(exchange.fetch_swap_markets())
quotes = exchange.fetch_order_book("ETH/USDC:USDC")
ticker = exchange.parse_ticker({**meta["universe"][0], **context})
print("ccxt", ccxt.__version__, "book:", quotes["bids"][0][0], quotes["asks"][0][0])
print("ticker:", {name: ticker[name] for name in ("bid", "ask", "last", "markPrice")})
seen = (ticker["bid"], ticker["ask"], ticker["last"], ticker.get("markPrice"))
sys.exit(0 if seen == (1995.0, 2006.0, 2000.05, None) and quotes["bids"][0][0] == 2000.0 else 1)
PYTHON
