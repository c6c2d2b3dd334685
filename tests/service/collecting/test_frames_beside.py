"""Frames cut in a thread are those cut where records are taken: same bits, same order, none lost at the stop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from live_records import Speaker
from noted import notes_digest
from small_sandbox import eventful_sandbox, name

from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.moment import Moment
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.service.collecting.history_queue import HistoryQueue
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.raw_queue import RawQueue
from liqscape.service.collecting.replay import moment_digest
from liqscape.service.live import LiveState
from liqscape.service.metrics import LiveMetrics

START = Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None)
USERS = [name(number) for number in range(12)]


def digest_of(moment: Moment) -> bytes:
    """Of the frame, the accounts and what was written down."""
    assert (moment.notes is not None) == moment.is_stored
    return moment_digest(moment) + notes_digest(moment.notes)


class Writer:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.digests: list[bytes] = []

    def append(self, moment: Moment) -> None:
        self.digests.append(digest_of(moment))


def records() -> list[Record]:
    """Some minutes: a frame every few records, each minute's first stored."""
    speaker = Speaker(eventful_sandbox())
    said = speaker.listing()
    for turn in range(90):
        time_ms = speaker.received_ns // 1_000_000
        status = b'{"time": %d, "specialStatuses": null}' % time_ms
        said.append(speaker.record(RecordKind.ANSWER, '{"type": "exchangeStatus"}', status))
        said += [speaker.contexts(), speaker.tick()]
        if turn % 7 == 3:
            said.append(speaker.answer(type="batchClearinghouseStates", users=USERS[: turn % 12 + 1]))
    return said


def test_frames_cut_in_a_thread_are_the_same_in_the_same_order_and_those_due_at_the_stop_are_stored() -> None:
    said = records()
    core = LiveCore(START)
    moments = [moment for record in said for moment in core.feed(record).moments]
    expected = [digest_of(moment) for moment in moments]
    stored = [digest_of(moment) for moment in moments if moment.is_stored]
    assert len(stored) > 2
    assert len(expected) > len(stored)

    writer, live, published, reported = Writer(), LiveState(), list[bytes](), list[bytes]()

    async def play() -> None:
        with ThreadPoolExecutor(1) as pool:
            history = HistoryQueue(writer)  # type: ignore[arg-type]
            market = LiveMarket(
                core=LiveCore(START),
                live=live,
                history=history,
                raw=RawQueue(None),
                metrics=LiveMetrics(),
                clock=SteadyClock(),
                cutter=pool,
            )
            market.is_begun = False  # no tick but those told
            live.listen(lambda now: published.append(digest_of(now)))
            market.frame_observers.append(lambda _, moment: reported.append(digest_of(moment)))
            stop = asyncio.Event()

            async def bring(stop: asyncio.Event) -> None:
                for record in said[:60]:
                    market.take(record)
                    await asyncio.sleep(0)
                for record in said[60:]:  # faster than frames are cut, and then the end
                    market.take(record)
                stop.set()

            market.work.append(("records", bring))
            await market.run(stop)

    asyncio.run(play())
    assert writer.digests == stored
    assert reported == published
    places = [expected.index(digest) for digest in published]
    assert places == sorted(places)
    assert len(published) < len(expected), "what need not be stored is passed over where more is due than can be cut"
