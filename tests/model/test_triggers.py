"""Which way a trigger order fires is decided by its side and kind."""

import numpy as np
import pytest

from liqscape.model.triggers import BUY, SELL, TriggerKind, fires_below, fires_below_rows

WAITS_BELOW = [
    (SELL, TriggerKind.STOP, True),  # a long's stop
    (BUY, TriggerKind.STOP, False),  # a short's stop
    (SELL, TriggerKind.TAKE_PROFIT, False),  # a long's profit
    (BUY, TriggerKind.TAKE_PROFIT, True),  # a short's profit
]


@pytest.mark.parametrize(("side", "kind", "is_below"), WAITS_BELOW)
def test_a_stop_sell_and_a_take_profit_buy_wait_below_the_mark(side: int, kind: TriggerKind, is_below: bool) -> None:
    assert fires_below(side, kind) is is_below


def test_rows_fire_as_single_orders_do() -> None:
    side = np.array([side for side, _, _ in WAITS_BELOW], np.int8)
    kind = np.array([kind for _, kind, _ in WAITS_BELOW], np.int8)
    assert fires_below_rows(side, kind).tolist() == [below for _, _, below in WAITS_BELOW]
