"""What the sockets are subscribed to: contexts and mids of all dexs, and prints of every market that is traded.

The exchange allows an address 1,000 subscriptions. Where there are more markets, those with most open interest get
their prints; of the others nobody is told, and whoever holds them is in doubt.
"""

from __future__ import annotations

from collections.abc import Container

import numpy as np

from liqscape.feed.socket.limits import MAX_SUBSCRIPTIONS, MAX_USERS
from liqscape.model.markets import Markets
from liqscape.units import Float64Array
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetCtxsSubscription
from liqscape.wire.ws.fast_asset_ctxs import FastAssetCtxsSubscription
from liqscape.wire.ws.trades import TradesSubscription

FeedSubscription = AllDexsAssetCtxsSubscription | FastAssetCtxsSubscription | TradesSubscription

CONTEXTS, MIDS = AllDexsAssetCtxsSubscription(), FastAssetCtxsSubscription()
ALWAYS: tuple[FeedSubscription, ...] = (CONTEXTS, MIDS)
MAX_PRINTS = MAX_SUBSCRIPTIONS - 2 * MAX_USERS - len(ALWAYS)
"""Markets with prints: the rest is for contexts, mids and states of accounts, two each (feed.state_streams)."""
KEPT_FACTOR = 2.0
"""A market keeps its prints until another has so many times its open interest: each change is a gap."""


def wanted_subscriptions(
    markets: Markets,
    dexs: tuple[str, ...],
    worth: Float64Array,
    followed: Container[str] = (),
    *,
    with_trades: bool = True,
    room: int = MAX_PRINTS,
) -> tuple[list[FeedSubscription], list[TradesSubscription]]:
    """(contexts, mids and prints that are wanted, prints there is no room for). Marks come before prints.

    worth (M,) USD of open interest, NaN where not known; followed: coins whose prints are subscribed to.
    """
    if not with_trades:
        return [*ALWAYS], []
    traded = [row for row, market in enumerate(markets.rows) if not market.is_delisted and market.dex in dexs]
    if len(traded) > room:
        usd = np.nan_to_num(worth)
        usd = usd * [KEPT_FACTOR if market.coin in followed else 1.0 for market in markets.rows]
        traded.sort(key=lambda row: -usd[row])
    prints = [TradesSubscription(markets.coins[row]) for row in traded]
    return [*ALWAYS, *prints[:room]], prints[room:]
