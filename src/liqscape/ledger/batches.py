"""Column records of what arrives together, as the ledger's kernels take them: prints, fills, states, cash.

Rows of accounts are numbers of the ledger; those of markets and margin tables are the terms' (tables.py).
"""

from __future__ import annotations

from typing import NamedTuple

from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array

APPLIED, OUT_OF_ORDER, NO_ROOM, NO_MARKET, NOT_KNOWN = range(5)
"""What came of prints; only of APPLIED has anything changed."""


class PrintColumns(NamedTuple):
    """(T,) public prints; buyer and seller are rows of the addresses they name."""

    buyer: Int32Array
    seller: Int32Array
    market_index: Int32Array
    price: Float64Array
    size: Float64Array
    is_buyer_taker: BoolArray
    time_ms: Int64Array
    trade_id: Int64Array


class PrintRoom(NamedTuple):
    """What the kernel of prints finds or is told beside their columns.

    number  (at least K,) accounts by row of the addresses that the prints name.
    order   (at least T,) rows in the order in which they are taken, where they are not as they come.
    """

    number: Int64Array
    order: Int64Array


class FillColumns(NamedTuple):
    """(F,) fills of accounts: size and start_position signed; liquidated is an account or NO_ROW."""

    user: Int64Array
    market_index: Int32Array
    price: Float64Array
    size: Float64Array
    start_position: Float64Array
    fee: Float64Array
    time_ms: Int64Array
    trade_id: Int64Array
    liquidated: Int64Array
    method: UInt8Array


class StateRows(NamedTuple):
    """States of K accounts; pools of the k-th are pool_order[pool_start[k]:pool_start[k + 1]].

    account, time_ms (K,); pool_start (K + 1,); pool_order rows of the pools. is_covered (D,): dexs the states are of;
    home_dex: of pools without a position. is_newest_kept: a state older than the one held is left alone.
    """

    account: Int64Array
    time_ms: Int64Array
    pool_start: Int64Array
    pool_order: Int64Array
    is_covered: BoolArray
    home_dex: int
    is_newest_kept: bool


class StatePools(NamedTuple):
    """(A,) pools of the states (model/accounts.py); offsets (A + 1,) of their positions."""

    raw_usd: Float64Array
    margin_source: UInt8Array
    mode: UInt8Array
    is_exempt: BoolArray
    observed_ms: Int64Array
    offsets: Int64Array


class StatePositions(NamedTuple):
    """(P,) positions of the states (model/accounts.py)."""

    market_index: Int32Array
    size: Float64Array
    table_row: Int32Array
    entry_price: Float64Array
    leverage: Float64Array
    observed_mark: Float64Array
    published: UInt8Array
    published_price: Float64Array


class ComparisonTables(NamedTuple):
    """What was held before states came, beside what they say; of the k-th account from row start[k] to start[k + 1].

    is_taken, age_ms, is_unsure (K,); start (K + 1,); row (C, ComparedColumn.WIDTH), value
    (C, ComparedValueColumn.WIDTH): without rows where nothing is to be compared.
    """

    is_taken: BoolArray
    age_ms: Int64Array
    is_unsure: BoolArray
    start: Int64Array
    row: Int64Array
    value: Float64Array


class PaymentColumns(NamedTuple):
    """(Q,) payments of funding as they were made."""

    user: Int64Array
    market_index: Int32Array
    amount: Float64Array
    size: Float64Array


class MovementColumns(NamedTuple):
    """(C,) movements of cash (model/events.py), of dexs that are followed."""

    user: Int64Array
    dex: Int64Array
    time_ms: Int64Array
    amount: Float64Array
    whole: Float64Array


class ChangedAddresses(NamedTuple):
    """(K,) address rows that changed, rising; their pools stand at first_pool:last_pool of some columns."""

    row: Int64Array
    first_pool: Int64Array
    last_pool: Int64Array
