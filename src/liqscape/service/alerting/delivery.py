"""Delivers what waits in the outbox, in a thread with a loop of its own: no destination delays the map or another one.

One lane a destination: it sends what waited longest, waits longer after each failure (up to a quarter of an hour, drawn
between nothing and that), tries another message then, and starts anew with the shortest wait once one was delivered.
What is not delivered within the destination's time (a day where it names none) is given up, and said. The file of
destinations is read again when it changes; one that cannot be read is said, and the former goes on.
"""

from __future__ import annotations

import asyncio
import logging
import random
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from liqscape.errors import Busy, LiqscapeError, SettingsError
from liqscape.feed.backoff import Backoff
from liqscape.service.alerting.apprise_sender import AppriseSender
from liqscape.service.alerting.attempt import Attempt, Sender, failed
from liqscape.service.alerting.destinations import (
    DEFAULT_GIVE_UP_MINUTES,
    Destination,
    choose_destination,
    read_destinations,
)
from liqscape.service.alerting.outbox import Outbox, QueueFigures
from liqscape.service.alerting.places import file_stamp
from liqscape.service.alerting.webhook import WebhookSender
from liqscape.store.outbox import OutboxMessage, Outcome

OUTBOX = "outbox"
"""Its folder below the data folder."""
LOOK_S = 5.0
"""How often the file of destinations is looked at, and a disk that took nothing is tried again."""
IDLE_S = 60.0
"""What a sender holds is given back after so long without a message."""
TEST_PATIENCE_S = 45.0
"""Of a test message in all, for which somebody waits: Apprise alone may take 60 s to load on a busy machine."""
CLOSE_S = 5.0
"""The thread has so long to end. An attempt in hand is broken off; what it sent may come once more."""
GONE = "there is no such destination any more"

log = logging.getLogger("liqscape.alerts")


@dataclass(frozen=True)
class Waits:
    """Seconds after a first failure, and at most."""

    first_s: float = 1.0
    max_s: float = 900.0


def make_sender(destination: Destination) -> Sender:
    """What sends to a destination."""
    return WebhookSender(destination) if destination.kind == "webhook" else AppriseSender(destination)


@dataclass(kw_only=True)
class _Lane:
    """One destination's own loop."""

    name: str
    backoff: Backoff
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    destination: Destination | None = None
    sender: Sender | None = None
    is_failing: bool = False
    task: asyncio.Task[None] | None = None


class Deliverer:
    """The thread. `start` it once; `close` ends it. outbox: what it delivers from; now_ms: its clock."""

    def __init__(
        self,
        outbox: Outbox,
        file: Path,
        now_ms: Callable[[], int],
        *,
        waits: Waits = Waits(),
        make: Callable[[Destination], Sender] = make_sender,
        look_s: float = LOOK_S,
    ) -> None:
        """Raises SettingsError where the file of destinations cannot be used."""
        self.outbox, self._file, self.now_ms = outbox, file, now_ms
        self._waits, self._make, self._look_s = waits, make, look_s
        self._stamp = file_stamp(file)
        _warn_of_readers(file)
        self._destinations = read_destinations(file)
        self._lanes: dict[str, _Lane] = {}
        self._disk = ThreadPoolExecutor(1, "liqscape-outbox")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._testing: set[str] = set()
        self._is_closed = False
        self._has_begun = threading.Event()
        self._thread = threading.Thread(target=self._main, name="liqscape-alerts", daemon=True)

    @property
    def destinations(self) -> Mapping[str, Destination]:
        """Those in force."""
        return self._destinations

    def queues(self) -> list[QueueFigures]:
        """Of the destinations in force, in their order, then of those that are gone and were met."""
        met = {each.destination: each for each in self.outbox.figures()}
        names = dict.fromkeys((*self._destinations, *met))
        return [met.get(name) or QueueFigures(destination=name) for name in names]

    def start(self) -> None:
        """Begin to deliver."""
        self.outbox.on_waiting = self._see_waiting
        self._thread.start()
        self._has_begun.wait()

    def close(self) -> None:
        """End the thread; what waits stays in the outbox."""
        self._is_closed = True
        self._call(self._look)
        self._thread.join(CLOSE_S)
        self._disk.shutdown(wait=True)

    async def test(self, name: str, message: OutboxMessage) -> Attempt:
        """Send one message at once, past the queue, from any loop. Raises SettingsError, and Busy where one is sent."""
        destination = choose_destination(self._destinations, name)
        if self._loop is None or self._is_closed or name in self._testing:
            raise Busy(f"destination {name} is being tested; try again shortly")
        self._testing.add(name)
        try:
            sending = asyncio.run_coroutine_threadsafe(send_once(self._make(destination), message), self._loop)
            return await asyncio.wrap_future(sending)
        finally:
            self._testing.discard(name)

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        finally:
            self._has_begun.set()

    async def _run(self) -> None:
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        self._has_begun.set()
        try:
            while not self._is_closed:
                for name in (*self._destinations, *self.outbox.waiting_destinations()):
                    self._lane(name)
                await _wait(self._wake, self._look_s)
                if not self._is_closed:
                    await self._beside(self.outbox.retry_disk)
                    await self._beside(self._read_again)
        finally:
            tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _lane(self, name: str) -> _Lane:
        lane = self._lanes.get(name)
        if lane is None:
            backoff = Backoff(random.Random(), first_s=self._waits.first_s, max_s=self._waits.max_s)
            lane = self._lanes[name] = _Lane(name=name, backoff=backoff)
            lane.task = asyncio.create_task(self._serve(lane))
        return lane

    async def _serve(self, lane: _Lane) -> None:
        try:
            while True:
                lane.changed.clear()
                try:
                    await self._step(lane)
                except Exception as error:  # noqa: BLE001 - of a library; its words may hold the address
                    log.error("delivery to %s failed within: %s", lane.name, type(error).__name__)
                    await _wait(lane.changed, self._waits.max_s)
        finally:
            await self._close_sender(lane)

    async def _step(self, lane: _Lane) -> None:
        """One attempt, or one wait."""
        await self._use(lane, self._destinations.get(lane.name))
        await self._give_up(lane)
        found = self.outbox.next_for(lane.name)
        if found is None:
            if not await _wait(lane.changed, IDLE_S):
                await self._close_sender(lane)
            return
        message, _ = found
        attempt = await self._attempt(lane, message)
        if attempt.is_delivered:
            await self._settle(lane.name, message.message_id, "delivered")
            lane.backoff.reset()
            if lane.is_failing:
                lane.is_failing = False
                log.warning("alerts are delivered to %s again", lane.name)
            return
        reason = attempt.reason or "it failed"
        self.outbox.failed_once(lane.name, message.message_id, reason)
        if not lane.is_failing:
            lane.is_failing = True
            log.warning("an alert is not delivered to %s, and tried again: %s", lane.name, reason)
        wait_s = max(lane.backoff.wait_s(), attempt.retry_after_s or 0.0)
        await self._pause(lane, wait_s)

    async def _pause(self, lane: _Lane, wait_s: float) -> None:
        """Wait, but not longer than the destination stays as it is: one that was put right is tried at once."""
        until = asyncio.get_running_loop().time() + wait_s
        while (left := until - asyncio.get_running_loop().time()) > 0.0:
            if await _wait(lane.changed, left):
                lane.changed.clear()
                if self._destinations.get(lane.name) != lane.destination:
                    return

    async def _attempt(self, lane: _Lane, message: OutboxMessage) -> Attempt:
        if lane.destination is None:
            return failed(GONE)
        if lane.sender is None:
            lane.sender = self._make(lane.destination)
        try:
            return await lane.sender.send(message)
        except SettingsError as error:
            return failed(str(error).removeprefix(f"destination {lane.name}: "))

    async def _give_up(self, lane: _Lane) -> None:
        give_up_ms = DEFAULT_GIVE_UP_MINUTES * 60_000 if lane.destination is None else lane.destination.give_up_ms
        reason = f"not delivered within {give_up_ms // 60_000} minutes"
        for message_id in self.outbox.put_before(lane.name, self.now_ms() - give_up_ms):
            last = self.outbox.last_reason(lane.name, message_id)
            await self._settle(lane.name, message_id, "given_up", reason if last is None else f"{reason}: {last}")

    async def _settle(self, name: str, message_id: str, outcome: Outcome, reason: str | None = None) -> None:
        await self._beside(self.outbox.settle, name, message_id, outcome, reason)

    async def _use(self, lane: _Lane, destination: Destination | None) -> None:
        if destination != lane.destination:
            await self._close_sender(lane)
            lane.destination = destination
            lane.backoff.reset()

    async def _close_sender(self, lane: _Lane) -> None:
        sender, lane.sender = lane.sender, None
        if sender is not None:
            await sender.close()

    async def _beside(self, work: Callable[..., object], *arguments: object) -> None:
        """Work that waits for the disk, one after the other."""
        await asyncio.get_running_loop().run_in_executor(self._disk, partial(work, *arguments))

    def _read_again(self) -> None:
        """Take the file of destinations as it is now, if it changed."""
        stamp = file_stamp(self._file)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._destinations = read_destinations(self._file)
        except LiqscapeError as error:
            log.warning("destinations stay as they were: %s", error)
            return
        self._call(self._change_all)

    def _see_waiting(self, names: Iterable[str]) -> None:
        """Called from the thread that puts."""
        self._call(self._look, tuple(names))

    def _look(self, names: Iterable[str] = ()) -> None:
        assert self._wake is not None
        for name in names:
            if not self._is_closed:
                self._lane(name).changed.set()
        if self._is_closed:
            self._wake.set()

    def _change_all(self) -> None:
        for lane in self._lanes.values():
            lane.changed.set()

    def _call(self, work: Callable[..., object], *arguments: object) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(work, *arguments)


async def send_once(sender: Sender, message: OutboxMessage, *, patience_s: float = TEST_PATIENCE_S) -> Attempt:
    """One attempt of at most so long, after which the sender holds nothing."""
    try:
        async with asyncio.timeout(patience_s):
            return await sender.send(message)
    except TimeoutError:
        return failed(f"no answer within {patience_s:g} s; it may arrive yet")
    finally:
        await sender.close()


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event came within so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _warn_of_readers(file: Path) -> None:
    """Say where others can read the addresses, as of a token's file."""
    with suppress(OSError):
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH):
            log.warning("%s can be read by others here (mode %03o): chmod 600 %s", file, mode, file)


def wall_clock_ms() -> int:
    """Milliseconds since 1970, by this machine's clock."""
    return int(time.time() * 1_000.0)


@contextmanager
def open_delivery(data: Path, file: Path, now_ms: Callable[[], int] = wall_clock_ms) -> Iterator[Deliverer]:
    """The outbox of a data folder (`.outbox`) and the thread that delivers from it, until the block ends.

    Raises SettingsError for a file of destinations that cannot be used, StoreError for an outbox in use.
    """
    outbox = Outbox(data / OUTBOX, now_ms)
    try:
        deliverer = Deliverer(outbox, file, now_ms)
        deliverer.start()
        try:
            yield deliverer
        finally:
            deliverer.close()
    finally:
        outbox.close()
