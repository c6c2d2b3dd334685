"""Inferred liquidations held against the user's own fills, which carry the exchange's mark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.wire.info.user_fills import Fill

METHODS = {"market": LiquidationMethod.MARKET, "backstop": LiquidationMethod.BACKSTOP}
SLACK_MS = 2_000
"""Fills further away from the event than this belong to another one."""


@dataclass
class UnconfirmedEvent:
    """An inferred event whose user's fills are to be asked for; `attempts` counts the questions."""

    event: Liquidation
    attempts: int = 0


def confirm(event: Liquidation, coin: str, fills: Iterable[Fill]) -> Liquidation | None:
    """The event as the fills show it: confirmed, refuted, or None where they do not reach back that far.

    Confirmed where the same prints are marked as forced on this user; then method, mark and fee are the exchange's.
    """
    rows = list(fills)
    if not rows or min(fill.time for fill in rows) > event.first_ms:
        return None
    wanted = set(event.trade_ids)
    mine = [
        fill
        for fill in rows
        if fill.coin == coin
        and event.first_ms - SLACK_MS <= fill.time <= event.last_ms + SLACK_MS
        and (fill.tid in wanted or not wanted)
    ]
    if not mine:
        return None
    forced = [fill for fill in mine if fill.liquidation is not None and _is_victim(fill, event.address)]
    fee = sum(fill.fee for fill in mine)
    if not forced:
        return replace(event, evidence=Evidence.REFUTED, fee=fee)
    mark = forced[0].liquidation.markPx if forced[0].liquidation is not None else event.mark
    method = METHODS.get(forced[0].liquidation.method if forced[0].liquidation is not None else "", event.method)
    return replace(event, evidence=Evidence.CONFIRMED, method=method, mark=mark, fee=fee)


def _is_victim(fill: Fill, address: str) -> bool:
    user = None if fill.liquidation is None else fill.liquidation.liquidatedUser
    return fill.is_own_liquidation if user is None else user.lower() == address
