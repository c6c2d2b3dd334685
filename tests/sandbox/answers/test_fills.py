"""Tags of fills: `dir`, `crossed`, fee and the `liquidation` object on both sides, in every way a fill comes about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_sandbox import BTC, SmallSandbox, name

from liqscape.exchange.columns import NO_ROW, FillColumn, Method
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.answers.fills import direction, join_fills, map_fill, map_sides, map_trade
from liqscape.wire.info.user_fills import Fill as WireFill

OPENING = [
    ("buys, held nothing", 0, 5, True, "Open Long"),
    ("buys, was long", 3, 5, True, "Open Long"),
    ("buys, was short and stays so", -9, 5, True, "Close Short"),
    ("buys back all", -5, 5, True, "Close Short"),
    ("buys more than it was short", -3, 5, True, "Short > Long"),
    ("sells, held nothing", 0, 5, False, "Open Short"),
    ("sells, was short", -3, 5, False, "Open Short"),
    ("sells, was long and stays so", 9, 5, False, "Close Long"),
    ("sells all", 5, 5, False, "Close Long"),
    ("sells more than it was long", 3, 5, False, "Long > Short"),
]


def row_of(method: Method, *, liquidated: int = NO_ROW, start: int = 0, lots: int = 5, isolated: int = 0) -> Any:
    """A row in which account 1 buys from account 2; both had `start` lots before."""
    row = np.zeros(FillColumn.WIDTH, np.int64)
    row[[FillColumn.BUYER, FillColumn.SELLER, FillColumn.LOTS, FillColumn.METHOD, FillColumn.LIQUIDATED]] = (
        1,
        2,
        lots,
        method,
        liquidated,
    )
    row[[FillColumn.BUYER_START, FillColumn.SELLER_START, FillColumn.IS_ISOLATED]] = start, start, isolated
    return row


@pytest.mark.parametrize(("case", "start", "lots", "is_buyer", "expected"), OPENING, ids=[row[0] for row in OPENING])
@pytest.mark.parametrize("method", [Method.TRADE, Method.MARKET])
def test_a_fill_in_the_book_says_what_it_did_to_the_position(
    case: str, start: int, lots: int, is_buyer: bool, expected: str, method: Method
) -> None:
    assert direction(row_of(method, start=start, lots=lots, liquidated=2), is_buyer=is_buyer) == expected, case


@pytest.mark.parametrize("method", [Method.BACKSTOP, Method.ADL])
@pytest.mark.parametrize(("isolated", "margin"), [(0, "Cross"), (1, "Isolated")])
def test_a_victim_of_takeover_or_deleveraging_says_what_it_lost(method: Method, isolated: int, margin: str) -> None:
    seller = row_of(method, liquidated=2, start=5, isolated=isolated)
    buyer = row_of(method, liquidated=1, start=-5, isolated=isolated)
    assert direction(seller, is_buyer=False) == f"Liquidated {margin} Long"
    assert direction(buyer, is_buyer=True) == f"Liquidated {margin} Short"


def test_the_other_side_of_a_takeover_is_ordinary_and_of_deleveraging_says_so() -> None:
    assert direction(row_of(Method.BACKSTOP, liquidated=2, start=0), is_buyer=True) == "Open Long"
    assert direction(row_of(Method.ADL, liquidated=2, start=-9), is_buyer=True) == "Auto-Deleveraging"
    assert direction(row_of(Method.ADL, liquidated=1, start=9), is_buyer=False) == "Auto-Deleveraging"


def rows_by(world: SmallSandbox, method: Method) -> list[Any]:
    return [row for output in world.outputs for row in output.fills if row[FillColumn.METHOD] == method]


@pytest.mark.parametrize(
    ("method", "word"), [(Method.MARKET, "market"), (Method.BACKSTOP, "backstop"), (Method.ADL, "backstop")]
)
def test_a_forced_fill_carries_its_mark_on_both_sides(crashed: SmallSandbox, method: Method, word: str) -> None:
    rows = rows_by(crashed, method)
    assert rows
    for row in rows:
        (buyer, bought), (seller, sold) = map_sides(crashed.exchange, row)
        assert bought.liquidation == sold.liquidation
        assert bought.liquidation is not None
        assert bought.liquidation.method == word
        assert bought.liquidation.liquidatedUser in (buyer, seller)
        victim, other = (bought, sold) if bought.liquidation.liquidatedUser == buyer else (sold, bought)
        assert (victim.crossed, other.crossed) == (True, False)
        assert (bought.side, sold.side) == ("B", "A")
        assert (bought.tid, bought.hash, bought.px, bought.sz) == (sold.tid, sold.hash, sold.px, sold.sz)
        if method == Method.MARKET:
            assert victim.fee > 0
            assert victim.dir in ("Close Long", "Close Short")
        else:
            assert (victim.fee, other.fee) == (0.0, 0.0)
            assert victim.dir.startswith("Liquidated ")
        assert (other.dir == "Auto-Deleveraging") == (method == Method.ADL)


def test_an_ordinary_fill_carries_none(calm: SmallSandbox) -> None:
    rows = rows_by(calm, Method.TRADE)
    for row in rows:
        (_, bought), (_, sold) = map_sides(calm.exchange, row)
        assert bought.liquidation is None
        assert sold.liquidation is None
        assert bought.crossed != sold.crossed
        taker = bought if bought.crossed else sold
        assert map_trade(calm.exchange, row).side == taker.side
    assert rows


def test_positions_add_up_along_an_accounts_fills(crashed: SmallSandbox) -> None:
    for number in range(1, 9):
        held: dict[str, float] = {}
        fills = answer_info({"type": "userFillsByTime", "user": name(number), "startTime": 0}, crashed.state)
        for fill in fills:  # type: ignore[attr-defined]
            coin, size = fill["coin"], float(fill["sz"]) * (1 if fill["side"] == "B" else -1)
            assert held.get(coin, 0.0) == pytest.approx(float(fill["startPosition"]), abs=1e-9)
            held[coin] = float(fill["startPosition"]) + size
        state = answer_info({"type": "clearinghouseState", "user": name(number)}, crashed.state)
        shown = {row["position"]["coin"]: float(row["position"]["szi"]) for row in state["assetPositions"]}  # type: ignore[index]
        assert shown == pytest.approx({coin: size for coin, size in held.items() if abs(size) > 1e-9})


def test_fills_come_newest_first_and_by_time_oldest_first(crashed: SmallSandbox) -> None:
    def ask(kind: str, **more: object) -> Any:
        return answer_info({"type": kind, "user": name(1), **more}, crashed.state)

    newest, oldest = ask("userFills"), ask("userFillsByTime", startTime=0)
    assert newest == oldest[::-1]
    assert ask("userFillsByTime", startTime=0, reversed=True) == newest
    middle = oldest[len(oldest) // 2]["time"]
    assert ask("userFillsByTime", startTime=middle) == [row for row in oldest if row["time"] >= middle]
    assert ask("userFillsByTime", startTime=0, endTime=middle) == [row for row in oldest if row["time"] <= middle]


def test_parts_of_one_order_are_joined_at_their_average_price(calm: SmallSandbox) -> None:
    row = rows_by(calm, Method.TRADE)[0]
    one = map_fill(calm.exchange, row, is_buyer=True)
    row = row.copy()
    row[FillColumn.PRICE] += 100
    row[FillColumn.LOTS] *= 3
    two = map_fill(calm.exchange, row, is_buyer=True)
    (joined,) = join_fills([one, two])
    assert joined.sz == pytest.approx(one.sz * 4)
    assert joined.px == pytest.approx((one.px + 3 * two.px) / 4)
    assert joined.fee == pytest.approx(one.fee + two.fee)
    assert joined.startPosition == one.startPosition
    other = map_fill(calm.exchange, row, is_buyer=False)
    assert join_fills([one, other]) == [one, other]


def test_whole_answer_joined_keeps_size_and_fee(calm: SmallSandbox) -> None:
    def total(fills: Any, field: str) -> float:
        return sum(float(fill[field]) for fill in fills)

    plain = answer_info({"type": "userFills", "user": name(8)}, calm.state)
    joined = answer_info({"type": "userFills", "user": name(8), "aggregateByTime": True}, calm.state)
    assert len(joined) < len(plain)  # type: ignore[arg-type]
    assert total(joined, "sz") == pytest.approx(total(plain, "sz"))
    assert total(joined, "fee") == pytest.approx(total(plain, "fee"))


def test_closed_profit_of_a_round_trip_by_hand() -> None:
    """Bought 1 BTC at 70,010, sold at 69,990: 20 USD lost, fees apart."""
    world = SmallSandbox()
    world.open(1, 1_000_000.0)
    user = world.open(2, 50_000.0)
    world.step(100, world.order(0, BTC, -1.0, 70_010.0), world.order(0, BTC, 1.0, 69_990.0))
    world.step(100, world.order(user, BTC, 1.0))
    world.step(100, world.order(user, BTC, -1.0))
    sold, bought = (
        WireFill(**{**row, "px": float(row["px"])})
        for row in answer_info({"type": "userFills", "user": name(2)}, world.state)  # type: ignore[attr-defined]
    )
    assert (bought.closedPnl, bought.dir, bought.startPosition) == ("0.0", "Open Long", "0.0")
    assert (sold.closedPnl, sold.dir, sold.startPosition) == ("-20.0", "Close Long", "1.0")
    assert (bought.fee, sold.fee) == ("31.5045", "31.4955")
