"""What an hour's funding does to pools, so that it is stored once a coin and not once an account.

A pool pays position by position in their order, exactly as the ledger does (ledger/kernels/funding.py):

    raw_usd <- raw_usd - size * due        due = oracle * rate of the hour, USD a coin

A position whose coin's due is not known pays nothing. A pool of which a position paid has no published prices any
more, and unless its raw USD is unknown it counts as tracked. The writer predicts every pool so and stores those that
came out otherwise: paid by a node's record, read since, not held at the hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.funding import HourlyFunding
from liqscape.store.history.schema import Table
from liqscape.units import BoolArray, Float64Array, Int64Array, MarginSource


@dataclass(frozen=True)
class StoredFunding:
    """A funding as the history knows it.

    time_ms  of the first frame that holds what was paid.
    due      (M,) or fewer; coins beyond are not known.
    """

    time_ms: int
    due: Float64Array


def funding_table(time_ms: int, funding: HourlyFunding | None) -> Table:
    """Rows of FUNDING of one frame."""
    due = np.empty(0) if funding is None else funding.due
    hour_ms = 0 if funding is None else funding.hour_ms
    return {
        "time_ms": np.full(len(due), time_ms, np.int64),
        "market_index": np.arange(len(due), dtype=np.int32),
        "hour_ms": np.full(len(due), hour_ms, np.int64),
        "due": np.asarray(due, np.float64),
    }


def split_funding(rows: Table) -> list[StoredFunding]:
    """Each funding of the rows, in order of time."""
    times = rows["time_ms"]
    found = []
    for time_ms in np.unique(times).tolist():
        own = slice(*np.searchsorted(times, (time_ms, time_ms + 1)).tolist())
        market_index = rows["market_index"][own]
        due = np.full(int(market_index.max()) + 1, np.nan)
        due[market_index] = rows["due"][own]
        found.append(StoredFunding(time_ms, due))
    return found


def pays_of(accounts: Accounts, funding: StoredFunding) -> BoolArray:
    """(A,) whether a position of the pool pays."""
    lengths = np.diff(accounts.offsets)
    if not np.isnan(funding.due).any() and (
        not accounts.position_count or accounts.market_index.max() < len(funding.due)
    ):
        return lengths > 0
    is_known = ~np.isnan(_due_of(accounts, funding))
    pays: BoolArray = np.bincount(accounts.pool_of_position()[is_known], minlength=accounts.pool_count) > 0
    return pays


def pay_funding(accounts: Accounts, funding: StoredFunding, pays: BoolArray | None = None) -> Accounts:
    """Accounts after the pools of `pays` (A,) have paid; all of them unless given."""
    pays = pays_of(accounts, funding) if pays is None else pays
    chosen = np.flatnonzero(pays)
    if not len(chosen):
        return accounts
    raw = _paid(accounts, funding, chosen)
    raw_usd, margin_source = accounts.raw_usd.copy(), accounts.margin_source.copy()
    raw_usd[chosen] = raw
    margin_source[chosen[~np.isnan(raw)]] = MarginSource.TRACKED
    is_void = np.repeat(pays, np.diff(accounts.offsets))
    published = np.where(is_void, np.uint8(PublishedState.NOT_GIVEN), accounts.published)
    price = np.where(is_void, np.nan, accounts.published_price)
    return replace(accounts, raw_usd=raw_usd, margin_source=margin_source, published=published, published_price=price)


def pay_hours(
    accounts: Accounts,
    fundings: Sequence[StoredFunding],
    since_ms: Int64Array,
    written_ms: Int64Array,
    void_ms: Int64Array,
) -> tuple[Accounts, Int64Array]:
    """(accounts after all fundings, published prices left, time before which those of each pool are void).

    since_ms (A,) time since when each pool is there: fundings up to it change nothing; written_ms (A,) time up to which
    they are in its raw USD; void_ms (A,) as known without fundings. One pass, as `pay_funding` for each to the bit.
    """
    from liqscape.store.history import funding_kernels

    markets = max(len(each.due) for each in fundings)
    if accounts.position_count:
        markets = max(markets, int(accounts.market_index.max()) + 1)
    due = np.full((len(fundings), markets), np.nan)
    for hour, each in enumerate(fundings):
        due[hour, : len(each.due)] = each.due
    raw_usd, margin_source, void_ms = accounts.raw_usd.copy(), accounts.margin_source.copy(), void_ms.copy()
    funding_kernels.pay_hours(
        funding_kernels.PayingColumns(offsets=accounts.offsets, market_index=accounts.market_index, size=accounts.size),
        funding_kernels.HourColumns(time_ms=np.array([each.time_ms for each in fundings], np.int64), due=due),
        since_ms,
        written_ms,
        funding_kernels.PaidColumns(raw_usd=raw_usd, margin_source=margin_source, void_ms=void_ms),
    )
    return replace(accounts, raw_usd=raw_usd, margin_source=margin_source), void_ms


def _paid(accounts: Accounts, funding: StoredFunding, chosen: np.ndarray) -> Float64Array:
    """(C,) raw USD of the chosen pools afterwards. All first positions pay, then all second ones: within a pool that is
    the order of its positions."""
    amount = -accounts.size * _due_of(accounts, funding)
    np.copyto(amount, 0.0, where=np.isnan(amount))
    raw: Float64Array = accounts.raw_usd[chosen]
    begin, length = accounts.offsets[:-1][chosen], np.diff(accounts.offsets)[chosen]
    rows = np.arange(len(chosen))
    slot = 0
    while len(rows):
        step = amount[begin[rows] + slot]
        moves = step != 0.0
        raw[rows[moves]] += step[moves]
        slot += 1
        rows = rows[length[rows] > slot]
    return raw


def _due_of(accounts: Accounts, funding: StoredFunding) -> Float64Array:
    """(P,) what a coin of each position's market pays."""
    count = int(accounts.market_index.max()) + 1 if accounts.position_count else 0
    due = funding.due
    if count > len(due):
        due = np.concatenate((due, np.full(count - len(due), np.nan)))
    values: Float64Array = due[accounts.market_index]
    return values
