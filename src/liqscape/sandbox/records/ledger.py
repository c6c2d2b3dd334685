"""Deposits, withdrawals and liquidations of accounts, out of the exchange's events."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from itertools import pairwise

import msgspec
import numpy as np
from msgspec.structs import replace

from liqscape.exchange.columns import NO_ROW, EventColumn, EventKind, FillColumn, MarketColumn, Method
from liqscape.units import Int64Array


class LedgerKind(IntEnum):
    DEPOSIT = 0
    WITHDRAWAL = 1
    MARKET_LIQUIDATION = 2
    """Orders went to the book."""
    TAKEOVER = 3
    """A liquidator took everything."""
    GIVEN = 4
    """To a sub-account or master, the counterparty."""
    RECEIVED = 5
    """From one."""


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One entry.

    uusd        micro-USD moved, > 0.
    notional    micro-USD of the positions below, at the mark.
    value       micro-USD the pool was worth.
    counterparty account row of the liquidator, or of the other side of a transfer; -1 for none.
    dex         whose pool it moved, or which was taken over; index of the exchange's dexs.
    positions   (market, signed lots) sent to the book or taken over.
    """

    time_ms: int
    account: int
    kind: LedgerKind
    transaction: int
    uusd: int = 0
    notional: int = 0
    value: int = 0
    is_isolated: bool = False
    counterparty: int = NO_ROW
    dex: int = 0
    positions: tuple[tuple[int, int], ...] = ()


LEDGER_EVENTS = (EventKind.DEPOSIT, EventKind.LIQUIDATION_STARTED, EventKind.TAKEOVER)


def read_ledger(
    events: Int64Array, fills: Int64Array, market: Int64Array, masters: Mapping[int, int] | None = None
) -> list[LedgerEntry]:
    """Entries of one block: its events (E, EventColumn.WIDTH), its fills, and the market table for marks.

    masters  row of the master by the row of each sub-account.
    """
    chosen = events[np.isin(events[:, EventColumn.KIND], LEDGER_EVENTS)]
    found = [entry for row in chosen if (entry := _entry(row, events, fills, market)) is not None]
    return _joined(found, masters) if masters else found


def _joined(entries: list[LedgerEntry], masters: Mapping[int, int]) -> list[LedgerEntry]:
    """A withdrawal and the deposit of as much next to it, within a family, are the two sides of a transfer."""
    found = list(entries)
    for at, (given, received) in enumerate(pairwise(entries)):
        kinds = (given.kind, received.kind) == (LedgerKind.WITHDRAWAL, LedgerKind.DEPOSIT)
        a, b = given.account, received.account
        if kinds and given.uusd == received.uusd and (masters.get(a) == b or masters.get(b) == a):
            found[at] = replace(given, kind=LedgerKind.GIVEN, counterparty=b)
            found[at + 1] = replace(received, kind=LedgerKind.RECEIVED, counterparty=a)
    return found


def _entry(row: Int64Array, events: Int64Array, fills: Int64Array, market: Int64Array) -> LedgerEntry | None:
    time_ms, account, transaction = (
        int(row[EventColumn.TIME_MS]),
        int(row[EventColumn.ACCOUNT]),
        int(row[EventColumn.TRANSACTION]),
    )
    is_isolated = bool(row[EventColumn.IS_ISOLATED])
    if row[EventColumn.KIND] == EventKind.DEPOSIT:
        uusd = int(row[EventColumn.A])
        kind = LedgerKind.DEPOSIT if uusd >= 0 else LedgerKind.WITHDRAWAL
        return LedgerEntry(
            time_ms=time_ms,
            account=account,
            kind=kind,
            transaction=transaction,
            uusd=abs(uusd),
            dex=int(row[EventColumn.DETAIL]),
        )
    if row[EventColumn.KIND] == EventKind.TAKEOVER:
        is_mine = (fills[:, FillColumn.TRANSACTION] == transaction) & (fills[:, FillColumn.METHOD] == Method.BACKSTOP)
        mine = fills[is_mine & (market[fills[:, FillColumn.MARKET], MarketColumn.DEX] == row[EventColumn.DETAIL])]
        taken = tuple(
            (
                int(fill[FillColumn.MARKET]),
                int(fill[FillColumn.LOTS]) * (1 if fill[FillColumn.SELLER] == account else -1),
            )
            for fill in mine
        )
        return LedgerEntry(
            time_ms=time_ms,
            account=account,
            kind=LedgerKind.TAKEOVER,
            transaction=transaction,
            notional=int(row[EventColumn.A]),
            value=int(row[EventColumn.B]),
            is_isolated=is_isolated,
            counterparty=int(row[EventColumn.C]),
            dex=int(row[EventColumn.DETAIL]),
            positions=taken,
        )
    orders = events[
        (events[:, EventColumn.KIND] == EventKind.LIQUIDATION_ORDER)
        & (events[:, EventColumn.TRANSACTION] == transaction)
    ]
    sent = tuple((int(order[EventColumn.MARKET]), _signed(order)) for order in orders)
    if not sent:
        return None
    notional = sum(abs(lots) * int(market[at, MarketColumn.MARK]) for at, lots in sent)
    return LedgerEntry(
        time_ms=time_ms,
        account=account,
        kind=LedgerKind.MARKET_LIQUIDATION,
        transaction=transaction,
        notional=notional,
        value=int(row[EventColumn.A]),
        is_isolated=is_isolated,
        positions=sent,
    )


def _signed(order: Int64Array) -> int:
    """Lots sent, with the sign of the position they came out of."""
    lots = int(order[EventColumn.A])
    return lots if order[EventColumn.DETAIL] > 0 else -lots
