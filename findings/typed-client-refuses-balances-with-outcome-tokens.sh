#!/usr/bin/env bash
# typed-hyperliquid refuses the whole spot state of an account that once held an outcome token.
#
# One would guess: a client that generates its types from the exchange's answers accepts every balance row the exchange lists.
# What happens: rows of outcome tokens (coin "+n", HIP-4) carry no `token`; its record requires one, so validation fails for the
# account's USDC too. Such rows stay listed at total "0.0" after they are settled.
# Why it matters: the spot state is what tells the free margin of a unified account. Decode row by row.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install typed-hyperliquid==2.6.0 pydantic==2.14.3
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from pydantic import TypeAdapter, ValidationError
from typed_hyperliquid.info.spot_clearinghouse_state import SpotClearinghouseState

print("typed-hyperliquid", version("typed-hyperliquid"), "pydantic", version("pydantic"))
dollars = {"coin": "USDC", "token": 0, "hold": "0.0", "total": "1500.0", "entryNtl": "0.0"}
outcome = {"coin": "+70", "hold": "0.0", "total": "0.0", "entryNtl": "0.0"}
record = TypeAdapter(SpotClearinghouseState)
print("without the outcome row:", record.validate_python({"balances": [dollars]})["balances"][0]["total"])
try:
    record.validate_python({"balances": [dollars, outcome]})
except ValidationError as error:
    problem = error.errors()[0]
    print("with it:", problem["type"], problem["loc"])
    sys.exit(0 if problem["type"] == "missing" and problem["loc"] == ("balances", 1, "token") else 1)
sys.exit(1)
PYTHON
