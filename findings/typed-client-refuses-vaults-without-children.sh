#!/usr/bin/env bash
# typed-hyperliquid refuses the details of every vault that is not a parent.
#
# One would guess: vault_details validates for any vault, among them the liquidators.
# What happens: its record allows relationship type "parent" alone. An ordinary vault, {"type": "normal"}, and a child, which is
# what HLP's liquidator is, fail validation with all their fields.
# Why it matters: the capital of the vault that takes over decides where a cascade passes on to auto-deleveraging. Ask with
# validate=False.
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
from typed_hyperliquid.info.vault_details import VaultDetails

PARENT, CHILD = "0x" + "12" * 20, "0x" + "34" * 20
details = {
    "name": "Made up", "vaultAddress": CHILD, "leader": PARENT, "description": "", "portfolio": [], "apr": 0.0,
    "followerState": None, "leaderFraction": 1.0, "leaderCommission": 0.0, "followers": [], "maxDistributable": 10.0,
    "maxWithdrawable": 0.0, "isClosed": False, "allowDeposits": True, "alwaysCloseOnWithdraw": False,
}
RELATIONSHIPS = {
    "parent": {"type": "parent", "data": {"childAddresses": [CHILD]}},
    "child": {"type": "child"},
    "normal": {"type": "normal"},
}
seen = {}
for name, relationship in RELATIONSHIPS.items():
    try:
        TypeAdapter(VaultDetails).validate_python({**details, "relationship": relationship})
        seen[name] = "accepted"
    except ValidationError as error:
        seen[name] = sorted(".".join(map(str, problem["loc"])) for problem in error.errors())
print("typed-hyperliquid", version("typed-hyperliquid"), "pydantic", version("pydantic"), seen)
accepted = [name for name, answer in seen.items() if answer == "accepted"]
sys.exit(0 if accepted == ["parent"] and all("relationship.type" in seen[name] for name in ("child", "normal")) else 1)
PYTHON
