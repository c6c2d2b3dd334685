"""Marks come by the clock, prints when somebody trades: what is silent is said, what is quiet is not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from live_records import SECOND_NS, Speaker
from small_sandbox import eventful_sandbox, name

from liqscape.feed.records import Record, RecordKind
from liqscape.service.answers.sources import SourceRow
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.service.collecting.streams import CONTEXTS_NS, MARKS_NS, PRINTS_NS, Streams
from liqscape.wire.ws.fast_asset_ctxs import pack_fast_asset_contexts


class Following:
    """A core that knows the markets, what its streams say, and an exchange whose volume the test moves."""

    def __init__(self) -> None:
        self.speaker = Speaker(eventful_sandbox())
        start = Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None, has_fast_marks=True)
        self.core = LiveCore(start)
        self.volume = {"BTC": 1_000.0, "ETH": 1_000.0}
        for record in self.speaker.listing():
            self.core.feed(record)
        self.streams = Streams(self.core.assembler.markets, lambda: self.speaker.received_ns, has_prints=True)

    def take(self, record: Record) -> None:
        self.streams.observe(record, self.core.feed(record))

    def contexts(self) -> None:
        message = msgspec.json.decode(self.speaker.contexts().content)
        for row, volume in enumerate(self.volume.values()):
            message["data"]["ctxs"][0][1][row]["dayNtlVlm"] = str(volume)
        self.take(Record(RecordKind.MESSAGE, "1", msgspec.json.encode(message), self.speaker.received_ns))

    def marks(self) -> None:
        """A message of the channel of mids in which nothing has changed."""
        self.take(self.speaker.message("fastAssetCtxs", pack_fast_asset_contexts({})))

    def trade(self, coin: str, *, is_reported: bool = True) -> None:
        self.volume[coin] += 10.0
        time_ms = self.speaker.received_ns // 1_000_000
        row = {"coin": coin, "side": "B", "px": "70000", "sz": "0.1", "time": time_ms, "hash": "0x0", "tid": time_ms}
        if is_reported:
            self.take(self.speaker.message("trades", [{**row, "users": [name(3), name(4)]}]))

    def seconds(self, count: float, **flowing: Any) -> None:
        """Contexts go on for so long."""
        for _ in range(int(count)):
            for coin, is_reported in flowing.items():
                self.trade(coin, is_reported=is_reported)
            self.contexts()

    def row(self, kind: str) -> SourceRow:
        (row,) = (row for row in self.streams.rows() if row.kind == kind)
        return row


@pytest.fixture
def following() -> Following:
    return Following()


def test_marks_that_stop_are_stale_whatever_else_comes(following: Following) -> None:
    following.contexts()
    assert following.row("marks").state == "connected"
    for _ in range(11):
        following.trade("BTC")
    assert following.row("marks").state == "stale"
    assert following.row("marks").trouble == "no marks for 11 s"
    following.contexts()
    assert following.row("marks").state == "connected"


def test_marks_flow_between_contexts_while_those_tell_oracle_prices_often_enough(following: Following) -> None:
    following.contexts()
    for _ in range(CONTEXTS_NS // SECOND_NS):
        following.marks()
        assert following.row("marks").state == "connected"
    following.marks()
    assert (following.row("marks").state, following.row("marks").trouble) == ("stale", "no oracle prices for 46 s")
    following.contexts()
    assert following.row("marks").state == "connected"


def test_marks_between_contexts_tell_nothing_about_volume(following: Following) -> None:
    """A print well before the last marks, but after the last contexts, is what the next volume tells of."""
    for _ in range(5):
        following.trade("BTC")
        for _ in range(13):
            following.marks()
        following.contexts()
    following.seconds(PRINTS_NS // SECOND_NS + 5)
    assert following.row("prints").trouble is None


def test_marks_of_other_markets_than_listed_are_none(following: Following) -> None:
    """The contexts of a dex with a new coin move nothing until its markets are read again."""
    following.contexts()
    for _ in range(MARKS_NS // SECOND_NS + 1):
        message = msgspec.json.decode(following.speaker.contexts().content)
        message["data"]["ctxs"][0][1].pop()
        following.take(Record(RecordKind.MESSAGE, "1", msgspec.json.encode(message), following.speaker.received_ns))
    assert following.row("marks").state == "stale"


def test_a_quiet_market_is_not_a_silent_one(following: Following) -> None:
    following.trade("BTC")
    following.seconds(20 * PRINTS_NS // SECOND_NS)
    assert following.row("prints").state == "connected"
    assert following.row("prints").trouble is None


def test_volume_that_rises_without_any_print_is_stale(following: Following) -> None:
    following.seconds(10, BTC=True)
    following.seconds(5)
    following.seconds(PRINTS_NS // SECOND_NS + 10, BTC=False)
    assert following.row("prints").state == "stale"
    following.seconds(3, BTC=True)
    assert following.row("prints").state == "connected"
    assert following.row("prints").trouble is None


def test_a_coin_whose_prints_never_come_is_named_while_others_print(following: Following) -> None:
    following.seconds(PRINTS_NS // SECOND_NS + 10, BTC=True, ETH=False)
    row = following.row("prints")
    assert (row.state, row.trouble) == ("connected", "volume without prints: ETH")


def test_what_is_printed_just_before_or_after_its_volume_is_not_missed(following: Following) -> None:
    for _ in range(40):
        following.trade("BTC")
        following.seconds(2)
        following.volume["ETH"] += 1.0
        following.contexts()
        following.trade("ETH")
    following.seconds(2 * PRINTS_NS // SECOND_NS)
    assert following.row("prints").trouble is None


def test_volume_of_an_outage_is_a_gap_and_not_silence(following: Following) -> None:
    following.seconds(10, BTC=True)
    lost = msgspec.json.encode({"reason": "cut", "subscriptions": [{"type": "trades", "coin": "BTC"}]})
    following.take(following.speaker.record(RecordKind.LOST, "1", lost))
    following.volume["BTC"] += 5.0
    following.speaker.received_ns += 3_600 * SECOND_NS
    following.take(following.speaker.record(RecordKind.CONNECTED, "1", b"[]"))
    following.seconds(2 * PRINTS_NS // SECOND_NS)
    assert following.row("prints").trouble is None


def test_a_checkpoint_is_no_news() -> None:
    following = Following()
    core = LiveCore(Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None))
    streams = Streams(core.assembler.markets, lambda: following.speaker.received_ns, has_prints=False)
    from liqscape.sources.live.checkpoint import Checkpoint, write_checkpoint

    ledger = following.core.pipeline.ledger
    content = write_checkpoint(Checkpoint(ledger.snapshot, ledger.tables, ledger.accounts))
    record = following.speaker.record(RecordKind.CHECKPOINT, "restart", content)
    streams.observe(record, core.feed(record))
    (row,) = streams.rows()
    assert row.last_message_ms is None
