"""A saved account as margin pools: which positions share which collateral, and what the state says it holds.

Standard accounts have one cross pool a dex; unified ones a pool per collateral token over all dexs, portfolio margin
one over everything; an isolated position is a pool of its own in every mode. A pool here still carries every figure
that may be its free margin; which one holds is decided in pool_settlement.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from liqscape.errors import InputError, ModelError
from liqscape.model.accounts import PublishedState
from liqscape.units import PoolMode
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.info.clearinghouse_state import ClearinghouseState, Position
from liqscape.wire.position_table import TableChoice, possible_tables
from liqscape.wire.printed import parse_printed
from liqscape.wire.saved_state import SavedAccount


class PoolSource(StrEnum):
    """Where the free margin of a pool comes from."""

    ACCOUNT_VALUE = "account_value"
    """Cross account value minus cross maintenance: standard accounts."""
    ISOLATED_CASH = "isolated_cash"
    """The pocket's own cash leg, `leverage.rawUsd`."""
    SPOT_AVAILABLE = "spot_available_after_maintenance"
    """`tokenToAvailableAfterMaintenance` of the collateral token: unified and portfolio accounts."""
    SPOT_BALANCE = "spot_balance"
    """Spot total of the collateral token minus maintenance and isolated margin of all dexs: unified accounts."""
    PUBLISHED_PRICES = "published_prices"
    """Inverse of the published liquidation prices; each position is solved from the others."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class HeldPosition:
    """One position with every margin table it may have. `price` and `price_resolution` are NaN without one."""

    coin: str
    dex: str
    size: float
    mark: float
    published: PublishedState
    price: float
    price_resolution: float
    max_leverage: int | None
    entry_price: float
    leverage: float
    choices: tuple[TableChoice, ...]


@dataclass(frozen=True)
class FreeMarginClaim:
    """A figure of the state that may be the pool's free margin: USD, and how far printed digits leave it open."""

    source: PoolSource
    mode: PoolMode
    free_margin: float
    width: float


@dataclass(frozen=True)
class HeldPool:
    """Positions that share collateral.

    declared    mode the venue named; CROSS where it said standard, None where it said nothing; ISOLATED for pockets.
    claims      in the order in which they are tried.
    raw_usd     published cash leg: of a pocket, or of the cross account where no position is missing; else None.
    maintenance published cross maintenance, USD; None for pockets.
    """

    declared: PoolMode | None
    positions: tuple[HeldPosition, ...]
    claims: tuple[FreeMarginClaim, ...]
    raw_usd: float | None
    maintenance: float | None
    is_abridged: bool


def build_pools(account: SavedAccount, given: CoinTables | None, source: str) -> tuple[HeldPool, ...]:
    """Cross pools first, one per group of dexs that share collateral, then isolated pockets.

    Raises InputError where a position's margin table cannot be known.
    """
    held: dict[str, list[HeldPosition]] = {}
    pockets: list[HeldPool] = []
    for dex, state in account.states:
        held[dex] = []
        for row, asset in enumerate(state.assetPositions):
            place = f"assetPositions[{row}].position"
            position = _hold(asset.position, dex, state.time, given, source, place)
            if asset.position.is_isolated:
                cash = asset.position.leverage.rawUsd
                pockets.append(HeldPool(PoolMode.ISOLATED, (position,), (), cash, None, is_abridged=False))
            else:
                held[dex].append(position)
    crosses = []
    for dexs in _share_collateral(account, given):
        states = [state for dex, state in account.states if dex in dexs]
        positions = tuple(position for dex, _ in account.states if dex in dexs for position in held[dex])
        crosses.append(_cross_pool(account, states, positions, _collateral(dexs[0], given)))
    return (*crosses, *pockets)


def _share_collateral(account: SavedAccount, given: CoinTables | None) -> list[list[str]]:
    dexs = [dex for dex, _ in account.states]
    if account.declared is PoolMode.PORTFOLIO:
        return [dexs]
    if account.declared is not PoolMode.UNIFIED:
        return [[dex] for dex in dexs]
    groups: dict[object, list[str]] = {}
    for dex in dexs:
        token = _collateral(dex, given)
        groups.setdefault(dex if token is None else token, []).append(dex)
    return list(groups.values())


def _collateral(dex: str, given: CoinTables | None) -> int | None:
    """Token index of a dex's collateral; None where not known."""
    known = {} if given is None else given.collateral
    return known.get(dex, 0 if dex == "" else None)


def _cross_pool(
    account: SavedAccount,
    states: list[ClearinghouseState],
    positions: tuple[HeldPosition, ...],
    token: int | None,
) -> HeldPool:
    value = sum(state.crossMarginSummary.accountValue for state in states)
    raw_usd = sum(state.crossMarginSummary.totalRawUsd for state in states)
    maintenance = sum(state.crossMaintenanceMarginUsed for state in states)
    notional = sum(state.crossMarginSummary.totalNtlPos for state in states)
    width = 2e-6 * (len(positions) + 2) + 1e-11 * (abs(value) + notional)
    claims = [FreeMarginClaim(PoolSource.ACCOUNT_VALUE, PoolMode.CROSS, value - maintenance, width)]
    if account.declared in (PoolMode.UNIFIED, PoolMode.PORTFOLIO):
        claims = []
    if account.spot is not None and account.declared is not PoolMode.CROSS and token is not None:
        mode = account.declared or PoolMode.UNIFIED
        available = account.spot.available_after_maintenance(token)
        if available is not None:
            claims.append(FreeMarginClaim(PoolSource.SPOT_AVAILABLE, mode, available, width))
        total = account.spot.total(token)
        if total is not None and mode is PoolMode.UNIFIED:
            isolated = sum(
                asset.position.leverage.rawUsd + asset.position.szi * asset.position.mark
                for state in states
                for asset in state.assetPositions
                if asset.position.leverage.rawUsd is not None
            )
            claims.append(FreeMarginClaim(PoolSource.SPOT_BALANCE, mode, total - maintenance - isolated, width))
    is_whole = not account.is_abridged
    return HeldPool(
        account.declared, positions, tuple(claims), raw_usd if is_whole else None, maintenance, account.is_abridged
    )


def _hold(
    position: Position, dex: str, time_ms: int, given: CoinTables | None, source: str, place: str
) -> HeldPosition:
    try:
        choices = possible_tables(position.coin, position.maxLeverage, time_ms, given)
    except ModelError as error:
        raise InputError(f"{source}: {place}.maxLeverage: {error}", file=source) from None
    price, resolution, published = float("nan"), float("nan"), PublishedState.NONE
    if position.liquidationPx is not None:
        price, resolution = parse_printed(position.liquidationPx, source, f"{place}.liquidationPx")
        published = PublishedState.PRICE
    return HeldPosition(
        position.coin,
        dex,
        position.szi,
        position.mark,
        published,
        price,
        resolution,
        position.maxLeverage,
        float("nan") if position.entryPx is None else position.entryPx,
        position.leverage.value,
        choices,
    )


def all_positions(pools: Iterable[HeldPool]) -> tuple[HeldPosition, ...]:
    """Positions of all pools, one pool after the other."""
    return tuple(position for pool in pools for position in pool.positions)
