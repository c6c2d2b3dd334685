"""Stops of others at a stop that is asked about, beside how much of the market their triggers are known of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.heatmap.coin_positions import positions_in
from liqscape.heatmap.stops_near import stops_near
from liqscape.heatmap.trigger_orders import waiting_orders
from liqscape.heatmap.triggers import trigger_coverage
from liqscape.service.answers.parts import known
from liqscape.service.answers.stop import StopsAtYours
from liqscape.service.triggers import why_unknown
from liqscape.units import BASIS_POINTS

if TYPE_CHECKING:
    from liqscape.insight.advice import StopTrade
    from liqscape.service.moments import AskedMoment

NEAR_BP = 10.0
"""To each side of the stop: a cell of the map's colours to each side."""
OF_KNOWN = "stops of accounts that were read; how many more there are is not known"


def stops_at_yours(moment: AskedMoment, market_index: int, trade: StopTrade, account: str | None) -> StopsAtYours:
    """Known stops within NEAR_BP of the stop, those of `account` left out."""
    low, high = (trade.stop * (1.0 + sign * NEAR_BP / BASIS_POINTS) for sign in (-1.0, 1.0))
    found, snapshot = moment.triggers, moment.reported.snapshot
    if found is None:
        return StopsAtYours(price_low=low, price_high=high, note=why_unknown(moment))
    positions = positions_in(moment.accounts, market_index)
    orders = waiting_orders(found[0], positions, snapshot, market_index)
    own = -1 if account is None else moment.accounts.addresses.index(account.lower())
    near = stops_near(orders, trade.side, low, high, own)
    coverage = trigger_coverage(found[1], positions, snapshot, market_index)
    return StopsAtYours(
        price_low=low,
        price_high=high,
        order_count=near.order_count,
        account_count=near.account_count,
        notional=near.notional,
        coverage=known(coverage.long_share if trade.side > 0 else coverage.short_share),
        median_age_ms=None if coverage.median_age_ms < 0 else coverage.median_age_ms,
        note=OF_KNOWN,
    )
