"""The coins of the sandbox, with the venue's margin tables of 2026 (HL.DOC.MARGIN_TIERS, 2026-04-24).

Names, size decimals and maximum leverage are the venue's; prices are round figures of early 2026 from which a
made-up path starts; beta, noise and popularity are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from liqscape.errors import SettingsError
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table
from liqscape.model.markets import Market, Markets
from liqscape.units import Float64Array, Int64Array


class Coin(msgspec.Struct, frozen=True, kw_only=True):
    """One coin. `table_id` below 50 is a flat table of that leverage; `size_decimals` as on the venue.

    beta       exposure to the market factor (BTC = 1).
    alt_beta   exposure to the factor all coins but BTC share.
    noise      standard deviation of the coin's own log return over a minute.
    popularity weight with which an account picks the coin.
    """

    name: str
    price: float
    size_decimals: int
    table_id: int
    beta: float
    alt_beta: float
    noise: float
    popularity: float


def _read_coins(table: str) -> tuple[Coin, ...]:
    """Rows of a table whose first line names the columns."""
    header, *rows = (line.split() for line in table.strip().splitlines())
    return tuple(msgspec.convert(dict(zip(header, row, strict=True)), Coin, strict=False) for row in rows)


TABLES = (
    flat_table(3),
    flat_table(5),
    MarginTable(51, (MarginTier(0.0, 10), MarginTier(3e6, 5)), "tiered 10x, 3M"),
    MarginTable(52, (MarginTier(0.0, 10), MarginTier(20e6, 5)), "tiered 10x, 20M"),
    MarginTable(53, (MarginTier(0.0, 20), MarginTier(40e6, 10)), "tiered 20x, 40M"),
    MarginTable(54, (MarginTier(0.0, 20), MarginTier(70e6, 10)), "tiered 20x, 70M"),
    MarginTable(55, (MarginTier(0.0, 25), MarginTier(100e6, 15)), "tiered 25x, 100M"),
    MarginTable(56, (MarginTier(0.0, 40), MarginTier(150e6, 20)), "tiered 40x, 150M"),
)

COINS = _read_coins("""
name        price  size_decimals  table_id  beta  alt_beta    noise  popularity
BTC       68000.0              5        56  1.00       0.0  0.00012        30.0
ETH        2000.0              4        55  1.15       0.4  0.00022        21.0
SOL          86.0              2        54  1.25       0.7  0.00035        12.0
HYPE         31.0              2        52  1.10       0.8  0.00055        13.0
XRP          1.40              0        53  1.10       0.7  0.00035         6.0
DOGE        0.095              0        52  1.25       0.9  0.00035         3.5
BNB         620.0              3        51  0.90       0.4  0.00025         1.8
ZEC         240.0              2        52  1.05       0.9  0.00090         3.0
SUI          0.95              1        52  1.30       1.0  0.00045         2.2
PUMP       0.0021              0        52  1.30       1.2  0.00080         2.4
FARTCOIN     0.19              1        52  1.40       1.4  0.00080         2.2
PAXG       4900.0              3        51  0.05       0.0  0.00015         1.6
AAVE        112.0              2        52  1.25       0.9  0.00045         1.6
LINK          8.7              1        52  1.20       0.9  0.00035         1.6
AVAX          9.1              2        52  1.25       1.0  0.00040         1.3
ADA          0.27              0        52  1.20       1.0  0.00040         1.3
LTC          54.0              2        52  1.00       0.7  0.00030         1.0
BCH         500.0              3        52  0.95       0.6  0.00040         0.8
UNI           3.4              1        52  1.25       1.0  0.00055         1.2
ENA          0.12              0        52  1.40       1.2  0.00060         1.4
NEAR         1.05              1        52  1.25       1.0  0.00045         0.8
APT          1.10              2        52  1.25       1.0  0.00045         0.7
CRV          0.25              1        52  1.30       1.0  0.00050         0.8
WLD          0.37              1        52  1.35       1.1  0.00055         0.8
TRUMP         3.8              1        52  1.15       1.0  0.00055         0.9
kPEPE      0.0038              0        52  1.40       1.2  0.00050         1.2
kBONK      0.0062              0        52  1.40       1.2  0.00055         0.8
XPL         0.090              0        51  1.30       1.2  0.00080         1.2
ARB          0.12              1        51  1.30       1.1  0.00045         0.7
DOT          1.35              1        51  1.20       1.0  0.00040         0.7
JUP          0.18              0        51  1.30       1.1  0.00060         0.6
TON          1.30              1        51  1.05       0.8  0.00040         0.6
TRX          0.28              0        51  0.45       0.2  0.00020         0.6
ONDO         0.26              0        51  1.25       1.0  0.00045         0.6
kSHIB      0.0060              0        51  1.25       1.0  0.00035         0.5
ASTER        0.62              0         5  0.95       0.9  0.00080         1.5
XMR         330.0              3         5  0.65       0.4  0.00055         1.0
TAO         170.0              3         5  1.30       1.1  0.00060         1.0
VIRTUAL      0.60              1         5  1.40       1.3  0.00070         0.8
WIF          0.23              0         5  1.40       1.3  0.00060         0.8
PENDLE       1.40              0         5  1.30       1.1  0.00055         0.5
ATOM         1.90              2         5  1.15       0.9  0.00040         0.5
IP           1.25              1         3  1.20       1.1  0.00085         0.6
CC           0.17              0         3  0.80       0.8  0.00080         0.5
""")


@dataclass(frozen=True)
class CoinSet:
    """The first `count` coins as columns. Raises SettingsError for a count outside 1..44."""

    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= len(COINS):
            raise SettingsError(f"sandbox: coins is {self.count}, must be 1 to {len(COINS)}")

    @property
    def rows(self) -> tuple[Coin, ...]:
        return COINS[: self.count]

    @cached_property
    def tables(self) -> MarginTables:
        return MarginTables.build(TABLES)

    @cached_property
    def markets(self) -> Markets:
        rows = [(coin, self.tables.row_of(coin.table_id)) for coin in self.rows]
        return Markets.build(
            Market(coin=c.name, size_decimals=c.size_decimals, max_leverage=TABLES[row].max_leverage, table_row=row)
            for c, row in rows
        )

    @cached_property
    def max_leverage(self) -> Float64Array:
        """(M,)"""
        return np.array([market.max_leverage for market in self.markets.rows], np.float64)

    @cached_property
    def size_decimals(self) -> Int64Array:
        """(M,)"""
        return np.array([coin.size_decimals for coin in self.rows], np.int64)

    @cached_property
    def largest_notional(self) -> Float64Array:
        """(M,) USD: no account of ours opens more, a little into the second tier where there is one."""
        bounds = {table.table_id: table.tiers[-1].lower_bound for table in TABLES}
        return np.array([1.3 * bounds[coin.table_id] or 2e6 for coin in self.rows])

    def column(self, name: str) -> Float64Array:
        """(M,) one field of every coin."""
        return np.array([getattr(coin, name) for coin in self.rows], np.float64)
