"""Trigger orders of a frame as rows of TRIGGERS and TRIGGER_READS: of each only what differs from the frame before.

What is written down is the register itself (ledger/triggers), not what it says of the accounts of a map: whose orders
were read, and when, moves with every reading, and of whom that is known as of when follows from accounts and these.

Of the times at which an order was last seen those that a reading explains are not written (trigger_standing.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from liqscape.ledger.columns import NEVER_MS
from liqscape.ledger.triggers import StandingTriggers
from liqscape.ledger.triggers.terms import TERMS, TriggerTable, contains
from liqscape.ledger.triggers.terms import empty_table as empty_table_of_orders
from liqscape.model.markets import Markets
from liqscape.store.history.schema import (
    OF_TRIGGERS,
    TRIGGER_READS,
    TRIGGERS,
    Batch,
    Table,
    TriggerNews,
    empty_table,
    join_tables,
    unknown_values,
)
from liqscape.units import AnyArray, BoolArray, Int64Array

COPIED = tuple(name for name in TERMS if name not in ("side", "kind"))
"""Columns that both the register and TRIGGERS have under one name."""


class Dexs(NamedTuple):
    """names: of dexs, in the order in which markets first name them; of_market (M,) place there of each."""

    names: tuple[str, ...]
    of_market: Int64Array

    @classmethod
    def of(cls, markets: Markets) -> Dexs:
        """Of markets in force."""
        names = tuple(dict.fromkeys(market.dex for market in markets.rows))
        place = {name: row for row, name in enumerate(names)}
        return cls(names, np.array([place[market.dex] for market in markets.rows], np.int64))


def no_triggers_tables() -> Batch:
    """No rows: nothing changed, or nothing was known and is not now."""
    return {name: empty_table(name) for name in OF_TRIGGERS}


def trigger_tables(
    before: StandingTriggers | None,
    after: StandingTriggers | None,
    time_ms: int,
    markets: Markets,
    *,
    is_keyframe: bool = False,
) -> Batch:
    """Rows that turn what stood at the frame before into what stands at this one, to the bit.

    before      of the same markets, unless is_keyframe; None: nothing was known.
    is_keyframe all is written, so that nothing before is needed.
    """
    if after is None:
        nothing = None if before is None or is_keyframe else _read_rows(time_ms, 1, news=TriggerNews.NOTHING)
        return no_triggers_tables() | ({} if nothing is None else {TRIGGER_READS: nothing})
    if before is after and not is_keyframe:
        return no_triggers_tables()
    dexs = Dexs.of(markets)
    now = _of_dexs(after, dexs)
    if before is not None and not is_keyframe:
        change = _changes(*_alike(_of_dexs(before, dexs), now), dexs, time_ms)
        if change is not None:
            return change
    change = _changes(_nothing(now), now, dexs, time_ms)
    assert change is not None  # nothing is older than never
    begins = _read_rows(time_ms, 1, news=TriggerNews.BEGINS)
    return {**change, TRIGGER_READS: join_tables([begins, change[TRIGGER_READS]], TRIGGER_READS)}


def _changes(before: StandingTriggers, now: StandingTriggers, dexs: Dexs, time_ms: int) -> Batch | None:
    """Rows of the difference; None where a time is earlier than it was, which no row can say."""
    pairs = ((before.read_ms, now.read_ms), (before.whole_ms, now.whole_ms), (before.observed_ms, now.observed_ms))
    if any((old > new).any() for old, new in pairs):
        return None
    accounts, explained_ms = _of_accounts(before, now, dexs, time_ms)
    whole, _ = _of_everybody("known_ms", before.whole_ms, now.whole_ms, dexs, time_ms)
    listed, raised_ms = _of_everybody("listed_ms", before.observed_ms, now.observed_ms, dexs, time_ms)
    return {
        TRIGGERS: _order_rows(before, now, raised_ms, explained_ms, time_ms),
        TRIGGER_READS: join_tables([*whole, *listed, *accounts], TRIGGER_READS),
    }


def _of_accounts(
    before: StandingTriggers, now: StandingTriggers, dexs: Dexs, time_ms: int
) -> tuple[list[Table], Int64Array]:
    """(rows, (addresses, D) time of reading of those that they tell of; NEVER_MS: of none).

    A source that reads all accounts again and again says so in one row a dex.
    """
    held, explained_ms = before.read_ms.copy(), np.full_like(before.read_ms, NEVER_MS)
    rows = []
    for place, name in enumerate(dexs.names):
        known = np.flatnonzero(before.read_ms[:, place] != NEVER_MS)
        least = int(now.read_ms[known, place].min(initial=np.iinfo(np.int64).max))
        if np.count_nonzero(before.read_ms[known, place] < least) > 1:
            rows.append(_read_rows(time_ms, 1, dex=name, known_ms=least, news=TriggerNews.READ_AGAIN))
            held[known, place] = np.maximum(held[known, place], least)
            explained_ms[known, place] = now.read_ms[known, place]
    owner, dex = np.nonzero(now.read_ms > held)
    one_by_one = _read_rows(time_ms, len(owner))
    one_by_one["address"], one_by_one["dex"] = _texts(now.names, owner), _texts(dexs.names, dex)
    one_by_one["known_ms"] = explained_ms[owner, dex] = now.read_ms[owner, dex]
    return [*rows, one_by_one], explained_ms


def _of_everybody(
    column: str, old: Int64Array, new: Int64Array, dexs: Dexs, time_ms: int
) -> tuple[list[Table], Int64Array]:
    """(rows, (M,) time that they say of each market; NEVER_MS: none).

    One of a dex raises all its markets; statuses of a node move them all together, minute by minute.
    """
    held, raised = old.copy(), np.full(len(new), NEVER_MS, np.int64)
    rows = []
    for place, name in enumerate(dexs.names):
        own = np.flatnonzero(dexs.of_market == place)
        least = int(new[own].min())
        if np.count_nonzero(old[own] < least) > 1:
            rows.append(_read_rows(time_ms, 1, dex=name, **{column: least}))
            held[own], raised[own] = np.maximum(held[own], least), least
    market = np.flatnonzero(new > held)
    one_by_one = _read_rows(time_ms, len(market))
    one_by_one["dex"] = _texts(dexs.names, dexs.of_market[market])
    one_by_one["market_index"], one_by_one[column] = market.astype(np.int32), new[market]
    raised[market] = new[market]
    return [*rows, one_by_one], raised


def _order_rows(
    before: StandingTriggers, now: StandingTriggers, raised_ms: Int64Array, explained_ms: Int64Array, time_ms: int
) -> Table:
    """Orders that are new or another, then those that stand no more. explained_ms (addresses, D): times of readings."""
    old, new = before.table, now.table
    if old is new and not (raised_ms > NEVER_MS).any() and not (explained_ms > NEVER_MS).any():
        return empty_table(TRIGGERS)
    stays = contains(old.key, new.key)
    place = np.searchsorted(old.key, new.key[stays])
    seen_ms = np.maximum(old.seen_ms[place], raised_ms[new.market[stays]])
    seen_ms = np.maximum(seen_ms, explained_ms[new.owner[stays], now.dex_of_market[new.market[stays]]])
    is_written = ~stays
    is_written[stays] = (seen_ms != new.seen_ms[stays]) | _differs(old, place, new, stays)
    gone = ~contains(new.key, old.key)
    rows, ended = np.flatnonzero(is_written), np.flatnonzero(gone)
    return join_tables([_waiting(new, rows, now.names, time_ms), _ended(old, ended, time_ms)], TRIGGERS)


def _differs(old: TriggerTable, place: Int64Array, new: TriggerTable, stays: BoolArray) -> BoolArray:
    found = np.zeros(len(place), np.bool_)
    for name in ("owner", *TERMS):
        one, other = getattr(old, name)[place], getattr(new, name)[stays]
        found |= (one.view(np.int64) != other.view(np.int64)) if one.dtype == np.float64 else (one != other)
    return found


def _waiting(table: TriggerTable, rows: Int64Array, names: tuple[str, ...], time_ms: int) -> Table:
    return {
        "time_ms": np.full(len(rows), time_ms, np.int64),
        "market_index": table.market[rows],
        "order_id": table.order_id[rows],
        "address": _texts(names, table.owner[rows]),
        "is_waiting": np.ones(len(rows), np.bool_),
        "order_side": table.side[rows],
        "order_kind": table.kind[rows],
        **{name: getattr(table, name)[rows] for name in COPIED},
        "seen_ms": table.seen_ms[rows],
    }


def _ended(table: TriggerTable, rows: Int64Array, time_ms: int) -> Table:
    """What the row before says of such an order is not said again, but for side and kind, which have no unknown."""
    ended = {name: unknown_values(values.dtype.type, len(rows)) for name, values in empty_table(TRIGGERS).items()}
    flags = {name: np.zeros(len(rows), np.bool_) for name, values in ended.items() if values.dtype == np.bool_}
    return {
        **ended,
        **flags,
        "time_ms": np.full(len(rows), time_ms, np.int64),
        "market_index": table.market[rows],
        "order_id": table.order_id[rows],
        "order_side": table.side[rows],
        "order_kind": table.kind[rows],
    }


def _read_rows(time_ms: int, count: int, **said: int | str) -> Table:
    """Rows that say nothing but this."""
    rows = {name: unknown_values(values.dtype.type, count) for name, values in empty_table(TRIGGER_READS).items()}
    named: dict[str, int | str] = {"news": TriggerNews.READ, **said, "time_ms": time_ms}
    return rows | {name: np.full(count, value, rows[name].dtype) for name, value in named.items()}


def _texts(names: tuple[str, ...], rows: AnyArray) -> AnyArray:
    values = np.empty(len(rows), np.object_)
    values[:] = [names[row] for row in rows.tolist()]
    return values


def _of_dexs(standing: StandingTriggers, dexs: Dexs) -> StandingTriggers:
    """The same with a column of `read_ms` for each dex of the markets in force, and a row for each name."""
    read_ms = np.full((len(standing.names), len(dexs.names)), NEVER_MS, np.int64)
    for place in range(len(dexs.names)):
        column = standing.dex_of_market[int(np.argmax(dexs.of_market == place))]
        read_ms[:, place] = standing.read_ms[: len(standing.names), column]
    return replace(standing, read_ms=read_ms, dex_of_market=dexs.of_market)


def _alike(before: StandingTriggers, now: StandingTriggers) -> tuple[StandingTriggers, StandingTriggers]:
    """Both with the same names: those of now, then those that were known only before."""
    count = len(before.names)
    if now.names[:count] == before.names:
        return replace(before, names=now.names, read_ms=_with_room(before.read_ms, len(now.names))), now
    number = {name: row for row, name in enumerate(now.names)}
    new = np.array([number.setdefault(name, len(number)) for name in before.names], np.int32)
    read_ms = np.full((len(number), before.read_ms.shape[1]), NEVER_MS, np.int64)
    read_ms[new] = before.read_ms
    names, table = tuple(number), before.table._replace(owner=new[before.table.owner])
    return (
        replace(before, names=names, read_ms=read_ms, table=table),
        replace(now, names=names, read_ms=_with_room(now.read_ms, len(names))),
    )


def _with_room(read_ms: Int64Array, count: int) -> Int64Array:
    """Rows for so many addresses."""
    added = np.full((count - len(read_ms), read_ms.shape[1]), NEVER_MS, np.int64)
    return np.concatenate((read_ms, added)) if len(added) else read_ms


def _nothing(now: StandingTriggers) -> StandingTriggers:
    """Before anything was known."""
    never = np.full_like(now.whole_ms, NEVER_MS)
    read_ms = np.full_like(now.read_ms, NEVER_MS)
    return replace(now, table=empty_table_of_orders(), read_ms=read_ms, whole_ms=never, observed_ms=never)
