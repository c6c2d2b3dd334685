"""Margin tables of a recorded market: the dated list of tiered coins, the recorded maximum leverage, and older tables.

A recording gives the maximum leverage of a coin but no tiers. The tiers come from the venue's list
(HL.DOC.MARGIN_TIERS; protocol notes 1.3) as positions of February 2026 followed it: PUMP, ZEC, PAXG and XPL already
had theirs, WIF and POPCAT had lost theirs. A coin of the list takes its tiers only if the recorded maximum leverage is
that of the first tier; otherwise it is plain.

Positions keep the table of the day they were last touched, so every position may also carry one of `OLDER_TIERS` or
`FLAT_LEVERAGES`; which one, only its published price can show (risk/inference).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier
from liqscape.model.markets import Market, Markets
from liqscape.sources.recording.markets import RecordedMarkets
from liqscape.sources.recording.positions import RecordedPositions
from liqscape.units import Int32Array

Tiers = tuple[tuple[float, int], ...]

BIG: Tiers = ((0.0, 10), (20e6, 5))
SMALL: Tiers = ((0.0, 10), (3e6, 5))
# fmt: off
BIG_COINS = (
    "AAVE", "ADA", "APT", "AVAX", "BCH", "CRV", "DOGE", "ENA", "FARTCOIN", "HYPE", "kBONK", "kPEPE", "LINK",
    "LTC", "NEAR", "PUMP", "SUI", "TIA", "TRUMP", "UNI", "WLD", "ZEC",
)
SMALL_COINS = (
    "ARB", "BNB", "DOT", "INJ", "JUP", "kSHIB", "LDO", "MKR", "ONDO", "OP", "PAXG", "SEI", "TON", "TRX", "XPL",
)
# fmt: on
TIERED_COINS: dict[str, Tiers] = {
    "BTC": ((0.0, 40), (150e6, 20)),
    "ETH": ((0.0, 25), (100e6, 15)),
    "SOL": ((0.0, 20), (70e6, 10)),
    "XRP": ((0.0, 20), (40e6, 10)),
    **dict.fromkeys(BIG_COINS, BIG),
    **dict.fromkeys(SMALL_COINS, SMALL),
}

OLDER_TIERS: tuple[Tiers, ...] = (BIG, SMALL)
"""Groups a coin may have left (WIF and POPCAT left BIG before February 2026)."""

FLAT_LEVERAGES = (3, 5, 10, 20, 25, 40, 50)
"""Maximum leverages the venue has had; older positions carry them without tiers."""

HLP_LEVERAGE = 50
"""Every position of an HLP child has a flat 50x table (1 % maintenance), whatever the coin (protocol notes 1.3)."""

EXEMPT_ADDRESSES = frozenset(
    (
        "0xdfc24b077bc1425ad1dea75bcb6f8158e10df303",  # HLP
        "0x010461c14e146ac35fe42271bdc1134ee31c703a",  # HLP Strategy A
        "0x31ca8395cf837de08b24da3f660e77761dfb974b",  # HLP Strategy B
        "0x469f690213c467c39a23efacfd2816896009d7d8",  # HLP Strategy X
        "0x2e3d94f0562703b25c83308a05046ddaf9a8dd14",  # HLP Liquidator 1 to 4
        "0xb0a55f13d22f66e6d495ac98113841b2326e9540",
        "0x5e177e5e39c0f4e421f5865a6d8beed8d921cb70",
        "0x2ed5c4484ea3ff8b57d5f2fb152a40d9f2b68308",
    )
)
"""HLP and its children (vaultDetails of HLP; protocol notes 8): not liquidated in practice."""


@dataclass(frozen=True)
class RecordedTables:
    """Markets of a recording in the order of their names, with their tables.

    older_tables (M, C) rows of tables a position may carry instead, -1 where none. guessed: coins absent from
    markets.parquet, whose maximum leverage is the list's or the highest leverage seen.
    """

    markets: Markets
    tables: MarginTables
    older_tables: Int32Array
    exempt_table_row: int
    guessed: tuple[str, ...]


def build_tables(positions: RecordedPositions, recorded: RecordedMarkets) -> RecordedTables:
    """Markets and margin tables of everything recorded."""
    coins = sorted({*positions.coins, *recorded.max_leverage})
    seen = _highest_leverage(positions)
    guessed = tuple(coin for coin in coins if coin not in recorded.max_leverage)
    decimals = dict(zip(positions.coins, positions.size_decimals.tolist(), strict=True))
    rows = _TableRows()
    markets: list[Market] = []
    older: list[list[int]] = []
    shared = [rows.row_of(((0.0, leverage),)) for leverage in FLAT_LEVERAGES]
    shared += [rows.row_of(tiers) for tiers in OLDER_TIERS]
    for coin in coins:
        tiers = _present_tiers(coin, recorded.max_leverage.get(coin), seen.get(coin, 1.0))
        row = rows.row_of(tiers)
        markets.append(Market(coin, decimals.get(coin, 0), tiers[0][1], row))
        plain = rows.row_of(((0.0, tiers[0][1]),))
        candidates = list(dict.fromkeys([*shared, plain]))
        older.append([candidate for candidate in candidates if candidate != row])
    width = max(len(candidates) for candidates in older)
    padded = np.array([[*candidates, *[-1] * (width - len(candidates))] for candidates in older], np.int32)
    exempt = rows.row_of(((0.0, HLP_LEVERAGE),))
    return RecordedTables(Markets.build(markets), MarginTables.build(rows.tables), padded, exempt, guessed)


class _TableRows:
    """Distinct tables in order of first use. Flat tables have their leverage as id, as on the venue."""

    def __init__(self) -> None:
        self.tables: list[MarginTable] = []
        self._row: dict[Tiers, int] = {}

    def row_of(self, tiers: Tiers) -> int:
        if tiers not in self._row:
            self._row[tiers] = len(self.tables)
            is_flat = len(tiers) == 1
            name = " ".join(f"{leverage}x from {bound:g}" for bound, leverage in tiers)
            table_id = tiers[0][1] if is_flat else 2_000 + len(self.tables)
            self.tables.append(MarginTable(table_id, tuple(MarginTier(*tier) for tier in tiers), name))
        return self._row[tiers]


def _present_tiers(coin: str, recorded: int | None, seen: float) -> Tiers:
    listed = TIERED_COINS.get(coin)
    if listed is not None and (recorded == listed[0][1] or (recorded is None and seen <= listed[0][1])):
        return listed
    if recorded is not None:
        return ((0.0, recorded),)
    at_least = [leverage for leverage in FLAT_LEVERAGES if leverage >= seen]
    return ((0.0, at_least[0] if at_least else int(np.ceil(seen))),)


def _highest_leverage(positions: RecordedPositions) -> dict[str, float]:
    highest = np.zeros(len(positions.coins))
    np.maximum.at(highest, positions.coin, positions.leverage)
    return dict(zip(positions.coins, highest.tolist(), strict=True))
