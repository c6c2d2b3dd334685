"""The register of trigger orders against a dictionary that plays the same news in plain steps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.ledger.triggers import StandingTriggers, TriggerRegister, kept_triggers, triggers_of, triggers_on
from liqscape.ledger.triggers.register import REMEMBERED_MS
from liqscape.ledger.triggers.terms import TriggerTable
from liqscape.model.accounts import Accounts
from liqscape.model.events import TriggersMoved, TriggersObserved
from liqscape.model.markets import Market, Markets
from liqscape.model.trigger_rows import TriggerRows
from liqscape.model.triggers import NEVER_READ_MS, NOT_ON_MAP, SELL, TriggerColumns, TriggerKind

MARKETS = Markets.build(
    Market(coin=coin, size_decimals=2, max_leverage=10, table_row=0, dex=dex)
    for coin, dex in (("BTC", ""), ("ETH", ""), ("xyz:GOLD", "xyz"))
)
ALICE, BOB, CAROL = (f"0x{digit * 40}" for digit in "abc")
BTC, ETH, GOLD = 0, 1, 2

Order = tuple[str, int, int, float]
"""(address, market, order id, trigger price)."""


def rows(*orders: Order) -> TriggerRows:
    names = tuple(dict.fromkeys(address for address, *_ in orders))
    count = len(orders)
    return TriggerRows(
        addresses=names,
        user=np.array([names.index(address) for address, *_ in orders], np.int32),
        market_index=np.array([market for _, market, _, _ in orders], np.int32),
        order_id=np.array([number for _, _, number, _ in orders], np.int64),
        side=np.full(count, SELL, np.int8),
        kind=np.full(count, TriggerKind.STOP, np.int8),
        is_market=np.ones(count, np.bool_),
        trigger_price=np.array([price for *_, price in orders], np.float64),
        limit_price=np.full(count, np.nan),
        size=np.ones(count),
        is_whole_position=np.zeros(count, np.bool_),
        is_reduce_only=np.ones(count, np.bool_),
        placed_ms=np.zeros(count, np.int64),
    )


def observed(
    time_ms: int, orders: tuple[Order, ...], addresses: tuple[str, ...] | None, markets: tuple[int, ...] | None = None
) -> TriggersObserved:
    return TriggersObserved(
        time_ms=time_ms,
        received_ns=0,
        orders=rows(*orders),
        addresses=addresses,
        market_index=None if markets is None else np.array(markets, np.int32),
    )


def moved(
    time_ms: int, opened: tuple[Order, ...] = (), ended: tuple[tuple[int, int], ...] = (), *, is_whole: bool = True
) -> TriggersMoved:
    return TriggersMoved(
        time_ms=time_ms,
        received_ns=0,
        opened=rows(*opened),
        opened_ms=np.full(len(opened), time_ms, np.int64),
        ended=np.array([number for _, number in ended], np.int64),
        ended_market=np.array([market for market, _ in ended], np.int32),
        ended_ms=np.full(len(ended), time_ms, np.int64),
        is_whole=is_whole,
    )


def register() -> TriggerRegister:
    made = TriggerRegister()
    made.set_markets(MARKETS, is_extended=True)
    return made


def standing(made: TriggerRegister) -> StandingTriggers:
    found = made.standing()
    assert found is not None
    return found


def held(made: TriggerRegister) -> set[Order]:
    now = standing(made)
    table: TriggerTable = now.table
    columns = (table.owner, table.market, table.order_id, table.trigger_price)
    return {
        (now.names[owner], market, number, price)
        for owner, market, number, price in zip(*(each.tolist() for each in columns), strict=True)
    }


def holders(*positions: tuple[str, int]) -> Accounts:
    """Accounts with a position a row; addresses in the order they are named, who holds nothing left out."""
    names = tuple(dict.fromkeys(address for address, _ in positions))
    return Accounts.build(
        addresses=names,
        address_row=range(len(names)),
        raw_usd=[0.0] * len(names),
        offsets=[0, *np.cumsum([sum(address == name for address, _ in positions) for name in names])],
        market_index=[market for name in names for address, market in positions if address == name],
        size=[1.0] * len(positions),
        table_row=[0] * len(positions),
    )


def test_before_anything_is_read_the_register_says_nothing() -> None:
    assert register().standing() is None


def test_reading_an_address_replaces_its_orders_and_nobody_elses() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0), (BOB, BTC, 2, 91.0)), (ALICE, BOB)))
    made.observe(observed(20, ((ALICE, BTC, 3, 92.0),), (ALICE,)))
    assert held(made) == {(ALICE, BTC, 3, 92.0), (BOB, BTC, 2, 91.0)}


def test_reading_one_dex_leaves_the_orders_in_another() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, GOLD, 1, 9.0),), (ALICE,), (GOLD,)))
    made.observe(observed(20, (), (ALICE,), (BTC, ETH)))
    assert held(made) == {(ALICE, GOLD, 1, 9.0)}


def test_a_snapshot_of_everybody_removes_who_is_not_in_it() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0),), (ALICE,)))
    made.observe(observed(20, ((BOB, ETH, 2, 9.0),), None))
    assert held(made) == {(BOB, ETH, 2, 9.0)}


def test_a_snapshot_brings_back_no_order_that_ended_after_it_and_keeps_one_placed_after_it() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0),), None))
    made.move(moved(30, ((BOB, BTC, 7, 80.0),), ((BTC, 1),)))
    made.observe(observed(20, ((ALICE, BTC, 1, 90.0), (CAROL, BTC, 2, 70.0)), None))
    assert held(made) == {(BOB, BTC, 7, 80.0), (CAROL, BTC, 2, 70.0)}


def test_a_snapshot_from_before_what_is_remembered_is_refused_and_counted() -> None:
    made = register()
    made.observe(observed(0, ((ALICE, BTC, 1, 90.0),), None))
    made.move(moved(REMEMBERED_MS + 2))
    made.observe(observed(1, ((BOB, BTC, 2, 90.0),), None))
    assert held(made) == {(ALICE, BTC, 1, 90.0)}
    assert made.figures().refused == 1


def test_what_stood_stays_as_it_was_when_an_account_is_read_again() -> None:
    made = register()
    made.observe(observed(5, ((ALICE, BTC, 1, 90.0), (BOB, BTC, 2, 80.0)), (ALICE, BOB)))
    before = made.standing()
    assert before is not None
    made.observe(observed(9, ((ALICE, BTC, 1, 95.0),), (ALICE,)))
    after = made.standing()
    assert after is not None
    assert (before.table.seen_ms.tolist(), before.table.trigger_price.tolist()) == ([5, 5], [90.0, 80.0])
    assert (after.table.seen_ms.tolist(), after.table.trigger_price.tolist()) == ([9, 5], [95.0, 80.0])


def test_an_observation_older_than_what_is_known_adds_nothing() -> None:
    made = register()
    made.observe(observed(20, (), (ALICE,)))
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0), (BOB, BTC, 2, 90.0)), None))
    assert held(made) == {(BOB, BTC, 2, 90.0)}


def test_a_status_from_before_the_snapshot_opens_nothing() -> None:
    made = register()
    made.observe(observed(20, (), None))
    made.move(moved(10, ((ALICE, BTC, 1, 90.0),)))
    assert held(made) == set()


def test_an_order_named_twice_is_one_and_the_last_is_counted() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0), (ALICE, BTC, 1, 91.0)), None))
    assert held(made) == {(ALICE, BTC, 1, 91.0)}
    assert made.figures().repeated == 1


def test_markets_that_are_others_forget_everything() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0),), None))
    made.set_markets(MARKETS, is_extended=False)
    assert held(made) == set()
    assert (standing(made).whole_ms == NEVER_READ_MS).all()


def test_what_stands_is_the_same_object_until_something_changes_and_never_changes_itself() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0),), (ALICE,)))
    before = standing(made)
    assert standing(made) is before
    made.observe(observed(20, (), (ALICE,)))
    assert before.table.order_id.tolist() == [1]
    assert before.read_ms[0].tolist() == [10, 10]


KNOWN = [
    ("never read", (), (), [NEVER_READ_MS]),
    ("read in all dexs", (observed(10, (), (ALICE,)),), (), [10]),
    ("holds in a dex that was not read", (observed(10, (), (ALICE,), (BTC, ETH)),), ((ALICE, GOLD),), [NEVER_READ_MS]),
    ("oldest dex counts", (observed(10, (), (ALICE,), (BTC, ETH)), observed(30, (), (ALICE,), (GOLD,))),
     ((ALICE, GOLD),), [10]),
    ("everybody read", (observed(40, (), None),), (), [40]),
    ("statuses keep everybody known", (observed(40, (), None), moved(70)), (), [70]),
    ("a hole ends that", (observed(40, (), None), moved(70), moved(90, is_whole=False), moved(95)), (), [70]),
    ("statuses alone make nobody known", (moved(70),), (), [NEVER_READ_MS]),
    ("the newer of both", (observed(40, (), None), observed(50, (), (ALICE,))), (), [50]),
]  # fmt: skip


@pytest.mark.parametrize(("news", "more", "expected"), [row[1:] for row in KNOWN], ids=[row[0] for row in KNOWN])
def test_an_account_is_known_as_of_the_oldest_market_it_holds(
    news: tuple[TriggersObserved | TriggersMoved, ...],
    more: tuple[tuple[str, int], ...],
    expected: list[int],
) -> None:
    made = register()
    made.observe(observed(1, (), (CAROL,)))
    for each in news:
        made.observe(each) if isinstance(each, TriggersObserved) else made.move(each)
    now, accounts = standing(made), holders((ALICE, BTC), *more)
    map_row = np.array([accounts.addresses.index(each) if each in accounts.addresses else -1 for each in now.names])
    assert triggers_of(now, accounts, map_row)[1].known_ms.tolist() == expected


def test_columns_name_the_row_of_the_map_and_say_who_is_not_on_it() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, ETH, 1, 9.0), (BOB, BTC, 2, 90.0)), None))
    columns, _ = triggers_of(standing(made), holders((BOB, BTC)), np.array([-1, 0]))
    assert columns.market.tolist() == [BTC, ETH]
    assert columns.account.tolist() == [0, NOT_ON_MAP]
    assert columns.seen_ms.tolist() == [10, 10]


def test_columns_of_no_order_are_empty_and_typed() -> None:
    made = register()
    made.observe(observed(10, (), None))
    none, _ = triggers_of(standing(made), holders((BOB, BTC)), np.zeros(0, np.int64))
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


@dataclass
class Twin:
    """Orders by (market, id) with owner, price and when they were seen; ends by the same key."""

    orders: dict[tuple[int, int], tuple[str, float, int]] = field(default_factory=dict)
    ended: dict[tuple[int, int], int] = field(default_factory=dict)
    whole_ms: dict[int, int] = field(default_factory=dict)
    read_ms: dict[tuple[str, int], int] = field(default_factory=dict)

    def known_ms(self, owner: str, market: int) -> int:
        return max(self.whole_ms.get(market, -1), self.read_ms.get((owner, market), -1))

    def observe(self, event: TriggersObserved) -> None:
        markets = {BTC, ETH, GOLD} if event.market_index is None else set(event.market_index.tolist())
        for key, (owner, _, seen_ms) in list(self.orders.items()):
            is_asked = event.addresses is None or owner in event.addresses
            if key[0] in markets and is_asked and seen_ms <= event.time_ms:
                del self.orders[key]
        listed = event.orders
        for user, market, number, price in zip(
            listed.user, listed.market_index, listed.order_id, listed.trigger_price, strict=True
        ):
            key = (int(market), int(number))
            owner = listed.addresses[user]
            newer = key in self.orders and self.orders[key][2] > event.time_ms
            is_old = self.known_ms(owner, key[0]) > event.time_ms
            if self.ended.get(key, -1) <= event.time_ms and not newer and not is_old:
                self.orders[key] = (owner, float(price), event.time_ms)
        for market in markets:
            if event.addresses is None:
                self.whole_ms[market] = max(event.time_ms, self.whole_ms.get(market, -1))
            for address in event.addresses or ():
                self.read_ms[address, market] = max(event.time_ms, self.read_ms.get((address, market), -1))

    def move(self, event: TriggersMoved) -> None:
        for market, number in zip(event.ended_market.tolist(), event.ended.tolist(), strict=True):
            self.orders.pop((market, number), None)
            self.ended[market, number] = max(event.time_ms, self.ended.get((market, number), -1))
        listed = event.opened
        for user, market, number, price in zip(
            listed.user, listed.market_index, listed.order_id, listed.trigger_price, strict=True
        ):
            if event.time_ms > self.whole_ms.get(int(market), -1):
                self.orders[int(market), int(number)] = (listed.addresses[user], float(price), event.time_ms)


ADDRESSES = st.sampled_from((ALICE, BOB, CAROL))
NUMBERS = st.integers(1, 6)
LISTED = st.lists(
    st.tuples(ADDRESSES, st.sampled_from((BTC, ETH, GOLD)), NUMBERS, st.floats(1.0, 100.0)),
    max_size=4,
    unique_by=lambda order: order[1:3],
)


@st.composite
def news(draw: st.DrawFn) -> TriggersObserved | TriggersMoved:
    time_ms, orders = draw(st.integers(0, 50)), draw(LISTED)
    if draw(st.booleans()):
        gone = draw(st.lists(st.tuples(st.sampled_from((BTC, ETH, GOLD)), NUMBERS), max_size=3, unique=True))
        taken = {order[1:3] for order in orders}
        return moved(time_ms, tuple(orders), tuple(each for each in gone if each not in taken))
    asked = draw(st.one_of(st.none(), st.lists(ADDRESSES, unique=True, min_size=1)))
    markets = draw(st.sampled_from((None, (BTC, ETH), (GOLD,)) if asked else (None, (BTC,), (ETH, GOLD))))
    listed = [
        order for order in orders if (asked is None or order[0] in asked) and (markets is None or order[1] in markets)
    ]
    return observed(time_ms, tuple(listed), asked and tuple(asked), markets)


@settings(max_examples=100, deadline=None)
@given(st.lists(news(), max_size=8))
def test_the_register_equals_plain_steps_over_a_dictionary(events: list[TriggersObserved | TriggersMoved]) -> None:
    made, twin = register(), Twin()
    made.observe(observed(0, (), (ALICE,)))
    for event in events:
        if isinstance(event, TriggersObserved):
            made.observe(event)
            twin.observe(event)
        else:
            made.move(event)
            twin.move(event)
        assert held(made) == {(owner, *key, price) for key, (owner, price, _) in twin.orders.items()}
    keys = standing(made).table.key
    assert (np.diff(keys) > 0).all()


def kept(made: TriggerRegister, time_ms: int) -> TriggerRegister:
    """A process that goes on with what another one knew."""
    gone_on = register()
    gone_on.keep(kept_triggers(standing(made), time_ms))
    return gone_on


def test_a_restart_goes_on_with_what_was_known_as_old_as_it_is() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0),), None))
    made.observe(observed(20, ((BOB, GOLD, 2, 9.0),), (BOB,), (GOLD,)))
    accounts = holders((ALICE, BTC), (BOB, GOLD))
    gone_on = kept(made, 30)
    assert held(gone_on) == held(made)
    for one, other in zip(triggers_on(standing(gone_on), accounts), triggers_on(standing(made), accounts), strict=True):
        assert [column.tobytes() for column in one] == [column.tobytes() for column in other]


def test_after_a_restart_statuses_make_nobody_known_before_everybody_is_observed_again() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0),), None))
    made.move(moved(20))
    gone_on = kept(made, 30)
    gone_on.move(moved(50, ((BOB, BTC, 3, 80.0),)))
    assert standing(gone_on).whole_ms.tolist() == [20, 20, 20]
    gone_on.observe(observed(60, ((BOB, BTC, 3, 80.0),), None))
    gone_on.move(moved(70))
    assert standing(gone_on).whole_ms.tolist() == [70, 70, 70]
    assert held(gone_on) == {(BOB, BTC, 3, 80.0)}


def test_a_snapshot_of_before_the_restart_brings_back_nothing() -> None:
    made = register()
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0),), None))
    made.move(moved(25, (), ((BTC, 1),)))
    gone_on = kept(made, 30)
    gone_on.observe(observed(20, ((ALICE, BTC, 1, 90.0),), None))
    assert held(gone_on) == set()
    assert gone_on.figures().refused == 1


def test_what_is_known_already_is_not_replaced_by_what_was() -> None:
    made, fresh = register(), register()
    made.observe(observed(10, ((ALICE, BTC, 1, 90.0),), None))
    fresh.observe(observed(50, (), (ALICE,)))
    fresh.keep(kept_triggers(standing(made), 30))
    assert held(fresh) == set()
