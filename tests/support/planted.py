"""A made-up market as a recording shows it: published prices only, with known truth behind every row.

Prices come from the exact twin (reference.py), rounded to ten decimals like the venue's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import polars
from reference import Holding, liquidation_price

Tiers = tuple[tuple[Fraction, int], ...]


def flat(leverage: int) -> Tiers:
    return ((Fraction(0), leverage),)


TIERED: Tiers = ((Fraction(0), 10), (Fraction(20_000_000), 5))
PRESENT: dict[str, Tiers] = {
    "BTC": ((Fraction(0), 40), (Fraction(150_000_000), 20)),
    "HYPE": TIERED,
    "ATOM": flat(5),
    "GOAT": flat(3),
    "STX": flat(5),
    "MEGA": flat(3),
    "abc:OIL": flat(10),
    "abc:GOLD": flat(20),
}
"""Coins whose tables the built-in list and the recorded maximum leverage give."""

MARKS = {"BTC": "71234.5", "HYPE": "33.127", "ATOM": "1.9871", "GOAT": "0.04312", "STX": "0.27115", "MEGA": "0.1345"}
MARKS |= {"abc:OIL": "61.25", "abc:GOLD": "4012.5"}


@dataclass
class Leg:
    """One position; `is_isolated` with `pocket` USD of margin at entry, `table` where it is not the present one."""

    coin: str
    size: str
    entry: str
    leverage: int = 5
    table: Tiers | None = None
    is_isolated: bool = False
    added_margin: str = "0"

    @property
    def tiers(self) -> Tiers:
        return self.table or PRESENT[self.coin]


@dataclass
class Wallet:
    """An address with a shared pool of `raw_usd` and its legs."""

    address: str
    raw_usd: str
    legs: list[Leg]


@dataclass
class PlantedMarket:
    """Rows as they would be recorded, in the columns of positions.parquet."""

    rows: list[dict[str, object]] = field(default_factory=list)

    def record(self, snapshot: str, wallets: list[Wallet], move: dict[str, str] | None = None) -> None:
        """Add one snapshot of all wallets at MARKS, with some of them moved."""
        marks = {coin: Fraction((move or {}).get(coin, mark)) for coin, mark in MARKS.items()}
        for wallet in wallets:
            shared = [leg for leg in wallet.legs if not leg.is_isolated]
            holdings = [Holding(Fraction(leg.size), marks[leg.coin], leg.tiers) for leg in shared]
            for leg in wallet.legs:
                if leg.is_isolated:
                    size, entry = Fraction(leg.size), Fraction(leg.entry)
                    pocket = -size * entry + abs(size) * entry / leg.leverage + Fraction(leg.added_margin)
                    found = liquidation_price(pocket, [Holding(size, marks[leg.coin], leg.tiers)], 0)
                else:
                    found = liquidation_price(Fraction(wallet.raw_usd), holdings, shared.index(leg))
                self.rows.append(_row(snapshot, wallet.address, leg, marks[leg.coin], found))

    def write(self, folder: Path, rows: list[dict[str, object]] | None = None) -> Path:
        """positions.parquet and markets.parquet in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        polars.DataFrame(self.rows if rows is None else rows, schema=SCHEMA).write_parquet(folder / "positions.parquet")
        first = min(str(row["snapshot_ts"]) for row in self.rows)
        polars.DataFrame([market_row(first, coin, float(mark)) for coin, mark in MARKS.items()]).write_parquet(
            folder / "markets.parquet"
        )
        return folder


SCHEMA = {
    "snapshot_ts": polars.String,
    "address": polars.String,
    "coin": polars.String,
    "szi": polars.Float64,
    "entry_px": polars.Float64,
    "leverage": polars.Float64,
    "position_value": polars.Float64,
    "unrealized_pnl": polars.Float64,
    "liquidation_px": polars.Float64,
}


def market_row(snapshot: str, coin: str, mark: float) -> dict[str, object]:
    return {
        "snapshot_ts": snapshot,
        "coin": coin,
        "mark_px": mark,
        "oracle_px": mark * 1.0001,
        "open_interest_coins": 1e6,
        "max_leverage": PRESENT[coin][0][1],
    }


def address(number: int) -> str:
    return f"0x{number:040x}"


def _row(snapshot: str, owner: str, leg: Leg, mark: Fraction, found: tuple[Fraction, int] | None) -> dict[str, object]:
    size = Fraction(leg.size)
    price = None if found is None or found[0] <= 0 else round(float(found[0]), 10)
    return {
        "snapshot_ts": snapshot,
        "address": owner,
        "coin": leg.coin,
        "szi": float(size),
        "entry_px": float(Fraction(leg.entry)),
        "leverage": float(leg.leverage),
        "position_value": round(float(abs(size) * mark), 6),
        "unrealized_pnl": float(size * (mark - Fraction(leg.entry))),
        "liquidation_px": price,
    }
