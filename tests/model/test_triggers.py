"""Which way a trigger order fires is decided by its side and kind; columns of no order have the types of columns."""

import numpy as np
import pytest

from liqscape.model.triggers import BUY, SELL, TriggerColumns, TriggerKind, fires_below, fires_below_rows, no_triggers

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


def test_columns_of_no_order_are_empty_and_typed() -> None:
    none = no_triggers()
    assert none.row_count == 0
    assert {name: column.dtype.name for name, column in zip(TriggerColumns._fields, none, strict=True)} == {
        "market": "int32",
        "account": "int32",
        "order_id": "int64",
        "side": "int8",
        "kind": "int8",
        "is_market": "bool",
        "trigger_price": "float64",
        "limit_price": "float64",
        "size": "float64",
        "is_whole_position": "bool",
        "is_reduce_only": "bool",
        "placed_ms": "int64",
        "seen_ms": "int64",
    }
