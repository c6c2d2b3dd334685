"""Trigger orders on the one path: an answer, an event, the ledger, the moment; the same records, the same moments."""

from __future__ import annotations

from typing import Any

import pytest
from assembled_market import ALICE, BOB, Market, sure_market

from liqscape.errors import RemoteWireError
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.model.events import AccountsObserved, Event, FrameDue, TriggersObserved
from liqscape.model.trigger_rows import TriggerFault
from liqscape.model.triggers import NEVER_READ_MS, NOT_ON_MAP
from liqscape.service.pipeline import Pipeline

CAROL, DAVE = "0x" + "c3" * 20, "0x" + "d4" * 20


def stop(number: int, coin: str = "QUIET", **more: object) -> dict[str, object]:
    return {
        "coin": coin, "side": "A", "limitPx": "8.1", "sz": "2.0", "oid": number, "timestamp": 1_770_000_000_000,
        "triggerCondition": "Price below 9", "isTrigger": True, "triggerPx": "9.0", "children": [],
        "isPositionTpsl": False, "reduceOnly": True, "orderType": "Stop Market", "origSz": "2.0", "tif": None,
        "cloid": None, **more,
    }  # fmt: skip


def asked(market: Market, *orders: dict[str, object], user: str = ALICE, **more: Any) -> list[Event]:
    return market.answer(orders, type="frontendOpenOrders", user=user, **more)


def orders_of(market: Market) -> list[int]:
    standing = market.ledger.triggers.standing()
    return [] if standing is None else standing.table.order_id.tolist()


def read_ms(market: Market, address: str) -> int:
    """When somebody's orders on the first dex were read."""
    standing = market.ledger.triggers.standing()
    assert standing is not None
    return int(standing.read_ms[standing.names.index(address), 0]) if address in standing.names else NEVER_READ_MS


@pytest.fixture
def market() -> Market:
    return sure_market()


def test_an_answer_replaces_the_orders_of_its_account_in_its_dex(market: Market) -> None:
    asked(market, stop(1), stop(2, "BTC"))
    asked(market, stop(3, "x:OIL"), dex="x")
    assert orders_of(market) == [2, 1, 3]
    asked(market, stop(4))
    assert orders_of(market) == [4, 3]


def test_the_event_is_as_of_the_answer_and_names_the_dex_that_was_asked(market: Market) -> None:
    (event,) = [each for each in asked(market, stop(1)) if isinstance(each, TriggersObserved)]
    assert event.addresses == (ALICE,)
    assert event.market_index is not None
    assert event.market_index.tolist() == [0, 1]
    assert event.time_ms == market.assembler.clock.at(event.received_ns)


def test_an_account_without_orders_is_known_to_have_none(market: Market) -> None:
    asked(market, user=BOB, dex="x")
    moment = moment_of(market)
    assert moment.triggers is not None
    columns, knowledge = moment.triggers
    assert columns.row_count == 0
    known = dict(zip(moment.accounts.addresses, knowledge.known_ms.tolist(), strict=True))
    assert known[ALICE] == NEVER_READ_MS
    assert known[BOB] > 0


def moment_of(market: Market) -> Moment:
    """The moment a pipeline makes of what the market's ledger knows."""
    pipeline = Pipeline(Provenance("api", "test", True, ""))
    pipeline.ledger = market.ledger
    moment = pipeline.feed(FrameDue(market.now_ms, 0, is_stored=False))
    assert moment is not None
    return moment


def test_orders_name_the_rows_of_the_moments_accounts(market: Market) -> None:
    asked(market, stop(1))
    asked(market, stop(2, "x:OIL", side="B", triggerCondition="Price above 9"), user=BOB, dex="x")
    moment = moment_of(market)
    assert moment.triggers is not None
    columns, _ = moment.triggers
    assert [moment.accounts.addresses[row] for row in columns.account] == [ALICE, BOB]
    assert columns.market.tolist() == [1, 2]


def test_owners_and_holders_who_come_one_after_the_other_find_their_rows(market: Market) -> None:
    asked(market, stop(1), user=CAROL)
    asked(market, stop(2))
    assert named_owners(market) == [None, ALICE]
    market.read(CAROL, "QUIET", 5.0)
    market.read(DAVE, "QUIET", 5.0)
    asked(market, stop(3), user=BOB)
    assert named_owners(market) == [CAROL, ALICE, BOB]
    asked(market, stop(4), user=DAVE)
    assert named_owners(market) == [CAROL, ALICE, BOB, DAVE]


def named_owners(market: Market) -> list[str | None]:
    """Who on the map owns each order, None where nobody there."""
    moment = moment_of(market)
    assert moment.triggers is not None
    rows = moment.triggers[0].account.tolist()
    return [None if row == NOT_ON_MAP else moment.accounts.addresses[row] for row in rows]


def test_without_a_source_of_triggers_a_moment_has_none(market: Market) -> None:
    assert moment_of(market).triggers is None


def test_orders_move_nobodys_holdings_and_put_nobody_in_doubt(market: Market) -> None:
    before = market.ledger.accounts
    events = asked(market, stop(1), {**stop(2), "orderType": "new kind"})
    assert not [each for each in events if isinstance(each, AccountsObserved)]
    assert market.ledger.accounts is before
    assert not market.unsure
    assert market.assembler.trigger_faults == {TriggerFault.UNKNOWN_TYPE: 1}


def test_an_answer_that_is_no_list_changes_nothing(market: Market) -> None:
    asked(market, stop(1))
    with pytest.raises(RemoteWireError, match="not a list of orders"):
        market.answer({"no": "list"}, type="frontendOpenOrders", user=ALICE)
    assert orders_of(market) == [1]


def test_the_same_records_give_the_same_orders() -> None:
    def run() -> tuple[list[list[Any]], list[int]]:
        market = sure_market()
        asked(market, stop(1), stop(2, "BTC"))
        asked(market, stop(3), user=BOB)
        moment = moment_of(market)
        assert moment.triggers is not None
        return [column.tolist() for column in moment.triggers[0]], moment.triggers[1].known_ms.tolist()

    assert run() == run()


def test_new_markets_keep_the_orders_that_are_known(market: Market) -> None:
    asked(market, stop(1))
    asked_ms = read_ms(market, ALICE)
    market.metas[""] = [*market.metas[""], {"name": "NEW", "szDecimals": 1, "maxLeverage": 10, "marginTableId": 10}]
    market.list()
    assert orders_of(market) == [1]
    assert [read_ms(market, ALICE), read_ms(market, BOB)] == [asked_ms, -1]
