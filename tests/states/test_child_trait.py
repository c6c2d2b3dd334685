"""Children of HLP are known by a flat table of 50x on coins that allow less."""

from __future__ import annotations

import pytest

from liqscape.model import Accounts
from liqscape.model.margin_tables import MarginTable, MarginTier, flat_table
from liqscape.states.child_trait import find_children, set_apart
from liqscape.states.table_registry import TableRegistry
from liqscape.wire.coin_tables import CoinTables

COINS = ("BTC", "AAVE", "DOT", "OP", "ONCE50")
MARKETS = {coin: row for row, coin in enumerate(COINS)}
ALLOWS = {"BTC": 40, "AAVE": 10, "DOT": 10, "OP": 10, "ONCE50": 50}
GIVEN = CoinTables(
    name="made up",
    date=None,
    tables={coin: flat_table(leverage) for coin, leverage in ALLOWS.items()},
    collateral={"": 0},
)


def held(leverages: dict[str, int], *, tiered: bool = False) -> tuple[Accounts, TableRegistry]:
    """One address with a position in each coin, margined at these maxima."""
    registry = TableRegistry()
    tables = {coin: flat_table(leverage) for coin, leverage in leverages.items()}
    if tiered:
        tables = {coin: MarginTable(99, (MarginTier(0.0, 50), MarginTier(1e6, 25))) for coin in leverages}
    rows = [registry.row(table) for table in tables.values()]
    markets = [MARKETS[coin] for coin in leverages]
    return Accounts.build(
        addresses=["0xa"],
        address_row=[0],
        raw_usd=[0.0],
        offsets=[0, len(rows)],
        market_index=markets,
        size=[1.0] * len(rows),
        table_row=rows,
    ), registry


@pytest.mark.parametrize(
    ("name", "leverages", "is_child"),
    [
        ("three coins above their maximum", {"BTC": 50, "AAVE": 50, "DOT": 50}, True),
        ("with one that allows 50", {"BTC": 50, "AAVE": 50, "DOT": 50, "ONCE50": 50}, True),
        ("two old positions", {"BTC": 50, "AAVE": 50}, False),
        ("two old positions and one that allows 50", {"BTC": 50, "AAVE": 50, "ONCE50": 50}, False),
        ("one position margined as everybody's", {"BTC": 50, "AAVE": 50, "DOT": 50, "OP": 10}, False),
        ("old positions of 20x", {"AAVE": 20, "DOT": 20, "OP": 20}, False),
    ],
)
def test_child_is_known_by_its_table(name: str, leverages: dict[str, int], is_child: bool) -> None:
    accounts, registry = held(leverages)
    assert bool(find_children(accounts, MARKETS, registry, GIVEN)) == is_child, name


def test_tiers_of_50_are_not_the_flat_table() -> None:
    accounts, registry = held({"BTC": 50, "AAVE": 50, "DOT": 50}, tiered=True)
    assert find_children(accounts, MARKETS, registry, GIVEN) == ()


def test_coin_of_unknown_maximum_proves_nothing() -> None:
    accounts, registry = held({"BTC": 50, "AAVE": 50, "DOT": 50})
    given = CoinTables(
        name="less", date=None, tables={"BTC": flat_table(40), "AAVE": flat_table(10)}, collateral={"": 0}
    )
    assert find_children(accounts, MARKETS, registry, given) == ()


def test_child_is_exempt_in_every_pool() -> None:
    accounts, registry = held({"BTC": 50, "AAVE": 50, "DOT": 50})
    assert set_apart(accounts, find_children(accounts, MARKETS, registry, GIVEN)).is_exempt.tolist() == [True]
    assert set_apart(accounts, ()).is_exempt.tolist() == [False]
