"""Marks between contexts: taken from the channel of mids, judged alike, and not believed to be whole after a loss."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from assembled_market import SECOND_NS, Market, contexts

from liqscape.feed.records import Record, RecordKind
from liqscape.ledger import Ledger
from liqscape.model.doubt import Doubt
from liqscape.model.events import Event, FrameDue, MarksUpdated, MidsObserved
from liqscape.sources.live.assembler import Assembler
from liqscape.sources.live.plausibility import AGREEING, SPACED_NS
from liqscape.wire.ws.fast_asset_ctxs import FastContext, pack_fast_asset_contexts

BTC, QUIET, OIL = range(3)


def fast(**marks: float) -> bytes:
    named = {coin.replace("_", ":"): FastContext(markPx=mark, midPx=mark) for coin, mark in marks.items()}
    return msgspec.json.encode({"channel": "fastAssetCtxs", "data": pack_fast_asset_contexts(named)})


class FastMarket(Market):
    """A market whose marks come each second too, all of them 10 at first."""

    def __init__(self, *, has_fast_marks: bool = True) -> None:
        super().__init__()
        listed = self.assembler
        self.assembler, self.ledger = Assembler(None, has_fast_marks=has_fast_marks), Ledger()
        self.assembler.clock = listed.clock
        self.list()
        self.all_contexts()

    def all_contexts(self) -> list[Event]:
        return self.reported(["", contexts("10", "10")], ["x", contexts("10")])

    def message(self, content: bytes) -> list[Event]:
        return self.feed(RecordKind.MESSAGE, "1", content)

    @property
    def marks(self) -> list[float]:
        return self.ledger.snapshot.mark.tolist()


def test_marks_that_changed_are_taken_between_contexts_and_a_frame_is_due() -> None:
    market = FastMarket()
    market.now_ms += 1_500
    events = market.message(fast(BTC=10.5, x_OIL=9.5, SPOT=1.0))
    assert market.marks == [10.5, 10.0, 9.5]
    assert [type(event) for event in events] == [MarksUpdated, FrameDue, MidsObserved]


def test_without_them_the_channel_moves_no_mark() -> None:
    market = FastMarket(has_fast_marks=False)
    market.now_ms += 1_500
    assert [type(event) for event in market.message(fast(BTC=10.5))] == [MidsObserved]
    assert market.marks == [10.0] * 3


def test_a_mark_beyond_what_prices_move_waits_until_contexts_by_name_agree() -> None:
    market = FastMarket()
    for _ in range(2 * AGREEING):
        market.now_ms += SPACED_NS // 1_000_000
        market.message(fast(BTC=100.0))
    assert market.marks[BTC] == 10.0
    assert market.ledger.snapshot.doubt_of(BTC) & Doubt.MARK_LEAP
    rows = [{"markPx": mark, "oraclePx": mark, "openInterest": "10", "funding": "0"} for mark in ("100", "10")]
    body = [{"universe": market.metas[""], "marginTables": []}, rows]
    for _ in range(AGREEING):
        market.now_ms += SPACED_NS // 1_000_000
        market.answer(body, type="metaAndAssetCtxs")
    assert market.marks[BTC] == 100.0


@pytest.mark.parametrize("mark", [0.0, -1.0])
def test_a_mark_that_is_no_price_puts_its_own_market_in_doubt(mark: float) -> None:
    market = FastMarket()
    market.message(fast(BTC=mark, QUIET=10.1))
    assert market.marks[:2] == [10.0, 10.1]
    assert market.ledger.snapshot.coins_in_doubt == ["BTC"]


def test_every_dex_is_confirmed_by_a_message_of_changes_until_one_was_lost_or_damaged() -> None:
    market = FastMarket()
    taken = market.assembler.markets.taken

    def is_confirmed() -> bool:
        before = dict(taken)
        market.message(fast(BTC=10.0))
        return all(taken[dex] > before[dex] for dex in ("", "x"))

    assert is_confirmed()
    market.message(b'{"channel":"fastAssetCtxs","data":"bm9uc2Vuc2U="}')
    assert not is_confirmed()
    market.all_contexts()
    assert is_confirmed()
    content = msgspec.json.encode({"reason": "cut", "subscriptions": [{"type": "fastAssetCtxs"}]})
    market.feed(RecordKind.LOST, "1", content)
    assert not is_confirmed()
    market.all_contexts()
    assert is_confirmed()


def test_before_the_listing_is_known_marks_say_nothing() -> None:
    assembler = Assembler(None, has_fast_marks=True)
    assert assembler.feed(Record(RecordKind.MESSAGE, "1", fast(BTC=1.0), SECOND_NS)) == []
    assert not np.size(assembler.markets.marks_of(np.empty(0, np.int64)))
