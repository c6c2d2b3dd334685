"""A wallet in CoinGlass's shape, made of our own answer about it."""

from __future__ import annotations

from collections.abc import Iterable

from liqscape.service.answers.account import AccountAnswer, AccountPosition, PoolAnswer
from liqscape.service.answers.coinglass import (
    CoinglassWallet,
    CoinglassWalletAnswer,
    CompatAsset,
    CompatHolding,
    CompatLeverage,
    CompatMargin,
    CompatStanding,
)

ISOLATED = "isolated"
WALLET_NOTES = (
    "account_value and total_raw_usd are those of the margin pools as the map has them: of unified and portfolio "
    "accounts the raw USD that their published price implies",
    "withdrawable, max_leverage and funding are null: they are not in the map; liquidation_px is added",
)


def wallet_answer(answer: AccountAnswer, coverage: float | None) -> CoinglassWalletAnswer:
    """The pools of an address as margin summaries, each position once."""
    cross = [pool for pool in answer.pools if pool.margin_mode != ISOLATED]
    return CoinglassWalletAnswer(
        data=CoinglassWallet(
            margin_summary=_margin(answer.pools),
            cross_margin_summary=_margin(cross),
            cross_maintenance_margin_used=_sum(pool.maintenance_margin for pool in cross),
            withdrawable=None,
            asset_positions=[
                CompatAsset(position=_holding(position, pool)) for pool in answer.pools for position in pool.positions
            ],
        ),
        liqscape=CompatStanding(
            provenance=answer.provenance, as_of_ms=answer.as_of_ms, coverage=coverage, notes=list(WALLET_NOTES)
        ),
    )


def margin_used(position: AccountPosition, pool: PoolAnswer) -> float | None:
    """As the exchange counts it: value over leverage, or all of an isolated pool."""
    if pool.margin_mode == ISOLATED:
        return pool.account_value
    return None if position.notional is None or not position.leverage else position.notional / position.leverage


def _margin(pools: list[PoolAnswer]) -> CompatMargin:
    held = [(position, pool) for pool in pools for position in pool.positions]
    return CompatMargin(
        account_value=_sum(pool.account_value for pool in pools),
        total_ntl_pos=_sum(position.notional for position, _ in held),
        total_raw_usd=_sum(pool.raw_usd for pool in pools),
        total_margin_used=_sum(margin_used(position, pool) for position, pool in held),
    )


def _holding(position: AccountPosition, pool: PoolAnswer) -> CompatHolding:
    mark, entry = position.mark, position.entry_price
    gain = None if mark is None or entry is None else position.side * abs(position.size) * (mark - entry)
    paid = None if entry is None or not position.leverage else abs(position.size) * entry / position.leverage
    return CompatHolding(
        coin=position.coin,
        szi=position.side * abs(position.size),
        leverage=CompatLeverage(type=ISOLATED if pool.margin_mode == ISOLATED else "cross", value=position.leverage),
        entry_px=entry,
        position_value=position.notional,
        unrealized_pnl=gain,
        return_on_equity=None if gain is None or not paid else gain / paid,
        liquidation_px=position.liquidation_price,
    )


def _sum(values: Iterable[float | None]) -> float | None:
    """Unknown where one of them is; 0 of none."""
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total
