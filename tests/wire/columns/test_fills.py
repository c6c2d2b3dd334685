"""Sides of fills as columns: signs, order, and who was forced out how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from liqscape.errors import RemoteWireError
from liqscape.model.liquidations import LiquidationMethod
from liqscape.model.trades import NO_ADDRESS
from liqscape.wire.columns.fills import map_fills
from liqscape.wire.info.user_fills import Fill
from liqscape.wire.node.fills import parse_fill_block

MARKETS = {"BTC": 0, "ETH": 1}
ALICE, BOB, VAULT = (f"0x{number:040x}" for number in (1, 2, 3))


def fill(**fields: Any) -> Fill:
    row = {"coin": "BTC", "px": "100", "sz": "2", "side": "A", "time": 5, "startPosition": "3", "dir": "Close Long"}
    row |= {"closedPnl": "0", "hash": "0x0", "oid": 1, "crossed": True, "fee": "0.5", "tid": 9}
    return msgspec.convert(row | fields, Fill, strict=False)


def mark(method: str, victim: str | None = ALICE) -> dict[str, Any]:
    return {"markPx": "99.5", "method": method} | ({} if victim is None else {"liquidatedUser": victim})


def test_a_sale_is_negative_and_a_purchase_positive() -> None:
    fills = map_fills([(ALICE, fill()), (BOB, fill(side="B", crossed=False, fee="-0.1"))], MARKETS, "node")
    assert fills.addresses == (ALICE, BOB)
    assert fills.size.tolist() == [-2.0, 2.0]
    assert fills.fee.tolist() == [0.5, -0.1]
    assert fills.is_taker.tolist() == [True, False]
    assert fills.start_position.tolist() == [3.0, 3.0]
    assert fills.liquidated.tolist() == [NO_ADDRESS, NO_ADDRESS]
    assert fills.method.tolist() == [LiquidationMethod.NONE] * 2


def test_rows_come_in_order_of_time_and_id_and_equal_keys_as_given() -> None:
    rows = [
        (BOB, fill(time=6)),
        (ALICE, fill(tid=12)),
        (ALICE, fill(tid=11)),
        (BOB, fill(tid=11)),
        (BOB, fill(tid=None)),
    ]
    fills = map_fills(rows, MARKETS, "node")
    assert fills.time_ms.tolist() == [5, 5, 5, 5, 6]
    assert fills.trade_id.tolist() == [-1, 11, 11, 12, 9]
    assert [fills.addresses[row] for row in fills.user] == [BOB, ALICE, BOB, ALICE, BOB]


def test_a_liquidation_names_the_victim_on_both_sides() -> None:
    rows = [(ALICE, fill(liquidation=mark("market"))), (BOB, fill(side="B", liquidation=mark("market")))]
    fills = map_fills(rows, MARKETS, "node")
    assert [fills.addresses[row] for row in fills.liquidated] == [ALICE, ALICE]
    assert fills.method.tolist() == [LiquidationMethod.MARKET] * 2
    assert fills.trigger_mark.tolist() == [99.5, 99.5]


def test_a_takeover_is_deleveraging_where_a_side_of_the_same_trade_says_so() -> None:
    rows = [
        (ALICE, fill(liquidation=mark("backstop"), dir="Liquidated Cross Long")),
        (BOB, fill(side="B", liquidation=mark("backstop"), dir="Auto-Deleveraging")),
        (ALICE, fill(tid=10, liquidation=mark("backstop"), dir="Liquidated Cross Long")),
        (VAULT, fill(tid=10, side="B", liquidation=mark("backstop"), dir="Open Long")),
        (ALICE, fill(coin="ETH", liquidation=mark("backstop"), dir="Liquidated Cross Long")),
    ]
    fills = map_fills(rows, MARKETS, "node")
    found = list(zip(fills.trade_id.tolist(), fills.market_index.tolist(), fills.method.tolist(), strict=True))
    assert found == [
        (9, 0, LiquidationMethod.ADL),
        (9, 0, LiquidationMethod.ADL),
        (9, 1, LiquidationMethod.BACKSTOP),
        (10, 0, LiquidationMethod.BACKSTOP),
        (10, 0, LiquidationMethod.BACKSTOP),
    ]
    assert fills.is_deleveraged.tolist() == [False, True, False, False, False]


@pytest.mark.parametrize("is_victim_first", [True, False])
def test_without_a_name_the_aggressor_is_the_victim_of_what_went_to_the_book(is_victim_first: bool) -> None:
    rows = [
        (ALICE, fill(liquidation=mark("market", None))),
        (BOB, fill(side="B", crossed=False, dir="Open Long", liquidation=mark("market", None))),
    ]
    fills = map_fills(rows if is_victim_first else rows[::-1], MARKETS, "node")
    assert [fills.addresses[row] for row in fills.liquidated] == [ALICE, ALICE]
    (alone,) = map_fills(rows[1:], MARKETS, "node").liquidated
    assert alone == NO_ADDRESS


def test_without_a_name_the_side_that_says_it_was_liquidated_is_the_victim_of_a_takeover() -> None:
    rows = [
        (ALICE, fill(liquidation=mark("backstop", None), dir="Liquidated Isolated Long")),
        (BOB, fill(side="B", liquidation=mark("backstop", None), dir="Open Long")),
        (BOB, fill(tid=10, liquidation=mark("backstop", None), dir="Open Long")),
        (BOB, fill(tid=11, side="B", crossed=False, liquidation=mark("market", None))),
        (VAULT, fill(tid=11, liquidation=mark("market", ALICE))),
    ]
    fills = map_fills(rows, MARKETS, "node")
    named = [None if row == NO_ADDRESS else fills.addresses[row] for row in fills.liquidated]
    assert named == [ALICE, ALICE, None, ALICE, ALICE]


def test_fills_of_other_coins_are_left_out_and_counted() -> None:
    left_out: dict[str, int] = {}
    fills = map_fills([(ALICE, fill(coin="@107")), (ALICE, fill())], MARKETS, "node", left_out)
    assert (len(fills), left_out) == (1, {"@107": 1})


def test_no_row_is_an_empty_table() -> None:
    fills = map_fills([], MARKETS, "node")
    assert (len(fills), fills.addresses) == (0, ())


@pytest.mark.parametrize(
    "fields",
    [{"px": "nan"}, {"sz": "-1"}, {"fee": "inf"}, {"startPosition": "1e19"}, {"side": "X"}, {"time": -4}, {"tid": -4}],
)
def test_a_figure_out_of_range_is_refused_with_its_name(fields: dict[str, Any]) -> None:
    with pytest.raises(RemoteWireError, match=f"node: {next(iter(fields))}: "):
        map_fills([(ALICE, fill(**fields))], MARKETS, "node")


@pytest.mark.recorded
def test_recorded_blocks_hold_both_sides_of_every_fill(recorded: Path) -> None:
    lines = (recorded / "stream" / "node_fills_by_block_1000.jsonl").read_bytes().splitlines()
    rows = [row for number, line in enumerate(lines) for row in parse_fill_block(line, f"line {number}").events]
    coins = {
        coin: place
        for place, coin in enumerate(sorted({each.coin for _, each in rows if ":" in each.coin or each.coin.isalnum()}))
    }
    fills = map_fills(rows, coins, "recorded")
    assert len(fills) > 1_000
    sums: dict[tuple[int, int, int], float] = {}
    for key in zip(
        fills.time_ms.tolist(), fills.market_index.tolist(), fills.trade_id.tolist(), fills.size.tolist(), strict=True
    ):
        sums[key[:3]] = sums.get(key[:3], 0.0) + key[3]
    assert max(abs(total) for total in sums.values()) < 1e-9
