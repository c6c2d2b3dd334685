"""Requests from outside, checked before a kernel sees them."""

from __future__ import annotations

import numpy as np

from liqscape.errors import ModelError
from liqscape.exchange.columns import IMMEDIATE, POST_ONLY, Action, MarketColumn, RequestColumn
from liqscape.exchange.scale import LARGEST_UUSD
from liqscape.exchange.state import State
from liqscape.units import Float64Array, Int64Array


def check_requests(requests: Int64Array, state: State, accounts: int, largest: Float64Array) -> None:
    """Raises ModelError naming the value of a row that is out of range, or worth more than can be counted.

    largest (T,): scale.largest_notional of the margin tables.
    """
    if requests.ndim != 2 or requests.shape[1] != RequestColumn.WIDTH:
        raise ModelError(f"requests have shape {requests.shape}, need (n, {int(RequestColumn.WIDTH)})")
    if not len(requests):
        return
    action = requests[:, RequestColumn.ACTION]
    triggers = action == Action.PLACE_TRIGGER
    places = (action == Action.PLACE) | triggers
    has_market = places | (action == Action.CANCEL_MARKET)
    for name, column, rows, low, high in (
        ("action", RequestColumn.ACTION, slice(None), 0, max(Action)),
        ("account", RequestColumn.ACCOUNT, slice(None), 0, accounts - 1),
        ("market", RequestColumn.MARKET, has_market, 0, len(state.market) - 1),
        ("flags", RequestColumn.FLAGS, action == Action.PLACE, 0, 7),
        ("flags", RequestColumn.FLAGS, triggers, 0, 63),
        ("trigger price", RequestColumn.TRIGGER_PRICE, triggers, 1, LARGEST_UUSD),
    ):
        values = requests[rows, column]
        if len(values) and not (low <= values.min() and values.max() <= high):
            bad = int(values[(values < low) | (values > high)][0])
            raise ModelError(f"a request names {name} {bad}, outside {low}..{high}")
    if (requests[triggers, RequestColumn.FLAGS] & (IMMEDIATE | POST_ONLY)).any():
        raise ModelError("a trigger order is neither immediate nor post-only")
    if not (np.abs(requests[places, RequestColumn.SIDE]) == 1).all():
        raise ModelError("a request has a side other than 1 (buy) and -1 (sell)")
    price = np.maximum(requests[places, RequestColumn.PRICE], requests[places, RequestColumn.TRIGGER_PRICE])
    notional = price.astype(np.float64) * requests[places, RequestColumn.LOTS]
    most = largest[state.market[requests[places, RequestColumn.MARKET], MarketColumn.TABLE]]
    if len(notional) and ((notional > most).any() or requests[places, RequestColumn.LOTS].max() > LARGEST_UUSD):
        raise ModelError(f"a request is worth {notional.max():.0f} micro-USD, more than the exchange can count")
