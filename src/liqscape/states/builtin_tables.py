"""Dated margin tables of the first dex, for states saved without their `meta` (HL.DOC.MARGIN_TIERS).

The tiered groups with the dates from which they are known to hold. Every other coin has one tier, which its
positions state themselves (`maxLeverage`), so it needs no list. The venue's page lagged: PUMP, ZEC, PAXG and XPL
followed their tiers, and WIF and POPCAT had lost theirs, in recordings of February 2026 before the page said so.
A recorded `meta` is always better (`--tables`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from liqscape.model.margin_tables import MarginTable, MarginTier
from liqscape.wire.coin_tables import CoinTables

TIERED_10X_3M = MarginTable(51, (MarginTier(0.0, 10), MarginTier(3e6, 5)), "tiered 10x, 3M")
TIERED_10X_20M = MarginTable(52, (MarginTier(0.0, 10), MarginTier(20e6, 5)), "tiered 10x, 20M")
TIERED_20X_40M = MarginTable(53, (MarginTier(0.0, 20), MarginTier(40e6, 10)), "tiered 20x, 40M")
TIERED_20X_70M = MarginTable(54, (MarginTier(0.0, 20), MarginTier(70e6, 10)), "tiered 20x, 70M")
TIERED_25X_100M = MarginTable(55, (MarginTier(0.0, 25), MarginTier(100e6, 15)), "tiered 25x, 100M")
TIERED_40X_150M = MarginTable(56, (MarginTier(0.0, 40), MarginTier(150e6, 20)), "tiered 40x, 150M")

LARGE = {"BTC": TIERED_40X_150M, "ETH": TIERED_25X_100M, "SOL": TIERED_20X_70M, "XRP": TIERED_20X_40M}
"""Coins with a table of their own, the same since at least 2026-01-27."""

ALWAYS_20M = (
    "AAVE ADA APT AVAX BCH CRV DOGE ENA FARTCOIN HYPE kBONK kPEPE LINK LTC NEAR SUI TRUMP UNI WLD"  # since 2026-01-27
)
ALWAYS_3M = "ARB BNB DOT JUP kSHIB MKR ONDO TON TRX"


def _dated(date: str, group_20m: str, group_3m: str) -> CoinTables:
    tables = dict(LARGE)
    tables.update(dict.fromkeys(group_20m.split(), TIERED_10X_20M))
    tables.update(dict.fromkeys(group_3m.split(), TIERED_10X_3M))
    return CoinTables(name=f"built-in {date}", date=date, tables=tables, collateral={"": 0})


DATED_TABLES = (
    _dated("2026-01-27", f"{ALWAYS_20M} POPCAT WIF TIA", f"{ALWAYS_3M} OP LDO INJ SEI"),
    _dated("2026-02-03", f"{ALWAYS_20M} TIA PUMP ZEC", f"{ALWAYS_3M} OP LDO INJ SEI PAXG XPL"),
    _dated("2026-04-24", f"{ALWAYS_20M} PUMP ZEC", f"{ALWAYS_3M} PAXG XPL"),
)
"""Oldest first. The last one still held in late 2026."""


def tables_in_force(time_ms: int) -> CoinTables:
    """The newest list that had begun at a time; the oldest one for times before all of them."""
    in_force = DATED_TABLES[0]
    for tables in DATED_TABLES[1:]:
        if time_ms >= _start_ms(tables):
            in_force = tables
    return in_force


def older_tables(time_ms: int) -> tuple[CoinTables, ...]:
    """The lists that had begun before the one in force, newest first."""
    in_force = DATED_TABLES.index(tables_in_force(time_ms))
    return tuple(reversed(DATED_TABLES[:in_force]))


def is_before_all(time_ms: int) -> bool:
    """No list is known to hold at a time so early: what positions say of themselves is the only word."""
    return time_ms < _start_ms(DATED_TABLES[0])


def _start_ms(tables: CoinTables) -> int:
    assert tables.date is not None
    return int(datetime.fromisoformat(tables.date).replace(tzinfo=UTC).timestamp() * 1000)
