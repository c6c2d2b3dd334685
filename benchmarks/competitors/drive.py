"""Starts the competitors on our own positions and takes turns with them: ours, theirs, ours, theirs."""

from __future__ import annotations

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from timing import all_cores

from competitors import setup
from liqscape.model import Accounts, MarginTables, MarketSnapshot
from liqscape.units import Float64Array, Int64Array

HERE = Path(__file__).resolve().parent


class Competitor:
    """A child process that answers one line of JSON per line. `hello` is its first answer."""

    def __init__(self, command: list[str]) -> None:
        with all_cores():
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.hello = self._answer()

    def ask(self, line: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the competitor ended with {self._process.wait()}")
        return json.loads(line)


def start_heatmap(accounts: Accounts, snapshot: MarketSnapshot, root: Float64Array, folder: Path) -> Competitor | str:
    """hyperdata-terminal over all positions with our prices (0 where none), or why it is not available."""
    reason = setup.install_heatmap()
    if reason is not None:
        return reason
    columns = {
        "mark": snapshot.mark,
        "market_index": accounts.market_index,
        "is_long": accounts.size > 0.0,
        "notional": np.abs(accounts.size) * snapshot.mark[accounts.market_index],
        "price": np.where((root > 0.0) & np.isfinite(root), root, 0.0),
    }
    path = folder / "positions.json"
    path.write_text(
        json.dumps({"coins": snapshot.markets.coins, **{name: column.tolist() for name, column in columns.items()}})
    )
    return Competitor([str(setup.heatmap_python()), str(HERE / "heatmap_buckets.py"), str(path)])


def start_price(
    accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, pools: Int64Array, folder: Path
) -> Competitor | str:
    """hyperliquid-math over the given cross pools, or why it is not available."""
    reason = setup.install_price()
    node = shutil.which("node")
    if reason is not None or node is None:
        return reason or "node is not installed"
    path = folder / "accounts.json"
    path.write_text(json.dumps([_cross_account(accounts, snapshot, tables, int(pool)) for pool in pools]))
    module = setup.PRICE_ENV / "node_modules" / "hyperliquid-math" / "dist" / "liquidation" / "index.js"
    return Competitor([node, str(HERE / "liquidation_price.mjs"), str(module), str(path)])


def _cross_account(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, pool: int) -> dict[str, Any]:
    rows = range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
    value = Decimal(float(accounts.raw_usd[pool]))
    positions = []
    for row in rows:
        market = int(accounts.market_index[row])
        size, mark = float(accounts.size[row]), float(snapshot.mark[market])
        value += Decimal(size) * Decimal(mark)
        tiers = tables.tables[accounts.table_row[row]].tiers
        positions.append(
            [
                market,
                _plain(Decimal(repr(size))),
                _plain(Decimal(repr(float(accounts.entry_price[row])))),
                _plain(Decimal(repr(mark))),
                [[_plain(Decimal(repr(tier.lower_bound))), str(tier.max_leverage)] for tier in tiers],
            ]
        )
    return {"value": _plain(value), "positions": positions}


def _plain(number: Decimal) -> str:
    return format(+number, "f")
