"""The margin table of one position. It belongs to the position, not only to the coin (docs/margin.md).

`position.maxLeverage` is the leverage of its first tier. The rule, first match:

1. the coin's table in the given list, else in the built-in list in force at the state's time, if its first tier has
   that leverage;
2. the newest older built-in table of the coin whose first tier has it (a position keeps the table it was opened with);
3. the flat table of that leverage (children of HLP hold everything at 50x, old positions at old maxima).

Where the published prices of an account fix its free margin, they may show that a position follows another of these.
"""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.errors import ModelError
from liqscape.model.margin_tables import MarginTable, flat_table
from liqscape.states.builtin_tables import is_before_all, older_tables, tables_in_force
from liqscape.wire.coin_tables import CoinTables

UNKNOWN_TABLE = "no margin table is known"


@dataclass(frozen=True)
class TableChoice:
    """A table and the list it was found in. `is_present` False: not the coin's table of the time."""

    table: MarginTable
    source: str
    is_present: bool


def possible_tables(
    coin: str, max_leverage: int | None, time_ms: int, given: CoinTables | None
) -> tuple[TableChoice, ...]:
    """All tables the position may have, the likeliest first, each set of tiers once.

    Raises ModelError where the maximum leverage is not given and no list has the coin, and where the given list has the
    coin's table and it could not be read.
    """
    if given is not None and coin in given.unread:
        raise ModelError(f"{coin} has a margin table that cannot be read: {given.unread[coin]}", coin=coin)
    in_force = tables_in_force(time_ms)
    present = [tables for tables in (given, in_force) if tables is not None and tables.find(coin) is not None][:1]
    choices = [_choice(tables, coin, is_present=True) for tables in present]
    older = [tables for tables in (in_force, *older_tables(time_ms)) if tables.find(coin) is not None]
    choices += [_choice(tables, coin, is_present=False) for tables in older]
    if max_leverage is None:
        if not choices:
            raise ModelError(
                f"{coin} states no maxLeverage and no margin table of it is known; give --tables", coin=coin
            )
    else:
        choices = [choice for choice in choices if choice.table.max_leverage == max_leverage]
        is_present = not choices and (not present or (given is None and is_before_all(time_ms)))
        choices.append(TableChoice(flat_table(max_leverage), "maxLeverage of the position", is_present))
    unique: dict[object, TableChoice] = {}
    for choice in choices:
        unique.setdefault(choice.table.tiers, choice)
    return tuple(unique.values())


def _choice(tables: CoinTables, coin: str, *, is_present: bool) -> TableChoice:
    return TableChoice(tables.tables[coin], tables.name, is_present)
