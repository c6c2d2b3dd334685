"""Account states as columns, in batches: what the live path, a market read once and an archive share.

Theory of operation. A state with no doubt in it is the common case: a standard account whose published prices all
meet its account value in the likeliest margin table. Whether that is so is computed for all pools of a batch at once
(plain_pools.py); the rest goes through `settle_pool`, one pool after the other, which decides the same for the plain
ones. A row that cannot be read leaves its pool there with unknown cash, which nobody solves; a state of which nothing
can be used is told and left out; the others stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from liqscape.errors import InputError, ModelError, RemoteWireError
from liqscape.model.accounts import Accounts
from liqscape.states.account_pools import HeldPool, build_pools
from liqscape.states.child_trait import find_children, set_apart
from liqscape.states.plain_pools import StateBatch, find_plain, flat_pools, plain_accounts, read_batch
from liqscape.states.pool_settlement import settle_pool
from liqscape.states.table_registry import TableRegistry
from liqscape.units import BoolArray, Int64Array, MarginSource, PoolMode
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.decode import refuse
from liqscape.wire.info.clearinghouse_state import ClearinghouseState, PartialState, faults_of, skipped_in
from liqscape.wire.info.read_state import judge_state
from liqscape.wire.info.spot_clearinghouse_state import PartialSpot, SpotClearinghouseState
from liqscape.wire.saved_state import SavedAccount

__all__ = ["BuiltAccounts", "Holder", "TableRegistry", "build_accounts", "needs_spot"]

UNUSABLE = (RemoteWireError, InputError, ModelError)
"""What a state that cannot be used raises."""


class Holder(msgspec.Struct, frozen=True):
    """One address with its states, one a dex that was asked, and its spot state where that was needed."""

    address: str
    states: tuple[tuple[str, ClearinghouseState], ...]
    spot: SpotClearinghouseState | None = None


@dataclass(frozen=True, kw_only=True)
class BuiltAccounts:
    """Accounts of every holder that could be used.

    address_ms (N,) venue time of the oldest state of each address; 0 without a state.
    failed     (address, reason) of those that could not.
    unread     (address, sentence) of rows that could not be read; the pools they belong to have unknown cash.
    skipped_count  closed legs and outcome tokens that were left out.
    in_doubt   addresses that hold a position of which nothing can be told: those that failed, and whoever has a row
               without coin or size.
    children   recognised as children of HLP by their margin table, and exempt like those named.
    """

    accounts: Accounts
    address_ms: Int64Array
    failed: tuple[tuple[str, str], ...]
    children: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    skipped_count: int = 0
    in_doubt: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """Pools of one holder with the rows of the tables each position may have, yet to be settled."""

    row: int
    time_ms: dict[str, int]
    pools: tuple[HeldPool, ...]
    choices: list[list[list[int]]]
    faults: tuple[str, ...]
    skipped_count: int


def build_accounts(
    holders: Sequence[Holder],
    market_of: Mapping[str, int],
    registry: TableRegistry,
    given: CoinTables,
    exempt: Collection[str],
    source: str,
    *,
    with_flat: bool = False,
    joins_dexs: bool = False,
) -> BuiltAccounts:
    """Pools of all holders, addresses rising; pools whose raw USD is unknown stay, with NaN.

    with_flat  also cross pools that hold money and no position, of plain standard accounts: whoever opens one later
               then has known cash.
    joins_dexs every holder has its states of all dexs, so a unified account has one pool a collateral token over them;
               else it has one a dex, each with the free margin of all.

    An address without a position is named without a pool. Tables not seen before are put on the registry. Of an address
    given twice the second fails.
    """
    ordered = sorted(holders, key=lambda holder: holder.address)
    is_plain, plain = _plain(ordered, market_of, registry, given)
    failed: list[tuple[str, str]] = []
    drawn: list[_Drawn] = []
    is_kept = is_plain.copy()
    for row in np.flatnonzero(~is_plain).tolist():
        holder = ordered[row]
        try:
            if row > 0 and ordered[row - 1].address == holder.address:
                raise ModelError(f"{source}: {holder.address} is given twice")
            each = _draw(row, holder, market_of, registry, given, f"{source} {holder.address}", joins_dexs=joins_dexs)
            if each.faults and not any(pool.positions for pool in each.pools):
                # It would look as if the account held nothing.
                raise RemoteWireError(each.faults[0])
            drawn.append(each)
            is_kept[row] = True
        except UNUSABLE as error:
            failed.append((holder.address, str(error)))
    addresses = tuple(holder.address for holder in ordered)
    is_exempt = np.array([address in exempt for address in addresses], np.bool_)
    accounts = plain_accounts(plain, is_plain, addresses, market_of, is_exempt)
    parts = [flat_pools(plain, is_plain, addresses, is_exempt)] if with_flat else []
    parts += [accounts, *([_settle(drawn, addresses, market_of, is_exempt, registry)] if drawn else [])]
    if len(parts) > 1:
        joined = Accounts.join(addresses, parts, [part.address_row for part in parts])
        accounts = joined.take(np.argsort(joined.address_row, kind="stable"))
    if failed:
        kept = tuple(address for address, is_used in zip(addresses, is_kept, strict=True) if is_used)
        rows = (np.cumsum(is_kept) - 1)[accounts.address_row].astype(np.int32)
        accounts = replace(accounts, addresses=kept, address_row=rows)
    oldest_ms = [
        min((state.time for _, state in holder.states), default=0)
        for holder, is_used in zip(ordered, is_kept, strict=True)
        if is_used
    ]
    children = find_children(accounts, market_of, registry, given)
    partial_rows = _partial_rows(ordered)
    without_row = [
        ordered[row].address
        for row in partial_rows
        if any(isinstance(state, PartialState) and state.has_lost_row for _, state in ordered[row].states)
    ]
    return BuiltAccounts(
        accounts=set_apart(accounts, children),
        address_ms=np.array(oldest_ms, np.int64),
        failed=tuple(failed),
        children=children,
        unread=tuple((addresses[each.row], fault) for each in drawn for fault in each.faults),
        skipped_count=sum(each.skipped_count for each in drawn)
        + skipped_in(state for row in partial_rows if is_plain[row] for _, state in ordered[row].states),
        in_doubt=tuple(dict.fromkeys((*(address for address, _ in failed), *without_row))),
    )


def needs_spot(
    holders: Iterable[Holder], given: CoinTables, market_of: Mapping[str, int], *, joins_dexs: bool = False
) -> tuple[str, ...]:
    """Addresses of which a pool with positions has no known raw USD: the perp state does not say what backs it.

    joins_dexs  also those with cross positions that something else than their dex's account value backs: only the
                spot state says which dexs share a pool, and which coins are in it.

    Holders that cannot be used need none, nor do pools of which a row cannot be read.
    """
    asked, registry = list(holders), TableRegistry()
    is_plain, _ = _plain(asked, market_of, registry, given)
    lacking: list[str] = []
    for row in np.flatnonzero(~is_plain).tolist():
        if joins_dexs and _spans_dexs(asked[row]):
            lacking.append(asked[row].address)
            continue
        try:
            drawn = _draw(row, asked[row], market_of, registry, given, asked[row].address, joins_dexs=joins_dexs)
        except UNUSABLE:
            continue
        tables = registry.tables()
        settled = [
            settle_pool(pool, choices, tables)
            for pool, choices in zip(drawn.pools, drawn.choices, strict=True)
            if pool.positions and not pool.doubt
        ]
        if any(
            each.margin_source is MarginSource.UNKNOWN or (joins_dexs and each.mode is PoolMode.UNIFIED)
            for each in settled
        ):
            lacking.append(asked[row].address)
    return tuple(lacking)


def _plain(
    holders: Sequence[Holder], market_of: Mapping[str, int], registry: TableRegistry, given: CoinTables
) -> tuple[BoolArray, StateBatch]:
    """(H,) who is plain, with the columns of all. A spot state, a dex named twice, a coin that is not listed and the
    second of two equal neighbours are looked at one by one."""
    batch = read_batch([[state for _, state in holder.states] for holder in holders], registry, given)
    is_plain = find_plain(batch, registry)
    is_unlisted = np.array([coin not in market_of for coin in batch.coins], np.bool_)
    if is_unlisted.any():
        is_plain[batch.owner[batch.state[is_unlisted[batch.coin]]]] = False
    for row, holder in enumerate(holders):
        is_again = row > 0 and holders[row - 1].address == holder.address
        is_double = len(holder.states) > 1 and len(dict(holder.states)) < len(holder.states)
        if holder.spot is not None or is_again or is_double:
            is_plain[row] = False
    for row in _partial_rows(holders):
        if faults_of(state for _, state in holders[row].states):
            is_plain[row] = False
    return is_plain, batch


def _partial_rows(holders: Sequence[Holder]) -> list[int]:
    """Holders with a state of which something was left out; few, so that nobody else is looked at again."""
    rows = [row for row, holder in enumerate(holders) for _, state in holder.states if type(state) is PartialState]
    return list(dict.fromkeys(rows))


def _spans_dexs(holder: Holder) -> bool:
    """Cross positions, known or not, in more than one dex."""
    has_cross = [
        bool(state.cross_positions) or (isinstance(state, PartialState) and state.is_cross_unknown)
        for _, state in holder.states
    ]
    return sum(has_cross) > 1


def _declared(holder: Holder, *, joins_dexs: bool) -> PoolMode | None:
    """Mode that the spot state reports. Only unified and portfolio accounts have free margin there."""
    if holder.spot is None:
        return None
    if holder.spot.is_portfolio:
        return PoolMode.PORTFOLIO
    is_joined = joins_dexs and len(holder.states) > 1 and bool(holder.spot.tokenToAvailableAfterMaintenance)
    return PoolMode.UNIFIED if is_joined else None


def _draw(
    row: int,
    holder: Holder,
    market_of: Mapping[str, int],
    registry: TableRegistry,
    given: CoinTables,
    source: str,
    *,
    joins_dexs: bool,
) -> _Drawn:
    """Pools of one holder after every check. Raises RemoteWireError or ModelError where none can be built."""
    if len(dict(holder.states)) < len(holder.states):
        raise ModelError(f"{source}: a dex is named twice among {[dex for dex, _ in holder.states]}")
    states = tuple((dex, _listed(judge_state(state, source), market_of, source)) for dex, state in holder.states)
    declared = _declared(holder, joins_dexs=joins_dexs)
    pools = build_pools(
        SavedAccount(address=holder.address, declared=declared, states=states, spot=holder.spot), given, source
    )
    choices = [
        [[registry.row(each.table) for each in position.choices] for position in pool.positions] for pool in pools
    ]
    spot = holder.spot if isinstance(holder.spot, PartialSpot) else None
    faults = (*faults_of(state for _, state in states), *(() if spot is None else spot.faults))
    doubts = [position.doubt for pool in pools for position in pool.positions if position.doubt]
    skipped = skipped_in(state for _, state in states) + (0 if spot is None else spot.skipped_count)
    times = {dex: state.time for dex, state in states}
    return _Drawn(
        row=row,
        time_ms=times,
        pools=pools,
        choices=choices,
        faults=tuple(dict.fromkeys((*faults, *doubts))),
        skipped_count=skipped,
    )


def _listed(state: ClearinghouseState, market_of: Mapping[str, int], source: str) -> ClearinghouseState:
    """The state without positions in markets that nobody listed, whose pool is unknown then."""
    is_here = [asset.position.coin in market_of for asset in state.assetPositions]
    if all(is_here):
        return state
    gone = [asset.position for asset, here in zip(state.assetPositions, is_here, strict=True) if not here]
    rule = f"is none of the {len(market_of)} markets"
    faults = tuple(str(refuse(source, "assetPositions.position.coin", each.coin, rule)) for each in gone)
    before = state if isinstance(state, PartialState) else None
    return PartialState(
        marginSummary=state.marginSummary,
        crossMarginSummary=state.crossMarginSummary,
        crossMaintenanceMarginUsed=state.crossMaintenanceMarginUsed,
        assetPositions=tuple(asset for asset, here in zip(state.assetPositions, is_here, strict=True) if here),
        time=state.time,
        withdrawable=state.withdrawable,
        skipped_count=0 if before is None else before.skipped_count,
        faults=(*(() if before is None else before.faults), *faults),
        is_cross_unknown=(before is not None and before.is_cross_unknown) or not all(each.is_isolated for each in gone),
        unknown_coins=frozenset() if before is None else before.unknown_coins,
        has_lost_row=before is not None and before.has_lost_row,
    )


def _settle(
    drawn: Sequence[_Drawn],
    addresses: tuple[str, ...],
    market_of: Mapping[str, int],
    is_exempt: BoolArray,
    registry: TableRegistry,
) -> Accounts:
    tables = registry.tables()
    held = [
        (each, pool, settle_pool(pool, rows, tables))
        for each in drawn
        for pool, rows in zip(each.pools, each.choices, strict=True)
        if pool.positions
    ]
    positions = [position for _, pool, _ in held for position in pool.positions]
    table_rows = [settlement.table_row for _, _, settlement in held]
    return Accounts.build(
        addresses=addresses,
        address_row=[each.row for each, _, _ in held],
        raw_usd=[settlement.raw_usd for _, _, settlement in held],
        offsets=np.concatenate(([0], np.cumsum([len(pool.positions) for _, pool, _ in held]))),
        market_index=[market_of[position.coin] for position in positions],
        size=[position.size for position in positions],
        table_row=np.concatenate(table_rows) if table_rows else (),
        margin_source=[settlement.margin_source for _, _, settlement in held],
        mode=[settlement.mode for _, _, settlement in held],
        is_exempt=[bool(is_exempt[each.row]) for each, _, _ in held],
        observed_ms=[min(each.time_ms[position.dex] for position in pool.positions) for each, pool, _ in held],
        entry_price=[position.entry_price for position in positions],
        leverage=[position.leverage for position in positions],
        observed_mark=[position.mark for position in positions],
        published=[int(position.published) for position in positions],
        published_price=[position.price for position in positions],
    )
