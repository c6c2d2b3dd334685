"""What every position paid or got at a full hour, as rows of MinuteNotes.accounts (docs/data.md, "account_minutes").

The due of a coin says it for everybody, so nobody keeps these rows on disk: who needs them makes them of the accounts
of the frame before, the same from a running map and from its history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.funding import HourlyFunding
from liqscape.model.minute_notes import Columns, MinuteKind, MinuteNotes
from liqscape.units import AnyArray, Float64Array, Int32Array


@dataclass(frozen=True, kw_only=True)
class HeldThen:
    """Of accounts at a frame what funding needs, in numbers as wide as they must be, so that all else of them may go.

    run_row, run_length  (R,) holders of the positions: rows of addresses, each so many positions long.
    market_index, size   (P,)
    """

    addresses: Sequence[str]
    run_row: Int32Array
    run_length: AnyArray
    market_index: AnyArray
    size: Float64Array

    @classmethod
    def of(cls, accounts: Accounts) -> HeldThen:
        """Sizes are the column itself, no copy."""
        starts = np.flatnonzero(np.diff(accounts.address_row, prepend=-1))
        first = np.append(accounts.offsets[starts], accounts.position_count)
        return cls(
            addresses=accounts.addresses,
            run_row=accounts.address_row[starts],
            run_length=_narrow(np.diff(first)),
            market_index=_narrow(accounts.market_index),
            size=accounts.size,
        )


def with_funding(notes: MinuteNotes, before: HeldThen, now: Accounts, paid: HourlyFunding, time_ms: int) -> MinuteNotes:
    """The same notes with a row of FUNDING of each position held at the stored frame before.

    before, now  what was held at that frame and at the one the notes are of, at time_ms; paid: between the two.
    usd = -size * due, received > 0; a coin whose due is not known has no rows. What was opened between the frame and
    the hour is not in it: frames are cut at full minutes, as hours are.
    """
    if notes.accounts is None:
        return notes
    market = before.market_index.astype(np.int32)
    due = np.append(paid.due, np.nan)[np.minimum(market, len(paid.due))]
    usd = -before.size * due
    row = _rows_now(before.addresses, now)[np.repeat(before.run_row, before.run_length)]
    kept = np.flatnonzero(np.isfinite(usd) & (usd != 0.0) & (row >= 0))
    funding: Columns = {
        "address_row": row[kept],
        "market_index": market[kept],
        "kind": np.full(len(kept), MinuteKind.FUNDING, np.uint8),
        "size": np.full(len(kept), np.nan),
        "usd": usd[kept],
        "first_ms": np.full(len(kept), paid.hour_ms, np.int64),
        "last_ms": np.full(len(kept), paid.hour_ms, np.int64),
        "known_at_ms": np.full(len(kept), time_ms, np.int64),
    }
    given = notes.accounts
    return replace(notes, accounts={name: np.concatenate((given[name], rows)) for name, rows in funding.items()})


def without_funding(rows: Columns) -> Columns:
    """What of MinuteNotes.accounts is not made of the due of a coin: all that has to be kept."""
    kept = rows["kind"] != MinuteKind.FUNDING
    return rows if kept.all() else {name: values[kept] for name, values in rows.items()}


def _narrow(column: AnyArray) -> AnyArray:
    """Whole numbers from 0 on in the narrowest type that holds them."""
    narrow: AnyArray = column.astype(np.min_scalar_type(int(column.max(initial=0))))
    return narrow


def _rows_now(before: Sequence[str], now: Accounts) -> Int32Array:
    """(N,) row of each address of before among those of now; -1: not known any more."""
    known = len(before)
    if now.addresses is before or now.addresses[:known] == before:
        return np.arange(known, dtype=np.int32)
    rows = {address: row for row, address in enumerate(now.addresses)}
    found: AnyArray = np.fromiter((rows.get(address, -1) for address in before), np.int32, known)
    return found
