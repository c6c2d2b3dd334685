"""Frames and bytes on their way to a disk that may be full."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, integers, lists, tuples

from liqscape.errors import StoreError
from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.moment import Moment
from liqscape.service.collecting.history_queue import MAX_BYTES, MAX_WAITING, HistoryQueue
from liqscape.service.collecting.raw_queue import RawQueue
from liqscape.units import DAY_MS


class Disk:
    """Stands for the writer of history: takes what comes, unless it is full."""

    def __init__(self) -> None:
        self.is_full = False
        self.frames: list[int] = []

    def append(self, moment: Moment) -> None:
        if self.is_full:
            raise StoreError("no space left on device")
        self.frames.append(moment.frame.time_ms)


class Log:
    """Stands for the raw log: what a full disk does not take is gone from it."""

    def __init__(self) -> None:
        self.is_full = False
        self.waiting: list[bytes] = []
        self.records: list[bytes] = []

    def append(self, record: Record, venue_ms: int) -> None:  # noqa: ARG002
        self.waiting.append(record.content)

    def flush(self) -> None:
        waiting, self.waiting = self.waiting, []
        if self.is_full:
            raise StoreError("no space left on device")
        self.records += waiting

    def close(self) -> None: ...


@dataclass(frozen=True)
class Columns:
    """Stands for accounts of a size."""

    byte_count: int = 1


class Numbered(int):
    """Stands for a frame: equal to its number, which is its time, of a size."""

    byte_count = 0

    @property
    def time_ms(self) -> int:
        return int(self)


def frame(number: int, byte_count: int = 1, accounts: Columns | None = None, *, bands: int = 0) -> Moment:
    made = Numbered(number)
    made.byte_count = bands
    return Moment(frame=made, accounts=accounts or Columns(byte_count), tables=None, is_stored=True)  # type: ignore[arg-type]


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(10.0):
        while not claim():
            await asyncio.sleep(0)


def test_frames_wait_for_a_full_disk_and_none_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    disk = Disk()

    async def scenario() -> HistoryQueue:
        queue, stop = HistoryQueue(disk), asyncio.Event()  # type: ignore[arg-type]
        disk.is_full = True
        for number in range(5):
            queue.offer(frame(number))
        assert not await queue.write()
        assert queue.watch.reason == "no space left on device"
        assert queue.waiting_count == 5
        disk.is_full = False
        running = asyncio.create_task(queue.run(stop))
        queue.offer(frame(5))
        await until(lambda: len(disk.frames) == 6)
        stop.set()
        await running
        return queue

    queue = asyncio.run(scenario())
    assert disk.frames == [0, 1, 2, 3, 4, 5]
    assert (queue.watch.reason, queue.watch.lost) == (None, 0)
    assert "history cannot be written" in caplog.text


def test_a_disk_full_for_hours_costs_the_oldest_frames_and_says_how_many() -> None:
    async def scenario() -> HistoryQueue:
        queue = HistoryQueue(Disk())  # type: ignore[arg-type]
        for number in range(MAX_WAITING + 3):
            queue.offer(frame(number))
        return queue

    queue = asyncio.run(scenario())
    assert (queue.waiting_count, queue.watch.lost) == (MAX_WAITING, 3)


def test_frames_of_a_large_market_that_wait_are_bounded_by_their_memory() -> None:
    async def scenario() -> HistoryQueue:
        queue = HistoryQueue(Disk())  # type: ignore[arg-type]
        for number in range(6):
            queue.offer(frame(number, MAX_BYTES // 4))
        queue.offer(frame(6, 2 * MAX_BYTES))
        return queue

    queue = asyncio.run(scenario())
    assert (queue.waiting_count, queue.watch.lost) == (1, 6)


def test_accounts_that_frames_share_are_counted_once_and_their_bands_each_time() -> None:
    async def scenario() -> HistoryQueue:
        queue = HistoryQueue(Disk())  # type: ignore[arg-type]
        for number in range(9):
            queue.offer(frame(number, accounts=shared[number // 3], bands=tenth))
        return queue

    tenth = MAX_BYTES // 10
    shared = [Columns(tenth) for _ in range(3)]
    queue = asyncio.run(scenario())
    # Nine frames and three times accounts make twelve tenths: two frames go, what they share with the third stays.
    assert (queue.waiting_count, queue.watch.lost) == (7, 2)
    assert queue.waiting_bytes == 10 * tenth
    assert asyncio.run(queue.write())
    assert (queue.waiting_count, queue.waiting_bytes) == (0, 0)


@given(lists(tuples(integers(0, 3), integers(0, 1), booleans()), max_size=40))
def test_the_bytes_that_wait_are_those_of_the_frames_that_wait(steps: list[tuple[int, int, bool]]) -> None:
    async def scenario() -> None:
        disk = Disk()
        queue = HistoryQueue(disk)  # type: ignore[arg-type]
        waiting: list[Moment] = []
        held = Columns(MAX_BYTES // 5)
        for number, (bands, is_new, is_written) in enumerate(steps):
            held = Columns(MAX_BYTES // 5) if is_new else held
            waiting.append(frame(number, accounts=held, bands=bands * MAX_BYTES // 7))
            queue.offer(waiting[-1])
            del waiting[: len(waiting) - queue.waiting_count]
            each = {id(cut.accounts): cut.accounts.byte_count for cut in waiting}
            assert queue.waiting_bytes == sum(each.values()) + sum(cut.frame.byte_count for cut in waiting)
            assert queue.waiting_bytes <= MAX_BYTES or len(waiting) == 1
            if is_written:
                await queue.write()
                waiting.clear()
                assert queue.waiting_bytes == 0

    asyncio.run(scenario())


def test_frames_are_written_while_the_history_is_tidied_and_its_failure_is_said_not_passed_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    disk, going_on = Disk(), threading.Event()

    def tidy() -> None:
        assert going_on.wait(10.0)
        raise OSError(28, "no space left on device")

    async def scenario() -> None:
        queue, stop = HistoryQueue(disk, None, None, tidy), asyncio.Event()  # type: ignore[arg-type]
        running = asyncio.create_task(queue.run(stop))
        for number in range(3):
            queue.offer(frame(number))
            await until(lambda: queue.waiting_count == 0)
        going_on.set()
        stop.set()
        await running

    asyncio.run(scenario())
    assert disk.frames == [0, 1, 2]
    assert "the history cannot be put into parts now" in caplog.text


def test_what_is_left_is_written_at_the_end() -> None:
    disk, log = Disk(), Log()

    async def scenario() -> None:
        history, raw, stop = HistoryQueue(disk), RawQueue(log), asyncio.Event()  # type: ignore[arg-type]
        tasks = [asyncio.create_task(each.run(stop)) for each in (history, raw)]
        await asyncio.sleep(0)
        history.offer(frame(1))
        raw.offer(Record(RecordKind.TICK, "", b"x", 1), 0)
        stop.set()
        await asyncio.gather(*tasks)

    asyncio.run(scenario())
    assert (disk.frames, log.records) == ([1], [b"x"])


def test_bytes_wait_for_a_full_disk_in_order() -> None:
    log = Log()

    async def scenario() -> RawQueue:
        queue = RawQueue(log)  # type: ignore[arg-type]
        log.is_full = True
        queue.offer(Record(RecordKind.TICK, "", b"a", 1), 0)
        await queue.write()
        assert queue.watch.since_ms is not None
        queue.offer(Record(RecordKind.TICK, "", b"b", 2), 0)
        log.is_full = False
        await queue.write()
        return queue

    queue = asyncio.run(scenario())
    assert log.records == [b"a", b"b"]
    assert (queue.watch.row(0), queue.watch.lost) == (None, 0)


def test_too_much_that_waits_is_counted_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liqscape.service.collecting.raw_queue.MAX_BYTES", 10)

    async def scenario() -> RawQueue:
        queue = RawQueue(Log())  # type: ignore[arg-type]
        for _ in range(5):
            queue.offer(Record(RecordKind.TICK, "", b"seven b", 1), 0)
        return queue

    queue = asyncio.run(scenario())
    assert (queue.watch.lost, queue.waiting_count) == (3, 2)


def test_the_log_says_itself_where_records_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liqscape.service.collecting.raw_queue.MAX_BYTES", 1)
    log = Log()

    async def scenario() -> RawQueue:
        queue = RawQueue(log)  # type: ignore[arg-type]
        log.is_full = True
        for number in range(5):
            queue.offer(Record(RecordKind.TICK, "", b"ab", number), 0)
            await queue.write()
        assert queue.watch.row(queue.waiting_count) is not None
        log.is_full = False
        await queue.write()
        queue.offer(Record(RecordKind.TICK, "", b"z", 9), 0)
        await queue.write()
        return queue

    queue = asyncio.run(scenario())
    assert log.records == [b"ab", b'{"lost":4,"from_ns":1}', b"z"]
    row = queue.watch.row(0)
    assert row is not None
    assert (row.not_stored_since_ms, row.lost) == (None, 4)  # stored again, and the hole stays said


def test_little_room_is_used_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liqscape.service.collecting.raw_queue.PIECE_BYTES", 4)

    class Small(Log):
        """Takes four bytes, then is full."""

        def flush(self) -> None:
            self.is_full = sum(map(len, self.records)) >= 4
            super().flush()

    log = Small()

    async def scenario() -> RawQueue:
        queue = RawQueue(log)  # type: ignore[arg-type]
        for _ in range(6):
            queue.offer(Record(RecordKind.TICK, "", b"ab", 1), 0)
        await queue.write()
        return queue

    assert asyncio.run(scenario()).waiting_count == 4
    assert log.records == [b"ab"] * 2


def test_what_no_disk_took_is_said_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    disk, log = Disk(), Log()
    disk.is_full = log.is_full = True

    async def scenario() -> None:
        history, raw, stop = HistoryQueue(disk), RawQueue(log), asyncio.Event()  # type: ignore[arg-type]
        history.offer(frame(1))
        raw.offer(Record(RecordKind.TICK, "", b"x", 1), 0)
        stop.set()
        await asyncio.gather(history.run(stop), raw.run(stop))

    asyncio.run(scenario())
    assert "history: 1 entries could not be stored before the end: no space left on device" in caplog.text
    assert "raw log: 1 entries could not be stored before the end" in caplog.text


def test_days_that_are_over_are_looked_at_with_the_first_frame_of_each_day_and_a_fault_ends_nothing() -> None:
    begun: list[int] = []

    def begin_day(time_ms: int) -> None:
        begun.append(time_ms)
        raise PermissionError(13, "not ours")

    disk = Disk()
    queue = HistoryQueue(disk, begin_day=begin_day)  # type: ignore[arg-type]
    for time_ms in (5, 6, DAY_MS - 1, DAY_MS + 3, DAY_MS + 4):
        queue.offer(frame(time_ms))
    assert asyncio.run(queue.write())
    assert disk.frames == [5, 6, DAY_MS - 1, DAY_MS + 3, DAY_MS + 4]
    assert begun == [5, DAY_MS + 3]
