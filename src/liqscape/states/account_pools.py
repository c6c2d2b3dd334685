"""A saved account as margin pools: which positions share which collateral, and what the state says it holds.

Standard accounts have one cross pool a dex; unified ones a pool per collateral token over all dexs, portfolio margin
one over everything; an isolated position is a pool of its own in every mode. A pool here still carries every figure
that may be its free margin; which one holds is decided in pool_settlement.py. A pool of which a row could not be read
carries the reason as its doubt, and is never solved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, nan

from liqscape.errors import ModelError
from liqscape.model.accounts import PublishedState
from liqscape.model.margin_tables import flat_table
from liqscape.states.position_table import UNKNOWN_TABLE, TableChoice, possible_tables
from liqscape.units import PoolMode
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.info.clearinghouse_state import ClearinghouseState, PartialState, Position
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


@dataclass(frozen=True, kw_only=True)
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
    doubt: str = ""


@dataclass(frozen=True)
class FreeMarginClaim:
    """A figure of the state that may be the pool's free margin: USD, and how far printed digits leave it open."""

    source: PoolSource
    mode: PoolMode
    free_margin: float
    width: float


@dataclass(frozen=True, kw_only=True)
class HeldPool:
    """Positions that share collateral.

    declared    mode the venue named; CROSS where it said standard, None where it said nothing; ISOLATED for pockets.
    claims      in the order in which they are tried.
    raw_usd     published cash leg: of a pocket, or of the cross account where no position is missing; else None.
    maintenance published cross maintenance, USD; None for pockets.
    doubt       why nothing of it is known: a row that enters its sums could not be read. Empty: all were.
    caution     what a reader must know of its claims; may be empty.
    """

    declared: PoolMode | None
    positions: tuple[HeldPosition, ...]
    claims: tuple[FreeMarginClaim, ...]
    raw_usd: float | None
    maintenance: float | None
    is_abridged: bool
    doubt: str = ""
    caution: str = ""


def build_pools(account: SavedAccount, given: CoinTables | None, source: str) -> tuple[HeldPool, ...]:
    """Cross pools first, one per group of dexs that share collateral, then isolated pockets.

    A position whose margin table is not known puts its pool in doubt.
    """
    held: dict[str, list[HeldPosition]] = {}
    pockets: list[HeldPool] = []
    for dex, state in account.states:
        held[dex] = []
        for row, asset in enumerate(state.assetPositions):
            place = f"assetPositions[{row}].position"
            position = _hold(asset.position, dex, state, given, source, place)
            if asset.position.is_isolated:
                cash = asset.position.leverage.rawUsd
                doubt = position.doubt
                pockets.append(
                    HeldPool(
                        declared=PoolMode.ISOLATED,
                        positions=(position,),
                        claims=(),
                        raw_usd=cash,
                        maintenance=None,
                        is_abridged=False,
                        doubt=doubt,
                    )
                )
            else:
                held[dex].append(position)
    crosses = []
    for dexs in _share_collateral(account, given):
        states = [state for dex, state in account.states if dex in dexs]
        positions = tuple(position for dex, _ in account.states if dex in dexs for position in held[dex])
        crosses.append(_cross_pool(account, states, positions, _collateral(dexs[0], given), given))
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
    given: CoinTables | None,
) -> HeldPool:
    doubts = [state.faults[0] for state in states if isinstance(state, PartialState) and state.is_cross_unknown]
    doubts += [position.doubt for position in positions if position.doubt]
    value = sum(state.crossMarginSummary.accountValue for state in states)
    raw_usd = sum(state.crossMarginSummary.totalRawUsd for state in states)
    maintenance = sum(state.crossMaintenanceMarginUsed for state in states)
    notional = sum(state.crossMarginSummary.totalNtlPos for state in states)
    width = 2e-6 * (len(positions) + 2) + 1e-11 * (abs(value) + notional)
    caution = ""
    claims = [FreeMarginClaim(PoolSource.ACCOUNT_VALUE, PoolMode.CROSS, value - maintenance, width)]
    if account.declared in (PoolMode.UNIFIED, PoolMode.PORTFOLIO):
        claims = []
    if account.spot is not None and account.declared is not PoolMode.CROSS and token is not None:
        mode = account.declared or PoolMode.UNIFIED
        available = account.spot.available_after_maintenance(token)
        if available is not None:
            claims.append(FreeMarginClaim(PoolSource.SPOT_AVAILABLE, mode, available, width))
        total = account.spot.total(token)
        used, unnamed = _margin_in_use(account, token, given)
        if total is not None and mode is PoolMode.UNIFIED and unnamed:
            caution = (
                f"the collateral of {', '.join(unnamed)} is not known, so the spot balance cannot be divided: give the "
                "metas of all dexs with --tables"
            )
        elif total is not None and mode is PoolMode.UNIFIED and isfinite(used):
            claims.append(FreeMarginClaim(PoolSource.SPOT_BALANCE, mode, total - used, width))
            if len(account.states) == 1:
                caution = "margin that other dexs use is not in it: the file holds the state of one dex"
    is_whole = not account.is_abridged
    return HeldPool(
        declared=account.declared,
        positions=positions,
        claims=tuple(claim for claim in claims if isfinite(claim.free_margin)),
        raw_usd=raw_usd if is_whole else None,
        maintenance=maintenance,
        is_abridged=account.is_abridged,
        doubt=doubts[0] if doubts else "",
        caution=caution,
    )


def _margin_in_use(account: SavedAccount, token: int, given: CoinTables | None) -> tuple[float, tuple[str, ...]]:
    """(USD of maintenance and pockets over all dexs of a collateral token, dexs with margin of unknown collateral).

    A balance backs them all, whichever of them a pool's positions are in. NaN where a figure could not be read.
    """
    used, unnamed = 0.0, []
    for dex, state in account.states:
        held = state.crossMaintenanceMarginUsed + sum(
            (pocket.leverage.rawUsd if pocket.leverage.rawUsd is not None else nan) + pocket.szi * pocket.mark
            for pocket in (asset.position for asset in state.assetPositions)
            if pocket.is_isolated
        )
        own = _collateral(dex, given)
        if own == token:
            used += held
        elif own is None and held != 0.0:
            unnamed.append(dex)
    return used, tuple(unnamed)


def _hold(
    position: Position, dex: str, state: ClearinghouseState, given: CoinTables | None, source: str, place: str
) -> HeldPosition:
    doubt = ""
    if isinstance(state, PartialState) and position.coin in state.unknown_coins:
        doubt = next((fault for fault in state.faults if place in fault), state.faults[0])
    try:
        choices = possible_tables(position.coin, position.maxLeverage, state.time, given)
    except ModelError as error:
        doubt = doubt or f"{source}: {place}.maxLeverage: {error}"
        choices = (TableChoice(flat_table(1), UNKNOWN_TABLE, False),)
    price, resolution, published = nan, nan, PublishedState.NOT_GIVEN if doubt else PublishedState.NONE
    if position.liquidationPx is not None:
        price, resolution = parse_printed(position.liquidationPx, source, f"{place}.liquidationPx")
        published = PublishedState.PRICE
    return HeldPosition(
        coin=position.coin,
        dex=dex,
        size=position.szi,
        mark=position.mark,
        published=published,
        price=price,
        price_resolution=resolution,
        max_leverage=position.maxLeverage,
        entry_price=nan if position.entryPx is None else position.entryPx,
        leverage=position.leverage.value,
        choices=choices,
        doubt=doubt,
    )


def all_positions(pools: Iterable[HeldPool]) -> tuple[HeldPosition, ...]:
    """Positions of all pools, pool after pool."""
    return tuple(position for pool in pools for position in pool.positions)
