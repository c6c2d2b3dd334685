"""When prints are missed, or were never followed, and when coins and dexs go: who is in doubt, and for how long."""

from __future__ import annotations

import pytest
from assembled_market import ALICE, BOB, Market, asset, contexts, sure_market

from liqscape.feed.records import Record, RecordKind
from liqscape.ledger import Ledger
from liqscape.model.events import Event, GapDetected, MarketDefined, TradesPrinted
from liqscape.sources.live.assembler import Assembler
from liqscape.sources.live.gaps import LEFT_OUT, RENEWED_NS, SETTLED_NS, SILENT_NS, VOLUME


@pytest.fixture
def market() -> Market:
    return sure_market()


def test_who_was_read_before_prints_of_his_coin_were_followed_is_in_doubt() -> None:
    market = Market()
    market.read(ALICE, "QUIET", 10.0)
    market.read(BOB, "x:OIL", -10.0)
    market.connected("BTC", "QUIET")
    assert market.unsure == {ALICE}
    market.read(ALICE, "QUIET", 12.0)
    market.connected("BTC", "QUIET")  # the same again: nothing new is followed
    assert not market.unsure


def test_prints_given_again_by_a_new_subscription_are_not_applied_twice(market: Market) -> None:
    time_ms = market.now_ms
    market.printed("QUIET", ALICE, BOB, 4.0, time_ms, 7)
    for number in range(2_000):  # the memory lets go of what is older than ten minutes once it is full
        market.now_ms += 1_000
        market.printed("QUIET", "0x" + "e" * 40, "0x" + "f" * 40, 0.1, market.now_ms, 100 + number)
        if number % 100 == 0:
            market.tick()
    assert market.held["QUIET"] == 14.0
    market.printed("QUIET", ALICE, BOB, 4.0, time_ms, 7)
    market.tick()
    assert market.held["QUIET"] == 14.0
    assert ALICE in market.unsure


def test_while_prints_are_missed_nobody_is_sure_for_longer_than_ten_seconds(market: Market) -> None:
    market.lost("QUIET")
    assert market.unsure == {ALICE}
    market.read(ALICE, "QUIET", 10.0)
    assert not market.unsure
    market.tick(10_000)
    assert market.unsure == {ALICE}
    market.read(ALICE, "QUIET", 10.0)
    market.connected("QUIET")
    assert market.unsure == {ALICE}
    market.read(ALICE, "QUIET", 10.0)
    market.tick(10_000)
    assert not market.unsure


@pytest.mark.parametrize("content", [b"{}", b"[]", b"[1]", b"", b"nothing"])
def test_a_gap_ends_whatever_the_record_of_the_connection_says_besides(market: Market, content: bytes) -> None:
    market.lost("QUIET")
    market.read(ALICE, "QUIET", 10.0)
    market.feed(RecordKind.CONNECTED, "1", content)
    assert market.unsure == {ALICE}
    market.read(ALICE, "QUIET", 10.0)
    market.tick(RENEWED_NS // 1_000_000)
    assert not market.unsure


def test_a_gap_ends_now_though_the_exchange_has_not_said_the_time_for_long(market: Market) -> None:
    """States of the silence have times the clock of prints never reached."""
    market.lost("QUIET")
    market.tick(3_600_000)
    market.read(ALICE, "QUIET", 10.0)
    market.tick(5_000)
    market.connected("QUIET")
    assert ALICE in market.unsure


def gone(market: Market, how: str) -> list[Event]:
    """QUIET, or dex x with its only coin, goes."""
    if how == "delisted":
        market.metas[""] = [asset("BTC"), asset("QUIET", isDelisted=True)]
    elif how == "out of the universe":
        market.metas[""] = [asset("BTC")]
        market.list()  # told once it may be a slip
        market.now_ms += 5_000
    else:
        del market.metas["x"]
    return market.list()


@pytest.mark.parametrize(
    ("how", "coin", "holder"),
    [("delisted", "QUIET", ALICE), ("out of the universe", "QUIET", ALICE), ("dex gone", "x:OIL", BOB)],
)
def test_a_coin_that_goes_leaves_the_map_and_its_holders_in_doubt(
    market: Market, how: str, coin: str, holder: str
) -> None:
    defined = [event for event in gone(market, how) if isinstance(event, MarketDefined)]
    assert [row.coin for row in defined[-1].markets.rows if row.is_delisted] == [coin]
    assert coin not in market.held
    assert len(market.held) == 1
    assert market.unsure == {holder}
    watch = market.ledger.watch()
    assert watch.nearest_distance[watch.address.index(holder)] == 0.0
    assert not [event for event in market.list() if isinstance(event, MarketDefined)]  # said once


def test_a_dex_that_comes_back_is_listed_again(market: Market) -> None:
    gone(market, "dex gone")
    market.metas["x"] = [asset("x:OIL")]
    market.list()
    assert not any(row.is_delisted for row in market.ledger.markets.rows)
    market.read(BOB, "x:OIL", -3.0)
    assert market.held["x:OIL"] == -3.0


def test_a_context_that_cannot_be_read_leaves_every_other_mark_moving(market: Market) -> None:
    """A dex nobody knew of comes with nulls, a known coin without an oracle price."""
    bad = [{"markPx": None, "oraclePx": None, "openInterest": None}]
    events = market.reported(["", contexts("12", None)], ["new", bad], ["x", contexts("13")])
    assert not [event for event in events if isinstance(event, GapDetected)]
    mark = dict(zip(market.ledger.markets.coins, market.ledger.snapshot.mark.tolist(), strict=True))
    assert (mark["BTC"], mark["x:OIL"]) == (12.0, 13.0)
    assert mark["QUIET"] != mark["QUIET"]  # NaN: not known
    assert market.assembler.failed_context_count == 2
    assert not market.unsure


def test_holders_of_coins_without_room_for_prints_are_never_sure_for_long(market: Market) -> None:
    market.lost("QUIET", subject=LEFT_OUT)
    assert market.unsure == {ALICE}
    market.read(ALICE, "QUIET", 10.0)
    market.connected("BTC", "x:OIL", "QUIET")  # another connection stands: it says nothing of what was left out
    assert market.unsure == {ALICE}
    market.read(ALICE, "QUIET", 10.0)
    market.tick(RENEWED_NS // 1_000_000)
    assert market.unsure == {ALICE}
    market.connected(subject=LEFT_OUT)
    market.read(ALICE, "QUIET", 10.0)
    market.tick(RENEWED_NS // 1_000_000)
    assert not market.unsure


def test_a_connection_that_was_silent_and_goes_on_by_itself_may_have_missed_prints(market: Market) -> None:
    market.reported(["", contexts("10", "10")])
    market.tick(SILENT_NS // 1_000_000 - 10)
    market.reported(["", contexts("10", "10")])
    assert not market.unsure
    market.tick(SILENT_NS // 1_000_000 + 1)
    assert market.unsure == {ALICE, BOB}
    market.read(ALICE, "QUIET", 10.0)
    market.read(BOB, "x:OIL", -10.0)
    market.tick(RENEWED_NS // 1_000_000)
    assert market.unsure == {ALICE, BOB}
    market.read(ALICE, "QUIET", 10.0)
    market.reported(["", contexts("10", "10")])
    assert market.unsure == {ALICE, BOB}


PONG = b'{"channel":"pong"}'


@pytest.mark.parametrize("says", ["contexts", "pongs", "prints of others"])
def test_a_quiet_market_is_no_silence(market: Market, says: str) -> None:
    """Contexts go on, or pings are answered while the exchange has nothing to say: nobody comes into doubt."""
    market.reported(["", contexts("10", "10")])
    for number in range(60):
        market.tick(5_000)
        if says == "contexts":
            market.reported(["", contexts("10", "10")])
        elif says == "pongs":
            market.feed(RecordKind.MESSAGE, "1", PONG)
        else:
            market.printed("QUIET", "0x" + "e" * 40, "0x" + "f" * 40, 0.1, market.now_ms, number)
        assert not market.unsure & {ALICE, BOB}


def test_another_connection_that_answers_says_nothing_of_the_one_of_contexts(market: Market) -> None:
    market.reported(["", contexts("10", "10")])
    for _ in range(3):
        market.tick(5_000)
        market.feed(RecordKind.MESSAGE, "2", PONG)
    assert market.unsure == {ALICE, BOB}


def test_a_pong_after_silence_ends_it(market: Market) -> None:
    market.reported(["", contexts("10", "10")])
    market.tick(SILENT_NS // 1_000_000 + 1)
    market.read(ALICE, "QUIET", 10.0)
    market.feed(RecordKind.MESSAGE, "1", PONG)
    assert market.unsure == {ALICE, BOB}
    market.read(ALICE, "QUIET", 10.0)
    market.read(BOB, "x:OIL", -10.0)
    market.feed(RecordKind.MESSAGE, "1", PONG)
    market.tick(5_000)
    assert not market.unsure


def test_silence_of_a_connection_that_was_made_anew_is_said_once(market: Market) -> None:
    market.reported(["", contexts("10", "10")])
    market.lost("QUIET")
    market.tick(SILENT_NS // 1_000_000 + 1)
    market.connected("QUIET")
    market.read(ALICE, "QUIET", 10.0)
    events = market.reported(["", contexts("10", "10")])
    assert not [event for event in events if isinstance(event, GapDetected)]
    assert not market.unsure


def test_prints_with_a_time_long_past_leave_holders_of_their_coin_in_doubt(market: Market) -> None:
    hour_ago = market.now_ms - 3_600_000
    market.printed("QUIET", ALICE, BOB, 4.0, hour_ago, 7)  # given again by the new subscription
    assert not market.unsure
    market.tick(SETTLED_NS // 1_000_000)
    market.printed("QUIET", ALICE, BOB, 4.0, hour_ago, 8)
    assert market.held["QUIET"] == 10.0
    assert market.unsure == {ALICE, BOB}, "Bob trades on a dex on which nobody has read him"


def test_coins_whose_volume_rises_without_prints_are_missed_whatever_connections_say(market: Market) -> None:
    market.lost("QUIET", subject=VOLUME)
    assert market.unsure == {ALICE}
    market.read(ALICE, "QUIET", 10.0)
    market.connected("BTC", "QUIET", "x:OIL")
    market.tick(RENEWED_NS // 1_000_000)
    assert market.unsure == {ALICE}
    market.connected(subject=VOLUME)
    market.read(ALICE, "QUIET", 10.0)
    market.tick(RENEWED_NS // 1_000_000)
    assert not market.unsure


def test_a_restart_leaves_everybody_in_doubt_until_he_is_read() -> None:
    from liqscape.sources.live.checkpoint import Checkpoint, write_checkpoint

    before = Market()
    before.read(ALICE, "QUIET", 10.0)
    ledger = before.ledger
    content = write_checkpoint(Checkpoint(ledger.snapshot, ledger.tables, ledger.accounts))
    assembler, after = Assembler(None), Ledger()
    events = assembler.feed(Record(RecordKind.CHECKPOINT, "restart", content, before.now_ms * 1_000_000))
    for event in events:
        after.apply(event)
    assert [event.reason for event in events if isinstance(event, GapDetected)] == ["the program was not running"]
    assert after.watch().is_unsure.tolist() == [True]
    assert after.accounts.size.tolist() == [10.0]
    # The new subscription gives prints again that the checkpoint has.
    given = before.printed("QUIET", ALICE, BOB, 4.0, ledger.snapshot.time_ms - 5_000, 7) + before.tick(5_000)
    (printed,) = (event for event in given if isinstance(event, TradesPrinted))
    after.apply(printed)
    assert after.accounts.size.tolist() == [10.0]
