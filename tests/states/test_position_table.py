"""Which margin tables a position may have, and in which order they are tried."""

from __future__ import annotations

import pytest

from liqscape.errors import ModelError
from liqscape.model.margin_tables import MarginTable, MarginTier, flat_table
from liqscape.states.builtin_tables import DATED_TABLES, older_tables, tables_in_force
from liqscape.states.position_table import possible_tables
from liqscape.wire.coin_tables import CoinTables

JUNE_2026 = 1_782_000_000_000
MARCH_2026 = 1_772_500_000_000
YEAR_2024 = 1_708_622_398_623


def described(coin: str, leverage: int | None, time_ms: int, given: CoinTables | None = None) -> list[tuple[str, bool]]:
    return [(choice.table.description, choice.is_present) for choice in possible_tables(coin, leverage, time_ms, given)]


def test_the_present_table_comes_first_and_the_flat_one_last() -> None:
    assert described("BTC", 40, JUNE_2026) == [("tiered 40x, 150M", True), ("flat 40x", False)]


def test_a_position_at_the_old_maximum_keeps_the_newest_older_table_with_it() -> None:
    assert described("OP", 10, JUNE_2026) == [("tiered 10x, 3M", False), ("flat 10x", False)]
    assert described("TIA", 10, JUNE_2026) == [("tiered 10x, 20M", False), ("flat 10x", False)]


def test_the_same_position_followed_its_present_table_before_the_change() -> None:
    assert described("OP", 10, MARCH_2026)[0] == ("tiered 10x, 3M", True)


def test_a_coin_that_lost_its_tiers_is_flat_at_the_new_maximum() -> None:
    assert described("OP", 5, JUNE_2026) == [("flat 5x", True)]


def test_a_leverage_no_list_has_is_a_flat_table() -> None:
    assert described("BTC", 50, JUNE_2026) == [("flat 50x", False)]
    assert described("ATOM", 5, JUNE_2026) == [("flat 5x", True)]


def test_before_the_first_list_a_position_is_its_own_word() -> None:
    assert described("ETH", 50, YEAR_2024) == [("flat 50x", True)]


def test_given_tables_come_before_the_built_in_ones() -> None:
    own = MarginTable(60, (MarginTier(0.0, 40), MarginTier(1e6, 10)), "own")
    given = CoinTables(name="meta.json", date=None, tables={"BTC": own, "OP": flat_table(5)})
    assert described("BTC", 40, JUNE_2026, given) == [
        ("own", True),
        ("tiered 40x, 150M", False),
        ("flat 40x", False),
    ]
    assert described("OP", 10, JUNE_2026, given)[0] == ("tiered 10x, 3M", False)


def test_without_a_leverage_the_coin_must_be_listed() -> None:
    assert described("BTC", None, JUNE_2026) == [("tiered 40x, 150M", True)]
    with pytest.raises(ModelError, match="ATOM states no maxLeverage"):
        possible_tables("ATOM", None, JUNE_2026, None)


def test_the_list_in_force_changes_on_its_date() -> None:
    change = 1_776_988_800_000  # 2026-04-24T00:00Z
    assert tables_in_force(change).date == "2026-04-24"
    assert tables_in_force(change - 1).date == "2026-02-03"
    assert tables_in_force(0) is DATED_TABLES[0]
    assert [tables.date for tables in older_tables(change)] == ["2026-02-03", "2026-01-27"]


def test_deductions_of_the_large_coins_are_those_of_the_documentation() -> None:
    tables = DATED_TABLES[-1].tables
    deductions = {coin: float(tables[coin].deductions()[1]) for coin in ("BTC", "SOL", "XRP", "AAVE", "ARB")}
    assert deductions == {"BTC": 1_875_000, "SOL": 1_750_000, "XRP": 1_000_000, "AAVE": 1_000_000, "ARB": 150_000}
    assert float(tables["ETH"].deductions()[1]) == pytest.approx(1_333_333.33, abs=0.01)
